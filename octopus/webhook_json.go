package octopus

import (
	"bytes"
	"encoding/json"
	"errors"
)

var errRepeatedKey = errors.New("an object in the body has the same key twice")

// The functions here walk over JSON that json.Valid has accepted, in place: encoding/json would copy what it reads,
// voucher codes too. Each takes text that begins with a value and returns what follows it.

// skipObject hands every member of an object to visit, which may be nil.
func skipObject(text []byte, visit func(key string, value []byte) error) (rest []byte, err error) {
	seen := make(map[string]bool)
	rest = trimSpace(text[1:])
	for rest[0] != '}' {
		after := skipString(rest)
		key := unquote(rest[:len(rest)-len(after)])
		if seen[key] {
			return nil, errRepeatedKey
		}
		seen[key] = true
		start := trimSpace(trimSpace(after)[1:]) // behind the colon
		if rest, err = skipValue(start); err != nil {
			return nil, err
		}
		if visit != nil {
			if err := visit(key, start[:len(start)-len(rest)]); err != nil {
				return nil, err
			}
		}
		rest = behindComma(rest)
	}
	return rest[1:], nil
}

func skipArray(text []byte) (rest []byte, err error) {
	rest = trimSpace(text[1:])
	for rest[0] != ']' {
		if rest, err = skipValue(rest); err != nil {
			return nil, err
		}
		rest = behindComma(rest)
	}
	return rest[1:], nil
}

func skipValue(text []byte) (rest []byte, err error) {
	switch text[0] {
	case '{':
		return skipObject(text, nil)
	case '[':
		return skipArray(text)
	case '"':
		return skipString(text), nil
	}
	end := bytes.IndexAny(text, ",]} \t\r\n")
	if end < 0 {
		end = len(text)
	}
	return text[end:], nil
}

func skipString(text []byte) []byte {
	for i := 1; ; i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return text[i+1:]
		}
	}
}

func behindComma(text []byte) []byte {
	text = trimSpace(text)
	if text[0] == ',' {
		text = trimSpace(text[1:])
	}
	return text
}

func trimSpace(text []byte) []byte { return bytes.TrimLeft(text, " \t\r\n") }

// unquote returns what a JSON string says.
func unquote(quoted []byte) string {
	inside := quoted[1 : len(quoted)-1]
	if bytes.IndexByte(inside, '\\') < 0 {
		return string(inside)
	}
	var text string
	if err := json.Unmarshal(quoted, &text); err != nil {
		return string(inside) // not reached: the text is valid
	}
	return text
}
