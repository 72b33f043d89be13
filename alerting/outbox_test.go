package alerting_test

import (
	"context"
	"sync"
	"time"

	"walletwatch/wallet"
)

// outbox is an Outbox in memory with the ledger's rules as far as a dispatcher sees them.
type outbox struct {
	now func() time.Time

	mu       sync.Mutex
	rows     []*row
	claims   int
	results  []wallet.Result
	claimErr error
	settle   func() error // nil: settling works
}

type row struct {
	delivery wallet.Delivery
	nextAt   time.Time
	claimed  time.Time // until
	claim    int
	done     bool
}

func newOutbox(now func() time.Time) *outbox { return &outbox{now: now} }

func (o *outbox) put(d *wallet.Delivery) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.rows = append(o.rows, &row{delivery: *d, nextAt: d.DueAt})
}

func (o *outbox) Claim(_ context.Context, receivers []string, until time.Time) (*wallet.Delivery, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.claimErr != nil {
		return nil, o.claimErr
	}
	for _, r := range o.rows {
		if r.delivery.Receiver == receivers[0] && !r.done && !r.nextAt.After(o.now()) && !r.claimed.After(o.now()) {
			o.claims++
			r.claimed, r.claim = until, o.claims
			d := r.delivery
			return &d, nil
		}
	}
	return nil, nil
}

func (o *outbox) Settle(_ context.Context, d *wallet.Delivery, result wallet.Result) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.settle != nil {
		if err := o.settle(); err != nil {
			return err
		}
	}
	o.results = append(o.results, result)
	for _, r := range o.rows {
		if r.delivery.Receiver != d.Receiver || r.delivery.Notice.Key != d.Notice.Key {
			continue
		}
		r.claimed = time.Time{}
		if result.Err == "" {
			r.done = true
			continue
		}
		r.delivery.Attempts++
		r.nextAt = result.At.Add(result.Wait)
	}
	return nil
}
