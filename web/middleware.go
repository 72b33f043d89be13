package web

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"log/slog"
	"net/http"
	"regexp"
	"runtime/debug"
	"strings"

	"github.com/segmentio/ksuid"

	"walletwatch/problem"
)

const requestID = "X-Request-Id"

// maxBody is the largest request body in bytes: no route here reads one.
const maxBody = 64 << 10

// dress gives every answer of h its request id and the security headers, and puts errors that were written as plain
// text (by ServeMux, the metrics handler, the exporter-toolkit) into the envelope. Dressing twice does no harm: the
// id stays, and headers that are already set win, among them those an operator put into the web config file.
func dress(h http.Handler) http.Handler {
	sane := regexp.MustCompile(`^[A-Za-z0-9_.-]{1,64}$`)
	security := map[string]string{
		"Content-Security-Policy": contentSecurityPolicy(),
		"X-Content-Type-Options":  "nosniff",
		"Referrer-Policy":         "no-referrer",
		"Cache-Control":           "no-store",
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get(requestID)
		if !sane.MatchString(id) {
			id = ksuid.New().String()
			r.Header.Set(requestID, id)
		}
		w.Header().Set(requestID, id)
		for k, v := range security {
			if w.Header().Get(k) == "" {
				w.Header().Set(k, v)
			}
		}
		h.ServeHTTP(&reply{ResponseWriter: w}, r)
	})
}

// contentSecurityPolicy allows the pages' one style sheet and nothing else.
func contentSecurityPolicy() string {
	sum := sha256.Sum256([]byte(style))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}

// watch logs every request at debug level, and turns a panic into a 500. Neither headers nor query are logged: both
// may hold secrets.
func (s *Server) watch(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start, answer := s.now(), &reply{ResponseWriter: w}
		defer func() {
			if v := recover(); v != nil {
				s.recovered(answer, r, v)
			}
			s.logger.DebugContext(r.Context(), "answered a request", "method", r.Method, "path", r.URL.Path,
				"status", answer.status, "duration", s.now().Sub(start), "request_id", r.Header.Get(requestID))
		}()
		h.ServeHTTP(answer, r)
	})
}

// recovered answers after a panic. When part of an answer is out already, the connection is cut instead: half an
// answer must not look whole.
func (s *Server) recovered(answer *reply, r *http.Request, v any) {
	if v == http.ErrAbortHandler {
		panic(v)
	}
	s.logger.ErrorContext(r.Context(), "a request handler panicked", "method", r.Method, "path", r.URL.Path,
		"panic", v, "stack", string(debug.Stack()), "request_id", r.Header.Get(requestID))
	if answer.status != 0 {
		panic(http.ErrAbortHandler)
	}
	problem.Generic(http.StatusInternalServerError).Write(answer)
}

// limitBody refuses bodies above maxBody.
func limitBody(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength > maxBody {
			problem.Generic(http.StatusRequestEntityTooLarge).Write(w)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		h.ServeHTTP(w, r)
	})
}

// try makes a handler of f: a problem it returns is the answer, any other error is logged and answered with 500.
func (s *Server) try(f func(w http.ResponseWriter, r *http.Request) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := f(w, r)
		if err == nil {
			return
		}
		if p, ok := errors.AsType[*problem.Problem](err); ok {
			p.Write(w)
			return
		}
		s.logger.LogAttrs(r.Context(), slog.LevelError, "a request failed", slog.String("path", r.URL.Path),
			slog.Any("error", err), slog.String("request_id", r.Header.Get(requestID)))
		problem.Generic(http.StatusInternalServerError).Write(w)
	})
}

// reply remembers the status of an answer and replaces plain-text errors by the envelope.
type reply struct {
	http.ResponseWriter
	status   int // 0: nothing was sent yet
	replaced bool
}

// Unwrap lets http.ResponseController reach the connection.
func (w *reply) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *reply) WriteHeader(status int) {
	if w.status != 0 {
		return
	}
	if status < http.StatusOK {
		w.ResponseWriter.WriteHeader(status)
		return
	}
	w.status = status
	if status >= http.StatusBadRequest && strings.HasPrefix(w.Header().Get("Content-Type"), "text/plain") {
		w.replaced = true
		problem.Generic(status).Write(w.ResponseWriter)
		return
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *reply) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	if w.replaced {
		return len(b), nil
	}
	return w.ResponseWriter.Write(b)
}
