package octopustest

import (
	"slices"
	"time"
)

// dueEvent is what an earlier order will still bring about.
type dueEvent struct {
	at     time.Time
	happen func(at time.Time, file filer)
}

// filer books a row and reports false when the wallet cannot pay for it.
type filer func(*row) bool

func (p *Spender) refund(at time.Time, debit *row, file filer) {
	r := p.row(at, CreditRow, debit.amount)
	r.order = debit.order
	if file(r) {
		p.activity.Refunds++
	}
}

// requestTopUp orders a wire transfer unless one is under way.
func (p *Spender) requestTopUp() {
	if p.awaiting || !p.cfg.AutoTopUp.Amount.IsPositive() {
		return
	}
	p.awaiting = true
	p.enqueue(dueEvent{p.at.Add(p.cfg.AutoTopUp.After), func(at time.Time, file filer) {
		p.awaiting = false
		if file(p.row(at, CreditRow, p.cfg.AutoTopUp.Amount)) {
			p.activity.TopUps++
		}
	}})
}

// fundHistory orders a wire transfer whenever one was used up: history has no balance to go by.
func (p *Spender) fundHistory(r *row) {
	if p.cfg.AutoTopUp.Amount.IsZero() {
		return
	}
	if r.kind == CreditRow {
		p.unfunded = p.unfunded.Sub(r.amount)
		return
	}
	p.unfunded = p.unfunded.Add(r.amount)
	if p.unfunded.GreaterThanOrEqual(p.cfg.AutoTopUp.Amount) {
		p.requestTopUp()
	}
}

// later makes something happen between wait and twice wait from now.
func (p *Spender) later(at time.Time, wait time.Duration, happen func(time.Time, filer)) {
	p.enqueue(dueEvent{at.Add(wait + time.Duration(p.random.Int64N(int64(wait)+1))), happen})
}

func (p *Spender) enqueue(e dueEvent) {
	i, _ := slices.BinarySearchFunc(p.due, e.at, func(d dueEvent, at time.Time) int {
		if d.at.After(at) {
			return 1
		}
		return -1
	})
	p.due = slices.Insert(p.due, i, e)
}
