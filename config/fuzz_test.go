package config_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"unicode/utf8"

	"walletwatch/config"
)

// FuzzParse: whatever the bytes, either a complete file comes back or problems that point into it.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil || len(files) == 0 {
		f.Fatal("no seeds")
	}
	for _, path := range append(files, shipped) {
		b, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := config.Parse("f.yaml", data, config.Options{})
		if err == nil {
			checkComplete(t, file)
			return
		}
		ps, ok := errors.AsType[config.Problems](err)
		if !ok || len(ps) == 0 || file != nil {
			t.Fatalf("got %v and the error %v (%T)", file, err, err)
		}
		for i, p := range ps {
			checkPosition(t, p, data)
			if i > 0 && (p.Line < ps[i-1].Line || p.Line == ps[i-1].Line && p.Column < ps[i-1].Column) {
				t.Errorf("%v comes after %v", p, ps[i-1])
			}
		}
	})
}

func checkComplete(t *testing.T, f *config.File) {
	t.Helper()
	p := f.Policy
	if f.PollEvery < 1 || f.Location == nil || len(f.Receivers) == 0 || len(f.Accounts) == 0 || len(p.Levels) == 0 || len(p.StaleAfter) == 0 ||
		p.Spend.Days() < 1 || p.RecoverAt.IntPart() < 1 || p.RemindEvery < 0 {
		t.Errorf("incomplete: %+v %+v", f, p)
	}
	for _, l := range p.Levels {
		if l.Name == "" || len(l.Notify) == 0 || l.Percent == nil && l.Floor == nil && l.Runway == 0 {
			t.Errorf("level %+v", l)
		}
	}
}

func checkPosition(t *testing.T, p config.Problem, data []byte) {
	t.Helper()
	lines := bytes.Split(data, []byte("\n"))
	if p.File != "f.yaml" || p.Message == "" || !utf8.ValidString(p.Message) || p.Line < 1 || p.Line > len(lines) {
		t.Fatalf("problem %+v in %d lines", p, len(lines))
	}
	if most := utf8.RuneCount(lines[p.Line-1]) + 1; p.Column < 1 || p.Column > most {
		t.Errorf("problem %+v in a line with %d places", p, most)
	}
}
