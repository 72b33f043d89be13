package poller

import (
	"context"
	"sync"
	"time"

	"github.com/robfig/cron/v3"

	"walletwatch/wallet"
)

// hurry is how long a read may take for which a wish with a deadline waits, so that one that hangs leaves time for
// another.
const hurry = 5 * time.Second

// retellAfter is how long after a failed evaluation, or a panic, a confirmer goes on.
const retellAfter = time.Second

// confirmer reads an account's balances when that is wished for, one read at a time, and has the ledger evaluate when
// the time to do so has passed. A read never keeps it from looking at the clock or at newer wishes; it looks again at
// the wish after each, because what was heard after a poll was sent is not settled by it.
type confirmer struct {
	*reader
	pace   *pace
	under  *errand   // the read under way; nil: none
	due    time.Time // the deadline that the ledger is told of when it passes; zero: none
	told   time.Time // the deadline that it was told of last
	retell time.Time // not before this is it told again after it failed
}

// errand is a read under way.
type errand struct {
	began   time.Time
	limit   *time.Timer // ends it
	hurried bool        // limit has been set to hurry
	result  chan string
}

func newConfirmer(r *reader) *confirmer { return &confirmer{reader: r, pace: newPace()} }

// serve runs the confirmer until ctx ends, also after a panic.
func (c *confirmer) serve(ctx context.Context) {
	for ctx.Err() == nil {
		c.guarded(func() { c.run(ctx) })
		sleep(ctx, retellAfter)
	}
}

func (c *confirmer) guarded(job func()) {
	cron.Recover(cronLogger{c.log})(cron.FuncJob(job)).Run()
}

func (c *confirmer) run(ctx context.Context) {
	var reads sync.WaitGroup
	defer reads.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	c.under = nil
	wished := c.cfg.Wishes.Wished(c.name)
	for ctx.Err() == nil {
		wish := c.cfg.Wishes.Wish(c.name)
		wait := c.untilDeadline(wish)
		if wait <= 0 {
			c.tell(ctx, wish)
			continue
		}
		c.await(ctx, wished, min(wait, c.advance(ctx, wish, &reads)))
	}
}

// await waits for news: a wish, the end of the read under way, or that a time has passed.
func (c *confirmer) await(ctx context.Context, wished <-chan struct{}, wait time.Duration) {
	var result chan string
	if c.under != nil {
		result = c.under.result
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-wished:
	case <-timer.C:
	case r := <-result:
		c.under = nil
		c.pace.end(r)
	}
}

// untilDeadline returns how long until the ledger must be told that a wish's deadline has passed. One that has passed
// is told of also when the wish, which is that of a whole account, already names the next.
func (c *confirmer) untilDeadline(w wallet.Wish) time.Duration {
	if w.Urgency != wallet.WishedNow {
		c.due = time.Time{}
		return never
	}
	now := c.cfg.Now()
	if overdue := !c.due.IsZero() && !c.due.Equal(c.told) && !now.Before(c.due); !overdue {
		c.due = w.Deadline
	}
	if c.due.Equal(c.told) {
		return never
	}
	return max(c.due.Sub(now), time.Until(c.retell))
}

// tell has the ledger evaluate: it alerts unconfirmed where a wish still stands. The wish was looked at before, so that
// a deadline which passes meanwhile is not missed.
func (c *confirmer) tell(ctx context.Context, w wallet.Wish) {
	err := c.cfg.Upkeep.Reevaluate(ctx)
	if err == nil {
		c.told, c.due = c.due, w.Deadline
		return
	}
	c.retell = time.Now().Add(retellAfter)
	if ctx.Err() == nil {
		c.log.Error("evaluating what the API did not confirm in time failed; it is tried again in a second", "error", err)
	}
}

// advance begins a read if it is time, or makes the one under way hurry up if it must. It returns how long until there
// may be something to do.
func (c *confirmer) advance(ctx context.Context, w wallet.Wish, reads *sync.WaitGroup) time.Duration {
	if c.under == nil {
		if wait, ok := c.pace.begin(w); !ok {
			return wait
		}
		c.begin(ctx, reads)
	}
	if !c.under.hurried && w.Urgency == wallet.WishedNow && c.cfg.Now().Before(w.Deadline) {
		c.under.hurried = true
		c.under.limit.Reset(hurry - time.Since(c.under.began))
	}
	return never
}

func (c *confirmer) begin(ctx context.Context, reads *sync.WaitGroup) {
	asking, cancel := context.WithCancelCause(ctx)
	e := &errand{began: time.Now(), result: make(chan string, 1)}
	e.limit = time.AfterFunc(c.pollTimeout(), func() { cancel(context.DeadlineExceeded) })
	c.under = e
	reads.Go(func() {
		result := resultFailed
		c.guarded(func() { result = c.confirm(ctx, asking) })
		e.limit.Stop()
		cancel(nil)
		e.result <- result
	})
}

// confirm reads the balances once. It is content with the currencies that are known, if they suffice.
func (c *confirmer) confirm(ctx, asking context.Context) string {
	began := time.Now()
	result := c.attempt(ctx, asking, time.Time{})
	if ctx.Err() == nil {
		c.cfg.Metrics.confirmations.WithLabelValues(c.name, result).Inc()
		c.cfg.Metrics.confirming.WithLabelValues(c.name).Observe(time.Since(began).Seconds())
	}
	return result
}
