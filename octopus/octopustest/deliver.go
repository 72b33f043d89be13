package octopustest

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// backoffCap is the longest wait between two tries, in multiples of the first.
const backoffCap = 60

// Deliver sends queued events to a hook until ctx ends, and returns nil then; an error says that the hook cannot be
// used. From its first call on, events are queued: at most 10,000, of which the oldest go first. Any 2xx acknowledges
// an event; one that was not acknowledged when ctx ended goes to the next Deliver. Several at once share the queue.
func (s *Server) Deliver(ctx context.Context, h Hook) error {
	if err := h.check(); err != nil {
		return fmt.Errorf("delivering webhooks: %w", err)
	}
	s.world.events.on.Store(true)
	p := &postman{
		server: s, events: s.world.events, hook: h.withDefaults(),
		random: rand.New(rand.NewPCG(h.Seed, 1)), bag: make(chan queuedEvent),
	}
	p.run(ctx)
	return nil
}

// postman delivers to one hook.
type postman struct {
	server *Server
	events *eventLog
	hook   Hook
	random *rand.Rand
	bag    chan queuedEvent
	count  int // events taken
}

func (p *postman) run(ctx context.Context) {
	var workers sync.WaitGroup
	defer workers.Wait()
	defer close(p.bag)
	for range p.hook.Parallel {
		workers.Go(func() {
			for e := range p.bag {
				p.deliver(ctx, e)
			}
		})
	}
	for ctx.Err() == nil {
		for _, e := range p.group(ctx) {
			p.bag <- e // when ctx has ended, a worker puts it back
		}
	}
}

// group takes the next events, as many as are shuffled together, and lets happen to them what the hook asks for.
func (p *postman) group(ctx context.Context) []queuedEvent {
	taken := p.events.take(ctx, p.hook.Shuffle)
	if len(taken) > 0 && len(taken) < p.hook.Shuffle {
		lingering, cancel := context.WithTimeout(ctx, p.hook.Linger)
		defer cancel()
		for len(taken) < p.hook.Shuffle && lingering.Err() == nil {
			taken = append(taken, p.events.take(lingering, p.hook.Shuffle-len(taken))...)
		}
	}
	var list []queuedEvent
	for _, e := range taken {
		p.count++
		if every(p.hook.Drop, p.count) {
			continue
		}
		list = append(list, e)
		if every(p.hook.Duplicate, p.count) {
			list = append(list, e)
		}
	}
	if p.hook.Shuffle > 1 {
		p.random.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	}
	return list
}

func every(nth, count int) bool { return nth > 0 && count%nth == 0 }

// deliver tries until the event is acknowledged or given up; when ctx ends first, the event stays in the queue.
func (p *postman) deliver(ctx context.Context, e queuedEvent) {
	if !sleep(ctx, time.Until(e.since.Add(p.hook.Delay))) {
		p.events.putBack(e)
		return
	}
	number := 0
	_, err := backoff.Retry(ctx, func() (int, error) {
		number++
		status, err := p.post(ctx, e.Event)
		p.hook.OnAttempt(Attempt{e.Event, number, status, err})
		return status, err
	}, backoff.WithBackOff(p.waits()), backoff.WithMaxTries(uint(p.hook.Attempts)), backoff.WithMaxElapsedTime(0))
	switch {
	case err == nil:
	case ctx.Err() != nil:
		p.events.putBack(e)
	default:
		p.server.cfg.Logger.WarnContext(ctx, "simulated webhook given up", "event_id", e.ID, "type", e.Type, "attempts", number)
	}
}

func (p *postman) waits() *backoff.ExponentialBackOff {
	return &backoff.ExponentialBackOff{
		InitialInterval: p.hook.Backoff, MaxInterval: backoffCap * p.hook.Backoff, Multiplier: 2, RandomizationFactor: 0.5,
	}
}

// post makes one delivery. It is dated by the simulated clock, which the receiver's clock is taken to follow.
func (p *postman) post(ctx context.Context, e Event) (status int, err error) {
	r := e.Request(p.hook.URL, p.hook.Secret, p.server.cfg.Now())
	resp, err := p.hook.Client.Do(r.WithContext(ctx))
	if err != nil {
		return 0, fmt.Errorf("sending a webhook: %w", err)
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, maxRequestBody)) // so that the connection can be used again
	if resp.StatusCode/100 != http.StatusOK/100 {
		return resp.StatusCode, fmt.Errorf("the webhook was answered with status %d", resp.StatusCode)
	}
	return resp.StatusCode, nil
}

// sleep reports false when ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
