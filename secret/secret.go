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
// Every way of printing it (fmt, slog, JSON, text) writes "<redacted>".
type Value struct {
	literal string
	path    string
}

// Literal is a secret known now.
func Literal(s string) Value { return Value{literal: s} }

// File is a secret that is read from path each time it is used, so that it can be rotated without a restart.
func File(path string) Value { return Value{path: path} }

// IsSet reports whether a literal or a path was given.
func (v Value) IsSet() bool { return v.literal != "" || v.path != "" }

// Reveal returns the secret; for a file, what it holds now without surrounding white space. An unreadable or
// empty file is an error that names the path.
func (v Value) Reveal() (string, error) {
	if v.path == "" {
		return v.literal, nil
	}
	f, err := os.Open(v.path)
	if err != nil {
		return "", fmt.Errorf("reading a secret: %w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return "", fmt.Errorf("reading the secret in %s: %w", v.path, err)
	}
	if len(b) > maxFile {
		return "", fmt.Errorf("the secret file %s is longer than %d bytes", v.path, maxFile)
	}
	s := strings.TrimSpace(string(b))
	if s == "" {
		return "", errors.New("the secret file " + v.path + " is empty")
	}
	return s, nil
}

func (v Value) String() string               { return redacted }
func (v Value) GoString() string             { return redacted }
func (v Value) Format(s fmt.State, _ rune)   { _, _ = io.WriteString(s, redacted) }
func (v Value) LogValue() slog.Value         { return slog.StringValue(redacted) }
func (v Value) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }
func (v Value) MarshalText() ([]byte, error) { return []byte(redacted), nil }
