package ledger_test

import (
	"context"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"walletwatch/wallet"
)

func (w *world) movementsFail(unavailable bool) {
	w.Helper()
	check(w, w.ledger.MovementsFailed(context.Background(), account, unavailable, "the API says no"))
}

// spends fails the test when a wallet's daily spend or its source is another.
func (w *world) spends(id int64, daily string, source wallet.SpendSource) {
	w.Helper()
	if one := w.wallet(id); !one.DailySpend.Equal(dec(daily)) || one.SpendSource != source {
		w.Fatalf("the daily spend is %s from %s, want %s from %s", one.DailySpend, one.SpendSource, daily, source)
	}
}

// TestDropsFromTheStart watches an account whose transactions may not be read at all.
func TestDropsFromTheStart(t *testing.T) {
	w := newWorld(t)
	w.poll("10000")
	w.movementsFail(true)
	w.shows(1, wallet.Learning)
	balance := decimal.NewFromInt(10_000)
	for range 24*30 + 1 { // two minutes each
		balance = balance.Sub(dec("1.5"))
		w.poll(balance.String())
		w.movementsFail(true)
	}
	w.shows(1, wallet.OK)
	if got := w.wallet(1); got.SpendSource != wallet.SpendFromBalance || got.DailySpend.Sub(dec("1080")).Abs().GreaterThan(dec("3")) {
		t.Errorf("the daily spend is %s from %s, want about 1080", got.DailySpend, got.SpendSource)
	}
	before := w.wallet(1).DailySpend
	w.poll("20000") // a top-up is not negative spend
	if got := w.wallet(1).DailySpend; got.GreaterThan(before) || got.LessThan(before.Sub(dec("2"))) {
		t.Errorf("a top-up took the daily spend from %s to %s", before, got)
	}
	w.poll("") // what cannot be read is no drop
	w.poll("20000")
	w.restart()
	w.poll("20000")
	if got := w.wallet(1).DailySpend; got.LessThan(before.Sub(dec("9"))) || got.GreaterThan(before) {
		t.Errorf("after a doubt and a restart the daily spend is %s", got)
	}
}

// TestDropsGiveWayToTheHistory lets transactions become readable: from the moment the history is complete only they count.
func TestDropsGiveWayToTheHistory(t *testing.T) {
	w := newWorld(t)
	w.poll("10000")
	w.movementsFail(true)
	for range 60 {
		w.at = w.at.Add(58 * time.Minute)
		w.poll(w.wallet(1).Balance.Sub(dec("40")).String())
	}
	w.spends(1, "960", wallet.SpendFromBalance)
	// A poller first reads what is new, then the history page by page.
	w.record(wallet.Progress{ReadAt: w.at, Newest: w.at})
	w.record(wallet.Progress{FillReached: w.at.Add(-wallet.Day)}, w.debit(1, "700", time.Hour))
	w.spends(1, "960", wallet.SpendFromBalance)
	w.record(wallet.Progress{FillReached: w.at.Add(-8 * wallet.Day), FillDone: true}, w.debit(1, "700", 3*wallet.Day), w.debit(1, "1", 8*wallet.Day))
	w.spends(1, "200", wallet.SpendFromLedger)
	w.poll("5")
	w.pass(time.Hour)
	w.spends(1, "200", wallet.SpendFromLedger)
}

// TestFallingBack loses the transactions for good: at once when the API says so, and after stale_after when it only fails.
func TestFallingBack(t *testing.T) {
	for name, attempts := range map[string]int{"not available": 1, "failing": 5} {
		t.Run(name, func(t *testing.T) {
			w := ready(t)
			for range attempts {
				w.spends(1, "1000", wallet.SpendFromLedger)
				w.poll("5000")
				w.movementsFail(attempts == 1)
			}
			w.spends(1, "1000", wallet.SpendFromBalance) // what is counted stays counted
			w.poll("4300")
			w.spends(1, "1100", wallet.SpendFromBalance)
			w.restart()
			w.spends(1, "1100", wallet.SpendFromBalance)

			// The transactions come back with what the drops already said, on two pages.
			drop := w.debit(1, "690", time.Minute)
			w.record(wallet.Progress{}, drop)
			w.spends(1, "1100", wallet.SpendFromBalance)
			w.record(wallet.Progress{ReadAt: w.at, Newest: w.at}, drop, w.debit(1, "10", 3*time.Minute))
			w.spends(1, "1100", wallet.SpendFromLedger)
			w.poll("4300")
			w.pass(time.Hour)
			w.spends(1, "1100", wallet.SpendFromLedger)

			// And are lost again: the drops of the first time do not come back.
			w.movementsFail(true)
			w.spends(1, "1100", wallet.SpendFromBalance)
		})
	}
}

