package poller_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/shopspring/decimal"

	"walletwatch/octopus"
	"walletwatch/octopus/octopustest"
	"walletwatch/wallet"
)

// hedgeAfter is how long a read may take before another is sent beside it.
const hedgeAfter = 3 * time.Second

// soonAfter is how long after a deadline its consequences must be recorded at the latest.
const soonAfter = 100 * time.Millisecond

// later answers after a while with what is true when the request is sent, unless the caller gives up.
func later(d time.Duration) func(context.Context, int) (octopus.WalletList, error) {
	return func(ctx context.Context, _ int) (octopus.WalletList, error) {
		list := listing("100")
		select {
		case <-time.After(d):
			return list, nil
		case <-ctx.Done():
			return octopus.WalletList{}, ctx.Err()
		}
	}
}

// rumoured is an office in which an order response claims that wallet 1 is nearly empty, which is not so.
func rumoured(t *testing.T, slow octopustest.Fault) *office {
	t.Helper()
	o := newOffice(t, 0)
	floor := decimal.NewFromInt(100)
	o.settings.Policy.Levels[1].Floor = &floor
	o.open()
	pass(time.Minute / 2)
	o.api.FailAlways(octopustest.RouteWallets, slow)
	claim := decimal.NewFromInt(1)
	verdicts, err := o.ledger.Record(t.Context(), "default", []wallet.Observation{{
		Key: wallet.OrderKey + "1", Source: wallet.FromOrder, At: time.Now(), Wallet: 1, Currency: "USD", Balance: &claim,
	}})
	if err != nil || verdicts[0] != wallet.HeardClaim {
		t.Fatal(verdicts, err)
	}
	if got := o.ledger.Wish("default").Urgency; got != wallet.WishedNow {
		t.Fatalf("the urgency is %d, want a poll now", got)
	}
	return o
}

// TestSlowIsNotFailed: an API that answers within the time that it is given keeps a wrong order response from alerting
// anyone, however slow it is.
func TestSlowIsNotFailed(t *testing.T) {
	for _, takes := range []time.Duration{100, 2900, 5200, 6000, 9000, 9900} {
		takes *= time.Millisecond
		t.Run(takes.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := rumoured(t, octopustest.Delayed(takes))
				pass(takes + 10*time.Millisecond)
				if got := o.ledger.Wish("default").Urgency; got != wallet.NotWished {
					t.Errorf("the urgency is %d after %s, want that all is settled", got, takes)
				}
				pass(30 * time.Second)
				if a := o.account(); len(a.Episodes) != 0 || a.Fault.Kind != wallet.NoFault || o.log.contains("poll failed") {
					t.Errorf("alerts %+v, fault %+v; want none, also in the log", a.Episodes, a.Fault)
				}
			})
		})
	}
}

// TestHangingAlerts: what the API does not answer in time is alerted of at the deadline, unconfirmed, and not before.
func TestHangingAlerts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := rumoured(t, octopustest.Hanging())
		pass(confirmWithin - time.Millisecond)
		if got := o.account().Episodes; len(got) != 0 {
			t.Fatalf("alerts %+v before the deadline", got)
		}
		pass(soonAfter)
		if got := o.account().Episodes; len(got) != 1 || got[0].Level != "critical" || got[0].Confirmed {
			t.Fatalf("alerts %+v, want a critical one that is not confirmed", got)
		}
		o.api.Heal(octopustest.RouteWallets)
		pass(2 * every)
		if got := o.account().Episodes; len(got) != 1 || got[0].ResolvedAt.IsZero() {
			t.Errorf("alerts %+v, want that it is resolved", got)
		}
	})
}

// TestHedge: one request that hangs for ever costs three seconds, and is given up without a word.
func TestHedge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := afterFirst(func(ctx context.Context, n int) (octopus.WalletList, error) {
			if n == 1 {
				return hang(ctx, n)
			}
			return listing("100"), nil
		})
		book := &notebook{}
		c, p := waiting(t, a, book)
		c.urge()
		pass(hedgeAfter)
		if c.standing() != 0 || len(book.polls) != 1 || a.inside != 0 {
			t.Errorf("%d claims stand, %d polls recorded, %d reads hang after %s", c.standing(), len(book.polls), a.inside, hedgeAfter)
		}
		pass(time.Minute)
		if got := p.reads(a); !slices.Equal(got, []time.Duration{0, hedgeAfter}) {
			t.Errorf("read at %v", got)
		}
		if len(book.failures) != 0 || len(book.evaluated) != 0 || p.log.contains("failed") {
			t.Errorf("failures %+v, evaluated at %v; want none", book.failures, book.evaluated)
		}
	})
}

