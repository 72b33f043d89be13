package config

import (
	"fmt"
	"strings"

	"walletwatch/secret"
)

// environmentReader reads variables and remembers what was wrong with them.
type environmentReader struct {
	getenv   func(string) (string, bool)
	file     *File
	problems Problems
}

// variable is what X or X_FILE gives.
type variable struct {
	given  bool // one of the two is there, well or badly
	secret secret.Value
	text   string // the secret now; "" when it is not given or cannot be read
}

func newEnvironmentReader(getenv func(string) (string, bool), f *File) *environmentReader {
	return &environmentReader{getenv: getenv, file: f}
}

func (r *environmentReader) reject(format string, args ...any) {
	r.problems = append(r.problems, Problem{File: "environment", Message: fmt.Sprintf(format, args...)})
}

func (r *environmentReader) rejectAt(at Position, format string, args ...any) {
	r.problems = append(r.problems, Problem{
		File: r.file.Path, Line: at.Line, Column: at.Column, Message: fmt.Sprintf(format, args...),
	})
}

// need is lookup for a variable that must be there.
func (r *environmentReader) need(name string) variable {
	v := r.lookup(name)
	if !v.given {
		r.reject("%s is not set: export it, or export %s_FILE with the path of a file that holds it", name, name)
	}
	return v
}

// lookup reads X or X_FILE. Blank values count as missing; white space around a value is dropped, as it is in files.
// What cannot be the name of a variable is a mistake in the file that is reported there, and may be a secret that
// was put into the wrong place: nothing is said of it.
func (r *environmentReader) lookup(name string) variable {
	if !isVariableName(name) {
		return variable{given: true}
	}
	literal, path := r.trimmed(name), r.trimmed(name+"_FILE")
	switch {
	case literal != "" && path != "":
		r.reject("%s and %s_FILE are both set: unset one of them", name, name)
		return variable{given: true}
	case literal != "":
		return variable{given: true, secret: secret.Literal(literal), text: literal}
	case path == "":
		return variable{}
	}
	file := secret.File(path)
	text, err := file.Reveal()
	if err != nil {
		r.reject("%s_FILE must be the path of a file that holds the value, but %s cannot be used: %v", name, path, cause(err))
		return variable{given: true}
	}
	return variable{given: true, secret: file, text: text}
}

func (r *environmentReader) trimmed(name string) string {
	s, _ := r.getenv(name)
	return strings.TrimSpace(s)
}

func isVariableName(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(c rune) bool { return c != '_' && (c < 'A' || c > 'Z') && (c < '0' || c > '9') })
}
