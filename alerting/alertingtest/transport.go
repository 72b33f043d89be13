package alertingtest

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
)

// errReset is what a client sees of a connection that is cut.
var errReset = errors.New("connection reset by peer")

type transport struct{ handler http.Handler }

// Transport returns a RoundTripper that hands requests to h in this process, whatever their host. It opens no
// socket, so it works in a testing/synctest bubble.
func Transport(h http.Handler) http.RoundTripper { return transport{h} }

// RoundTrip serves the request; it gives up when the request's context ends, as a real connection would.
func (t transport) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancel(req.Context())
	defer cancel()
	server := req.Clone(ctx)
	if server.Body == nil {
		server.Body = http.NoBody
	}
	answer := make(chan *http.Response, 1)
	go func() {
		defer close(answer)
		defer func() {
			if p := recover(); p != nil && p != http.ErrAbortHandler {
				panic(p)
			}
		}()
		w := httptest.NewRecorder()
		t.handler.ServeHTTP(w, server)
		answer <- w.Result()
	}()
	select {
	case res, ok := <-answer:
		if !ok {
			return nil, errReset
		}
		res.Request = req
		return res, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
