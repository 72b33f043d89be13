package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// maxSize bounds thresholds.yaml: a longer file is a wrong path.
const maxSize = 1 << 20

// source turns the bytes of the file into the mapping at its root, or reports why it cannot and returns nil.
// Anchors, aliases, merge keys and tags are refused: nobody needs them in a policy of this size, and without them
// what stands at a line is what is meant.
func (p *parser) source(data []byte) *yaml.Node {
	if len(data) > maxSize {
		p.rejectAt(Position{1, 1}, "the file is longer than 1 MiB: is this the right file?")
		return nil
	}
	if at, ok := unreadable(data); ok {
		p.rejectAt(at, "this is not plain UTF-8 text: save the file as UTF-8, without control characters")
		return nil
	}
	root, err := p.document(data)
	if err != nil {
		p.syntax(err, data)
		return nil
	}
	switch {
	case root == nil || root.ShortTag() == "!!null":
		p.rejectAt(Position{1, 1}, "the file is empty: it needs at least levels and receivers; start from the thresholds.yaml that comes with walletwatch")
	case root.Kind != yaml.MappingNode:
		p.rejectAt(place(root), "expected keys such as levels: and receivers:, got %s", describe(root))
	case p.plain(root):
		return root
	}
	return nil
}

// unreadable finds the first byte that is no UTF-8, a control character that YAML does not allow, or one that ends a
// line for YAML but not for editors.
func unreadable(data []byte) (Position, bool) {
	at := Position{1, 1}
	for len(data) > 0 {
		r, size := utf8.DecodeRune(data)
		switch {
		case r == utf8.RuneError && size == 1, r < ' ' && r != '\t' && r != '\n' && r != '\r', r == 0x7f,
			r == '\r' && !bytes.HasPrefix(data, []byte("\r\n")), r == '\u0085', r == '\u2028', r == '\u2029':
			return at, true
		case r == '\n':
			at = Position{at.Line + 1, 1}
		default:
			at.Column++
		}
		data = data[size:]
	}
	return Position{}, false
}

// document reads the only document; nil without an error means that there is none.
func (p *parser) document(data []byte) (*yaml.Node, error) {
	loader, err := yaml.NewLoader(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("starting the YAML reader: %w", err)
	}
	var first, second yaml.Node
	if err := loader.Load(&first); errors.Is(err, io.EOF) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	switch err := loader.Load(&second); {
	case err == nil:
		p.rejectAt(place(&second), `a second document begins here: there must be only one, so remove the "---"`)
	case !errors.Is(err, io.EOF):
		return nil, err
	}
	if len(first.Content) == 0 {
		return nil, nil
	}
	return first.Content[0], nil
}

// plain reports every use of YAML's indirections below n.
func (p *parser) plain(n *yaml.Node) bool {
	ok := true
	switch {
	case n.Kind == yaml.AliasNode:
		p.rejectAt(place(n), "*%s is an alias, which is not allowed here: write the value out, or put it in quotes", n.Value)
		return false
	case n.Anchor != "":
		p.rejectAt(place(n), "&%s is an anchor, which is not allowed here: remove it, or put the value in quotes", n.Anchor)
		ok = false
	case n.Style&yaml.TaggedStyle != 0:
		p.rejectAt(place(n), "%s is a tag, which is not allowed here: remove it", n.Tag)
		ok = false
	}
	for _, c := range n.Content {
		ok = p.plain(c) && ok
	}
	return ok
}

func place(n *yaml.Node) Position { return Position{max(n.Line, 1), max(n.Column, 1)} }
