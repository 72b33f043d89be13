package ledger_test

import (
	"testing"
	"time"

	"walletwatch/wallet"
)

// stuck lets two minutes pass in which a wallet is read and so is what is new of its transactions, but not the history.
func (w *world) stuck(balance string) {
	w.Helper()
	w.poll(balance)
	w.record(wallet.Progress{ReadAt: w.at, Newest: w.at})
	w.movementsFail(false)
}

// TestHistoryThatCannotBeReadToItsEnd is given up for drops between balances once it gets no further, and counts again
// when it is complete after all.
func TestHistoryThatCannotBeReadToItsEnd(t *testing.T) {
	w := newWorld(t)
	for hour := range 72 { // slow, but it gets on
		w.at = w.at.Add(6 * time.Minute)
		w.record(wallet.Progress{FillReached: w.at.Add(-time.Duration(hour) * time.Hour)})
		w.stuck("10000")
		w.spends(1, "0", wallet.SpendFromNone)
	}
	for range 4 {
		w.stuck("10000")
	}
	if last := w.fill().ProgressAt; w.at.Sub(last) != 10*time.Minute {
		t.Errorf("the history last got on at %s; now it is %s", last, w.at)
	}
	w.spends(1, "0", wallet.SpendFromBalance)
	w.shows(1, wallet.Learning)
	for range 24 {
		w.at = w.at.Add(58 * time.Minute)
		w.stuck(w.wallet(1).Balance.Sub(dec("40")).String())
	}
	w.shows(1, wallet.OK)
	w.spends(1, "960", wallet.SpendFromBalance)
	w.restart()
	w.stuck("9040")
	w.spends(1, "958.6685159500693481", wallet.SpendFromBalance)
	w.record(wallet.Progress{FillDone: true}, w.debit(1, "1400", 2*wallet.Day))
	w.spends(1, "700", wallet.SpendFromLedger)
}

// TestHistoryThatCannotBeReadAgain changes the window for one whose history cannot be read. What is low stays low, and
// the daily spend comes to life again.
func TestHistoryThatCannotBeReadAgain(t *testing.T) {
	w := ready(t)
	w.poll("45")
	w.shows(1, "critical")
	w.news()
	w.apply(func(p *wallet.Policy) { p.Spend.Window, p.RemindEvery = 2*wallet.Day, 0 })
	for range 6 {
		w.spends(1, "1000", wallet.SpendFromLedger)
		w.stuck("45")
	}
	for range 23 {
		w.at = w.at.Add(58 * time.Minute)
		w.stuck(w.wallet(1).Balance.Sub(dec("0.5")).String())
		w.spends(1, "1000", wallet.SpendFromBalance)
	}
	w.tells("slack: 0 triggered warning") // of the history, and nothing of the wallet
	w.at = w.at.Add(58 * time.Minute)
	w.stuck(w.wallet(1).Balance.Sub(dec("0.5")).String())
	w.spends(1, "12", wallet.SpendFromBalance)
	w.record(wallet.Progress{FillDone: true}, w.debit(1, "1000", time.Hour), w.debit(1, "1000", 30*time.Hour))
	w.shows(1, "critical")
}

// low is a world with a critical wallet, of which everybody was told, that was not watched for two days.
func low(t TB) *world {
	t.Helper()
	w := ready(t, func(w *world) { w.settings.Policy.RemindEvery = 0 })
	w.poll("45")
	w.shows(1, "critical")
	w.news()
	w.at = w.at.Add(2 * wallet.Day)
	w.restart()
	return w
}

// TestTwoDaysOff reads the balances first and then the transactions of the days that nobody watched: they were never
// days without spend.
func TestTwoDaysOff(t *testing.T) {
	w := low(t)
	step := func(do func()) {
		do()
		w.shows(1, "critical")
		w.spends(1, "1000", wallet.SpendFromLedger)
		w.tells()
	}
	step(func() { w.poll("45") })
	newest, older := w.debit(1, "1000", 12*time.Hour), w.debit(1, "1000", 36*time.Hour)
	step(func() { w.record(wallet.Progress{}, newest) })
	step(func() { w.record(wallet.Progress{ReadAt: w.at, Newest: w.at}, newest, older) })
	if end := w.view().SpendEnd; !end.Equal(wallet.Minute(w.at)) {
		t.Errorf("the window ends at %s although everything was read at %s", end, w.at)
	}
	step(func() { w.poll("45") })
}