// TestFailingNowAndThen changes nothing as long as transactions are read often enough.
func TestFailingNowAndThen(t *testing.T) {
	w := ready(t)
	for range 20 {
		w.poll("5000")
		w.movementsFail(false)
		w.poll("5000")
		w.record(wallet.Progress{ReadAt: w.at})
	}
	if got := w.wallet(1).SpendSource; got != wallet.SpendFromLedger {
		t.Errorf("daily spend comes from %s", got)
	}
}

// TestOtherSettingsWithoutTransactions changes the window while only drops are known: what is there goes on counting.
func TestOtherSettingsWithoutTransactions(t *testing.T) {
	window := func(days int) func(*wallet.Policy) {
		return func(p *wallet.Policy) { p.Spend.Window = time.Duration(days) * wallet.Day }
	}
	for name, ever := range map[string]bool{"never readable": false, "readable once": true} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.poll("10000")
			if ever {
				w.history(1, "1000")
			}
			w.movementsFail(true)
			for range 8 * 24 {
				w.at = w.at.Add(58 * time.Minute)
				w.poll(w.wallet(1).Balance.Sub(dec("40")).String())
			}
			w.spends(1, "960", wallet.SpendFromBalance)
			w.apply(window(3))
			w.spends(1, "960", wallet.SpendFromBalance)
			w.poll(w.wallet(1).Balance.Sub(dec("300")).String())
			w.spends(1, "1060", wallet.SpendFromBalance)
			w.apply(window(2))
			w.pass(time.Hour)
			w.spends(1, "1090", wallet.SpendFromBalance)
		})
	}
}

// TestOtherSettingsSoonAfterFallingBack keeps what the transactions said for as long as they cannot be read again.
func TestOtherSettingsSoonAfterFallingBack(t *testing.T) {
	w := ready(t)
	w.movementsFail(true)
	w.poll("4700")
	w.apply(func(p *wallet.Policy) { p.Spend.Window = 3 * wallet.Day })
	w.spends(1, "1100", wallet.SpendFromBalance)          // 3000 and a drop of 300 in three days
	w.record(wallet.Progress{ReadAt: w.at, Newest: w.at}) // readable again
	w.pass(0)
	if a := w.view(); a.Fill.Complete || a.SpendSource != wallet.SpendFromLedger {
		t.Errorf("the history is not read again under the new settings: %+v", a.Account)
	}
}

// TestDropsThatSayEnough loses the transactions while they are read again: the old daily spend stays until the drops
// alone say enough.
func TestDropsThatSayEnough(t *testing.T) {
	w := ready(t)
	w.apply(func(p *wallet.Policy) { p.Spend.Window = 2 * wallet.Day })
	w.movementsFail(true)
	hours := func(n int) {
		for range n {
			w.at = w.at.Add(58 * time.Minute)
			w.poll(w.wallet(1).Balance.Sub(dec("10")).String())
		}
	}
	hours(23)
	w.spends(1, "1000", wallet.SpendFromBalance)
	hours(2)
	w.spends(1, "240", wallet.SpendFromBalance)
}

