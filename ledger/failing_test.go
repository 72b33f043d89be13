package ledger_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"walletwatch/ledger"
	"walletwatch/store"
	"walletwatch/wallet"
)

// How an update fails.
const (
	works        = iota
	unreachable  // before anything is done
	notCommitted // after the work was done
	unknown      // after it was committed
)

var errDisk = errors.New("the disk is full")

// flaky is a store whose next update fails.
type flaky struct {
	*store.Store
	next int
}

func (f *flaky) Update(ctx context.Context, account string, known *wallet.Book, at time.Time,
	work func(*wallet.Book, wallet.Journal) (*wallet.Change, error)) (*wallet.Book, error) {
	how := f.next
	f.next = works
	switch how {
	case unreachable:
		return known, errDisk
	case notCommitted:
		return f.Store.Update(ctx, account, known, at, func(b *wallet.Book, j wallet.Journal) (*wallet.Change, error) {
			if _, err := work(b, j); err != nil {
				return nil, err
			}
			return nil, errDisk
		})
	case unknown:
		if _, err := f.Store.Update(ctx, account, known, at, work); err != nil {
			return known, err
		}
		return known, errDisk
	}
	return f.Store.Update(ctx, account, known, at, work)
}

func newFlaky(t TB) (*world, *flaky) {
	f := &flaky{}
	return newWorld(t, func(w *world) {
		w.wrap = func(s *store.Store) ledger.Store {
			f.Store = s
			return f
		}
	}), f
}

// TestNothingIsPublishedThatWasNotStored fails every kind of update in every way. What is known, what is counted and
// what is woken stay as they were; doing it again works, and has the effect of doing it once.
func TestNothingIsPublishedThatWasNotStored(t *testing.T) {
	ctx := context.Background()
	for name, do := range map[string]func(w *world) error{
		"poll": func(w *world) error {
			return w.ledger.RecordPoll(ctx, &wallet.Poll{Account: account, SentAt: w.at, Readings: []wallet.Reading{usd(1, "10"), usd(2, "77")}}, false)
		},
		"failed poll": func(w *world) error { return w.ledger.PollFailed(ctx, account, w.at, wallet.FaultCredentials, "no") },
		"movements": func(w *world) error {
			return w.ledger.RecordMovements(ctx, account, []wallet.Movement{{ID: 99, Wallet: 1, Kind: wallet.Debit, Amount: dec("70000"), CreatedAt: w.at, Status: wallet.StatusCompleted}}, wallet.Progress{ReadAt: w.at})
		},
		"failed movements": func(w *world) error { return w.ledger.MovementsFailed(ctx, account, true, "no") },
		"time":             func(w *world) error { return w.ledger.Reevaluate(ctx) },
		"settings": func(w *world) error {
			p := policy()
			p.Levels[1].Floor = ptr("9999")
			return w.ledger.Apply(ctx, settings(p))
		},
	} {
		for _, how := range []int{unreachable, notCommitted, unknown} {
			t.Run(name, func(t *testing.T) {
				w, f := newFlaky(t)
				w.poll("5000")
				w.history(1, "1000")
				w.at = w.at.Add(15 * time.Minute)
				before, counted, policy := w.ledger.Snapshot(), w.counted(), w.ledger.Policy()

				f.next = how
				if err := do(w); !errors.Is(err, errDisk) {
					t.Fatalf("the error is %v", err)
				}
				if w.ledger.Snapshot() != before || w.ledger.Policy() != policy {
					t.Error("something was published")
				}
				if got := w.counted(); got != counted {
					t.Errorf("the metric went from %q to %q", counted, got)
				}
				select {
				case <-w.ledger.Wake():
					t.Error("the dispatcher was woken")
				default:
				}
				check(t, do(w))

				smooth := newWorld(t)
				smooth.poll("5000")
				smooth.history(1, "1000")
				smooth.at = w.at
				check(t, do(smooth))
				w.like(smooth)
			})
		}
	}
}

// like fails the test when two worlds know something else.
func (w *world) like(other *world) {
	w.Helper()
	if a, b := w.told(), other.told(); !slices.Equal(a, b) {
		w.Fatalf("known is\n%q, want\n%q", a, b)
	}
	if a, b := describe(w.book()), describe(other.book()); !slices.Equal(a, b) {
		w.Fatalf("to be told is\n%q, want\n%q", a, b)
	}
}

