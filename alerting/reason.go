package alerting

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// mostReason is the longest reason of a refusal, in runes.
const mostReason = 200

// hiding returns a function that replaces every one of the secrets in a text, as it is and as it looks in a form
// or in JSON.
func hiding(secrets ...string) func(string) string {
	var all []string
	for _, s := range secrets {
		inJSON, _ := json.Marshal(s) // a string can always be marshalled
		all = append(all, s, url.QueryEscape(s), url.PathEscape(s), strings.Trim(string(inJSON), `"`))
	}
	slices.SortFunc(all, func(a, b string) int { return len(b) - len(a) }) // the whole before its parts
	var pairs []string
	for _, s := range slices.Compact(all) {
		if s != "" {
			pairs = append(pairs, s, "<redacted>")
		}
	}
	return strings.NewReplacer(pairs...).Replace
}

// bodyReason finds a reason in the text of an answer that isn't in the vendor's format.
func bodyReason(body []byte) string {
	text := strings.TrimSpace(string(body))
	switch {
	case text == "":
		return "no reason given"
	case strings.HasPrefix(text, "<"):
		return "a web page instead of a reason"
	}
	return text
}

// oneLine makes any bytes printable on one line: invalid UTF-8 becomes U+FFFD, control characters and runs of
// white space become one space.
func oneLine(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r)
	}), " ")
}

// clip shortens s to most runes, the last of which is then "…".
func clip(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most-1]) + "…"
}