// TestRestartOvertakesAFill changes the settings while a page of the history is on its way: that page must not pass
// for the end of the new reading.
func TestRestartOvertakesAFill(t *testing.T) {
	w := newWorld(t)
	w.poll("5000")
	w.record(wallet.Progress{ReadAt: w.at, Newest: w.at})
	newest, oldest := w.debit(1, "700", time.Hour), w.debit(1, "7", 6*wallet.Day)
	old := w.fill().Target
	w.record(wallet.Progress{FillReached: w.at.Add(-wallet.Day)}, newest)
	w.apply(func(p *wallet.Policy) { p.Spend.Refunds = nil })
	for _, overtaken := range [][]wallet.Movement{{oldest}, nil} { // were on their way
		w.record(wallet.Progress{FillTarget: old, FillReached: w.at.Add(-8 * wallet.Day), FillDone: true}, overtaken...)
		if fill := w.fill(); fill.Complete || !fill.Reached.IsZero() {
			t.Fatalf("with %d rows the reading goes on from %+v", len(overtaken), fill)
		}
	}
	w.record(wallet.Progress{ReadAt: w.at, Newest: w.at})
	w.record(wallet.Progress{FillReached: w.at.Add(-8 * wallet.Day), FillDone: true}, newest, oldest)
	w.spends(1, "117.8333333333333333", wallet.SpendFromLedger) // 707 in six days
}

// TestRestartInTheSameTransaction changes the settings between two pages without a moment for evaluating: what comes
// with the page is read again and must not count twice.
func TestRestartInTheSameTransaction(t *testing.T) {
	w := ready(t)
	p := *w.settings.Policy
	p.Spend.Refunds = nil
	other := w.replica()
	check(t, other.ledger.Apply(context.Background(), settings(&p))) // the database goes by the new ones, w by the old ones
	page := []wallet.Movement{w.debit(1, "70", time.Hour)}
	w.record(wallet.Progress{ReadAt: w.at, Newest: w.at}, page...)
	w.record(wallet.Progress{ReadAt: w.at, Newest: w.at, FillDone: true}, page...)
	if got := w.wallet(1).Spend; !got[0].Equal(dec("70")) {
		t.Errorf("the newest day sums up to %s", got[0])
	}
}

// TestRowFromTheFuture must not keep what comes after it from being looked for.
func TestRowFromTheFuture(t *testing.T) {
	w := ready(t)
	w.record(wallet.Progress{ReadAt: w.at, Newest: w.at.AddDate(50, 0, 0)}, w.debit(1, "7", -50*365*wallet.Day))
	cursor, err := w.ledger.Cursor(account)
	if check(t, err); cursor.Newest.After(w.at) {
		t.Errorf("rows are looked for from %v", cursor.Newest)
	}
	w.spends(1, "1000", wallet.SpendFromLedger)
}

// TestEmptyHistory is complete although there is no row in it.
func TestEmptyHistory(t *testing.T) {
	w := newWorld(t)
	w.poll("5000")
	w.record(wallet.Progress{ReadAt: w.at})
	w.record(wallet.Progress{FillDone: true})
	if !w.view().Fill.Complete {
		t.Error("an empty history is read for ever")
	}
	w.shows(1, wallet.Learning)
	w.pass(time.Minute)
	w.record(wallet.Progress{ReadAt: w.at, Newest: w.at}, w.debit(1, "3", 0))
	w.at = w.at.Add(wallet.Day - 2*time.Minute)
	w.record(wallet.Progress{ReadAt: w.at})
	w.poll("5000")
	w.shows(1, wallet.OK)
	w.spends(1, "3", wallet.SpendFromLedger)
}

// TestCursor is not ready before a poll has said which wallets there are.
func TestCursor(t *testing.T) {
	w := newWorld(t)
	cursor, err := w.ledger.Cursor(account)
	if check(t, err); cursor.Ready || !cursor.Fill.Target.Equal(w.at.Add(-7*wallet.Day)) {
		t.Errorf("at first: %+v", cursor)
	}
	w.poll("1")
	reached := w.at.Add(-time.Hour)
	w.record(wallet.Progress{ReadAt: w.at, Newest: w.at})
	w.record(wallet.Progress{FillReached: reached}, w.debit(1, "1", time.Hour))
	w.restart()
	cursor, err = w.ledger.Cursor(account)
	if check(t, err); !cursor.Ready || !cursor.Newest.Equal(w.at) || !cursor.Fill.Reached.Equal(reached) || cursor.Fill.Complete {
		t.Errorf("after a restart: %+v", cursor)
	}
	if _, err := w.ledger.Cursor("elsewhere"); err == nil {
		t.Error("an account that is not configured has a cursor")
	}
}
