package poller_test

import (
	"encoding/json"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/shopspring/decimal"

	"walletwatch/octopus/octopustest"
	"walletwatch/wallet"
)

// TestPendingSettlesLater: rows that settle minutes, hours or days later are counted when they do, if they do.
func TestPendingSettlesLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 10)
		o.history(1, 700, 5*wallet.Day)
		old := o.api.Debit(1, decimal.NewFromInt(900), time.Now().Add(-3*wallet.Day), octopustest.NoBalance(), octopustest.Status(octopustest.Pending))
		o.open()
		pass(5 * time.Minute)
		o.check()
		soon := o.debit(1, 100, octopustest.Status(octopustest.Pending))
		later := o.debit(1, 200, octopustest.Status(octopustest.Pending))
		never := o.debit(1, 400, octopustest.Status(octopustest.Pending))
		pass(3 * every)
		o.check()
		o.api.Settle(soon, octopustest.Completed)
		pass(every)
		o.check() // among the new ones, so it is met with the next poll

		pass(time.Minute)
		o.history(1, 300, time.Minute)
		pass(2 * time.Hour)
		o.debit(1, 5)
		o.api.Settle(old, octopustest.Completed)
		pass(11 * time.Minute)
		o.check()
		o.close()
		pass(2 * wallet.Day)
		o.open()
		o.api.Settle(later, octopustest.Completed)
		o.api.Settle(never, octopustest.Failed)
		pass(11 * time.Minute)
		o.check()
		if pending, err := o.store.Pending(t.Context(), "default"); err != nil || len(pending) != 0 {
			t.Errorf("still looked for: %v, %v", pending, err)
		}
	})
}

// TestPendingAlone: a page of which nothing counts is remembered all the same.
func TestPendingAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 1)
		at := time.Now().Add(-time.Hour)
		pending := []octopustest.Option{octopustest.Status(octopustest.Pending), octopustest.NoBalance()}
		o.api.Debit(1, decimal.NewFromInt(1), at, octopustest.NoBalance())
		completes := o.api.Debit(1, decimal.NewFromInt(20), at.Add(time.Minute), pending...)
		tied := o.api.Debit(1, decimal.NewFromInt(300), at.Add(time.Minute), pending...)
		o.api.Debit(1, decimal.NewFromInt(4000), at.Add(time.Minute), octopustest.NoBalance())
		o.debit(1, 7)
		o.open()
		pass(time.Minute)
		o.api.Settle(completes, octopustest.Completed)
		o.api.Settle(tied, octopustest.Failed)
		pass(12 * time.Minute)
		o.check()
		if left, err := o.store.Pending(t.Context(), "default"); err != nil || len(left) != 0 {
			t.Errorf("still looked for: %v, %v", left, err)
		}
	})
}

// TestManyPending: when there are more places than are looked at in one go, all have their turn.
func TestManyPending(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 5)
		var stuck []int64
		for range 40 {
			stuck = append(stuck, o.debit(1, 10, octopustest.Status(octopustest.Pending)))
			pass(time.Minute)
			o.history(1, 12, time.Minute)
		}
		o.open()
		pass(12 * time.Minute)
		for i, id := range stuck {
			if i%10 == 0 {
				o.api.Settle(id, octopustest.Completed)
			}
		}
		pass(time.Hour)
		o.debit(1, 5)
		pass(every)
		o.check()
		before := o.read()
		pass(10 * time.Minute)
		if got := o.read() - before; got > 120 {
			t.Errorf("%d pages were read in ten minutes, too many", got)
		}
	})
}

// TestPendingAmongTies: many rows of the same second hide none, however small the pages are.
func TestPendingAmongTies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 3)
		o.history(1, 30, wallet.Day)
		var rows []int64
		for i := range 40 {
			if i%9 == 0 {
				rows = append(rows, o.debit(1, 50, octopustest.Status(octopustest.Pending)))
				continue
			}
			o.debit(1, 1)
		}
		o.open()
		pass(time.Minute)
		for range 30 {
			pass(time.Minute)
			o.debit(1, 1)
		}
		for _, id := range rows {
			o.api.Settle(id, octopustest.Completed)
		}
		pass(12 * time.Minute)
		o.check()
	})
}

// TestPendingVanishes: a row that is no longer listed keeps nothing else from being looked at.
func TestPendingVanishes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 5)
		o.history(1, 30, wallet.Day)
		first := o.debit(1, 50, octopustest.Status(octopustest.Pending))
		gone := o.debit(1, 60, octopustest.Status(octopustest.Pending))
		o.open()
		pass(time.Minute)
		o.api.FailAlways(octopustest.RouteTransactions, without(t, gone))
		pass(time.Hour)
		o.api.Settle(first, octopustest.Completed)
		o.debit(1, 5)
		pass(11 * time.Minute)
		o.check()
		o.api.Settle(gone, octopustest.Completed)
		o.api.Heal(octopustest.RouteTransactions)
		pass(11 * time.Minute)
		o.check()
	})
}

// without leaves one transaction out of the list.
func without(t *testing.T, id int64) octopustest.Fault {
	return octopustest.Fault{Edit: func(e *octopustest.Edit) {
		var rows []map[string]any
		if err := json.Unmarshal(e.Body, &rows); err != nil {
			t.Error(err)
		}
		rows = slices.DeleteFunc(rows, func(r map[string]any) bool { return r["id"] == float64(id) })
		e.Body, _ = json.Marshal(rows)
	}}
}
