package tap

import (
	"context"
	"math/rand/v2"
	"slices"
	"time"
)

const (
	maxBatch  = 200
	maxAge    = 10 * time.Minute // the daemon polls every 1 to 5
	firstWait = 100 * time.Millisecond
	maxWait   = 10 * time.Second
)

// run sends what waits, a batch at a time: while one is on its way the next gathers, so nothing is ever held back.
func (t *Tap) run(ctx context.Context) {
	defer close(t.done)
	defer t.daemon.hangUp()
	defer t.cancel()
	for t.awaitWork(ctx) {
		t.deliver(ctx, t.queue.take(maxBatch))
		t.report(false)
	}
	t.counts.dropped[closed].Add(uint64(t.queue.empty()))
	t.report(true)
}

// awaitWork returns true when something waits, false when nothing will any more or ctx has ended.
func (t *Tap) awaitWork(ctx context.Context) bool {
	for ctx.Err() == nil {
		if some, ended := t.queue.ahead(); some || ended {
			return some
		}
		t.report(false)
		select {
		case <-t.wake:
		case <-t.closing:
		case <-t.voice.due():
		case <-ctx.Done():
		}
	}
	return false
}

// deliver tries until the whole batch is delivered, refused or too old, or ctx ends; then the rest stays taken.
func (t *Tap) deliver(ctx context.Context, batch []record) {
	for tries := 0; ctx.Err() == nil; tries++ {
		if batch = t.expire(batch); len(batch) == 0 {
			return
		}
		a := t.daemon.post(ctx, batch)
		batch = t.settle(batch, a)
		if a.err == nil {
			t.voice.works()
			tries = -1
			continue
		}
		if ctx.Err() != nil {
			return
		}
		queued, onTheWay := t.queue.waiting()
		t.voice.fails(a.err, queued+onTheWay)
		t.report(false)
		if cut := t.pause(ctx, wait(a, tries)); cut {
			tries = -1
		}
	}
}

// settle counts what the daemon took and drops the record that it refuses. It returns the rest.
func (t *Tap) settle(batch []record, a answer) []record {
	n := a.taken
	t.counts.sent.Add(uint64(a.taken))
	t.counts.accepted.Add(a.accepted)
	t.counts.ignored.Add(a.ignored)
	if a.bad {
		t.counts.dropped[refused].Add(1)
		n++
	}
	t.queue.done(n)
	return batch[n:]
}

// expire drops what the daemon's polls have overtaken.
func (t *Tap) expire(batch []record) []record {
	now := time.Now()
	fresh := slices.DeleteFunc(batch, func(r record) bool { return r.age(now) > maxAge })
	if old := len(batch) - len(fresh); old > 0 {
		t.counts.dropped[expired].Add(uint64(old))
		t.queue.done(old)
	}
	return fresh
}

// wait is how long to wait after so many failures in a row.
func wait(a answer, tries int) time.Duration {
	nominal := maxWait
	if !a.lasting && tries < 7 { // 100 ms × 2⁷ is beyond maxWait
		nominal = firstWait << tries
	}
	jittered := time.Duration(float64(nominal) * (0.5 + rand.Float64()))
	return max(min(jittered, maxWait), a.wait)
}

// pause waits. Close cuts it short once: there is one more chance at once.
func (t *Tap) pause(ctx context.Context, d time.Duration) (cut bool) {
	closing := t.closing
	if t.isClosing() {
		closing = nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	case <-closing:
		return true
	}
	return false
}

func (t *Tap) isClosing() bool {
	select {
	case <-t.closing:
		return true
	default:
		return false
	}
}

// report has the voice say what was dropped.
func (t *Tap) report(last bool) {
	var counts [reasons]uint64
	for r := range counts {
		counts[r] = t.counts.dropped[r].Load()
	}
	t.voice.drops(counts, last)
}

// awaitEnd waits for the sender after it was told to give up. A Token or Client that does not come back cannot be helped,
// and must not hold up the service's own end.
func (t *Tap) awaitEnd() {
	select {
	case <-t.done:
	case <-time.After(time.Second):
	}
}

// lost is how many responses Close did not deliver.
func (t *Tap) lost() uint64 {
	queued, onTheWay := t.queue.waiting()
	return t.counts.dropped[closed].Load() + uint64(queued+onTheWay)
}
