package ingest

import (
	"slices"
	"strings"
	"sync/atomic"

	"github.com/shopspring/decimal"

	"walletwatch/money"
)

// paths says where in an object a balance is looked for: the first hit wins. It is immutable.
type paths struct {
	source []string // as configured
	heads  []string // first names, each once
	list   []path
}

type path struct {
	head int // index in heads
	rest []string
}

// newPaths compiles the dotted paths of source, and more behind them.
func newPaths(source []string, more ...string) *paths {
	p := &paths{source: slices.Clone(source)}
	for _, dotted := range slices.Concat(source, more) {
		names := strings.Split(dotted, ".")
		head := slices.Index(p.heads, names[0])
		if head < 0 {
			head = len(p.heads)
			p.heads = append(p.heads, names[0])
		}
		p.list = append(p.list, path{head, names[1:]})
	}
	return p
}

// pathCache keeps the paths of the last source, as it changes only when the configuration is reloaded. The zero
// value is ready; it is safe for concurrent use.
type pathCache struct {
	more []string // paths that are looked at after those of the source
	last atomic.Pointer[paths]
}

func (c *pathCache) of(source []string) *paths {
	p := c.last.Load()
	if p == nil || !slices.Equal(p.source, source) {
		p = newPaths(source, c.more...)
		c.last.Store(p)
	}
	return p
}

// note remembers a member of the object that is searched, when one of the paths begins with it. values has an element
// for each head.
func (p *paths) note(values [][]byte, key, value []byte) {
	for i, head := range p.heads {
		if string(key) == head {
			values[i] = value
		}
	}
}

// balance returns the value at the first path that leads to one, or nil: null leads nowhere.
func (p *paths) balance(values [][]byte) []byte {
	for _, path := range p.list {
		value := values[path.head]
		for _, name := range path.rest {
			value = member(value, name)
		}
		if !isNull(value) {
			return value
		}
	}
	return nil
}

// member returns a member of a sound value; nil when that is not an object or has no such member.
func member(object []byte, name string) []byte {
	if len(object) == 0 || object[0] != '{' {
		return nil
	}
	var found []byte
	scanObject(object, 0, 1, func(key, value []byte) {
		if string(key) == name {
			found = value
		}
	})
	return found
}

// isNull reports whether a value is null or missing.
func isNull(value []byte) bool { return len(value) == 0 || value[0] == 'n' }

// maxAmount is the longest text in bytes that is read as an amount: no shorter limit than that of package money.
const maxAmount = money.MaxDigits + 8

// amount reads a sound value, a number or a text that holds one, exactly. ok is false when it is neither.
func amount(value []byte) (d decimal.Decimal, ok bool) {
	text, ok := number(value)
	if !ok {
		return decimal.Decimal{}, false
	}
	d, err := money.Parse(text)
	return d, err == nil
}

// number returns what stands in a number or in a text, if it is short.
func number(value []byte) (string, bool) {
	if len(value) == 0 || len(value) > maxAmount {
		return "", false
	}
	if value[0] == '"' {
		return unquote(value), true
	}
	return string(value), value[0] == '-' || isDigit(value[0])
}
