package octopustest

import (
	"io"
	"net/http"
	"time"
)

// Fault is something that goes wrong with a request. There are two kinds.
//
// With Status, Body, Reset or Hang it stands in for the API: the request has no effect, and neither credentials
// nor quotas are looked at, as when a gateway fails.
//
// Without them it shapes the genuine answer. Such a fault waits for a request that the API accepts: an expired
// token does not use it up.
type Fault struct {
	Status int         // answer with this status; 0 with Body: 200
	Body   string      // "" with a Status of 400 and more: what goes with that status
	Header http.Header // set on the answer, whichever kind it is

	Delay time.Duration // real time that passes before the answer (after the API has done its work)
	Reset bool          // break the connection instead of answering
	Hang  bool          // never answer: hold the request until the client gives up
	Lost  bool          // carry the request out, then break the connection
	Cut   bool          // send half of the body, then break the connection

	Edit  func(*Edit)              // changes the genuine answer
	Match func(*http.Request) bool // nil: any request of the route; must not read the body
	Times int                      // how many requests it hits; 0: one. FailAlways ignores it
}

// Edit is what a Fault's Edit works on.
type Edit struct {
	*Answer
	server *Server
}

type faultKind bool

const (
	replacing faultKind = false
	shaping   faultKind = true
)

func (f *Fault) kind() faultKind {
	return faultKind(f.Status == 0 && f.Body == "" && !f.Reset && !f.Hang)
}

// replace returns nil when the connection is to break.
func (f *Fault) replace(r *http.Request) *Answer {
	if f.Hang {
		drain(r)
		<-r.Context().Done()
		return nil
	}
	if !pause(r, f.Delay) || f.Reset {
		return nil
	}
	a := f.prepared()
	f.setHeader(a)
	return a
}

func (f *Fault) prepared() *Answer {
	status := f.Status
	if status == 0 {
		status = http.StatusOK
	}
	switch {
	case f.Body != "":
		return newAnswer(status, http.DetectContentType([]byte(f.Body)), []byte(f.Body))
	case status == http.StatusBadGateway, status == http.StatusServiceUnavailable, status == http.StatusGatewayTimeout:
		return newAnswer(status, "text/html", gatewayPage(status))
	case status >= http.StatusBadRequest:
		return refusal(status).answer()
	}
	return newAnswer(status, "text/plain; charset=utf-8", nil)
}

// shape returns nil when the connection is to break.
func (f *Fault) shape(r *http.Request, s *Server, a *Answer) *Answer {
	if !pause(r, f.Delay) || f.Lost {
		return nil
	}
	if f.Edit != nil {
		f.Edit(&Edit{Answer: a, server: s})
	}
	f.setHeader(a)
	return a
}

func (f *Fault) setHeader(a *Answer) {
	for name, values := range f.Header {
		a.Header[http.CanonicalHeaderKey(name)] = values
	}
}

// pause reports false when the client left first.
func pause(r *http.Request, d time.Duration) bool {
	if d <= 0 {
		return r.Context().Err() == nil
	}
	drain(r)
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-r.Context().Done():
		return false
	}
}

// drain reads the rest of the body: only then does net/http notice that the client has gone.
func drain(r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }
