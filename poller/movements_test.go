package poller_test

import (
	"net/http"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/shopspring/decimal"

	"walletwatch/octopus/octopustest"
	"walletwatch/poller"
	"walletwatch/wallet"
)

// TestCountsNewTransactions: what happens between polls is counted with the next one, once.
func TestCountsNewTransactions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 0)
		o.api.AddWallet(octopustest.Wallet{ID: 2, Currency: "EUR", Balance: decimal.NewFromInt(70)})
		o.history(1, 200, 6*wallet.Day)
		o.open()
		pass(time.Minute)
		o.check()
		for range 40 {
			pass(every)
			o.check()
			o.debit(1, 10)
			o.debit(2, 3)
			o.debit(1, 1000, octopustest.Status(octopustest.Failed))
			o.api.TopUp(1, decimal.NewFromInt(500))
			o.api.Refund(2, decimal.NewFromInt(1))
		}
		pass(every)
		o.check()
		if got := o.wallet(2).DailySpend; !got.Equal(decimal.NewFromInt(80)) {
			t.Errorf("the daily spend of wallet 2 is %s, want 80", got)
		}
	})
}

// TestLateRows: a row that is listed minutes after the time it bears is still counted.
func TestLateRows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 0)
		o.history(1, 100, 3*wallet.Day)
		o.open()
		pass(time.Minute)
		for range 10 {
			pass(every)
			o.debit(1, 10)
			o.api.Debit(1, decimal.NewFromInt(7), time.Now().Add(-wallet.Overlap+every), octopustest.NoBalance())
		}
		pass(every)
		o.check()
	})
}

// TestFewThenMany: few rows are asked for as long as they are enough, and many when there is much to catch up on.
func TestFewThenMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 0)
		o.history(1, 3000, 6*wallet.Day)
		o.open()
		pass(time.Minute)
		o.close()
		pass(time.Hour)
		for range 2*poller.ManyRows + 5 {
			o.debit(1, 1)
			pass(time.Second)
		}
		seen := len(o.api.Requests())
		o.open()
		pass(time.Minute)
		o.check()
		var limits []int
		for _, r := range o.api.Requests()[seen:] {
			if r.Route == octopustest.RouteTransactions {
				n, _ := strconv.Atoi(r.Query.Get("limit"))
				limits = append(limits, n)
			}
		}
		if len(limits) != 4 || limits[0] != poller.NewRows || limits[1] != poller.ManyRows || limits[3] != poller.ManyRows {
			t.Errorf("asked for pages of %v rows, want one small page and three large ones", limits)
		}
		before := o.read()
		pass(wallet.Overlap + every)
		before = o.read() - before
		if most := int((wallet.Overlap + every) / every); before > 2*most {
			t.Errorf("%d pages were read in %d quiet polls", before, most)
		}
	})
}

// TestListShiftsWhileRead: new rows push the list down between the pages of one reading.
func TestListShiftsWhileRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 10)
		o.history(1, 50, 6*wallet.Day)
		o.open()
		pass(time.Minute)
		o.close()
		for range 200 {
			pass(10 * time.Second)
			o.debit(1, 1)
		}
		inserted := 0
		o.api.FailAlways(octopustest.RouteTransactions, octopustest.Fault{Edit: func(*octopustest.Edit) {
			if inserted < 60 {
				inserted += 3
				o.debit(1, 10)
				o.debit(1, 100)
				o.api.Debit(1, decimal.NewFromInt(1000), time.Now().Add(-time.Minute), octopustest.NoBalance())
			}
		}})
		o.open()
		pass(3 * every)
		if inserted < 60 {
			t.Fatalf("only %d rows were inserted", inserted)
		}
		o.check()
	})
}

// TestFutureRows: neither a row that bears a time to come nor a clock that is ahead of ours hides other rows.
func TestFutureRows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 0)
		o.history(1, 100, 6*wallet.Day)
		o.open()
		pass(time.Minute)
		o.api.Debit(1, decimal.NewFromInt(50), time.Now().Add(3*time.Hour), octopustest.NoBalance())
		for range 60 {
			pass(every)
			o.debit(1, 10)
			o.api.Debit(1, decimal.NewFromInt(5), time.Now().Add(20*time.Minute), octopustest.NoBalance())
		}
		pass(every)
		o.check()
		pass(4 * time.Hour)
		o.check()
	})
}

func TestEmptyLedger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 0)
		o.open()
		pass(time.Minute)
		w := o.wallet(1)
		if !o.account().Fill.Complete || w.Shown != wallet.Learning || w.SpendSource != wallet.SpendFromNone {
			t.Errorf("the wallet is %s with spend from %s, the history complete: %t", w.Shown, w.SpendSource, o.account().Fill.Complete)
		}
		o.debit(1, 30)
		pass(every)
		o.check()
		if got := o.wallet(1).DailySpend; !got.Equal(decimal.NewFromInt(30)) {
			t.Errorf("the daily spend is %s, want 30", got)
		}
	})
}

// TestEmptyPage: one page that comes back empty by mistake does not end the list.
func TestEmptyPage(t *testing.T) {
	empty := octopustest.EmptyList()
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 10)
		o.history(1, 500, 6*wallet.Day)
		for _, page := range []string{"1", "2", "7", "40"} {
			fault := empty
			fault.Match = func(r *http.Request) bool { return r.URL.Query().Get("page") == page }
			o.api.Fail(octopustest.RouteTransactions, fault)
		}
		o.open()
		o.filled()
		pass(every)
		o.check()
		o.close()
		pass(time.Hour)
		o.history(1, 500, time.Hour)
		fault := empty
		fault.Match = func(r *http.Request) bool { return r.URL.Query().Get("page") == "3" }
		o.api.Fail(octopustest.RouteTransactions, fault)
		o.open()
		pass(every)
		o.check()
	})
}

// TestTransactionsUnavailable: while the endpoint is closed to us spend comes from the balances; afterwards it is
// exactly what the list says, as if nothing had been.
func TestTransactionsUnavailable(t *testing.T) {
	for name, fault := range map[string]octopustest.Fault{"forbidden": octopustest.Forbidden(), "not found": octopustest.NotFound()} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := newOffice(t, 0)
				o.history(1, 300, 8*wallet.Day)
				o.open()
				pass(time.Minute)
				o.check()
				o.api.FailAlways(octopustest.RouteTransactions, fault)
				pass(every)
				if got := o.account().SpendSource; got != wallet.SpendFromBalance {
					t.Fatalf("spend comes from %s, want from the balance", got)
				}
				before := o.wallet(1).DailySpend
				for range 30 {
					o.api.Debit(1, decimal.NewFromInt(7), time.Time{})
					pass(every)
				}
				if got := o.wallet(1).DailySpend; !got.GreaterThan(before) || o.account().Fault.Kind != wallet.NoFault {
					t.Errorf("the daily spend went from %s to %s, and the fault is %+v", before, got, o.account().Fault)
				}
				o.api.Heal(octopustest.RouteTransactions)
				pass(every)
				o.check()
			})
		})
	}
}
