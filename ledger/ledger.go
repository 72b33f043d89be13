// Package ledger is the one write path: an observation comes in; state, spend, decision and the deliveries that
// follow from it are stored in one transaction. There is no alert without its state and no state without its alert.
package ledger

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"walletwatch/wallet"
)

// Store is the database. Its methods are documented at package store.
type Store interface {
	Books
	Duties
	Pending(ctx context.Context, account string) ([]wallet.PendingMovement, error)
	Forget(ctx context.Context, account string, r wallet.Retention) error
}

// Books models where books are kept.
type Books interface {
	Load(ctx context.Context, account string, known *wallet.Book, now time.Time) (*wallet.Book, error)
	Update(ctx context.Context, account string, known *wallet.Book, now time.Time,
		f func(*wallet.Book, wallet.Journal) (*wallet.Change, error)) (*wallet.Book, error)
}

// Duties models what one process does for all that share the database.
type Duties interface {
	Take(ctx context.Context, d wallet.Duty) (wallet.Turn, error)
	Finish(ctx context.Context, d wallet.Duty, next time.Time) error
	Dismiss(ctx context.Context, account string) error
}

// Settings are the parts of the configuration that a reload may change.
type Settings struct {
	Policy    *wallet.Policy
	Receivers []string // every configured receiver
	Reminded  []string // those that are told again while a wallet stays below
	// Mark is equal for equal settings of equal versions of the program; "": there is nobody with others.
	Mark string
}

// Config says how a Ledger is made. Store, Accounts and Settings are required.
type Config struct {
	Store       Store
	Alone       bool // no other process uses Store: what is claimed in it was claimed by one that has ended
	Accounts    []string
	Settings    Settings
	SourceHosts map[string]string // by account: the host of its base URL, for messages
	ExternalURL string            // what links start with; "" : no links
	// ConfirmWithin is how long a poll may take to settle what was heard, by Now; 0: wallet.ConfirmWithin.
	ConfirmWithin time.Duration
	Now           func() time.Time // nil: time.Now
	Logger        *slog.Logger     // nil: discard
	Registerer    prometheus.Registerer
}

// Ledger records observations and answers what is known. It is safe for concurrent use.
type Ledger struct {
	cfg          Config
	log          *slog.Logger
	now          func() time.Time
	settings     atomic.Pointer[Settings]
	accounts     map[string]*account
	snapshot     atomic.Pointer[wallet.Snapshot]
	publishing   sync.Mutex
	wake         chan struct{}
	observations *prometheus.CounterVec
}

// account is what the ledger keeps in memory of one account: the stored book, and what follows from it.
type account struct {
	name string
	view atomic.Pointer[wallet.AccountView]

	failing  atomic.Bool // the last transaction could not be stored
	standsBy atomic.Bool // another configuration is in force

	mu       sync.Mutex // guards what is below, and is held while the book changes
	book     *wallet.Book
	polled   bool                 // a poll has finished in this process, well or badly
	tried    bool                 // a poll has finished since watching
	watching time.Time            // since when the account is watched without a gap
	lastEdit time.Time            // when the book was looked at last
	sampled  map[int64]time.Time  // by wallet: when a sample was last kept
	suspects map[int64]suspect    // by wallet: those that are worse off by what was heard
	read     time.Time            // when a read of the API was last recorded, well or badly; as the clock was read
	told     map[string]time.Time // by what: when an event that may repeat itself was last written down
	seen     seen
	adopts   bool // a configuration was loaded that is to come into force

	wishes wishes
}

