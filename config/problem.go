// Package config answers one question: what did the operator ask for? It turns thresholds.yaml and the
// environment into typed, checked values, and reports every mistake at once with its place in the file.
package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Position is a place in thresholds.yaml. Lines and columns count from 1, columns in characters; the zero
// Position is no place.
type Position struct {
	Line, Column int
}

// Problem is one mistake and what would be right, in one sentence. It never holds a secret.
type Problem struct {
	File    string // the file as it was named, or "environment"
	Line    int    // 0: the problem has no place in a file
	Column  int
	Message string
}

// Error writes "thresholds.yaml:12:5: message", without a place "environment: message".
func (p Problem) Error() string {
	if p.Line == 0 {
		return p.File + ": " + p.Message
	}
	return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Message)
}

// Problems is every mistake found, in the order of the file. It is never empty when it is returned as an error.
type Problems []Problem

// Error writes one problem a line.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// err returns the problems, sorted, as an error, or nil when there are none.
func (ps Problems) err() error {
	if len(ps) == 0 {
		return nil
	}
	return ps.sorted()
}

// sorted returns the problems in the order of the file and without repetitions.
func (ps Problems) sorted() Problems {
	slices.SortFunc(ps, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column),
			strings.Compare(a.Message, b.Message))
	})
	return slices.Compact(ps)
}
