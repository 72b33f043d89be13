package ingest

import (
	"bytes"
	"encoding/json"
)

// The functions here walk over JSON text in place and check it on the way; they accept exactly what encoding/json
// does. That package is not used because it copies what it reads, voucher codes too, and takes several times as long.
// Each takes text and the index where something begins and returns the index behind it, or bad.

const (
	bad = -1
	// maxDepth is how deep objects and arrays may be nested: the limit of encoding/json.
	maxDepth = 10_000
)

// scanObject hands every member of an object, whose brace is at i, to visit, in order. visit may be nil. Keys are
// without quotes and escapes; values are as they stand in the text.
func scanObject(b []byte, i, depth int, visit func(key, value []byte)) int {
	if depth > maxDepth {
		return bad
	}
	i = skipSpace(b, i+1)
	if i < len(b) && b[i] == '}' {
		return i + 1
	}
	for i < len(b) && b[i] == '"' {
		end := scanString(b, i)
		if end == bad {
			return bad
		}
		colon := skipSpace(b, end)
		if colon == len(b) || b[colon] != ':' {
			return bad
		}
		start := skipSpace(b, colon+1)
		after := scanValue(b, start, depth)
		if after == bad {
			return bad
		}
		if visit != nil {
			visit(plainKey(b[i:end]), b[start:after])
		}
		i = skipSpace(b, after)
		if i == len(b) || b[i] != ',' {
			return closing(b, i, '}')
		}
		i = skipSpace(b, i+1)
	}
	return bad
}

func scanArray(b []byte, i, depth int) int {
	if depth > maxDepth {
		return bad
	}
	i = skipSpace(b, i+1)
	if i < len(b) && b[i] == ']' {
		return i + 1
	}
	for {
		if i = scanValue(b, i, depth); i == bad {
			return bad
		}
		i = skipSpace(b, i)
		if i == len(b) || b[i] != ',' {
			return closing(b, i, ']')
		}
		i = skipSpace(b, i+1)
	}
}

func closing(b []byte, i int, bracket byte) int {
	if i < len(b) && b[i] == bracket {
		return i + 1
	}
	return bad
}

// scanValue skips any value inside depth objects and arrays.
func scanValue(b []byte, i, depth int) int {
	if i >= len(b) {
		return bad
	}
	switch b[i] {
	case '{':
		return scanObject(b, i, depth+1, nil)
	case '[':
		return scanArray(b, i, depth+1)
	case '"':
		return scanString(b, i)
	case 't':
		return scanWord(b, i, "true")
	case 'f':
		return scanWord(b, i, "false")
	case 'n':
		return scanWord(b, i, "null")
	}
	return scanNumber(b, i)
}

func scanWord(b []byte, i int, word string) int {
	if end := i + len(word); end <= len(b) && string(b[i:end]) == word {
		return end
	}
	return bad
}

func scanString(b []byte, i int) int {
	for i++; i < len(b); i++ {
		switch c := b[i]; {
		case c == '"':
			return i + 1
		case c < ' ':
			return bad
		case c == '\\':
			if i = scanEscape(b, i+1); i == bad {
				return bad
			}
		}
	}
	return bad
}

// scanEscape returns the index of the escape's last byte.
func scanEscape(b []byte, i int) int {
	if i >= len(b) {
		return bad
	}
	switch b[i] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i
	case 'u':
		if i+4 >= len(b) {
			return bad
		}
		for _, c := range b[i+1 : i+5] {
			if !isDigit(c) && (c|0x20 < 'a' || c|0x20 > 'f') {
				return bad
			}
		}
		return i + 4
	}
	return bad
}

func scanNumber(b []byte, i int) int {
	if i < len(b) && b[i] == '-' {
		i++
	}
	start := i
	if i = skipDigits(b, i); i == start || b[start] == '0' && i > start+1 {
		return bad
	}
	if i < len(b) && b[i] == '.' {
		start = i + 1
		if i = skipDigits(b, start); i == start {
			return bad
		}
	}
	if i < len(b) && b[i]|0x20 == 'e' {
		i++
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		start = i
		if i = skipDigits(b, start); i == start {
			return bad
		}
	}
	return i
}

func skipDigits(b []byte, i int) int {
	for i < len(b) && isDigit(b[i]) {
		i++
	}
	return i
}

func skipSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\t' || b[i] == '\r') {
		i++
	}
	return i
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func plainKey(quoted []byte) []byte {
	if bytes.IndexByte(quoted, '\\') < 0 {
		return quoted[1 : len(quoted)-1]
	}
	return []byte(unquote(quoted))
}

// unquote returns the text of a sound JSON string, as a copy.
func unquote(quoted []byte) string {
	for _, c := range quoted {
		if c == '\\' || c >= 0x80 {
			var text string
			_ = json.Unmarshal(quoted, &text) // cannot fail: the string was checked
			return text
		}
	}
	return string(quoted[1 : len(quoted)-1])
}
