package poller_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"walletwatch/octopus"
	"walletwatch/poller"
	"walletwatch/wallet"
)

// answer is an api that takes a tenth of a second.
func answer() *api {
	return &api{wallets: func(context.Context, int) (octopus.WalletList, error) { return slowly(100 * time.Millisecond)(), nil }}
}

// TestCoalesced: however much is wished while a read is under way, one more follows; what was wished before a read
// was sent needs no other.
func TestCoalesced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, book := answer(), &notebook{}
		c, p := waiting(t, a, book)
		for range 1000 {
			c.urge()
			pass(50 * time.Microsecond)
		}
		pass(time.Minute)
		if got := p.reads(a); !slices.Equal(got, []time.Duration{0, 100 * time.Millisecond}) {
			t.Errorf("read at %v, want at once and once more", got)
		}
		if a.most != 1 || c.standing() != 0 || len(book.polls) != 2 || len(book.evaluated) != 0 {
			t.Errorf("%d at once, %d claims stand, %d recorded, %d evaluations", a.most, c.standing(), len(book.polls), len(book.evaluated))
		}
	})
}

// TestNobodyWishes: without wishes there are only polls, and a signal alone asks for nothing.
func TestNobodyWishes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := answer()
		c, p := waiting(t, a, &notebook{})
		c.came <- struct{}{}
		pass(time.Minute)
		if got := p.reads(a); len(got) != 0 {
			t.Errorf("read at %v, want nothing", got)
		}
	})
}

// TestBudget: wishes that never end leave the rest of the quota to others, also when every read needs a second one.
func TestBudget(t *testing.T) {
	for name, doubtful := range map[string]bool{"ok": false, "doubtful but settled": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a, book := &api{}, &notebook{}
				book.doubtful = func(*wallet.Poll) bool { return doubtful }
				c, p := waiting(t, a, book)
				for time.Since(p.start) < 3*time.Minute {
					c.urge()
					pass(time.Millisecond)
				}
				got := len(p.reads(a))
				if most := 20 + 3*60*2 + 2; got > most {
					t.Errorf("%d requests in three minutes, want at most %d", got, most)
				}
				if !doubtful && got < 3*60*2 {
					t.Errorf("%d requests in three minutes, want all that the budget allows", got)
				}
				if len(book.evaluated) != 0 {
					t.Errorf("alerted unconfirmed %d times although the API answered", len(book.evaluated))
				}
			})
		})
	}
}

// TestSoon: what may wait is read at once and then every ten seconds at most, and holds up nothing urgent.
func TestSoon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := answer()
		c, p := waiting(t, a, &notebook{})
		c.ask()
		pass(time.Second)
		for range 14 {
			c.ask()
			pass(time.Second)
		}
		if got := p.reads(a); !slices.Equal(got, []time.Duration{0, 10 * time.Second}) {
			t.Errorf("read at %v, want ten seconds apart", got)
		}
		c.urge()
		pass(time.Second)
		if got := p.reads(a); len(got) != 3 || got[2] != 15*time.Second {
			t.Errorf("read at %v, want what is urgent at once", got)
		}
		pass(time.Minute)
		if got := p.reads(a); len(got) != 3 || c.standing() != 0 {
			t.Errorf("read at %v, want nothing more; %d claims stand", got, c.standing())
		}
	})
}

// TestUrgentWhileSoonHangs: a read that nobody is in a hurry for does not hold up one that somebody is in a hurry for.
func TestUrgentWhileSoonHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := afterFirst(func(ctx context.Context, n int) (octopus.WalletList, error) {
			if n == 1 {
				return hang(ctx, n)
			}
			return listing("100"), nil
		})
		book := &notebook{}
		c, p := waiting(t, a, book)
		c.ask()
		pass(30 * time.Second)
		c.urge()
		pass(2 * time.Second)
		got := p.reads(a)
		if len(got) != 2 || got[1] < 30*time.Second || got[1] > 31*time.Second {
			t.Errorf("read at %v, want again right when it became urgent", got)
		}
		if len(book.failures) != 0 || a.inside != 0 {
			t.Errorf("%d reads still hang; the failures are %+v, want none", a.inside, book.failures)
		}
		if c.standing() != 0 || len(book.evaluated) != 0 {
			t.Errorf("%d claims stand, %d evaluations", c.standing(), len(book.evaluated))
		}
	})
}

