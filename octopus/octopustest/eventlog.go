package octopustest

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// maxEvents bounds both the events that Events remembers and those that wait for Deliver.
const maxEvents = 10_000

// queuedEvent is an event on its way to a hook.
type queuedEvent struct {
	Event
	number int64     // orders events as they happened
	since  time.Time // real time
}

// eventLog costs nothing until it is enabled: emitters ask first.
type eventLog struct {
	on    atomic.Bool
	ready chan struct{} // holds a token when the queue may have an event

	mu      sync.Mutex
	last    int64
	history []Event       // newest last
	queue   []queuedEvent // in the order of number
	lost    int
}

func newEventLog(on bool) *eventLog {
	l := &eventLog{ready: make(chan struct{}, 1)}
	l.on.Store(on)
	return l
}

func (l *eventLog) enabled() bool { return l.on.Load() }

// Events returns the newest events (up to 10,000) in the order in which they happened, delivered or not: those since
// New with Config.Events, else since the first Deliver. Bodies must not be changed.
func (s *Server) Events() []Event {
	l := s.world.events
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.history)
}

// LostEvents returns how many events were thrown away because 10,000 newer ones waited for Deliver.
func (s *Server) LostEvents() int {
	l := s.world.events
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lost
}

func (l *eventLog) add(e Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last++
	l.history = newest(append(l.history, e))
	l.enqueue(queuedEvent{Event: e, number: l.last, since: time.Now()})
}

// putBack returns an event that was taken and not acknowledged.
func (l *eventLog) putBack(e queuedEvent) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.enqueue(e)
}

func (l *eventLog) enqueue(e queuedEvent) {
	i, waiting := slices.BinarySearchFunc(l.queue, e.number, func(q queuedEvent, n int64) int { return cmp.Compare(q.number, n) })
	if waiting { // the twin of one that was sent twice
		return
	}
	queue := slices.Insert(l.queue, i, e)
	l.queue = newest(queue)
	l.lost += len(queue) - len(l.queue)
	l.signal()
}

func (l *eventLog) signal() {
	select {
	case l.ready <- struct{}{}:
	default:
	}
}

// take removes up to most events from the head of the queue. It waits for the first; none means that ctx has ended.
func (l *eventLog) take(ctx context.Context, most int) []queuedEvent {
	for ctx.Err() == nil {
		if taken := l.takeNow(most); len(taken) > 0 {
			return taken
		}
		select {
		case <-ctx.Done():
		case <-l.ready:
		}
	}
	return nil
}

func (l *eventLog) takeNow(most int) []queuedEvent {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := min(most, len(l.queue))
	taken := slices.Clone(l.queue[:n])
	l.queue = l.queue[n:]
	if len(l.queue) > 0 { // for whoever else waits
		l.signal()
	}
	return taken
}

func newest[E any](list []E) []E { return list[max(0, len(list)-maxEvents):] }
