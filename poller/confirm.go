package poller

import (
	"context"
	"sync"
	"time"

	"github.com/robfig/cron/v3"

	"walletwatch/wallet"
)

// retellAfter is how long after a failed evaluation, or a panic, a confirmer goes on.
const retellAfter = time.Second

// confirmer reads an account's balances when that is wished for, and has the ledger evaluate when the time to do so has
// passed. A read never keeps it from looking at the clock or at newer wishes; it looks again at the wish after each,
// because what was heard after a poll was sent is not settled by it.
type confirmer struct {
	*reader
	pace   *pace
	reads  sync.WaitGroup
	under  []*errand    // the reads under way, the oldest first
	ended  chan *errand // has room for all of them
	due    time.Time    // the deadline that the ledger is told of when it passes; zero: none
	told   time.Time    // the deadline that it was told of last
	missed time.Time    // when the newest read began that a deadline found unfinished, until that is recorded; zero: none
	retell time.Time    // not before this is the ledger told again after it failed
}

func newConfirmer(r *reader) *confirmer {
	return &confirmer{reader: r, pace: newPace(), ended: make(chan *errand, mostReads)}
}

// serve runs the confirmer until ctx ends, also after a panic, which the reads under way outlive.
func (c *confirmer) serve(ctx context.Context) {
	defer c.reads.Wait()
	for ctx.Err() == nil {
		c.guarded(func() { c.run(ctx) })
		sleep(ctx, retellAfter)
	}
}

func (c *confirmer) guarded(job func()) {
	cron.Recover(cronLogger{c.log})(cron.FuncJob(job)).Run()
}

func (c *confirmer) run(ctx context.Context) {
	wished := c.cfg.Wishes.Wished(c.name)
	for ctx.Err() == nil {
		wish := c.cfg.Wishes.Wish(c.name)
		if wish.Urgency == wallet.NotWished {
			c.drop(c.under)
		}
		wait := c.untilDeadline(wish)
		if wait <= 0 {
			c.tell(ctx, wish)
			continue
		}
		c.await(ctx, wished, min(wait, c.advance(ctx, wish)))
	}
}

// await waits for news: a wish, the end of a read, or that a time has passed.
func (c *confirmer) await(ctx context.Context, wished <-chan struct{}, wait time.Duration) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-wished:
	case <-timer.C:
	case e := <-c.ended:
		c.finish(e)
	}
}

// advance begins a read if it is time. It returns how long until there may be something to do.
func (c *confirmer) advance(ctx context.Context, w wallet.Wish) time.Duration {
	if wait := c.untilRoom(w); wait > 0 {
		return wait
	}
	if wait, ok := c.pace.begin(w); !ok {
		return wait
	}
	c.begin(ctx)
	return c.untilRoom(w)
}
