package ingest

import (
	"context"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"walletwatch/problem"
	"walletwatch/secret"
	"walletwatch/wallet"
)

// maxOrderRequests bounds the requests that are inside the orders handler at once, and with them its memory: each
// holds at most one body of 1 MiB.
const maxOrderRequests = 256

// Orders is the handler of POST /api/v1/orders: order responses exactly as the vendor sent them, one JSON object, an
// array of them, or NDJSON. It answers 202 once all of them are recorded. Whatever goes wrong, the answer says how
// many were recorded and where to go on.
func (s *Server) Orders() http.Handler {
	return s.try("orders", http.StatusAccepted, s.orders)
}

func (s *Server) orders(w http.ResponseWriter, r *http.Request) error {
	arrived := s.now()
	if !s.token.isSet() {
		return problem.NotFound("Order responses are not taken here: no ingest token is configured.")
	}
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return problem.Generic(http.StatusMethodNotAllowed)
	}
	if err := s.authorize(w, r.Header); err != nil {
		return err
	}
	account, err := s.accountOf(r.URL)
	if err != nil {
		return err
	}
	lines, err := isLines(r.Header)
	if err != nil {
		return err
	}
	select {
	case s.orderSlots <- struct{}{}:
		defer func() { <-s.orderSlots }()
	default:
		w.Header().Set("Retry-After", "1")
		return problem.Generic(http.StatusTooManyRequests)
	}
	in := &intake{
		feed: feed{
			server: s, ctx: r.Context(), account: account, stream: lines,
			ages: s.metrics.age.WithLabelValues(account, string(wallet.FromOrder)),
		},
		w: w, r: r, paths: s.compiled.of(s.paths()), arrived: arrived,
	}
	if lines {
		in.ctx = context.WithoutCancel(in.ctx) // what came before a stream broke off must be recorded all the same
		return in.lines()
	}
	return in.json()
}

func (s *Server) authorize(w http.ResponseWriter, h http.Header) error {
	for _, token := range secret.Bearers(h) {
		ok, err := s.token.holds(token)
		if err != nil { // logged by the keyring
			w.Header().Set("Retry-After", "5")
			return problem.Unavailable("TOKEN_UNREADABLE", "The token to compare with cannot be read at present; the log says why.")
		}
		if ok {
			return nil
		}
	}
	w.Header().Set("WWW-Authenticate", "Bearer")
	return problem.Unauthorized("Send the ingest token in the header Authorization: Bearer ….")
}

// accountOf returns the account that a request is about: the one in its query, or the only one there is.
func (s *Server) accountOf(u *url.URL) (string, error) {
	wanted := ""
	if u.RawQuery != "" {
		wanted = u.Query().Get("account")
	}
	if wanted == "" && len(s.accounts) == 1 {
		return s.accounts[0].Name, nil
	}
	names := make([]string, len(s.accounts))
	for i, a := range s.accounts {
		if names[i] = a.Name; a.Name == wanted {
			return wanted, nil
		}
	}
	if wanted == "" {
		return "", problem.BadRequest("ACCOUNT_MISSING", "Say which account the orders belong to, with ?account= and one of: "+strings.Join(names, ", ")+".")
	}
	return "", problem.NotFound("No such account is watched here; there is: " + strings.Join(names, ", ") + ".")
}

// isLines reports whether a body is NDJSON rather than one JSON value. Other content is a problem.
func isLines(h http.Header) (bool, error) {
	if coding := h.Get("Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") {
		return false, unsupported("Send the body without a Content-Encoding.")
	}
	given := h.Get("Content-Type")
	if given == "application/json" {
		return false, nil
	}
	kind, params, err := mime.ParseMediaType(given)
	if charset := params["charset"]; err == nil && charset != "" && !strings.EqualFold(charset, "utf-8") && !strings.EqualFold(charset, "utf8") {
		return false, unsupported("Send the body in UTF-8: no other charset is taken.")
	}
	switch kind {
	case "application/json":
		return false, nil
	case "application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines":
		return true, nil
	}
	return false, unsupported("Send one order or an array of orders as application/json, or one order a line as application/x-ndjson (application/ndjson, application/jsonl and application/x-jsonlines mean the same).")
}

func unsupported(message string) error {
	return &problem.Problem{Status: http.StatusUnsupportedMediaType, Code: "UNSUPPORTED_MEDIA_TYPE", Message: message}
}
