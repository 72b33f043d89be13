package ledger_test

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"walletwatch/ledger"
	"walletwatch/store"
	"walletwatch/store/pgtest"
	"walletwatch/wallet"
)

const account = "production"

// TB is what tests, benchmarks and property tests have in common.
type TB interface {
	rapid.TB
	Cleanup(func())
}

// world is a ledger on a real database with a clock that only moves when it is told to.
type world struct {
	TB
	path     string // of a SQLite file
	url      string // of another database; "": the file
	at       time.Time
	settings ledger.Settings
	store    *store.Store
	wrap     func(*store.Store) ledger.Store // what the ledger gets instead of the store; nil: the store itself
	asks     bool                            // asks the store whether other processes use it
	registry *prometheus.Registry
	ledger   *ledger.Ledger
	row      int64 // of the last transaction made
}

// newWorld is a ledger on a new database.
func newWorld(t TB, change ...func(*world)) *world {
	t.Helper()
	dir, err := os.MkdirTemp(fastest(), "ledger")
	check(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	w := &world{TB: t, path: filepath.Join(dir, "w.db"), at: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC), settings: settings(policy())}
	for _, f := range change {
		f(w)
	}
	w.start()
	t.Cleanup(func() { w.store.Close() })
	return w
}

// server is the PostgreSQL server of all these tests.
var server pgtest.Shared

func TestMain(m *testing.M) { os.Exit(server.Run(m)) }

// forEachEngine runs a test on both engines; engine makes a world one of them.
func forEachEngine(t *testing.T, test func(t *testing.T, engine func(*world))) {
	t.Run("sqlite", func(t *testing.T) { test(t, func(*world) {}) })
	t.Run("postgres", func(t *testing.T) {
		url := server.URL(t)
		test(t, func(w *world) { w.url = url })
	})
}

// fastest is a directory in memory where there is one, so that thousands of commits need not wait for a disk.
func fastest() string {
	const memory = "/dev/shm"
	if _, err := os.Stat(memory); err != nil {
		return os.TempDir()
	}
	return memory
}

// start is what a process does when it starts.
func (w *world) start() {
	w.Helper()
	var err error
	w.store, err = store.Open(context.Background(), cmp.Or(w.url, "sqlite://"+w.path))
	check(w, err)
	w.registry = prometheus.NewRegistry()
	var kept ledger.Store = w.store
	if w.wrap != nil {
		kept = w.wrap(w.store)
	}
	w.ledger, err = ledger.Open(context.Background(), ledger.Config{
		Store: kept, Alone: w.asks && w.store.Alone(), Accounts: []string{account}, Settings: w.settings, Now: func() time.Time { return w.at },
		SourceHosts: map[string]string{account: "api.example.com"}, ExternalURL: "https://watch.example.com", Registerer: w.registry,
	})
	check(w, err)
}

// restart throws everything away that is not in the database.
func (w *world) restart() {
	w.Helper()
	check(w, w.store.Close())
	w.start()
}

// replica is another process on the same database.
func (w *world) replica() *world {
	w.Helper()
	other := *w
	other.start()
	w.Cleanup(func() { other.store.Close() })
	return &other
}