// TestBesideAHangingPoll: neither a scheduled poll that hangs nor a list of currencies that need not be read holds up a
// confirmation, and the poll's failure, when it comes, says nothing any more.
func TestBesideAHangingPoll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &api{wallets: func(ctx context.Context, n int) (octopus.WalletList, error) {
			if n == 1 {
				return hang(ctx, n)
			}
			return listing("100"), nil
		}}
		c, book := newClaims(), &notebook{}
		book.record = c.settle
		p := run(t, book, one(a), func(cfg *poller.Config) {
			cfg.Wishes = c
			cfg.Accounts[0].Currencies = dollars()
		})
		pass(10 * time.Second)
		c.urge()
		pass(time.Second)
		if got := p.reads(a); !slices.Equal(got, []time.Duration{0, 10 * time.Second}) || len(book.polls) != 1 {
			t.Errorf("read at %v, recorded %d", got, len(book.polls))
		}
		if a.money() != 0 {
			t.Error("a confirmation asked for currencies that were known")
		}
		pass(every - 15*time.Second)
		if len(book.failures) != 0 || !p.log.contains("poll failed") {
			t.Errorf("recorded %+v, want the failure of the older poll only in the log", book.failures)
		}
	})
}

// TestConfirmationMetrics: confirmations are counted by themselves.
func TestConfirmationMetrics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &api{wallets: func(_ context.Context, n int) (octopus.WalletList, error) {
			if n == 2 {
				return octopus.WalletList{}, errDown
			}
			return slowly(time.Second)(), nil
		}}
		book := &notebook{}
		book.doubtful = func(*wallet.Poll) bool { return len(book.polls) == 1 && len(book.failures) == 1 }
		reg := prometheus.NewPedanticRegistry()
		c := newClaims()
		book.record = c.settle
		run(t, book, one(a), func(cfg *poller.Config) { cfg.Wishes, cfg.Metrics = c, poller.NewMetrics(reg) })
		pass(10 * time.Second)
		c.urge()
		pass(20 * time.Second) // fails, then is doubtful
		c.urge()
		pass(20 * time.Second)
		const want = `
# HELP walletwatch_confirmations_total Reads of the wallets endpoint because of what an order response or a webhook said, by result: ok, doubtful (a second read was needed) or failed.
# TYPE walletwatch_confirmations_total counter
walletwatch_confirmations_total{account="default",result="doubtful"} 1
walletwatch_confirmations_total{account="default",result="failed"} 1
walletwatch_confirmations_total{account="default",result="ok"} 1
# HELP walletwatch_polls_total Polls of the wallets endpoint by result: ok, doubtful (a second read was needed) or failed.
# TYPE walletwatch_polls_total counter
walletwatch_polls_total{account="default",result="ok"} 1
`
		if err := testutil.GatherAndCompare(reg, strings.NewReader(want), "walletwatch_polls_total", "walletwatch_confirmations_total"); err != nil {
			t.Error(err)
		}
		families, err := reg.Gather()
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range families {
			if f.GetName() != "walletwatch_confirmation_duration_seconds" {
				continue
			}
			if h := f.GetMetric()[0].GetHistogram(); h.GetSampleCount() != 3 || h.GetSampleSum() != 0+2+1 {
				t.Errorf("%d confirmations took %v s, want 3 that took 3 s", h.GetSampleCount(), h.GetSampleSum())
			}
			return
		}
		t.Error("the duration of confirmations is not exported")
	})
}

// TestConfirmationSurvivesPanics: neither a read nor an evaluation that panics ends the confirmations.
func TestConfirmationSurvivesPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &api{wallets: func(_ context.Context, n int) (octopus.WalletList, error) {
			if n == 2 {
				panic("a surprise")
			}
			if n < 30 && n > 2 {
				return octopus.WalletList{}, errDown
			}
			return listing("100"), nil
		}}
		book := &notebook{}
		book.reevaluate = func() error {
			if len(book.evaluated) == 1 {
				panic(errors.New("another surprise"))
			}
			return nil
		}
		c, p := waiting(t, a, book)
		c.urge()
		pass(12 * time.Second)
		if got := since(p.start, book.evaluated); !slices.Equal(got, []time.Duration{confirmWithin, confirmWithin + time.Second}) {
			t.Errorf("evaluated at %v, want at the deadline and, after the panic, once more", got)
		}
		pass(10 * time.Minute)
		if c.standing() != 0 || !p.log.contains("a surprise") || !p.log.contains("another surprise") {
			t.Errorf("%d claims stand, or a panic is not in the log", c.standing())
		}
	})
}
