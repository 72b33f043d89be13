package config

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// decode fills v, an addressable part of a document, from n and reports everything that does not fit. It obeys the
// same struct tags that the JSON Schema is made from, so that the two cannot disagree.
func (p *parser) decode(n *yaml.Node, v reflect.Value, r rules) bool {
	if s, ok := v.Addr().Interface().(scalar); ok {
		what, limits := s.expected()
		return s.read(n) || p.wrong(n, r, what, limits)
	}
	switch v.Kind() {
	case reflect.Pointer:
		target := reflect.New(v.Type().Elem())
		if !p.decode(n, target.Elem(), r) {
			return false
		}
		v.Set(target)
		return true
	case reflect.Struct:
		return p.decodeStruct(n, v, r)
	case reflect.Map:
		return p.decodeMap(n, v, r)
	case reflect.Slice:
		return p.decodeSlice(n, v, r)
	case reflect.Bool:
		v.SetBool(strings.EqualFold(n.Value, "true"))
		return n.ShortTag() == "!!bool" || p.wrong(n, r, "true or false", "")
	case reflect.Int64:
		i, err := strconv.ParseInt(n.Value, 10, 64)
		v.SetInt(i)
		return err == nil && isNumber(n) && i > 0 && n.Value[0] != '0' && n.Value[0] != '+' || p.wrong(n, r, "a whole number", "above 0")
	}
	v.SetString(n.Value)
	return p.text(n, r)
}

// text checks a string against its enum, its length and its pattern.
func (p *parser) text(n *yaml.Node, r rules) bool {
	switch {
	case len(r.enum) > 0 && !(isText(n) && slices.Contains(r.enum, n.Value)):
		return p.wrong(n, r.bare(), oneOf(r.enum), "")
	case !isText(n), r.pattern != nil && !r.pattern.MatchString(n.Value):
		return p.wrong(n, r, r.want, r.limits)
	case r.longest > 0 && utf8.RuneCountInString(n.Value) > r.longest:
		return p.wrong(n, r.bare(), "at most "+strconv.Itoa(r.longest)+" characters", "")
	}
	return true
}

func (p *parser) decodeStruct(n *yaml.Node, v reflect.Value, r rules) bool {
	if n.Kind != yaml.MappingNode {
		p.fallBack(v, r)
		return p.wrong(n, r.bare(), "keys with values", "")
	}
	known := p.rulesOf(v.Type())
	entries, ok := p.entries(n)
	for _, e := range entries {
		i := slices.IndexFunc(known, func(f rules) bool { return f.name == e.key.Value })
		if i < 0 {
			p.rejectAt(place(e.key), "unknown key %s; %s", quote(e.key.Value), unknown(e.key.Value, names(known)))
			ok = false
			continue
		}
		ok = p.field(e, v.Field(i), known[i]) && ok
	}
	for i, f := range known {
		if p.given(v.Field(i).Addr().Interface()) {
			continue
		}
		if f.required {
			p.rejectAt(place(n), "the key %s is missing; for example %s: %s", f.name, f.name, f.example)
			ok = false
			continue
		}
		p.fallBack(v.Field(i), f)
	}
	return ok
}

// field decodes the value of a key and remembers its origin, before it is decoded, under the field's address.
func (p *parser) field(e entry, v reflect.Value, r rules) bool {
	o := &origin{key: place(e.key), value: place(e.value)}
	p.origins[v.Addr().Interface()] = o
	o.bad = !p.decode(e.value, v, r)
	return !o.bad
}

// fallBack gives a field that was left out its default, and the fields inside it theirs.
func (p *parser) fallBack(v reflect.Value, r rules) {
	switch {
	case v.Kind() == reflect.Bool: // false
	case r.byDefault != nil:
		p.decode(&yaml.Node{Kind: yaml.ScalarNode, Value: *r.byDefault}, v, r)
	case v.Kind() == reflect.Struct && !isScalar(v):
		for i, f := range p.rulesOf(v.Type()) {
			p.fallBack(v.Field(i), f)
		}
	}
}

func (p *parser) decodeSlice(n *yaml.Node, v reflect.Value, r rules) bool {
	if n.Kind != yaml.SequenceNode {
		return p.wrong(n, r, "a list", "")
	}
	if len(n.Content) < r.fewest {
		return p.wrong(n, r.bare(), "a list with at least one entry", "")
	}
	if !p.fits(n, len(n.Content), r) {
		return false
	}
	r.example = strings.Trim(r.example, "[]") // of the list, from here on of an entry
	v.Set(reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content)))
	ok := true
	for i, c := range n.Content {
		ok = p.field(entry{c, c}, v.Index(i), r) && ok
	}
	return ok
}

// decodeMap fills a map from names to pointers; every entry's origin is filed under its pointer.
func (p *parser) decodeMap(n *yaml.Node, v reflect.Value, r rules) bool {
	if n.Kind != yaml.MappingNode || len(n.Content) == 0 {
		return p.wrong(n, r.bare(), "names with values", "")
	}
	if !p.fits(n, len(n.Content)/2, r) {
		return false
	}
	v.Set(reflect.MakeMap(v.Type()))
	entries, ok := p.entries(n)
	for _, e := range entries {
		element := reflect.New(v.Type().Elem().Elem())
		v.SetMapIndex(reflect.ValueOf(e.key.Value), element)
		ok = p.field(e, element.Elem(), rules{name: e.key.Value, example: r.example}) && ok
	}
	return ok
}

// fits bounds the number of entries: far beyond what anybody writes, and checks stay quick.
func (p *parser) fits(n *yaml.Node, entries int, r rules) bool {
	if r.most > 0 && entries > r.most {
		p.rejectAt(place(n), "%s: at most %d entries are allowed, here are %d", r.name, r.most, entries)
		return false
	}
	return true
}

// entry is a key of a mapping with its value; for an entry of a list both are the same.
type entry struct{ key, value *yaml.Node }

// entries returns what a mapping holds and reports, with false, keys that are no words or come again.
func (p *parser) entries(n *yaml.Node) (out []entry, ok bool) {
	lines, ok := map[string]int{}, true
	for i := 0; i+1 < len(n.Content); i += 2 {
		e := entry{n.Content[i], n.Content[i+1]}
		first, again := lines[e.key.Value]
		switch {
		case e.key.ShortTag() == "!!merge":
			p.rejectAt(place(e.key), "<< is not allowed here: write the values out")
			ok = false
		case !isText(e.key):
			p.rejectAt(place(e.key), "expected a key, got %s", describe(e.key))
			ok = false
		case again:
			p.rejectAt(place(e.key), "the key %s is given twice, first on line %d: keep one", quote(e.key.Value), first)
			ok = false
		default:
			lines[e.key.Value] = e.key.Line
			out = append(out, e)
		}
	}
	return out, ok
}

// wrong reports a value that is not what was expected, and returns false.
func (p *parser) wrong(n *yaml.Node, r rules, what, limits string) bool {
	if r.example != "" {
		what += " such as " + r.example
	}
	if limits != "" {
		what += " (" + limits + ")"
	}
	if r.hidden && isText(n) {
		p.rejectAt(place(n), "%s: expected %s", r.name, what)
	} else {
		p.rejectAt(place(n), "%s: expected %s, got %s%s", r.name, what, describe(n), hint(n, what))
	}
	return false
}