func check(t rapid.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func dec(s string) decimal.Decimal { return decimal.RequireFromString(s) }

func ptr(s string) *decimal.Decimal { return new(dec(s)) }

// policy is that of interfaces.md: 20 % and 5 %, recovery at 125 %, a window of a week.
func policy() *wallet.Policy {
	return &wallet.Policy{
		Spend: wallet.SpendPolicy{Window: 7 * wallet.Day, Statistic: wallet.Mean, MinHistory: wallet.Day, Refunds: regexp.MustCompile("(?i)refund")},
		Levels: []wallet.Level{
			{Name: "warning", Percent: ptr("20"), Notify: []string{"slack"}},
			{Name: "critical", Percent: ptr("5"), Notify: []string{"slack", "pagerduty"}},
		},
		RecoverAt:   dec("1.25"),
		RemindEvery: 4 * time.Hour,
		StaleAfter:  []wallet.StaleAfter{{Level: "warning", Age: 10 * time.Minute}, {Level: "critical", Age: 30 * time.Minute}},
	}
}

func settings(p *wallet.Policy) ledger.Settings {
	return ledger.Settings{Policy: p, Receivers: []string{"slack", "pagerduty"}, Reminded: []string{"slack"}}
}

// apply reloads the configuration with a changed policy.
func (w *world) apply(change func(*wallet.Policy)) {
	w.Helper()
	p := *w.settings.Policy
	p.Levels = slices.Clone(p.Levels)
	change(&p)
	w.settings = settings(&p)
	check(w, w.ledger.Apply(context.Background(), w.settings))
}

// pass lets time pass and evaluates.
func (w *world) pass(d time.Duration) {
	w.Helper()
	w.at = w.at.Add(d)
	check(w, w.ledger.Reevaluate(context.Background()))
}

// usd is what a poll reads of a wallet with a balance; with "" the API gives no amount.
func usd(id int64, balance string) wallet.Reading {
	r := wallet.Reading{ID: id, CurrencyID: 1, Currency: "USD", Precision: 2, Type: wallet.Prepaid, Problem: "the API gives no amount"}
	if balance != "" {
		r.Balance, r.Problem = ptr(balance), ""
	}
	return r
}

// poll lets two minutes pass and records a good poll of the wallets 1, 2, ….
func (w *world) poll(balances ...string) {
	w.Helper()
	var readings []wallet.Reading
	for i, b := range balances {
		readings = append(readings, usd(int64(i+1), b))
	}
	w.read(readings...)
}

// read lets two minutes pass and records a poll, read a second time where that is asked for.
func (w *world) read(readings ...wallet.Reading) {
	w.Helper()
	w.at = w.at.Add(2 * time.Minute)
	p := &wallet.Poll{Account: account, SentAt: w.at, Readings: readings}
	check(w, w.ledger.RecordPoll(context.Background(), p, w.ledger.Doubtful(p)))
}

// pollFails lets two minutes pass and records that the API could not be read.
func (w *world) pollFails(kind wallet.FaultKind) {
	w.Helper()
	w.at = w.at.Add(2 * time.Minute)
	check(w, w.ledger.PollFailed(context.Background(), account, w.at, kind, "the API says no"))
}

// debit is a completed debit of a wallet so long ago.
func (w *world) debit(id int64, amount string, ago time.Duration) wallet.Movement {
	w.row++
	return wallet.Movement{ID: w.row, Wallet: id, Kind: wallet.Debit, Amount: dec(amount), CreatedAt: w.at.Add(-ago), Status: wallet.StatusCompleted}
}

// record gives the ledger rows. What they complete is of the present fill unless it names another.
func (w *world) record(p wallet.Progress, rows ...wallet.Movement) {
	w.Helper()
	if p.FillTarget.IsZero() {
		p.FillTarget = w.fill().Target
	}
	check(w, w.ledger.RecordMovements(context.Background(), account, rows, p))
}

// fill is how far the reading of the history has come.
func (w *world) fill() wallet.Fill {
	w.Helper()
	cursor, err := w.ledger.Cursor(account)
	check(w, err)
	return cursor.Fill
}

// history gives a wallet a complete history with the same spend on every day of the window and before it.
func (w *world) history(id int64, daily string) {
	w.Helper()
	var rows []wallet.Movement
	for day := range 8 {
		rows = append(rows, w.debit(id, daily, time.Duration(day)*wallet.Day+12*time.Hour))
	}
	w.record(wallet.Progress{ReadAt: w.at, Newest: w.at, FillDone: true}, rows...)
}

// view is what is known of the account.
func (w *world) view() *wallet.AccountView { return &w.ledger.Snapshot().Accounts[0] }

func (w *world) wallet(id int64) *wallet.Wallet {
	w.Helper()
	for _, one := range w.view().Wallets {
		if one.ID == id {
			return one
		}
	}
	w.Fatalf("wallet %d is not known", id)
	return nil
}

// shows fails the test when people do not see a wallet at a level.
func (w *world) shows(id int64, level string) {
	w.Helper()
	if got := w.wallet(id); got.Shown != level {
		w.Fatalf("wallet %d shows %q (%s), want %q; balance %s, thresholds %v", id, got.Shown, got.Reason, level, got.Balance, got.Thresholds)
	}
}

func (w *world) claim(receivers ...string) *wallet.Delivery {
	w.Helper()
	if len(receivers) == 0 {
		receivers = w.settings.Receivers
	}
	d, err := w.ledger.Claim(context.Background(), receivers, w.at.Add(30*time.Second))
	check(w, err)
	return d
}

func (w *world) settle(d *wallet.Delivery, r wallet.Result) {
	w.Helper()
	r.At = w.at
	check(w, w.ledger.Settle(context.Background(), d, r))
}

// says is what a delivery tells, in a few words.
func says(d *wallet.Delivery) string {
	if d == nil {
		return "nothing"
	}
	return fmt.Sprintf("%s: %d %s %s", d.Receiver, d.Notice.Wallet, d.Notice.Occasion, d.Notice.Level)
}

// news delivers everything that is due and returns what was told, in order.
func (w *world) news() []string {
	w.Helper()
	var told []string
	for d := w.claim(); d != nil; d = w.claim() {
		told = append(told, says(d))
		w.settle(d, wallet.Result{Handle: "handle of " + d.Receiver})
		if len(told) > 1000 {
			w.Fatalf("there is no end of news: %v …", told[:10])
		}
	}
	return told
}

// tells fails the test when other news than these is due, in this order.
func (w *world) tells(want ...string) {
	w.Helper()
	if got := w.news(); !slices.Equal(got, want) {
		w.Fatalf("told:\n\t%s\nwant:\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

// ready is a world with one wallet that spends 1000 a day and holds 5000.
func ready(t TB, change ...func(*world)) *world {
	t.Helper()
	w := newWorld(t, change...)
	w.poll("5000")
	w.history(1, "1000")
	w.shows(1, wallet.OK)
	return w
}

// book is what is stored.
func (w *world) book() *wallet.Book {
	w.Helper()
	b, err := w.store.Load(context.Background(), account, nil, w.at)
	check(w, err)
	return b
}
