package poller_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"walletwatch/octopus/octopustest"
	"walletwatch/wallet"
)

// check fails the test if a wallet's daily spend is wrong.
func (o *office) check() {
	o.t.Helper()
	for _, fault := range o.faults() {
		o.t.Error(fault)
	}
}

// faults compares every wallet's daily spend with what follows from the API's own list by the definition: completed
// debits less refunds of the window, over max(1 day, min(window, time since the first known movement)).
func (o *office) faults() (found []string) {
	a := o.account()
	if a.SpendSource != wallet.SpendFromLedger || !a.Fill.Complete {
		found = append(found, fmt.Sprintf("spend comes from %s, with the history complete: %t", a.SpendSource, a.Fill.Complete))
	}
	for _, w := range a.Wallets {
		total, first, before := naive(o.api.Transactions(w.ID), a.SpendEnd)
		since := w.FirstMovement
		switch {
		case first.IsZero() && since.IsZero():
			continue // nothing has moved
		case since.IsZero() || (!first.IsZero() && since.After(first)) || (!before && !since.Equal(first)):
			found = append(found, fmt.Sprintf("wallet %d: the first known movement is of %s, want %s", w.ID, since, first))
			continue
		}
		span := max(wallet.Day, min(window, a.SpendEnd.Sub(since)))
		want := total.Mul(decimal.NewFromInt(int64(wallet.Day))).Div(decimal.NewFromInt(int64(span)))
		if !w.DailySpend.Round(8).Equal(decimal.Max(want, decimal.Zero).Round(8)) {
			found = append(found, fmt.Sprintf("wallet %d: the daily spend is %s, want %s (%s in %s)", w.ID, w.DailySpend, want, total, span))
		}
	}
	return found
}

// naive returns what was spent within the window, when the first completed row within it was created, and whether
// there are earlier ones.
func naive(rows []octopustest.Transaction, end time.Time) (total decimal.Decimal, first time.Time, before bool) {
	for _, r := range rows {
		minute := r.CreatedAt.Truncate(time.Minute)
		switch {
		case r.Status != octopustest.Completed || minute.After(end):
			continue
		case !minute.After(end.Add(-window)):
			before = true
			continue
		}
		if first.IsZero() || minute.Before(first) {
			first = minute
		}
		switch {
		case r.Type == octopustest.DebitRow:
			total = total.Add(r.Amount)
		case strings.Contains(strings.ToLower(r.Remarks), "refund"):
			total = total.Sub(r.Amount)
		}
	}
	return total, first, before
}
