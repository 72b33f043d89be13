package secret

import (
	"net/http"
	"strings"
)

// Bearers returns the bearer tokens of a request. There may be another Authorization header beside: the listener's own
// basic authentication takes one.
func Bearers(h http.Header) []string {
	var out []string
	for _, v := range h.Values("Authorization") {
		if scheme, token, ok := strings.Cut(v, " "); ok && strings.EqualFold(scheme, "Bearer") {
			out = append(out, strings.TrimSpace(token))
		}
	}
	return out
}
