package ledger_test

import (
	"slices"
	"time"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"walletwatch/wallet"
)

// oracle knows every row as the vendor has it and works spend out by looking at all of them.
type oracle struct {
	p    *wallet.Policy
	rows map[int64]wallet.Movement
}

// days returns the sums of a wallet's 24-hour days counted back from end. Rows before target are no longer wanted.
func (o oracle) days(id int64, target, end time.Time) []decimal.Decimal {
	days := make([]decimal.Decimal, int(o.p.Spend.Window/(24*time.Hour)))
	for _, m := range o.rows {
		minute := m.CreatedAt.Truncate(time.Minute)
		if m.Wallet != id || m.Status != "COMPLETED" || minute.Before(target) || minute.After(end) {
			continue
		}
		if i := int(end.Sub(minute) / (24 * time.Hour)); i < len(days) {
			switch {
			case m.Kind == "DEBIT":
				days[i] = days[i].Add(m.Amount)
			case o.p.Spend.Refunds != nil && m.Remarks == "Refund of order 7":
				days[i] = days[i].Sub(m.Amount)
			}
		}
	}
	return days
}

// first returns the minute of the first completed row of a wallet.
func (o oracle) first(id int64) (first time.Time) {
	for _, m := range o.rows {
		if minute := m.CreatedAt.Truncate(time.Minute); m.Wallet == id && m.Status == "COMPLETED" && (first.IsZero() || minute.Before(first)) {
			first = minute
		}
	}
	return first
}

// agrees fails the test when the ledger's spend differs from the oracle's.
func (w *world) agrees(o oracle) {
	w.Helper()
	w.assessed()
	a := w.view()
	for _, s := range w.view().Wallets {
		want := o.days(s.ID, a.Fill.Target, a.SpendEnd)
		if !slices.EqualFunc(s.Spend, want, decimal.Decimal.Equal) {
			w.Fatalf("the days of wallet %d up to %v sum up to %v, want %v", s.ID, a.SpendEnd, s.Spend, want)
		}
		if first := o.first(s.ID); s.ID != lateWallet && !s.FirstMovement.Equal(first) {
			w.Fatalf("the first movement of wallet %d was at %v, want %v", s.ID, s.FirstMovement, first)
		}
	}
}

// lateWallet has movements before a poll lists it.
const lateWallet = 3

// drawRow makes up a transaction of the last ten days, or a little ahead of our clock.
func drawRow(r *rapid.T, id int64, now time.Time) wallet.Movement {
	m := wallet.Movement{
		ID: id, Wallet: rapid.Int64Range(1, lateWallet).Draw(r, "wallet"), Kind: wallet.Debit, Status: wallet.StatusCompleted,
		Amount:    decimal.New(rapid.Int64Range(1, 1_000_000).Draw(r, "amount"), -4),
		CreatedAt: now.Add(-time.Duration(rapid.Int64Range(-180, 10*24*3600).Draw(r, "seconds ago")) * time.Second),
	}
	switch rapid.IntRange(0, 5).Draw(r, "kind") {
	case 0:
		m.Kind, m.Remarks = wallet.Credit, "Refund of order 7"
	case 1:
		m.Kind, m.Remarks = wallet.Credit, "Wire transfer"
	case 2:
		m.Status = "FAILED"
	}
	return m
}
