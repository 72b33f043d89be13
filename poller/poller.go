// Package poller asks the API on a schedule: for balances, for new transactions, and once for the history.
package poller

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/robfig/cron/v3"

	"walletwatch/octopus"
	"walletwatch/wallet"
)

// API models what is asked of one account.
type API interface {
	Wallets(ctx context.Context) (octopus.WalletList, error)
	Currencies(ctx context.Context) ([]octopus.Currency, error)
	Transactions(ctx context.Context, page, limit int) (octopus.TransactionPage, error)
}

// Balances models where polls are recorded.
type Balances interface {
	Doubtful(poll *wallet.Poll) bool
	RecordPoll(ctx context.Context, poll *wallet.Poll, confirming bool) error
	PollFailed(ctx context.Context, account string, sent time.Time, kind wallet.FaultKind, message string) error
}

// Movements models where transactions are recorded.
type Movements interface {
	Cursor(account string) (wallet.Cursor, error)
	Pending(ctx context.Context, account string) ([]wallet.PendingMovement, error)
	RecordMovements(ctx context.Context, account string, movements []wallet.Movement, p wallet.Progress) error
	MovementsFailed(ctx context.Context, account string, unavailable bool, why string) error
}

// Upkeep models what time alone makes necessary.
type Upkeep interface {
	Reevaluate(ctx context.Context) error
	Forget(ctx context.Context) error
}

// Wishes models who wants a balance before the next poll is due: the ledger, when order responses or webhooks say
// something new.
type Wishes interface {
	// Wished is sent to when the wish of an account may have changed. Sending never blocks: one signal stands for all
	// that have not been received yet.
	Wished(account string) <-chan struct{}
	Wish(account string) wallet.Wish
}

// Account is one API account to ask.
type Account struct {
	Name       string
	API        API
	Currencies []octopus.Currency // those already known, used until the API has been asked
}

// Config says how a Poller is made. Accounts, Schedule, Every and the ledger's parts are required.
type Config struct {
	Accounts  []Account
	Schedule  cron.Schedule
	Every     time.Duration // the longest time between two firings of Schedule; a job that runs longer misses one
	Balances  Balances
	Movements Movements
	Upkeep    Upkeep
	Wishes    Wishes                    // nil: nobody wishes
	Duties    Duties                    // nil: there is no other process
	ClaimFor  time.Duration             // how long a claim of Duties keeps other processes away, by Now; 0: 30 s
	Cycle     func(ctx context.Context) // called after every evaluation that succeeded; nil: nothing
	Now       func() time.Time          // nil: time.Now
	Logger    *slog.Logger              // nil: discard
	Metrics   *Metrics                  // nil: unregistered
}

// Poller runs the jobs. Make one with New.
type Poller struct {
	cfg     Config
	readers []*reader
}

// New makes a Poller. It starts nothing.
func New(cfg Config) *Poller {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.ClaimFor <= 0 {
		cfg.ClaimFor = claimFor
	}
	if cfg.Metrics == nil {
		cfg.Metrics = NewMetrics(prometheus.NewRegistry())
	}
	p := &Poller{cfg: cfg}
	for _, a := range cfg.Accounts {
		p.readers = append(p.readers, newReader(&p.cfg, a))
	}
	return p
}

// Run reads every account at once and then on the schedule, and evaluates a little after each firing whatever became of
// the polls, until ctx ends; it returns when all jobs have ended. Jobs of one account never overlap themselves, and no
// account waits for another. A job that panics is logged and runs again at its next time. Beside that, it reads what
// is wished for.
func (p *Poller) Run(ctx context.Context) error {
	logger := cronLogger{p.cfg.Logger}
	c := cron.New(
		cron.WithLocation(time.UTC),
		cron.WithLogger(logger),
		// The order matters: with Recover outermost a panic would leave SkipIfStillRunning's token taken for ever.
		cron.WithChain(cron.SkipIfStillRunning(logger), cron.Recover(logger)),
	)
	schedule := steady{p.cfg.Schedule}
	var atOnce []cron.EntryID
	for _, r := range p.readers {
		atOnce = append(atOnce,
			c.Schedule(schedule, cron.FuncJob(func() { r.pollBalances(ctx) })),
			c.Schedule(schedule, cron.FuncJob(func() { r.readMovements(ctx) })))
	}
	c.Schedule(schedule, cron.FuncJob(func() { p.evaluate(ctx) }))
	c.Schedule(cron.Every(time.Hour), cron.FuncJob(func() { p.forget(ctx) }))
	c.Start()

	// Stop does not wait for jobs that were started by hand, so they are waited for here.
	var started sync.WaitGroup
	for _, id := range atOnce {
		started.Go(c.Entry(id).WrappedJob.Run)
	}
	if p.cfg.Wishes != nil {
		for _, r := range p.readers {
			started.Go(func() { newConfirmer(r).serve(ctx) })
		}
	}
	<-ctx.Done()
	<-c.Stop().Done()
	started.Wait()
	return nil
}

// allowance is how long a job may take at most: a little less than the time to the next firing, which would be skipped
// while the job is still running.
func (c *Config) allowance() time.Duration { return c.Every - c.Every/10 }

// longestGrace is how long at most everything that evaluates waits for the polls of the same firing. Without that, an
// alarm that no balance was read would go out a moment before the poll that ends the silence.
const longestGrace = 15 * time.Second

func (c *Config) grace() time.Duration { return min(longestGrace, c.Every/4) }

func (p *Poller) evaluate(ctx context.Context) {
	if !sleep(ctx, p.cfg.grace()) {
		return
	}
	err := p.cfg.Upkeep.Reevaluate(ctx)
	switch {
	case err == nil && p.cfg.Cycle != nil:
		p.cfg.Cycle(ctx)
	case err != nil && ctx.Err() == nil:
		p.cfg.Logger.Error("evaluating failed", "error", err)
	}
}

func (p *Poller) forget(ctx context.Context) {
	if err := p.cfg.Upkeep.Forget(ctx); err != nil && ctx.Err() == nil {
		p.cfg.Logger.Error("tidying the database failed; it is tried again in an hour", "error", err)
	}
}

// fault says what keeps the API from being read, for the rules and for people.
func fault(err error) (wallet.FaultKind, string) {
	if octopus.IsCredentials(err) {
		return wallet.FaultCredentials, "the API rejects us: " + err.Error()
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return wallet.FaultUnavailable, "the API did not answer in time: " + err.Error()
	}
	return wallet.FaultUnavailable, err.Error()
}
