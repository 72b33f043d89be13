package web

import (
	"errors"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"walletwatch/problem"
)

// maxBody is the largest request body in bytes that web's own routes take: none of them reads one.
const maxBody = 64 << 10

// watch logs every request at debug level, and turns a panic into a 500. Neither headers nor query are logged: both
// may hold secrets.
func (s *Server) watch(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer, logged, start := replyOf(w), s.logger.Enabled(r.Context(), slog.LevelDebug), time.Time{}
		if logged {
			start = s.now()
		}
		defer func() {
			if v := recover(); v != nil {
				s.recovered(answer, r, v)
			}
			if logged {
				s.logger.DebugContext(r.Context(), "answered a request", "method", r.Method, "path", r.URL.Path,
					"status", answer.status, "duration", s.now().Sub(start), "request_id", r.Header.Get(requestID))
			}
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
		if r.Body != http.NoBody {
			r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		}
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
