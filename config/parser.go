package config

import (
	"fmt"
	"reflect"
)

// parser remembers, while thresholds.yaml is read and checked, where every field came from and what was wrong.
// Fields are named by their address in the document.
type parser struct {
	file     string
	problems Problems
	origins  map[any]*origin
	types    map[reflect.Type][]rules
}

// origin is where one field came from. A field that was left out has none.
type origin struct {
	key, value Position
	bad        bool // it, or something inside it, has been rejected
}

func newParser(file string) *parser {
	return &parser{file: file, origins: map[any]*origin{}, types: map[reflect.Type][]rules{}}
}

// rejectAt reports a problem at a place.
func (p *parser) rejectAt(at Position, format string, args ...any) {
	p.problems = append(p.problems, Problem{
		File: p.file, Line: at.Line, Column: at.Column, Message: fmt.Sprintf(format, args...),
	})
}

// reject reports a problem with the value of a field, which counts as bad from now on.
func (p *parser) reject(field any, format string, args ...any) {
	o := p.origin(field)
	o.bad = true
	p.rejectAt(o.value, format, args...)
}

// rejectKey is reject with the place of the field's key.
func (p *parser) rejectKey(field any, format string, args ...any) {
	o := p.origin(field)
	o.bad = true
	p.rejectAt(o.key, format, args...)
}

// given reports whether the file has the field, well or badly written.
func (p *parser) given(field any) bool {
	return p.origins[field] != nil
}

// sound reports that none of the fields has been rejected; it keeps one mistake from being reported twice.
func (p *parser) sound(fields ...any) bool {
	for _, f := range fields {
		if o := p.origins[f]; o != nil && o.bad {
			return false
		}
	}
	return true
}

func (p *parser) origin(field any) *origin {
	if o := p.origins[field]; o != nil {
		return o
	}
	return &origin{key: Position{1, 1}, value: Position{1, 1}}
}
