package octopustest

import (
	"cmp"
	"slices"
	"sort"

	"github.com/shopspring/decimal"
)

// row is one line of the ledger. at and id order the ledger; both never change once the row is in it.
type row struct {
	id, wallet, order int64 // order 0: none
	at                int64 // Unix seconds: the API shows no more, and so the order of the list can be seen in it
	amount            decimal.Decimal
	currency          int64
	kind, status      string
	note              string // remarks; "": made from the other fields
	silent            bool   // history only: the balance already contains it
	exchange          *exchange
}

// exchange is how an order in one currency was paid from a wallet in another.
type exchange struct {
	source, destination string
	rate                decimal.Decimal
}

// effect is what the row does to its wallet's balance. An order debits at once, also while it is PENDING; a credit
// counts when it is completed; a FAILED row does nothing.
func (r *row) effect() decimal.Decimal {
	switch {
	case r.silent || r.status == Failed:
		return decimal.Zero
	case r.kind == DebitRow:
		return r.amount.Neg()
	case r.status == Completed:
		return r.amount
	}
	return decimal.Zero
}

// ledger keeps every row three times by reference: in time, in time per wallet, and by id.
type ledger struct {
	byTime   []*row
	byWallet map[int64][]*row
	byID     []*row // id 1 first, without gaps
}

// add gives r the next id and files it. A row dated before others is sorted in.
func (l *ledger) add(r *row) {
	l.number(r)
	l.byTime = insert(l.byTime, r)
	l.byWallet[r.wallet] = insert(l.byWallet[r.wallet], r)
}

// addAll files many rows, which must be sorted by time, in linear time.
func (l *ledger) addAll(rows []*row) {
	perWallet := map[int64][]*row{}
	for _, r := range rows {
		l.number(r)
		perWallet[r.wallet] = append(perWallet[r.wallet], r)
	}
	l.byTime = merge(l.byTime, rows)
	for wallet, own := range perWallet {
		l.byWallet[wallet] = merge(l.byWallet[wallet], own)
	}
}

func (l *ledger) number(r *row) {
	l.byID = append(l.byID, r)
	r.id = int64(len(l.byID))
}

func (l *ledger) find(id int64) *row {
	if id < 1 || id > int64(len(l.byID)) {
		return nil
	}
	return l.byID[id-1]
}

// list returns the rows of one wallet, or of all for 0, oldest first.
func (l *ledger) list(wallet int64) []*row {
	if wallet == 0 {
		return l.byTime
	}
	return l.byWallet[wallet]
}

// insert files a row with the highest id so far: it comes after all rows of the same second.
func insert(rows []*row, r *row) []*row {
	if n := len(rows); n == 0 || rows[n-1].at <= r.at {
		return append(rows, r)
	}
	i := sort.Search(len(rows), func(i int) bool { return rows[i].at > r.at })
	return slices.Insert(rows, i, r)
}

func merge(old, added []*row) []*row {
	if len(old) == 0 || len(added) == 0 || old[len(old)-1].at <= added[0].at {
		return append(old, added...)
	}
	all := make([]*row, 0, len(old)+len(added))
	for len(old) > 0 && len(added) > 0 {
		if cmp.Compare(old[0].at, added[0].at) <= 0 {
			all, old = append(all, old[0]), old[1:]
		} else {
			all, added = append(all, added[0]), added[1:]
		}
	}
	return append(append(all, old...), added...)
}
