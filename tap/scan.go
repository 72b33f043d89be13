package tap

import (
	"bytes"
	"encoding/json"
	"iter"
)

// ending finds the end of the first JSON object or array in a stream of bytes, whatever pieces they come in. It knows
// strings and brackets only: whether it is JSON at all is for json.Valid to say.
type ending struct {
	depth            int
	quoted, escaping bool
}

// find takes the next piece and gives the offset just behind the end, or -1 if the end is not in it.
func (e *ending) find(piece []byte) int {
	for i, b := range piece {
		switch {
		case e.escaping:
			e.escaping = false
		case e.quoted:
			e.escaping, e.quoted = b == '\\', b != '"'
		case b == '"':
			e.quoted = true
		case b == '{' || b == '[':
			e.depth++
		case b == '}' || b == ']':
			if e.depth--; e.depth <= 0 {
				return i + 1
			}
		}
	}
	return -1
}

// members gives the keys, without quotes and escapes, and the raw values of a JSON object, which must be valid.
func members(object []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(key, value []byte) bool) {
		for i := skipSpace(object, 1); object[i] != '}'; {
			end := skipString(object, i)
			key := unescape(object[i:end])
			i = skipSpace(object, end) // at the colon
			i = skipSpace(object, i+1) // at the value
			end = skipValue(object, i)
			if !yield(key, object[i:end]) {
				return
			}
			if i = skipSpace(object, end); object[i] == ',' {
				i = skipSpace(object, i+1)
			}
		}
	}
}

func unescape(quoted []byte) []byte {
	raw := quoted[1 : len(quoted)-1]
	if bytes.IndexByte(raw, '\\') < 0 {
		return raw
	}
	var text string
	if json.Unmarshal(quoted, &text) != nil {
		return nil
	}
	return []byte(text)
}

func skipSpace(b []byte, i int) int {
	for b[i] == ' ' || b[i] == '\n' || b[i] == '\t' || b[i] == '\r' {
		i++
	}
	return i
}

func skipString(b []byte, i int) int {
	for i++; b[i] != '"'; i++ {
		if b[i] == '\\' {
			i++
		}
	}
	return i + 1
}

func skipValue(b []byte, i int) int {
	switch b[i] {
	case '"':
		return skipString(b, i)
	case '{', '[':
		var e ending
		return i + e.find(b[i:])
	}
	for b[i] != ',' && b[i] != '}' && b[i] != ']' && b[i] > ' ' {
		i++
	}
	return i
}
