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

// Value is a secret given literally or as the path of a file that holds it. The zero value is "not set".
// Every way of printing it (fmt, slog, JSON, text) writes "<redacted>", or an address where it lies in a field that
// is not exported.
type Value struct {
	// reveal is a function because fmt, which does not ask the methods of what lies in fields that are not exported,
	// follows pointers there with some verbs, but prints only the address of a function.
	reveal func() (string, error)
}

// Literal is a secret known now; an empty one is not set.
func Literal(s string) Value {
	if s == "" {
		return Value{}
	}
	return Value{func() (string, error) { return s, nil }}
}

// File is a secret that is read from path each time it is used, so that it can be rotated without a restart; without
// a path it is not set.
func File(path string) Value {
	if path == "" {
		return Value{}
	}
	return Value{func() (string, error) { return read(path) }}
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
