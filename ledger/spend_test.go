package ledger_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"walletwatch/wallet"
)

// reading is a rapid state machine: a ledger, the vendor's rows, and what of them the ledger has been given.
type reading struct {
	*world
	all     []wallet.Movement // as they are in the end
	settled map[int64]bool    // by id: given in that state
	known   oracle            // what has been given
}

func newReading(r *rapid.T, change ...func(*world)) *reading {
	w := newWorld(r, append([]func(*world){func(w *world) { w.settings.Policy.Spend.Window = 3 * wallet.Day }}, change...)...)
	w.poll("5000", "5000")
	x := &reading{world: w, settled: map[int64]bool{}, known: oracle{w.settings.Policy, map[int64]wallet.Movement{}}}
	for id := range rapid.Int64Range(1, 40).Draw(r, "rows") {
		x.all = append(x.all, drawRow(r, id+1, w.at))
	}
	return x
}

// page gives the ledger rows in any order, some twice, some still pending.
func (x *reading) page(r *rapid.T) {
	var rows []wallet.Movement
	for range rapid.IntRange(0, 12).Draw(r, "length") {
		m := rapid.SampledFrom(x.all).Draw(r, "row")
		if !x.settled[m.ID] && rapid.IntRange(0, 3).Draw(r, "pending") == 0 {
			m.Status = wallet.StatusPending
		}
		x.settled[m.ID] = x.settled[m.ID] || m.Status != wallet.StatusPending
		if x.settled[m.ID] {
			x.known.rows[m.ID] = m
		}
		rows = append(rows, m)
	}
	x.record(wallet.Progress{}, rows...)
}

// rest gives the ledger everything, settled, in pages of any size.
func (x *reading) rest(r *rapid.T, last wallet.Progress) {
	rows := rapid.Permutation(x.all).Draw(r, "order")
	for _, m := range rows {
		x.known.rows[m.ID] = m
	}
	for page := range slices.Chunk(rows, rapid.IntRange(1, 40).Draw(r, "page size")) {
		x.record(wallet.Progress{}, page...)
	}
	x.record(last)
}

func (x *reading) step(r *rapid.T) {
	switch rapid.IntRange(0, 7).Draw(r, "step") {
	case 0, 1, 2, 3:
		x.page(r)
	case 4:
		balance := rapid.SampledFrom([]string{"4000", "4999.99"})
		x.at = x.at.Add(rapid.SampledFrom([]time.Duration{0, 3 * time.Hour, 20 * time.Hour}).Draw(r, "time before a poll"))
		x.poll(balance.Draw(r, "balance"), balance.Draw(r, "balance"), balance.Draw(r, "balance"))
	case 5:
		x.restart()
	default:
		x.pass(rapid.SampledFrom([]time.Duration{time.Second, time.Minute, 7 * time.Minute, time.Hour, 25 * time.Hour, 4 * wallet.Day, -time.Minute, -30 * time.Minute, -26 * time.Hour}).Draw(r, "time"))
	}
}

// TestSpendLikeTheOracle gives rows in any order, split, repeated and settling late, while time passes in odd steps,
// balances change and the process is thrown away: the sums are always those of looking at every row.
func TestSpendLikeTheOracle(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		x := newReading(r)
		x.record(wallet.Progress{ReadAt: x.at, FillDone: true})
		for range rapid.IntRange(1, 12).Draw(r, "steps") {
			x.step(r)
			x.agrees(x.known)
		}
		x.rest(r, wallet.Progress{})
		x.agrees(x.known)
		x.pass(time.Minute)
		x.agrees(x.known)
	})
}

// TestFillLikeTheOracle does the same while the history is still being read: until that is done the wallets are
// learning, and then everything is there.
func TestFillLikeTheOracle(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		x := newReading(r)
		for range rapid.IntRange(1, 8).Draw(r, "steps") {
			x.step(r)
			x.shows(1, x.learning())
		}
		x.rest(r, wallet.Progress{ReadAt: x.at, FillDone: true})
		x.agrees(x.known)
	})
}

// learning is what people see before there is a daily spend.
func (x *reading) learning() string {
	if !x.settings.Policy.Fresh(&x.wallet(1).State, x.at) {
		return wallet.Unknown
	}
	return wallet.Learning
}

// TestOtherSettings changes what counts as spend while everything goes on. The daily spend stays as it was until the
// transactions were read again, and is then that of somebody who never knew the old settings.
func TestOtherSettings(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		x := newReading(r)
		x.rest(r, wallet.Progress{ReadAt: x.at, Newest: x.at, FillDone: true})
		before := x.wallet(1).DailySpend
		x.apply(func(p *wallet.Policy) {
			p.Spend.Window = time.Duration(rapid.SampledFrom([]int{2, 3, 5}).Draw(r, "days")) * wallet.Day
			if rapid.Bool().Draw(r, "no refunds") || p.Spend.Window == 3*wallet.Day {
				p.Spend.Refunds = nil
			}
		})
		if x.view().Fill.Complete {
			r.Fatal("the history is not read again")
		}
		for range rapid.IntRange(0, 6).Draw(r, "steps") {
			if x.step(r); !x.wallet(1).DailySpend.Equal(before) {
				r.Fatalf("while reading again the daily spend went from %s to %s", before, x.wallet(1).DailySpend)
			}
		}
		x.known.p = x.settings.Policy
		x.rest(r, wallet.Progress{ReadAt: x.at, Newest: x.at, FillDone: true})
		x.agrees(x.known)
		x.pass(time.Minute)
		x.agrees(x.known)
	})
}
