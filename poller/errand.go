package poller

import (
	"context"
	"errors"
	"slices"
	"time"

	"walletwatch/wallet"
)

// hedgeAfter is how long a read may take before another is sent beside it, if a deadline is to come. The API usually
// answers within a second, so what takes longer may be a connection that hangs; the other one still has most of
// the ten seconds that the API is given.
const hedgeAfter = 3 * time.Second

// mostReads is how many confirmation reads of an account may be under way: one every hedgeAfter until the deadline, so
// that an API that is well again is asked.
const mostReads = 4

// Why a read was ended.
var (
	errNeedless = errors.New("nothing is to be learnt from it any more")
	errLate     = errors.New("an alert is due that it should have confirmed")
)

// errand is a confirmation read under way.
type errand struct {
	began  time.Time
	end    context.CancelCauseFunc
	late   bool   // it was ended because a deadline passed
	result string // for whoever receives it when it has ended
}

// untilRoom returns how long until another read may begin beside those under way.
func (c *confirmer) untilRoom(w wallet.Wish) time.Duration {
	pressing := w.Urgency == wallet.WishedNow && c.cfg.Now().Before(w.Deadline)
	switch {
	case len(c.under) == 0:
		return 0
	case len(c.under) < mostReads && pressing:
		return hedgeAfter - time.Since(c.under[len(c.under)-1].began)
	default:
		return never
	}
}

func (c *confirmer) begin(ctx context.Context) {
	asking, end := context.WithCancelCause(ctx)
	e := &errand{began: time.Now(), end: end, result: resultFailed}
	c.under = append(c.under, e)
	c.reads.Go(func() {
		defer end(nil)
		c.guarded(func() { e.result = c.confirm(ctx, asking) })
		c.ended <- e
	})
}

// confirm reads the balances once. It is content with the currencies that are known, if they suffice.
func (c *confirmer) confirm(ctx, asking context.Context) string {
	asking, cancel := context.WithTimeout(asking, c.pollTimeout())
	defer cancel()
	began := time.Now()
	result := c.attempt(ctx, asking, time.Time{})
	if ctx.Err() == nil && result != resultNeedless {
		c.cfg.Metrics.confirmations.WithLabelValues(c.name, result).Inc()
		c.cfg.Metrics.confirming.WithLabelValues(c.name).Observe(time.Since(began).Seconds())
	}
	return result
}

// finish takes down how a read ended. Those that began before one that succeeded have nothing to add.
func (c *confirmer) finish(e *errand) {
	i := slices.Index(c.under, e)
	older := c.under[:i]
	c.under = slices.Delete(c.under, i, i+1)
	if e.result == resultNeedless {
		return
	}
	c.pace.end(e.result)
	if e.result == resultOK {
		c.drop(older)
	}
}

// drop ends reads of which nothing is to be recorded.
func (c *confirmer) drop(reads []*errand) {
	for _, e := range reads {
		e.end(errNeedless)
	}
}
