package secret_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"walletwatch/secret"
)

const canary = "canary-hunter2"

type exported struct {
	Name   string
	Secret secret.Value
	Others []secret.Value
	Named  map[string]secret.Value
	Any    any
}

type hidden struct {
	name   string
	secret secret.Value
	others []secret.Value
	named  map[string]secret.Value
	any    any
	next   *hidden
}

// holders returns what a secret may lie in when somebody prints it.
func holders(v secret.Value) map[string]any {
	return map[string]any{
		"value":            v,
		"pointer":          &v,
		"slice":            []secret.Value{v},
		"map":              map[string]secret.Value{"a": v},
		"exported fields":  exported{"a", v, []secret.Value{v}, map[string]secret.Value{"a": v}, v},
		"exported pointer": &exported{"a", v, []secret.Value{v}, map[string]secret.Value{"a": v}, &v},
		"hidden fields":    hidden{"a", v, []secret.Value{v}, map[string]secret.Value{"a": v}, v, nil},
		"hidden pointer":   &hidden{"a", v, []secret.Value{v}, map[string]secret.Value{"a": v}, &v, &hidden{secret: v}},
		"error":            fmt.Errorf("logging in with %v: %w", v, errors.New("refused")),
	}
}

func values(t *testing.T) map[string]secret.Value {
	t.Helper()
	return map[string]secret.Value{
		"literal": secret.Literal(canary),
		"pair":    secret.Literal(canary + " " + canary),
		"file":    secret.File(filepath.Join(t.TempDir(), canary)),
	}
}

func TestNothingPrintsASecret(t *testing.T) {
	verbs := []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x", "%X", "%p", "%t", "%c", "%U", "%e", "%08.3f", "%10s", "%-10v", "%w", "%!"}
	inHex := fmt.Sprintf("%x", canary)
	for kind, v := range values(t) {
		for where, holder := range holders(v) {
			for _, verb := range verbs {
				text := fmt.Sprintf(verb, holder)
				if strings.Contains(text, canary) || strings.Contains(strings.ToLower(text), inHex) {
					t.Errorf("%s of a %s in a %s prints it: %s", verb, kind, where, text)
				}
			}
			if text := fmt.Sprint(holder) + fmt.Sprintln(holder); strings.Contains(text, canary) {
				t.Errorf("printing a %s in a %s prints it: %s", kind, where, text)
			}
		}
	}
}

func TestNothingLogsASecret(t *testing.T) {
	for kind, v := range values(t) {
		for where, holder := range holders(v) {
			var out bytes.Buffer
			options := &slog.HandlerOptions{Level: slog.LevelDebug}
			for _, handler := range []slog.Handler{slog.NewTextHandler(&out, options), slog.NewJSONHandler(&out, options)} {
				log := slog.New(handler).With("with", holder)
				log.Debug("a secret", "it", holder, slog.Group("group", "it", holder))
			}
			if strings.Contains(out.String(), canary) {
				t.Errorf("a %s in a %s is logged: %s", kind, where, out.String())
			}
		}
	}
}

func TestNothingEncodesASecret(t *testing.T) {
	for kind, v := range values(t) {
		for where, holder := range holders(v) {
			text, err := json.Marshal(holder)
			if err != nil || bytes.Contains(text, []byte(canary)) {
				t.Errorf("JSON of a %s in a %s is %s, %v", kind, where, text, err)
			}
		}
		text, err := xml.Marshal(v)
		if err != nil || bytes.Contains(text, []byte(canary)) {
			t.Errorf("XML of a %s is %s, %v", kind, text, err)
		}
		if text, err := v.MarshalText(); err != nil || string(text) != "<redacted>" {
			t.Errorf("text of a %s is %s, %v", kind, text, err)
		}
	}
}

// TestRedacted: a secret is shown as such, not as nothing, so that one sees that it is there.
func TestRedacted(t *testing.T) {
	v := secret.Literal(canary)
	for _, text := range []string{v.String(), fmt.Sprint(v), fmt.Sprintf("%#v", v), fmt.Sprintf("%d", v), v.LogValue().String()} {
		if text != "<redacted>" {
			t.Errorf("a secret is shown as %s", text)
		}
	}
	var out bytes.Buffer
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "token", v)
	if !strings.Contains(out.String(), "token=<redacted>") {
		t.Errorf("a secret is logged as %s", out.String())
	}
	text, err := json.Marshal(map[string]secret.Value{"token": v})
	var back map[string]string
	if err != nil || json.Unmarshal(text, &back) != nil || back["token"] != "<redacted>" {
		t.Errorf("a secret in JSON is %s, %v", text, err)
	}
}

func TestReveal(t *testing.T) {
	tests := []struct {
		name  string
		value secret.Value
		set   bool
		want  string
	}{
		{"not set", secret.Value{}, false, ""},
		{"empty literal", secret.Literal(""), false, ""},
		{"empty path", secret.File(""), false, ""},
		{"literal", secret.Literal(canary), true, canary},
		{"literals are not trimmed", secret.Literal(" a\n"), true, " a\n"},
	}
	for _, test := range tests {
		got, err := test.value.Reveal()
		if err != nil || got != test.want || test.value.IsSet() != test.set {
			t.Errorf("%s: %q, %v, set: %t", test.name, got, err, test.value.IsSet())
		}
	}
}

func TestFileIsReadEachTime(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	v := secret.File(path)
	if !v.IsSet() {
		t.Error("a file that does not exist yet is not a secret that is not set")
	}
	for text, want := range map[string]string{
		"first\n":                             "first",
		" \t second, with spaces inside \r\n": "second, with spaces inside",
		strings.Repeat("x", 64<<10):           strings.Repeat("x", 64<<10),
	} {
		write(t, path, text)
		if got, err := v.Reveal(); err != nil || got != want {
			t.Errorf("a file with %.40q reveals %.40q, %v", text, got, err)
		}
	}
}

func TestBadFiles(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "token")
	reveal := func(path string) error {
		t.Helper()
		got, err := secret.File(path).Reveal()
		if err == nil || got != "" {
			t.Fatalf("%s reveals %.40q, %v", path, got, err)
		}
		if !strings.Contains(err.Error(), path) || strings.Contains(err.Error(), "xxx") {
			t.Errorf("the error should name the path and nothing of its content: %v", err)
		}
		return err
	}
	if err := reveal(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file is %v", err)
	}
	reveal(dir)
	write(t, path, " \n\t")
	if err := reveal(path); err.Error() != "the secret file "+path+" is empty" {
		t.Errorf("an empty file is %v", err)
	}
	write(t, path, strings.Repeat("x", 64<<10+1))
	if err := reveal(path); err.Error() != "the secret file "+path+" is longer than 65536 bytes" {
		t.Errorf("a long file is %v", err)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