// TestTwoDaysOffWithoutTransactions finds that transactions can no longer be read: drops follow on what was known.
func TestTwoDaysOffWithoutTransactions(t *testing.T) {
	w := low(t)
	w.poll("45")
	w.movementsFail(false)
	w.spends(1, "1000", wallet.SpendFromBalance)
	w.tells()
	for range 23 {
		w.at = w.at.Add(58 * time.Minute)
		w.poll(w.wallet(1).Balance.Sub(dec("0.1")).String())
		check(t, w.ledger.Forget(t.Context()))
	}
	w.restart()
	w.spends(1, "857.4714285714285714", wallet.SpendFromBalance) // six days of 1000 and one of 2.3
	w.apply(func(p *wallet.Policy) { p.Levels[1].Percent = ptr("6") })
	w.record(wallet.Progress{}, w.debit(1, "70", 4*wallet.Day)) // shown late: of before the pause
	w.spends(1, "867.4714285714285714", wallet.SpendFromBalance)
}

// TestShortHistoryBeforeThePause divides what is known by the time that it is known of.
func TestShortHistoryBeforeThePause(t *testing.T) {
	w := newWorld(t)
	w.poll("5000")
	w.record(wallet.Progress{ReadAt: w.at, Newest: w.at, FillDone: true}, w.debit(1, "1000", 36*time.Hour), w.debit(1, "500", 2*wallet.Day))
	w.spends(1, "750", wallet.SpendFromLedger)
	w.at = w.at.Add(3 * wallet.Day)
	w.restart()
	w.poll("5000")
	w.movementsFail(false)
	w.spends(1, "750", wallet.SpendFromBalance)
}

// TestUnknownStatusIsLookedAtAgain completes a transaction that had a status which is not documented.
func TestUnknownStatusIsLookedAtAgain(t *testing.T) {
	w := ready(t)
	m := w.debit(1, "700", time.Minute)
	m.Status = "PROCESSING"
	w.pass(time.Minute)
	w.record(wallet.Progress{ReadAt: w.at, Newest: w.at}, m)
	w.spends(1, "1000", wallet.SpendFromLedger)
	pending, err := w.ledger.Pending(t.Context(), account)
	if check(t, err); len(pending) != 1 || pending[0].ID != m.ID {
		t.Errorf("looked at again: %v", pending)
	}
	m.Status = wallet.StatusCompleted
	w.record(wallet.Progress{ReadAt: w.at, Newest: w.at}, m)
	w.record(wallet.Progress{ReadAt: w.at, Newest: w.at}, m)
	w.spends(1, "1100", wallet.SpendFromLedger)
}

// TestDropsAloneStartAnew lets go of the old sums altogether, also where the window stays as long as it was.
func TestDropsAloneStartAnew(t *testing.T) {
	w := ready(t)
	w.apply(func(p *wallet.Policy) { p.Spend.Refunds, p.Spend.MinHistory = nil, 3*time.Hour })
	w.movementsFail(true)
	for range 3 {
		w.spends(1, "1000", wallet.SpendFromBalance)
		w.at = w.at.Add(58 * time.Minute)
		w.poll(w.wallet(1).Balance.Sub(dec("10")).String())
	}
	w.spends(1, "30", wallet.SpendFromBalance)
}

// TestHistoryAfterAPause is given its time again: while nothing could be read, it could not get on.
func TestHistoryAfterAPause(t *testing.T) {
	w := newWorld(t)
	w.at = w.at.Add(time.Hour)
	w.stuck("5000")
	w.spends(1, "0", wallet.SpendFromNone)
	w.at = w.at.Add(2 * wallet.Day)
	w.restart()
	for range 5 {
		w.stuck("5000")
		w.spends(1, "0", wallet.SpendFromNone)
	}
	w.stuck("5000")
	w.spends(1, "0", wallet.SpendFromBalance)
}