// Open reads the books of the accounts and evaluates them, so that Snapshot answers at once. It starts nothing.
func Open(ctx context.Context, cfg Config) (*Ledger, error) {
	l := &Ledger{
		cfg: cfg, log: cfg.Logger, now: cfg.Now,
		accounts: map[string]*account{},
		wake:     make(chan struct{}, 1),
		observations: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "walletwatch_observations_total",
			Help: "Balances that were learnt, by where they came from and what became of them.",
		}, []string{"account", "source", "result"}),
	}
	if l.log == nil {
		l.log = slog.New(slog.DiscardHandler)
	}
	if l.now == nil {
		l.now = time.Now
	}
	if l.cfg.ConfirmWithin <= 0 {
		l.cfg.ConfirmWithin = wallet.ConfirmWithin
	}
	if cfg.Registerer != nil {
		if err := cfg.Registerer.Register(l.observations); err != nil {
			return nil, fmt.Errorf("registering the ledger's metrics: %w", err)
		}
	}
	l.settings.Store(&cfg.Settings)
	for _, name := range cfg.Accounts {
		book, err := cfg.Store.Load(ctx, name, nil, l.instant())
		if err != nil {
			return nil, err
		}
		l.warnOfOrphans(book)
		mem := &account{name: name, book: book, sampled: map[int64]time.Time{}, suspects: map[int64]suspect{}, told: map[string]time.Time{}, watching: l.instant()}
		mem.wishes.came = make(chan struct{}, 1)
		mem.wishes.now.Store(&[]time.Time{})
		mem.view.Store(&wallet.AccountView{Account: book.Account})
		l.accounts[name] = mem
	}
	l.publish()
	if err := l.Reevaluate(ctx); err != nil {
		return nil, err
	}
	return l, l.release(ctx)
}

// warnOfOrphans names what was begun at receivers that are configured no longer: nobody can end it but a person.
func (l *Ledger) warnOfOrphans(b *wallet.Book) {
	for _, d := range b.Dispatches {
		if d.Accepted.Firing && !slices.Contains(l.settings.Load().Receivers, d.Receiver) {
			l.log.Warn("an alert is open at a receiver that is not configured any more: close it there by hand, or configure the receiver again",
				"receiver", d.Receiver, "alert", d.DedupKey())
		}
	}
}

// instant is the present as the store keeps it.
func (l *Ledger) instant() time.Time { return stored(l.now()) }

// stored is a time as the store keeps it: UTC milliseconds.
func stored(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// Snapshot returns what is known. It is never nil.
func (l *Ledger) Snapshot() *wallet.Snapshot { return l.snapshot.Load() }

// Policy returns the policy in force.
func (l *Ledger) Policy() *wallet.Policy { return l.settings.Load().Policy }

// Healthy reports whether what happens can be stored: an error says that it could not be, the last time.
func (l *Ledger) Healthy() error {
	for _, name := range slices.Sorted(maps.Keys(l.accounts)) {
		if l.accounts[name].failing.Load() {
			return fmt.Errorf("what happened in account %s could not be stored", name)
		}
	}
	return nil
}

// Wake is sent to when deliveries have become due.
func (l *Ledger) Wake() <-chan struct{} { return l.wake }

// Apply puts new settings in force and evaluates every wallet under them. When that fails, the old ones stay.
func (l *Ledger) Apply(ctx context.Context, s Settings) error {
	old := l.settings.Swap(&s)
	l.adopt(old.Mark != s.Mark)
	err := l.Reevaluate(ctx)
	if err != nil {
		l.settings.Store(old)
		l.adopt(false)
	}
	return err
}

// adopt says whether the settings are to come into force with the next edit.
func (l *Ledger) adopt(adopts bool) {
	for _, mem := range l.accounts {
		mem.mu.Lock()
		mem.adopts = adopts
		mem.mu.Unlock()
	}
}

// Reevaluate works out every level anew. Time alone changes levels: days leave the spending window and balances
// grow stale, so it must run on every tick, also when nothing could be read.
func (l *Ledger) Reevaluate(ctx context.Context) error {
	var first error
	for _, name := range slices.Sorted(maps.Keys(l.accounts)) {
		err := l.update(ctx, name, func(*edit) error { return nil })
		if err != nil && first == nil {
			first = fmt.Errorf("evaluating account %s: %w", name, err)
		}
	}
	return first
}

func (l *Ledger) account(name string) (*account, error) {
	a, ok := l.accounts[name]
	if !ok {
		return nil, fmt.Errorf("account %q is not configured", name)
	}
	return a, nil
}

// publish makes a new snapshot of every account's view.
func (l *Ledger) publish() {
	l.publishing.Lock()
	defer l.publishing.Unlock()
	s := &wallet.Snapshot{At: l.instant()}
	for _, name := range slices.Sorted(maps.Keys(l.accounts)) {
		if view := l.accounts[name].view.Load(); view != nil {
			s.Accounts = append(s.Accounts, *view)
		}
	}
	l.snapshot.Store(s)
}

func (l *Ledger) signal() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}
