package poller

import (
	"context"
	"errors"
	"fmt"
	"time"

	"walletwatch/wallet"
)

// lastWords is how long an alert that is due waits for the reads that were ended for it: one may hold an answer that a
// second read should have confirmed, and records it now.
const lastWords = 50 * time.Millisecond

// untilDeadline returns how long until the ledger must be told that a wish's deadline has passed. One that has passed
// is told of also when the wish, which is that of a whole account, already names the next.
func (c *confirmer) untilDeadline(w wallet.Wish) time.Duration {
	if w.Urgency != wallet.WishedNow {
		c.due, c.missed = time.Time{}, time.Time{}
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

// tell records that the reads under way did not answer in time and has the ledger evaluate: it alerts unconfirmed where
// a wish still stands. The wish was looked at before, so that a deadline which passes meanwhile is not missed.
func (c *confirmer) tell(ctx context.Context, w wallet.Wish) {
	c.cut(ctx)
	err := errors.Join(c.admit(ctx), c.cfg.Upkeep.Reevaluate(ctx))
	if err == nil {
		c.told, c.due = c.due, w.Deadline
		return
	}
	c.retell = time.Now().Add(retellAfter)
	if ctx.Err() == nil {
		c.log.Error("evaluating what the API did not confirm in time failed; it is tried again in a second", "error", err)
	}
}

// cut ends the reads that had their time. A younger one goes on, also if it comes too late for this deadline: those of
// other wallets may follow so closely that otherwise none would ever be answered.
func (c *confirmer) cut(ctx context.Context) {
	left := 0
	for _, e := range c.under {
		c.missed = e.began
		if time.Since(e.began) >= hedgeAfter {
			e.late = true
			e.end(errLate)
			left++
		}
	}
	patience := time.NewTimer(lastWords)
	defer patience.Stop()
	for left > 0 {
		select {
		case e := <-c.ended:
			if e.late {
				left--
			}
			c.finish(e)
		case <-patience.C:
			return
		case <-ctx.Done():
			return
		}
	}
}

// admit records that the API did not answer in time, unless it did at the last moment.
func (c *confirmer) admit(ctx context.Context) error {
	if c.missed.IsZero() {
		return nil
	}
	err := c.fail(ctx, fmt.Errorf("confirming what was heard: %w", context.DeadlineExceeded), c.missed)
	if err == nil {
		c.missed = time.Time{}
	}
	return err
}
