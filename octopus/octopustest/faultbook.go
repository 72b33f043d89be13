package octopustest

import (
	"net/http"
	"sync"
)

// faultBook holds what was programmed to go wrong.
type faultBook struct {
	mu     sync.Mutex
	routes map[string]bool
	queued map[string][]Fault // per route, in order
	always map[string]Fault
}

func newFaultBook() *faultBook {
	return &faultBook{
		routes: map[string]bool{AnyRoute: true, RouteUnknown: true},
		queued: map[string][]Fault{}, always: map[string]Fault{},
	}
}

func (b *faultBook) know(route string) { b.routes[route] = true }

// mustKnow keeps a misspelled route from making a test pass that never met its fault.
func (b *faultBook) mustKnow(route string) {
	if !b.routes[route] {
		panic("octopustest: there is no route " + route + ": use the Route constants")
	}
}

// Fail makes the next requests to route meet these faults, in this order. Faults queued for the route itself come
// before those queued for AnyRoute, and both before FailAlways.
func (s *Server) Fail(route string, faults ...Fault) {
	s.faults.mustKnow(route)
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.queued[route] = append(s.faults.queued[route], faults...)
}

// FailAlways makes every request to route meet the fault until Heal.
func (s *Server) FailAlways(route string, f Fault) {
	s.faults.mustKnow(route)
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.always[route] = f
}

// Heal forgets the faults of route; AnyRoute forgets all there are. Requests already held or delayed stay so.
func (s *Server) Heal(route string) {
	s.faults.mustKnow(route)
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	if route == AnyRoute {
		clear(s.faults.queued)
		clear(s.faults.always)
		return
	}
	delete(s.faults.queued, route)
	delete(s.faults.always, route)
}

// take returns the fault that a request meets, if it is of the given kind, and uses it up.
func (b *faultBook) take(route string, r *http.Request, kind faultKind) (Fault, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, name := range []string{route, AnyRoute} {
		queue := b.queued[name]
		if len(queue) == 0 || !queue[0].hits(r) {
			continue
		}
		f := queue[0]
		if f.kind() != kind {
			return Fault{}, false
		}
		queue[0].Times--
		if queue[0].Times <= 0 {
			b.queued[name] = queue[1:]
		}
		return f, true
	}
	for _, name := range []string{route, AnyRoute} {
		if f, ok := b.always[name]; ok && f.kind() == kind && f.hits(r) {
			return f, true
		}
	}
	return Fault{}, false
}

func (f *Fault) hits(r *http.Request) bool { return f.Match == nil || f.Match(r) }
