package alerting

import (
	"cmp"
	"context"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"walletwatch/wallet"
)

// Outbox is where due deliveries come from. It models the ledger's delivery queue. Its methods may be called by
// several goroutines at once.
type Outbox interface {
	// Claim takes the gravest and oldest due delivery for any of the receivers, so that nobody else attempts it
	// before until. nil, nil: nothing is due.
	Claim(ctx context.Context, receivers []string, until time.Time) (*wallet.Delivery, error)
	// Settle records what became of a claimed delivery. A claim that has expired and been taken over is ignored.
	Settle(ctx context.Context, d *wallet.Delivery, r wallet.Result) error
}

// Receiver brings a delivery to one place where people see it.
type Receiver interface {
	// Deliver returns when the receiver has accepted d, with what is to be remembered for the next delivery about
	// the same key, or with why it has not (a *Refusal where that is known). It must end soon after ctx ends.
	Deliver(ctx context.Context, d *wallet.Delivery) (handle string, err error)
}

// Config is what a Dispatcher needs.
type Config struct {
	Outbox    Outbox
	Receivers map[string]Receiver // by the name that deliveries carry
	Wake      <-chan struct{}     // a value says that something has become due; nil: only Idle is used
	Now       func() time.Time    // nil: time.Now
	ClaimFor  time.Duration       // how long a claim keeps others away, by Now; 0: 30 s
	Attempt   time.Duration       // how long one delivery may take; 0: 10 s. At most half of ClaimFor is used
	Idle      time.Duration       // how long to rest when nothing is due, or when the outbox fails; 0: 1 s
	Random    func() float64      // in [0, 1), spreads retries; nil: math/rand
	Logger    *slog.Logger        // nil: nothing is logged
	Metrics   *Metrics            // nil: nothing is exported
}

// Dispatcher brings due deliveries to their receivers.
type Dispatcher struct {
	wake    <-chan struct{}
	workers []*worker
}

// New makes a Dispatcher. It starts nothing.
func New(cfg Config) *Dispatcher {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Random == nil {
		cfg.Random = rand.Float64
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Metrics == nil {
		cfg.Metrics = NewMetrics(nil)
	}
	cfg.ClaimFor = cmp.Or(cfg.ClaimFor, 30*time.Second)
	cfg.Attempt = min(cmp.Or(cfg.Attempt, 10*time.Second), cfg.ClaimFor/2)
	cfg.Idle = cmp.Or(cfg.Idle, time.Second)
	d := &Dispatcher{wake: cfg.Wake}
	for _, name := range slices.Sorted(maps.Keys(cfg.Receivers)) {
		cfg.Metrics.begin(name)
		d.workers = append(d.workers, newWorker(&cfg, name))
	}
	return d
}

// Run delivers until ctx ends, each receiver on its own, so that one that hangs delays no other. An attempt under
// way when ctx ends has 5 s more to finish (less if Config.Attempt ends first), so that what was accepted is recorded.
// Run returns nil when every receiver's work has ended.
func (d *Dispatcher) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	for _, w := range d.workers {
		wg.Go(func() { w.run(ctx) })
	}
	wg.Go(func() { d.passOn(ctx) })
	wg.Wait()
	return nil
}

// Drain delivers what is due, each delivery with at most one attempt, until nothing is due or ctx ends. Call it
// after Run has returned.
func (d *Dispatcher) Drain(ctx context.Context) {
	var wg sync.WaitGroup
	for _, w := range d.workers {
		wg.Go(func() { w.drain(ctx) })
	}
	wg.Wait()
}

// passOn wakes every worker for each value of Wake, which only one of them could receive.
func (d *Dispatcher) passOn(ctx context.Context) {
	wake := d.wake
	for {
		select {
		case <-ctx.Done():
			return
		case _, open := <-wake:
			if !open {
				wake = nil
			}
			for _, w := range d.workers {
				select {
				case w.wake <- struct{}{}:
				default: // it has been woken already
				}
			}
		}
	}
}
