// Package secret carries credentials so that they cannot be printed by accident.
package secret

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
)

const redacted = "<redacted>"

// maxFile bounds a secret file: a longer one is a wrong path, not a credential.
const maxFile = 64 << 10

// maxValid is how many secrets are valid at once during a rotation: the new one and the old one.
const maxValid = 2

// Value is a secret given literally or as the path of a file that holds it. The zero value is "not set".
// Every way of printing it (fmt, slog, JSON, text) writes "<redacted>", or an address where it lies in a field that
// is not exported.
type Value struct {
	// reveal is a function because fmt, which does not ask the methods of what lies in fields that are not exported,
	// follows pointers there with some verbs, but prints only the address of a function.
	reveal func() (string, error)
	where  func() string // what errors call the value by, a function for the same reason
}

// Literal is a secret known now; an empty one is not set.
func Literal(s string) Value {
	if s == "" {
		return Value{}
	}
	return Value{
		reveal: func() (string, error) { return s, nil },
		where:  func() string { return "the value" },
	}
}

// File is a secret that is read from path each time it is used, so that it can be rotated without a restart; without
// a path it is not set.
func File(path string) Value {
	if path == "" {
		return Value{}
	}
	return Value{
		reveal: func() (string, error) { return read(path) },
		where:  func() string { return "the secret file " + path },
	}
}

// IsSet reports whether a literal or a path was given.
func (v Value) IsSet() bool { return v.reveal != nil }

// Reveal returns the secret; for a file, what it holds now without surrounding white space; "" when none is set.
// A file that is unreadable, empty or longer than 64 KiB is an error that names the path.
func (v Value) Reveal() (string, error) {
	if v.reveal == nil {
		return "", nil
	}
	return v.reveal()
}

// RevealAll returns the secrets that are valid at present, the one to send first: one, or two while one takes over
// from the other; nil when none is set. White space separates them: in a file, each has its own line. Neither one nor
// two, and whatever Reveal fails on, is an error that names the path, or "the value" for a literal.
func (v Value) RevealAll() ([]string, error) {
	text, err := v.Reveal()
	if err != nil || !v.IsSet() {
		return nil, err
	}
	all := strings.Fields(text)
	switch {
	case len(all) == 0:
		return nil, fmt.Errorf("%s is empty", v.where())
	case len(all) > maxValid:
		return nil, fmt.Errorf("%s holds %d secrets: leave the new one and the old one, separated by white space", v.where(), len(all))
	}
	return all, nil
}

func read(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("reading a secret: %w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return "", fmt.Errorf("reading a secret: %w", err)
	}
	if len(b) > maxFile {
		return "", fmt.Errorf("the secret file %s is longer than %d bytes", path, maxFile)
	}
	s := strings.TrimSpace(string(b))
	if s == "" {
		return "", errors.New("the secret file " + path + " is empty")
	}
	return s, nil
}

// String returns "<redacted>".
func (v Value) String() string { return redacted }

// Format writes "<redacted>" whatever the verb.
func (v Value) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, redacted) }

// LogValue returns "<redacted>".
func (v Value) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText returns "<redacted>", also for JSON.
func (v Value) MarshalText() ([]byte, error) { return []byte(redacted), nil }
