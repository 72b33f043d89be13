package web

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/segmentio/ksuid"
)

const requestID = "X-Request-Id"

// dress gives every answer of h its request id and the security headers, and puts errors that were written as plain
// text (by ServeMux, the metrics handler, the exporter-toolkit) into the envelope. Dressed twice, a request pays once:
// the outer one does it all, and headers that are set inside it win, among them those an operator put into the web
// config file. now dates the ids.
func dress(h http.Handler, now func() time.Time) http.Handler {
	security := securityHeaders()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, dressed := w.(*reply); dressed {
			h.ServeHTTP(w, r)
			return
		}
		ids := r.Header[requestID]
		if len(ids) == 0 || !sane(ids[0]) {
			ids = []string{newID(now())}
			r.Header[requestID] = ids
		}
		header := w.Header()
		header[requestID] = ids[:1:1]
		for _, s := range security {
			header[s.name] = s.values
		}
		h.ServeHTTP(&reply{ResponseWriter: w}, r)
	})
}

// sane reports whether a caller's request id may be repeated in logs and answers: 1 to 64 letters, digits, "_", "."
// and "-".
func sane(id string) bool {
	for _, c := range []byte(id) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '_', c == '.', c == '-':
		default:
			return false
		}
	}
	return id != "" && len(id) <= 64
}

// newID returns a KSUID. An id has to be unique, not a secret: ksuid.New asks the kernel for secrets under a lock.
func newID(now time.Time) string {
	var payload [16]byte
	binary.NativeEndian.PutUint64(payload[:8], rand.Uint64())
	binary.NativeEndian.PutUint64(payload[8:], rand.Uint64())
	id, err := ksuid.FromParts(now, payload[:])
	if err != nil { // only for a payload of another length
		panic(err)
	}
	return id.String()
}

// header is a header in the form in which http.Header keeps it, so that answers can share it: nobody writes into the
// values, and adding to them copies them.
type header struct {
	name   string // in canonical form
	values []string
}

func securityHeaders() []header {
	return []header{
		{"Content-Security-Policy", []string{contentSecurityPolicy()}},
		{"X-Content-Type-Options", []string{"nosniff"}},
		{"Referrer-Policy", []string{"no-referrer"}},
		{"Cache-Control", []string{"no-store"}},
	}
}

// contentSecurityPolicy allows the pages' one style sheet and nothing else.
func contentSecurityPolicy() string {
	sum := sha256.Sum256([]byte(style))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}
