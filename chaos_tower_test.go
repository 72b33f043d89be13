package main

import (
	"slices"
	"strings"
	"sync"
	"time"

	"walletwatch/alerting/alertingtest"
)

// tower sees what the receivers of a world are told.
type tower struct {
	mu    sync.Mutex
	about map[string]sight // by dedup_key
}

// sight is what the receivers were told of one wallet.
type sight struct {
	opened, closed []time.Time // incidents
	posted         []time.Time // messages of their own in Slack
	newest         alertingtest.Message
	unconfirmed    int // events that say so
}

// watch makes the tower of a world, before anybody is told anything.
func watch(w *world) *tower {
	t := &tower{about: map[string]sight{}}
	w.pager.OnEvent = func(e alertingtest.Event, i *alertingtest.Incident) {
		if i != nil {
			t.see(e.DedupKey, func(s *sight) { s.event(e, i) })
		}
	}
	w.slack.OnMessage = func(m alertingtest.Message) {
		if i := strings.LastIndex(m.Text, " · "); m.ThreadTS == "" && i >= 0 {
			t.see(m.Text[i+len(" · "):], func(s *sight) { s.message(m) })
		}
	}
	return t
}

func (t *tower) see(key string, change func(*sight)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.about[key]
	change(&s)
	t.about[key] = s
}

func (s *sight) event(e alertingtest.Event, i *alertingtest.Incident) {
	if len(i.Events) == 1 {
		s.opened = append(s.opened, time.Now())
	}
	if !i.Open {
		s.closed = append(s.closed, time.Now())
	}
	if e.Payload != nil && strings.Contains(string(e.Payload.Details), `"confirmed":false`) {
		s.unconfirmed++
	}
}

func (s *sight) message(m alertingtest.Message) {
	if m.Edits == 0 {
		s.posted = append(s.posted, time.Now())
	}
	if m.TS > s.newest.TS || m.TS == s.newest.TS && m.Edits > s.newest.Edits {
		s.newest = m
	}
}

// of returns what was told of a wallet so far.
func (t *tower) of(key string) sight {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.about[key]
	s.opened, s.closed, s.posted = slices.Clone(s.opened), slices.Clone(s.closed), slices.Clone(s.posted)
	return s
}

// keys returns what anything was told of.
func (t *tower) keys() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var all []string
	for key := range t.about {
		all = append(all, key)
	}
	slices.Sort(all)
	return all
}

// over reports whether Slack's newest message says that all is well.
func (s *sight) over() bool { return strings.HasPrefix(s.newest.Text, "✅") }

// fires reports whether Slack's newest message says that the wallet is at a level.
func (s *sight) fires(level string) bool {
	head, _, _ := strings.Cut(s.newest.Text, "\n")
	return !s.over() && strings.Contains(head, strings.ToUpper(level))
}
