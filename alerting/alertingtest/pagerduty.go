package alertingtest

import (
	"encoding/json"
	"net/http"
	"slices"
	"sync"
)

// PagerDuty simulates the Events API v2 and the incidents of one service. Set the fields before the first request.
type PagerDuty struct {
	Faults

	RoutingKey string                 // the one that is valid; "": any
	OnEvent    func(Event, *Incident) // called after each accepted event; the incident is nil when it was dropped. Calls may overlap

	mu        sync.Mutex
	incidents []*Incident
	dropped   []Event
	requests  int
}

// Incident is one stretch of time for which a dedup_key had an open alert.
type Incident struct {
	DedupKey string
	Open     bool
	Events   []Event // the first one opened it; a last one that resolves closed it
}

// Event is what the Events API was sent.
type Event struct {
	RoutingKey string   `json:"routing_key"`
	Action     string   `json:"event_action"`
	DedupKey   string   `json:"dedup_key"`
	Client     string   `json:"client"`
	ClientURL  string   `json:"client_url"`
	Links      []Link   `json:"links"`
	Payload    *Payload `json:"payload"`
}

// Link is a link of an event.
type Link struct{ Href, Text string }

// Payload is what an event says.
type Payload struct {
	Summary   string          `json:"summary"`
	Source    string          `json:"source"`
	Severity  string          `json:"severity"`
	Timestamp string          `json:"timestamp"`
	Component string          `json:"component"`
	Group     string          `json:"group"`
	Class     string          `json:"class"`
	Details   json.RawMessage `json:"custom_details"`
}

// NewPagerDuty makes a service without incidents that accepts every routing key. It starts nothing.
func NewPagerDuty() *PagerDuty { return &PagerDuty{} }

// ServeHTTP answers POST /v2/enqueue as PagerDuty does.
func (p *PagerDuty) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/v2/enqueue" {
		http.NotFound(w, r)
		return
	}
	p.mu.Lock()
	p.requests++
	p.mu.Unlock()
	p.serve("", w, r, p.enqueue)
}

// Incidents returns all incidents, oldest first.
func (p *PagerDuty) Incidents() []Incident {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []Incident
	for _, i := range p.incidents {
		out = append(out, i.copy())
	}
	return out
}

// OpenIncidents returns the incidents that are open, oldest first.
func (p *PagerDuty) OpenIncidents() []Incident {
	return slices.DeleteFunc(p.Incidents(), func(i Incident) bool { return !i.Open })
}

// Dropped returns the events that were accepted and applied to nothing: they meant to close what was not open.
func (p *PagerDuty) Dropped() []Event {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.dropped)
}

// Requests returns how many requests there were. Those that met a fault count too.
func (p *PagerDuty) Requests() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.requests
}

func (p *PagerDuty) enqueue(w http.ResponseWriter, r *http.Request, body []byte) {
	if r.Method != http.MethodPost {
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	if len(body) > mostEvent {
		refuseEvent(w, http.StatusRequestEntityTooLarge, "the event is larger than 512 KB")
		return
	}
	var e Event
	if err := json.Unmarshal(body, &e); err != nil {
		refuseEvent(w, http.StatusBadRequest, "the event is not valid JSON")
		return
	}
	if faults := p.faultsOf(&e); len(faults) > 0 {
		refuseEvent(w, http.StatusBadRequest, faults...)
		return
	}
	incident := p.apply(&e)
	if p.OnEvent != nil {
		p.OnEvent(e, incident)
	}
	answerJSON(w, http.StatusAccepted, map[string]string{"status": "success", "message": "Event processed", "dedup_key": e.DedupKey})
}

// apply files an event as PagerDuty does: a trigger joins the open incident of its key or opens one, a resolve
// closes it, and what applies to no open incident is dropped.
func (p *PagerDuty) apply(e *Event) *Incident {
	p.mu.Lock()
	defer p.mu.Unlock()
	i := slices.IndexFunc(p.incidents, func(i *Incident) bool { return i.Open && i.DedupKey == e.DedupKey })
	switch {
	case i < 0 && e.Action != "trigger":
		p.dropped = append(p.dropped, *e)
		return nil
	case i < 0:
		p.incidents = append(p.incidents, &Incident{DedupKey: e.DedupKey, Open: true})
		i = len(p.incidents) - 1
	}
	incident := p.incidents[i]
	incident.Events = append(incident.Events, *e)
	incident.Open = e.Action != "resolve"
	now := incident.copy()
	return &now
}

func (i *Incident) copy() Incident {
	return Incident{DedupKey: i.DedupKey, Open: i.Open, Events: slices.Clone(i.Events)}
}
