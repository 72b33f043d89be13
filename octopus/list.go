package octopus

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// malformed says that a body is not what the API sends: a gateway's page, half an answer. Asking again may help.
type malformed string

func (m malformed) Error() string { return string(m) }

// decodeList reads a bare JSON array. Its errors are of type malformed.
func decodeList[T any](body []byte) ([]T, error) {
	if err := checkKind(body, '[', "a list"); err != nil {
		return nil, err
	}
	var rows []T
	err := json.Unmarshal(body, &rows)
	if _, ok := errors.AsType[*json.SyntaxError](err); ok {
		if quoted, found := quoteNonNumbers(body); found {
			rows = nil
			err = json.Unmarshal(quoted, &rows)
		}
	}
	if err != nil {
		return nil, plainJSONError(err)
	}
	return rows, nil
}

// checkKind says in plain words what else came when body does not begin with open. A JSON null would otherwise
// pass as an empty list.
func checkKind(body []byte, open byte, wanted string) error {
	body = bytes.TrimLeft(body, " \t\r\n")
	switch {
	case len(body) == 0:
		return malformed("the body is empty; expected " + wanted)
	case body[0] == open:
		return nil
	case body[0] == '<':
		return malformed("the body is a web page, not JSON; expected " + wanted)
	case body[0] == '{':
		return malformed("the body is an object; expected " + wanted)
	case body[0] == '[':
		return malformed("the body is a list; expected " + wanted)
	case bytes.HasPrefix(body, []byte("null")):
		return malformed("the body is null; expected " + wanted)
	}
	return malformed("the body is not JSON with " + wanted)
}

// plainJSONError says what is wrong with a body without the decoder's Go types and without quoting the body.
func plainJSONError(err error) error {
	if wrongType, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		kind, _, _ := strings.Cut(wrongType.Value, " ") // behind the space is the number itself
		return malformed(fmt.Sprintf("field %q holds a %s, which is not what is documented", wrongType.Field, kind))
	}
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return malformed(fmt.Sprintf("the body is broken JSON at byte %d: %s", syntax.Offset, syntax))
	}
	return malformed("the body cannot be read as JSON")
}

// quoteNonNumbers puts the NaN and Infinity that careless encoders write into quotes, so that one bad amount
// spoils its own row and not the whole list.
func quoteNonNumbers(body []byte) (quoted []byte, found bool) {
	quoted = make([]byte, 0, len(body)+len(body)/16)
	inString := false
	for i := 0; i < len(body); i++ {
		c := body[i]
		if word := nonNumber(body[i:]); !inString && word != "" {
			quoted, found = append(append(append(quoted, '"'), word...), '"'), true
			i += len(word) - 1
			continue
		}
		quoted = append(quoted, c)
		switch {
		case c == '"':
			inString = !inString
		case c == '\\' && inString && i+1 < len(body):
			i++
			quoted = append(quoted, body[i])
		}
	}
	return quoted, found
}

func nonNumber(b []byte) string {
	for _, word := range []string{"NaN", "Infinity", "-Infinity"} {
		if bytes.HasPrefix(b, []byte(word)) {
			return word
		}
	}
	return ""
}
