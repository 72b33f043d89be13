package octopustest

import (
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"
)

// maxRequests bounds what Requests remembers; Count goes on counting.
const maxRequests = 10_000

// Request is one request the server has received. It holds no header that could carry a credential.
type Request struct {
	Method      string
	Route       string // one of the Route constants
	Path        string
	Query       url.Values
	RequestID   string // sent by the client, else made by the server
	Traceparent string
	At          time.Time // by the simulated clock
	Status      int       // 0: not answered yet, or the connection was broken instead
}

type requestLog struct {
	mu     sync.Mutex
	ring   []*Request // arrival order, starting at next once full
	next   int
	counts map[string]int
}

func newRequestLog() *requestLog { return &requestLog{counts: map[string]int{}} }

func (l *requestLog) begin(route, id string, r *http.Request, now time.Time) *Request {
	e := &Request{
		Method: r.Method, Route: route, Path: r.URL.Path, Query: r.URL.Query(),
		RequestID: id, Traceparent: r.Header.Get("traceparent"), At: now,
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.counts[route]++
	l.counts[AnyRoute]++
	if len(l.ring) < maxRequests {
		l.ring = append(l.ring, e)
		return e
	}
	l.ring[l.next] = e
	l.next = (l.next + 1) % maxRequests
	return e
}

func (l *requestLog) end(e *Request, status int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e.Status = status
}

// Requests returns the newest requests (up to 10,000) in the order of their arrival, also those that met a fault.
func (s *Server) Requests() []Request {
	l := s.requests
	l.mu.Lock()
	defer l.mu.Unlock()
	list := make([]Request, 0, len(l.ring))
	for _, e := range slices.Concat(l.ring[l.next:], l.ring[:l.next]) {
		list = append(list, *e)
	}
	return list
}

// Count returns how many requests to route have arrived since New, also those that met a fault.
func (s *Server) Count(route string) int {
	s.faults.mustKnow(route)
	s.requests.mu.Lock()
	defer s.requests.mu.Unlock()
	return s.requests.counts[route]
}
