package poller_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/robfig/cron/v3"
	"github.com/shopspring/decimal"

	"walletwatch/octopus"
	"walletwatch/poller"
	"walletwatch/wallet"
)

// every is how often the tests poll unless they say otherwise.
const every = 2 * time.Minute

// grace is how long after a firing it is evaluated, so that its polls come first.
const grace = 15 * time.Second

// api is an account of which a test decides every answer. Without a decision it has one wallet in USD and no
// transactions.
type api struct {
	wallets      func(ctx context.Context, n int) (octopus.WalletList, error) // n counts the calls from 1
	currencies   func(n int) ([]octopus.Currency, error)
	transactions func(ctx context.Context, page, limit int) (octopus.TransactionPage, error)

	mu         sync.Mutex
	asked      []time.Time // for wallets
	askedMoney int         // for currencies
	inside     int
	most       int // calls of Wallets at the same time
}

func (a *api) Wallets(ctx context.Context) (octopus.WalletList, error) {
	a.mu.Lock()
	a.asked = append(a.asked, time.Now())
	n := len(a.asked)
	a.inside++
	a.most = max(a.most, a.inside)
	a.mu.Unlock()
	defer func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.inside--
	}()
	if a.wallets == nil {
		return listing("100"), nil
	}
	return a.wallets(ctx, n)
}

func (a *api) Currencies(context.Context) ([]octopus.Currency, error) {
	a.mu.Lock()
	a.askedMoney++
	n := a.askedMoney
	a.mu.Unlock()
	if a.currencies == nil {
		return []octopus.Currency{{ID: 1, Code: "USD", Precision: 2}}, nil
	}
	return a.currencies(n)
}

func (a *api) Transactions(ctx context.Context, page, limit int) (octopus.TransactionPage, error) {
	if a.transactions == nil {
		return octopus.TransactionPage{SentAt: time.Now()}, nil
	}
	return a.transactions(ctx, page, limit)
}

// polls returns when the account was asked for its wallets, counted from start.
func (a *api) polls(start time.Time) []time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	return since(start, a.asked)
}

// money returns how often the account was asked for the currencies.
func (a *api) money() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.askedMoney
}

func since(start time.Time, times []time.Time) []time.Duration {
	out := make([]time.Duration, len(times))
	for i, t := range times {
		out[i] = t.Sub(start)
	}
	return out
}

// listing is a list of wallets, 1 and up, with these balances in currency 1; "" is an unreadable one.
func listing(balances ...string) octopus.WalletList {
	l := octopus.WalletList{SentAt: time.Now()}
	for i, b := range balances {
		w := octopus.Wallet{ID: int64(i + 1), CurrencyID: 1, Type: "PREPAID", Problem: "amount is null"}
		if b != "" {
			d := decimal.RequireFromString(b)
			w.Amount, w.Problem = &d, ""
		}
		l.Wallets = append(l.Wallets, w)
	}
	return l
}

// hang answers nothing until the caller gives up.
func hang(ctx context.Context, _ int) (octopus.WalletList, error) {
	<-ctx.Done()
	return octopus.WalletList{}, ctx.Err()
}

var errDown = errors.New("the API is down")

func down(context.Context, int) (octopus.WalletList, error) { return octopus.WalletList{}, errDown }

// notebook is a ledger that notes what it is told.
type notebook struct {
	doubtful   func(*wallet.Poll) bool
	record     func(*wallet.Poll) error
	reevaluate func() error
	fail       func() error // asked with mu held

	mu        sync.Mutex
	polls     []noted
	failures  []failure
	evaluated []time.Time
	forgot    []time.Time
	movements int // records of transactions
}

type noted struct {
	*wallet.Poll
	confirming bool
	at         time.Time
}

type failure struct {
	account string
	kind    wallet.FaultKind
	message string
	at      time.Time
}

func (n *notebook) Doubtful(p *wallet.Poll) bool { return n.doubtful != nil && n.doubtful(p) }

func (n *notebook) RecordPoll(_ context.Context, p *wallet.Poll, confirming bool) error {
	n.mu.Lock()
	n.polls = append(n.polls, noted{p, confirming, time.Now()})
	n.mu.Unlock()
	if n.record != nil {
		return n.record(p)
	}
	return nil
}

func (n *notebook) PollFailed(_ context.Context, account string, _ time.Time, kind wallet.FaultKind, message string) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.failures = append(n.failures, failure{account, kind, message, time.Now()})
	if n.fail != nil {
		return n.fail()
	}
	return nil
}

func (n *notebook) Cursor(string) (wallet.Cursor, error) {
	return wallet.Cursor{Ready: true, Fill: wallet.Fill{Complete: true, Ever: true}}, nil
}

func (n *notebook) Pending(context.Context, string) ([]wallet.PendingMovement, error) {
	return nil, nil
}

func (n *notebook) RecordMovements(context.Context, string, []wallet.Movement, wallet.Progress) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.movements++
	return nil
}

func (n *notebook) MovementsFailed(context.Context, string, bool, string) error { return nil }

func (n *notebook) Reevaluate(context.Context) error {
	n.mu.Lock()
	n.evaluated = append(n.evaluated, time.Now())
	n.mu.Unlock()
	if n.reevaluate != nil {
		return n.reevaluate()
	}
	return nil
}

func (n *notebook) Forget(context.Context) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.forgot = append(n.forgot, time.Now())
	return nil
}

// polling is a poller that runs in a synctest bubble.
type polling struct {
	t     *testing.T
	start time.Time
	stop  context.CancelFunc
	ended chan struct{}
	log   *lines
}

// run starts a poller of accounts, with edits to its configuration, and a notebook for a ledger. It is stopped when
// the test ends.
func run(t *testing.T, book *notebook, accounts map[string]poller.API, edit ...func(*poller.Config)) *polling {
	t.Helper()
	p := &polling{t: t, start: time.Now(), ended: make(chan struct{}), log: &lines{}}
	cfg := poller.Config{
		Schedule: cron.Every(every), Every: every, Balances: book, Movements: book, Upkeep: book,
		Logger: slog.New(slog.NewTextHandler(p.log, &slog.HandlerOptions{Level: slog.LevelInfo})),
	}
	for name, a := range accounts {
		cfg.Accounts = append(cfg.Accounts, poller.Account{Name: name, API: a})
	}
	for _, e := range edit {
		e(&cfg)
	}
	ctx, cancel := context.WithCancel(t.Context())
	p.stop = cancel
	go func() {
		defer close(p.ended)
		if err := poller.New(cfg).Run(ctx); err != nil {
			t.Errorf("Run: %v", err)
		}
	}()
	t.Cleanup(p.end)
	return p
}

func (p *polling) end() {
	p.stop()
	<-p.ended
}

// pass lets the bubble's time pass.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// fast polls in an interval of its own.
func fast(interval time.Duration) func(*poller.Config) {
	return func(c *poller.Config) { c.Schedule, c.Every = cron.Every(interval), interval }
}

func one(a *api) map[string]poller.API { return map[string]poller.API{"default": a} }

// lines is a log.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (l *lines) contains(text string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Contains(l.b.String(), text)
}
