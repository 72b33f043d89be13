package octopustest

import (
	"slices"
	"time"

	"github.com/shopspring/decimal"
)

// History back-fills the ledger with what was spent between two times and leaves the balance alone: it is taken to
// be the one at the end. Call it before Advance, which goes on from there. For several spenders, Backfill numbers
// their rows in the order of time.
func (p *Spender) History(start, end time.Time) Activity {
	return Backfill(p.server, start, end, p)
}

// Backfill is History for several spenders of one server at once.
func Backfill(s *Server, start, end time.Time, spenders ...*Spender) Activity {
	var rows []*row
	var sum Activity
	for _, p := range spenders {
		made, done := p.history(start, end)
		rows = append(rows, made...)
		sum = sum.plus(done)
	}
	slices.SortStableFunc(rows, func(a, b *row) int { return int(min(1, max(-1, a.at-b.at))) })
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	s.world.ledger.addAll(rows)
	return sum
}

func (p *Spender) history(start, end time.Time) ([]*row, Activity) {
	p.mu.Lock()
	defer p.mu.Unlock()
	before := p.activity
	if before == (Activity{}) {
		p.begin(start)
	}
	p.server.world.mu.Lock()
	defer p.server.world.mu.Unlock()
	wallet := p.server.world.walletByID[p.cfg.Wallet]
	if wallet == nil {
		return nil, Activity{}
	}
	var rows []*row
	p.play(end, func(r *row) bool {
		r.currency, r.silent = wallet.currency.ID, true
		rows = append(rows, r)
		p.fundHistory(r)
		return true
	})
	return rows, p.activity.minus(before)
}

// Advance plays what happens before end, with its effect on the balance. An order that the wallet cannot pay is
// rejected, as the API does. Time before the last Advance is not played again.
func (p *Spender) Advance(end time.Time) Activity {
	p.mu.Lock()
	defer p.mu.Unlock()
	before := p.activity
	p.server.world.mu.Lock()
	defer p.server.world.mu.Unlock()
	p.play(end, p.fileNow)
	return p.activity.minus(before)
}

func (p *Spender) fileNow(r *row) bool {
	wallet := p.server.world.walletByID[r.wallet]
	if wallet == nil {
		return false
	}
	paid := r.kind == CreditRow || wallet.covered(r.amount)
	if paid {
		p.server.world.post(wallet, r)
	}
	if wallet.balance.LessThan(p.cfg.AutoTopUp.Below) {
		p.requestTopUp()
	}
	return paid
}

// play is the loop of simulated time: orders and what follows from them, in order, up to but not including end.
func (p *Spender) play(end time.Time, file filer) {
	for {
		isOrder, at := true, p.next
		if len(p.due) > 0 && !p.due[0].at.After(p.next) {
			isOrder, at = false, p.due[0].at
		}
		if !at.Before(end) {
			break
		}
		p.at = at
		if isOrder {
			p.order(at, file)
			continue
		}
		e := p.due[0]
		p.due = p.due[1:]
		e.happen(at, file)
	}
	if p.at.Before(end) {
		p.at = end
	}
}

func (p *Spender) order(at time.Time, file filer) {
	units := p.sizes.draw(p.random)
	fails, pends := p.random.Float64() < p.cfg.FailedShare, p.random.Float64() < p.cfg.PendingShare
	p.plan(units)

	r := p.row(at, DebitRow, p.sizes.amount(units))
	if pends {
		r.status = Pending
	}
	if !file(r) {
		p.activity.Rejected++
		return
	}
	p.activity.Orders++
	r.order = p.server.world.nextOrder()
	if pends {
		p.later(at, p.cfg.SettleAfter, func(time.Time, filer) { p.server.world.settle(r, Completed) })
	}
	if fails {
		p.later(at, p.cfg.RefundAfter, func(at time.Time, file filer) { p.refund(at, r, file) })
	}
}

func (p *Spender) row(at time.Time, kind string, amount decimal.Decimal) *row {
	return &row{wallet: p.cfg.Wallet, at: p.cfg.Stamp(at).Unix(), kind: kind, status: Completed, amount: amount}
}