// told is what people see of the account.
func (w *world) told() []string {
	a := w.view()
	lines := []string{a.PolledAt.String(), string(a.Fault.Kind), a.SpendEnd.String(), a.LedgerReadAt.String(), string(a.SpendSource), a.Monitor.Level}
	for _, one := range a.Wallets {
		lines = append(lines, one.Shown, one.Balance.String(), one.DailySpend.String(), one.Level, one.Since.String(), one.ObservedAt.String())
		for _, day := range one.Spend {
			lines = append(lines, day.String())
		}
	}
	for _, e := range a.Episodes {
		lines = append(lines, e.DedupKey(), e.Level, e.Since.String(), e.ResolvedAt.String())
	}
	return append(lines, a.Faults...)
}

// TestFailuresLoseNothing lets any step fail in any way and be tried again. In the end everything is as if nothing had
// failed.
func TestFailuresLoseNothing(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		w, f := newFlaky(r)
		smooth := newWorld(r)
		ctx := context.Background()
		for range rapid.IntRange(1, 12).Draw(r, "steps") {
			wait := time.Duration(rapid.IntRange(1, 90).Draw(r, "minutes")) * time.Minute
			balance := rapid.SampledFrom([]string{"5000", "180", "10", ""}).Draw(r, "balance")
			amount := decimal.NewFromInt(rapid.Int64Range(1, 900).Draw(r, "amount"))
			what, how := rapid.IntRange(0, 3).Draw(r, "what"), rapid.IntRange(works, unknown).Draw(r, "how")
			do := func(w *world) error {
				switch what {
				case 0:
					m := wallet.Movement{ID: w.at.Unix(), Wallet: 1, Kind: wallet.Debit, Amount: amount, CreatedAt: w.at, Status: wallet.StatusCompleted}
					return w.ledger.RecordMovements(ctx, account, []wallet.Movement{m}, wallet.Progress{ReadAt: w.at, Newest: w.at, FillTarget: w.fill().Target, FillDone: true})
				case 1:
					return w.ledger.MovementsFailed(ctx, account, amount.LessThan(dec("300")), "no")
				case 2:
					return w.ledger.PollFailed(ctx, account, w.at, wallet.FaultUnavailable, "no")
				}
				p := &wallet.Poll{Account: account, SentAt: w.at, Readings: []wallet.Reading{usd(1, balance)}}
				return w.ledger.RecordPoll(ctx, p, false)
			}
			w.at, smooth.at = w.at.Add(wait), smooth.at.Add(wait)
			f.next = how
			if err := do(w); err != nil {
				check(r, do(w))
			}
			check(r, do(smooth))
			w.like(smooth)
		}
	})
}

// heal lets the ledger find out that the database works again, as every look for deliveries does.
func (w *world) heal() {
	w.Helper()
	_, err := w.ledger.Claim(context.Background(), []string{"nobody"}, w.at.Add(time.Minute))
	check(w, err)
}

// TestClaimsSurviveFailures fails claiming and settling: nothing is handed out that was not stored, and a result that
// was stored without a word is not lost.
func TestClaimsSurviveFailures(t *testing.T) {
	ctx := context.Background()
	w, f := newFlaky(t)
	w.poll("5000")
	w.history(1, "1000")
	w.poll("10")
	for _, how := range []int{unreachable, notCommitted} {
		w.heal() // otherwise Claim first finds out whether the database works again
		f.next = how
		if d, err := w.ledger.Claim(ctx, []string{"slack"}, w.at.Add(time.Minute)); d != nil || !errors.Is(err, errDisk) {
			t.Fatalf("claimed %v, %v", d, err)
		}
	}
	w.heal()
	f.next = unknown
	if d, err := w.ledger.Claim(ctx, []string{"slack"}, w.at.Add(30*time.Second)); d != nil || err == nil {
		t.Fatalf("claimed %v, %v", d, err)
	}
	if d := w.claim("slack"); d != nil {
		t.Fatal("a claim that may be stored was handed out again")
	}
	w.at = w.at.Add(30 * time.Second)
	d := w.claim("slack")
	for _, how := range []int{unreachable, notCommitted, unknown} {
		f.next = how
		if err := w.ledger.Settle(ctx, d, wallet.Result{At: w.at, Handle: "h"}); !errors.Is(err, errDisk) {
			t.Fatalf("settled: %v", err)
		}
	}
	w.settle(d, wallet.Result{Handle: "h"})
	w.tells("pagerduty: 1 triggered critical")
	w.poll("5000")
	if d := w.claim("slack"); d == nil || d.Handle != "h" {
		t.Errorf("then came %+v", d)
	}
}
