package web

import (
	"net/http"
	"strings"

	"walletwatch/problem"
)

// reply remembers the status of an answer and replaces plain-text errors by the envelope.
type reply struct {
	http.ResponseWriter
	status   int // 0: nothing was sent yet
	replaced bool
}

// replyOf returns w itself when it is a reply already: however many handlers need one, a request has one.
func replyOf(w http.ResponseWriter) *reply {
	if answer, ok := w.(*reply); ok {
		return answer
	}
	return &reply{ResponseWriter: w}
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
