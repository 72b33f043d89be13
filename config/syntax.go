package config

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// syntax reports a file that is not YAML, in words for the person who edits it.
func (p *parser) syntax(err error, data []byte) {
	load, ok := errors.AsType[*yaml.LoadError](err)
	if !ok {
		p.rejectAt(Position{1, 1}, "this is not valid YAML: %v", err)
		return
	}
	// An unclosed bracket or quote is noticed far below the place where it was opened.
	mark := load.Mark
	if opened(load) {
		mark = load.ContextMark
	}
	at := within(Position{mark.Line, mark.Column}, data)
	rest := lineFrom(data, at)
	message := explain(load, rest)
	if opened(load) && strings.Contains(rest, " #") {
		message += "; a # begins a comment unless the value is in quotes"
	}
	p.rejectAt(at, "%s", message)
}

func opened(e *yaml.LoadError) bool {
	return e.ContextMark.Line > 0 && (strings.Contains(e.ContextMsg, "quoted") || strings.Contains(e.ContextMsg, "flow sequence") ||
		strings.Contains(e.ContextMsg, "flow mapping") || strings.Contains(e.ContextMsg, "simple key"))
}

// explain knows the mistakes that people make; for others the library has to speak.
func explain(e *yaml.LoadError, rest string) string {
	found := "this"
	if r, size := utf8.DecodeRuneInString(rest); size > 0 {
		found = string(r)
	}
	has := func(s string) bool { return strings.Contains(e.Message, s) }
	switch {
	case has("cannot start any token") && found == "\t":
		return "indent with spaces, not with a tab"
	case has("cannot start any token"):
		return fmt.Sprintf("a value that starts with %s must be in quotes", found)
	case has("end of stream") && strings.Contains(e.ContextMsg, "quoted"):
		return "this quote is never closed"
	case opened(e) && strings.Contains(e.ContextMsg, "flow"):
		return fmt.Sprintf("this %s is never closed, or a comma is missing between its entries", found)
	case has("expected node content"):
		return "a [ or { before this is never closed; a # begins a comment unless the value is in quotes"
	case has("mapping values are not allowed"):
		return `there is a ": " too many: put a value that contains it in quotes, or mend the indentation`
	case has("could not find expected ':'"):
		return `expected "key: value"`
	case has("unknown anchor"):
		return `a value that starts with * must be in quotes`
	case has("max depth"):
		return "this is nested too deeply"
	}
	return "this is not valid YAML: " + e.Message
}

// within moves a position that lies behind the end of the text to its last line.
func within(at Position, data []byte) Position {
	lines := bytes.Split(bytes.TrimRight(data, "\n"), []byte("\n"))
	if at.Line > len(lines) {
		return Position{len(lines), len(bytes.Runes(lines[len(lines)-1])) + 1}
	}
	return Position{max(at.Line, 1), max(at.Column, 1)}
}

// lineFrom returns what stands from a position to the end of its line.
func lineFrom(data []byte, at Position) string {
	lines := bytes.Split(data, []byte("\n"))
	line := bytes.Runes(bytes.TrimPrefix(lines[at.Line-1], []byte("\ufeff")))
	return string(line[min(at.Column-1, len(line)):])
}
