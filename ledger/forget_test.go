package ledger_test

import (
	"cmp"
	"context"
	"slices"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"walletwatch/wallet"
)

// vendor is a list of transactions that grows and is read as a poller reads it.
type vendor struct {
	*world
	rows []wallet.Movement
}

// list returns the rows as the API lists them, the newest first.
func (v *vendor) list() []wallet.Movement {
	rows := slices.Clone(v.rows)
	slices.SortFunc(rows, func(a, b wallet.Movement) int {
		return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), cmp.Compare(b.ID, a.ID))
	})
	return rows
}

func (v *vendor) cursor() wallet.Cursor {
	v.Helper()
	c, err := v.ledger.Cursor(account)
	check(v, err)
	return c
}

// readNew counts what is not older than the newest known row, less the overlap.
func (v *vendor) readNew() {
	v.Helper()
	c, rows := v.cursor(), v.list()
	p := wallet.Progress{ReadAt: v.at}
	if len(rows) > 0 {
		p.Newest = rows[0].CreatedAt
	}
	if c.Newest.IsZero() && !c.Fill.Complete {
		rows = nil
	}
	v.record(p, slices.DeleteFunc(rows, func(m wallet.Movement) bool { return m.CreatedAt.Before(c.Newest.Add(-wallet.Overlap)) })...)
}

// fill counts one page of the history from where it was left.
func (v *vendor) fill(size int) {
	v.Helper()
	c := v.cursor()
	if c.Fill.Complete {
		return
	}
	rows := slices.DeleteFunc(v.list(), func(m wallet.Movement) bool {
		return !c.Fill.Reached.IsZero() && m.CreatedAt.After(c.Fill.Reached.Add(wallet.Overlap))
	})
	at := 0
	for !c.Fill.Reached.IsZero() && at < len(rows) && rows[at].CreatedAt.After(c.Fill.Reached) {
		at++
	}
	end := min(at+size, len(rows))
	p := wallet.Progress{FillDone: end == len(rows)}
	if end > 0 {
		p.FillReached = rows[end-1].CreatedAt
	}
	v.record(p, rows[:end]...)
}

// readPending looks at the rows again that had not settled.
func (v *vendor) readPending() {
	v.Helper()
	pending, err := v.ledger.Pending(context.Background(), account)
	check(v, err)
	v.record(wallet.Progress{}, slices.DeleteFunc(v.list(), func(m wallet.Movement) bool {
		return !slices.ContainsFunc(pending, func(p wallet.PendingMovement) bool { return p.ID == m.ID })
	})...)
}

// grow lets the vendor write rows, some with a time that is minutes old, and settle some that were pending.
func (v *vendor) grow(r *rapid.T) {
	for i := range v.rows {
		if v.rows[i].Status == wallet.StatusPending && rapid.Bool().Draw(r, "settles") {
			v.rows[i].Status = rapid.SampledFrom([]string{wallet.StatusCompleted, "FAILED"}).Draw(r, "status")
		}
	}
	for range rapid.IntRange(0, 4).Draw(r, "new rows") {
		v.row++
		v.rows = append(v.rows, wallet.Movement{
			ID: v.row, Wallet: 1, Kind: wallet.Debit, Amount: decimal.New(rapid.Int64Range(1, 99_999).Draw(r, "amount"), -2),
			CreatedAt: v.at.Add(-time.Duration(rapid.IntRange(0, 540).Draw(r, "seconds late")) * time.Second),
			Status:    rapid.SampledFrom([]string{wallet.StatusCompleted, wallet.StatusCompleted, wallet.StatusPending}).Draw(r, "status"),
		})
	}
}

// TestForgettingLosesNothing reads a growing list as a poller does, with a history to fill, forgets after every step
// what the ledger thinks is no longer needed, and comes to the same sums as somebody who looks at every row.
func TestForgettingLosesNothing(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		v := &vendor{world: newWorld(r, func(w *world) { w.settings.Policy.Spend.Window = 2 * wallet.Day })}
		for range rapid.IntRange(0, 12).Draw(r, "history") {
			v.at = v.at.Add(time.Duration(rapid.IntRange(1, 400).Draw(r, "minutes")) * time.Minute)
			v.grow(r)
		}
		v.poll("5000")
		for range rapid.IntRange(1, 12).Draw(r, "steps") {
			v.at = v.at.Add(rapid.SampledFrom([]time.Duration{2 * time.Minute, time.Hour, 13 * time.Hour}).Draw(r, "time"))
			v.grow(r)
			v.readNew()
			v.fill(rapid.IntRange(1, 5).Draw(r, "page size"))
			v.readPending()
			check(r, v.ledger.Forget(context.Background()))
			if rapid.IntRange(0, 4).Draw(r, "restart") == 0 {
				v.restart()
			}
			if v.cursor().Fill.Complete {
				v.agreesWith()
			}
		}
		// Rows of one second may be more than a page, so the pages grow.
		for size := 3; !v.cursor().Fill.Complete; size++ {
			v.fill(size)
		}
		v.agreesWith()
	})
}

func (v *vendor) agreesWith() {
	v.Helper()
	o := oracle{v.settings.Policy, map[int64]wallet.Movement{}}
	for _, m := range v.rows {
		o.rows[m.ID] = m
	}
	a := v.view()
	if got, want := v.wallet(1).Spend, o.days(1, a.Fill.Target, a.SpendEnd); !slices.EqualFunc(got, want, decimal.Decimal.Equal) {
		v.Fatalf("the days sum up to %v, want %v", got, want)
	}
}
