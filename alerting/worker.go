package alerting

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"runtime/debug"
	"time"

	"walletwatch/wallet"
)

const (
	outboxTimeout = 5 * time.Second // bounds one call of the outbox
	lastAttempt   = 5 * time.Second // is left to an attempt under way when Run's context ends
)

// worker serves one receiver. Only one goroutine at a time uses it.
type worker struct {
	*Config
	name     string
	receiver Receiver
	log      *slog.Logger
	wake     chan struct{}
	trouble  map[string]string // by what was being done: what the outbox complained of last; absent: it works
}

func newWorker(cfg *Config, name string) *worker {
	return &worker{
		Config:   cfg,
		name:     name,
		receiver: cfg.Receivers[name],
		log:      cfg.Logger.With("receiver", name),
		wake:     make(chan struct{}, 1),
		trouble:  make(map[string]string),
	}
}

func (w *worker) run(ctx context.Context) {
	for ctx.Err() == nil {
		c, err := w.claim(ctx)
		switch {
		case err != nil:
			pause(ctx, w.Idle, nil)
		case c.delivery == nil:
			pause(ctx, w.Idle, w.wake)
		default:
			w.settle(ctx, c, w.attemptBeyond(ctx, c))
		}
	}
}

// attemptBeyond attempts d also when ctx has just ended, because nobody else would for a while, but then only for as
// long as stopping may take.
func (w *worker) attemptBeyond(ctx context.Context, c claimed) wallet.Result {
	lasting, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(lastAttempt, cancel) })()
	return w.attempt(lasting, c)
}

// drain stretches the wait after a failure to the end of the drain, so that a failing delivery does not come back
// before those behind it had their turn.
func (w *worker) drain(ctx context.Context) {
	type difference struct {
		wallet.Key
		seq int64
	}
	tried := make(map[difference]bool)
	for ctx.Err() == nil {
		c, err := w.claim(ctx)
		if err != nil || c.delivery == nil {
			return
		}
		d := c.delivery
		this := difference{d.Notice.Key, d.Want.Seq}
		if tried[this] {
			return
		}
		tried[this] = true
		r := w.attempt(ctx, c)
		if end, ok := ctx.Deadline(); ok && r.Err != "" {
			r.Wait = max(r.Wait, time.Until(end))
		}
		w.settle(ctx, c, r)
	}
}

// claimed is a delivery that nobody else attempts for a while.
type claimed struct {
	delivery *wallet.Delivery // nil: nothing is due
	until    time.Time        // when the claim ends, by Now
	sendBy   time.Time        // after this nothing is sent on its strength, by a clock that nobody sets
}

// claim is not cancelled with ctx: a claim that was granted but not seen would lie idle until it expires.
func (w *worker) claim(ctx context.Context) (claimed, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), outboxTimeout)
	defer cancel()
	c := claimed{until: w.Now().Add(w.ClaimFor), sendBy: time.Now().Add(w.ClaimFor * 2 / 3)}
	var err error
	c.delivery, err = w.Outbox.Claim(ctx, []string{w.name}, c.until)
	w.report("claiming a delivery", err)
	return c, err
}

// attempt makes one delivery and says what became of it. It ends well before the claim does, counted from before the
// claim was asked for: a process that was stopped meanwhile must not act on a claim that others have taken over.
func (w *worker) attempt(ctx context.Context, c claimed) wallet.Result {
	d := c.delivery
	ctx, cancel := context.WithTimeout(ctx, w.Attempt)
	defer cancel()
	ctx, expire := context.WithDeadline(ctx, c.sendBy)
	defer expire()
	handle, err := w.deliver(ctx, d)
	now := w.Now()
	log := w.log.With("key", d.Notice.DedupKey(), "occasion", d.Notice.Occasion, "attempt", d.Attempts+1)
	if err == nil {
		w.Metrics.count(w.name, d.Notice.Occasion, accepted)
		w.Metrics.observe(w.name, now.Sub(d.DueAt))
		log.Info("notification accepted", "firing", d.Want.Firing, "level", d.Want.Level)
		return wallet.Result{At: now, Handle: handle}
	}
	wait, permanent := retryIn(d.Attempts, err, w.Random())
	if permanent {
		w.Metrics.count(w.name, d.Notice.Occasion, refused)
		log.Error("notification refused; a person must mend this", "error", err, "retry_in", wait)
	} else {
		w.Metrics.count(w.name, d.Notice.Occasion, failed)
		log.Warn("notification failed", "error", err, "retry_in", wait)
	}
	return wallet.Result{At: now, Err: errorText(err), Permanent: permanent, Wait: wait}
}

// deliver turns a panic of the receiver into an error. The value of the panic is told only when it comes from the
// runtime: any other may hold what was being sent.
func (w *worker) deliver(ctx context.Context, d *wallet.Delivery) (handle string, err error) {
	defer func() {
		if p := recover(); p != nil {
			what := fmt.Sprintf("%T", p)
			if fault, ok := p.(runtime.Error); ok {
				what = fault.Error()
			}
			w.log.Error("receiver panicked", "panic", what, "stack", string(debug.Stack()))
			err = &Refusal{Reason: "the receiver panicked (" + what + "): this is a bug in walletwatch, please report it"}
		}
	}()
	return w.receiver.Deliver(ctx, d)
}

// settle records r. It tries for as long as the claim lasts, because an acceptance that is not recorded is sent
// again; when ctx has ended it tries twice.
func (w *worker) settle(ctx context.Context, c claimed, r wallet.Result) {
	for tries := 1; ; tries++ {
		err := w.settleOnce(ctx, c.delivery, r)
		w.report("recording what became of a delivery", err)
		if err == nil || !w.Now().Before(c.until) || (ctx.Err() != nil && tries >= 2) {
			return
		}
		pause(context.WithoutCancel(ctx), w.Idle, nil)
	}
}

func (w *worker) settleOnce(ctx context.Context, d *wallet.Delivery, r wallet.Result) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), outboxTimeout)
	defer cancel()
	return w.Outbox.Settle(ctx, d, r)
}

// report logs trouble with the outbox once, until it changes or ends.
func (w *worker) report(doing string, err error) {
	last := w.trouble[doing]
	switch {
	case err != nil && err.Error() != last:
		w.log.Error("the outbox fails; trying on", "doing", doing, "error", err)
		w.trouble[doing] = err.Error()
	case err == nil && last != "":
		w.log.Info("the outbox works again", "doing", doing)
		delete(w.trouble, doing)
	}
}

// pause rests for d, or until ctx ends or wake holds a value.
func pause(ctx context.Context, d time.Duration, wake <-chan struct{}) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-wake:
	case <-ctx.Done():
	}
}

// errorText is never empty, which would mean acceptance.
func errorText(err error) string {
	return cmp.Or(err.Error(), "the receiver gave no reason")
}