// TestFirstOfSeveralAnswers: those beside it are given up when the first read answers after all.
func TestFirstOfSeveralAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, book := afterFirst(later(8*time.Second)), &notebook{}
		c, p := waiting(t, a, book)
		c.urge()
		pass(8 * time.Second)
		if c.standing() != 0 || len(book.polls) != 1 || a.inside != 0 || a.most != 3 {
			t.Errorf("%d claims stand, %d polls recorded, %d reads under way of %d", c.standing(), len(book.polls), a.inside, a.most)
		}
		pass(time.Minute)
		if got := p.reads(a); len(got) != 3 || len(book.failures) != 0 || p.log.contains("failed") {
			t.Errorf("read at %v, failures %+v", got, book.failures)
		}
	})
}

// TestDoubtfulSharesTheTime: a second read for a suspicious answer is in time when both together are.
func TestDoubtfulSharesTheTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, book := afterFirst(later(4900*time.Millisecond)), &notebook{}
		c, _ := waiting(t, a, book)
		book.doubtful = func(*wallet.Poll) bool { return true }
		c.urge()
		pass(9800 * time.Millisecond)
		if c.standing() != 0 || len(book.polls) != 1 || !book.polls[0].confirming {
			t.Errorf("%d claims stand, recorded %+v, want a confirming poll", c.standing(), book.polls)
		}
		pass(time.Minute)
		if len(book.polls) != 1 || len(book.failures) != 0 || len(book.evaluated) != 0 {
			t.Errorf("%d polls recorded, failures %+v, evaluated at %v", len(book.polls), book.failures, book.evaluated)
		}
	})
}

// TestDoubtfulAtTheDeadline: a suspicious answer whose second read hangs is recorded before anyone is alerted, for
// what it says of other wallets may settle the matter.
func TestDoubtfulAtTheDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := afterFirst(func(ctx context.Context, n int) (octopus.WalletList, error) {
			if n == 1 {
				return listing("100"), nil
			}
			return hang(ctx, n)
		})
		book := &notebook{}
		c, p := waiting(t, a, book)
		book.doubtful = func(*wallet.Poll) bool { return true }
		book.record = func(poll *wallet.Poll) error {
			if len(book.failures) != 0 || len(book.evaluated) != 0 {
				t.Error("it was recorded too late")
			}
			return c.settle(poll)
		}
		c.urge()
		pass(confirmWithin + soonAfter)
		if len(book.polls) != 1 || book.polls[0].confirming || book.polls[0].at.Sub(p.start) != confirmWithin {
			t.Errorf("recorded %+v, want the first answer at the deadline", book.polls)
		}
	})
}

// TestFailureIsRecordedAtLast: trouble with the database at the deadline does not make the ledger miss that the API
// did not answer.
func TestFailureIsRecordedAtLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		book := &notebook{}
		book.fail = func() error {
			if len(book.failures) < 3 {
				return errDown
			}
			return nil
		}
		c, p := waiting(t, afterFirst(hang), book)
		c.urge()
		pass(confirmWithin + 5*time.Second)
		var got []time.Time
		for _, f := range book.failures {
			got = append(got, f.at)
		}
		want := []time.Duration{confirmWithin, confirmWithin + time.Second, confirmWithin + 2*time.Second}
		if got := since(p.start, got); !slices.Equal(got, want) {
			t.Errorf("told at %v, want %v", got, want)
		}
	})
}

// TestDeafRead: the deadline is met also when a read does not end although it is told to.
func TestDeafRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := afterFirst(func(context.Context, int) (octopus.WalletList, error) { return slowly(time.Minute)(), nil })
		book := &notebook{}
		c, p := waiting(t, a, book)
		c.urge()
		pass(confirmWithin + soonAfter)
		if len(book.failures) != 1 || len(book.evaluated) != 1 || book.evaluated[0].Sub(p.start) < confirmWithin {
			t.Errorf("failures %+v, evaluated at %v", book.failures, book.evaluated)
		}
	})
}

// TestAnswersBetweenDeadlines: after an outage, reads are answered although some deadline passes all the time.
func TestAnswersBetweenDeadlines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		a := afterFirst(func(ctx context.Context, n int) (octopus.WalletList, error) {
			if time.Since(began) < time.Minute+confirmWithin+5*time.Second {
				return hang(ctx, n)
			}
			return later(2*time.Second)(ctx, n)
		})
		book := &notebook{}
		c, p := waiting(t, a, book)
		for time.Since(p.start) < 20*time.Second {
			c.urge()
			pass(20 * time.Millisecond)
		}
		if len(book.polls) == 0 || c.standing() > 300 {
			t.Errorf("%d polls recorded, %d claims stand; read at %v", len(book.polls), c.standing(), p.reads(a))
		}
	})
}
