package secret_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"walletwatch/secret"
)

func TestRevealAll(t *testing.T) {
	const old, next = canary + "-old", canary + "-new"
	path := filepath.Join(t.TempDir(), "token")
	tests := []struct {
		name, text string
		want       []string
		literal    string // the error of a literal; "" : fine
		file       string // the error of a file
	}{
		{"one", next, []string{next}, "", ""},
		{"white space around", " \t" + next + "\r\n\n", []string{next}, "", ""},
		{"one per line, the one to send first", next + "\n" + old + "\n", []string{next, old}, "", ""},
		{"windows lines", next + "\r\n\r\n" + old + "\r\n", []string{next, old}, "", ""},
		{"on one line", next + " " + old, []string{next, old}, "", ""},
		{"three", next + "\n" + old + "\n" + canary, nil, "the value holds 3 secrets: leave the new one and the old one, separated by white space",
			"the secret file " + path + " holds 3 secrets: leave the new one and the old one, separated by white space"},
		{"white space only", " \n\t", nil, "the value is empty", "the secret file " + path + " is empty"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			write(t, path, test.text)
			revealsAll(t, secret.Literal(test.text), test.want, test.literal)
			revealsAll(t, secret.File(path), test.want, test.file)
		})
	}
}

func TestRevealAllOfWhatIsNotSet(t *testing.T) {
	for _, v := range []secret.Value{{}, secret.Literal(""), secret.File("")} {
		if got, err := v.RevealAll(); got != nil || err != nil {
			t.Errorf("got %q, %v", got, err)
		}
	}
}

// TestRotation: a file that changes under a value changes which secrets are valid, without a restart.
func TestRotation(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	v := secret.File(path)
	if got, err := v.RevealAll(); got != nil || err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("a missing file holds %q, %v", got, err)
	}
	for _, step := range [][]string{{"old"}, {"new", "old"}, {"new"}} {
		write(t, path, strings.Join(step, "\n"))
		revealsAll(t, v, step, "")
	}
	write(t, path, strings.Repeat("x", 64<<10+1))
	revealsAll(t, v, nil, "the secret file "+path+" is longer than 65536 bytes")
}

func revealsAll(t *testing.T, v secret.Value, want []string, problem string) {
	t.Helper()
	got, err := v.RevealAll()
	text := ""
	if err != nil {
		text = err.Error()
	}
	if !slices.Equal(got, want) || text != problem {
		t.Errorf("got %q and the error %q, want %q and %q", got, text, want, problem)
	}
	if strings.Contains(text, canary) {
		t.Errorf("the error repeats a secret: %s", text)
	}
}
