package octopustest

import (
	"fmt"
	"time"

	"github.com/shopspring/decimal"
)

// The types and statuses of ledger rows.
const (
	DebitRow  = "DEBIT"
	CreditRow = "CREDIT"

	Completed = "COMPLETED"
	Pending   = "PENDING"
	Failed    = "FAILED"
)

// Option changes how a movement is booked.
type Option func(*row)

// Status books a movement with this status instead of Completed.
func Status(status string) Option { return func(r *row) { r.status = status } }

// Remarks gives a movement this text instead of one in the vendor's style.
func Remarks(text string) Option { return func(r *row) { r.note = text } }

// NoBalance writes the ledger row only: the balance is taken to contain it already.
func NoBalance() Option { return func(r *row) { r.silent = true } }

// Debit takes amount out of a wallet as of at (zero: now), whatever the wallet holds, and returns the id of the
// ledger row. An order that has to be covered goes through Order.
func (s *Server) Debit(wallet int64, amount decimal.Decimal, at time.Time, opts ...Option) int64 {
	return s.book(wallet, DebitRow, amount, at, opts)
}

// Credit puts amount into a wallet as of at (zero: now) and returns the id of the ledger row. A credit that is
// PENDING or FAILED leaves the balance alone.
func (s *Server) Credit(wallet int64, amount decimal.Decimal, at time.Time, opts ...Option) int64 {
	return s.book(wallet, CreditRow, amount, at, opts)
}

// TopUp credits a wire transfer now and returns the id of the ledger row.
func (s *Server) TopUp(wallet int64, amount decimal.Decimal) int64 {
	return s.Credit(wallet, amount, time.Time{})
}

// Refund gives back the price of an order now and returns the id of the ledger row. Its remarks say "Refund",
// which is all that tells it from a top-up.
func (s *Server) Refund(wallet int64, amount decimal.Decimal) int64 {
	return s.Credit(wallet, amount, time.Time{}, func(r *row) { r.order = max(1, s.world.orderNo) })
}

// Settle gives a ledger row its final status and corrects the balance accordingly: a PENDING debit that becomes
// Failed returns its amount, a PENDING credit that becomes Completed pays it out.
func (s *Server) Settle(transaction int64, status string) {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	r := s.world.ledger.find(transaction)
	if r == nil {
		panic(fmt.Sprintf("octopustest: there is no transaction %d", transaction))
	}
	s.world.settle(r, status)
}

func (s *Server) book(wallet int64, kind string, amount decimal.Decimal, at time.Time, opts []Option) int64 {
	if amount.IsNegative() {
		panic("octopustest: a movement needs an amount of 0 or more, not " + amount.String())
	}
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	if at.IsZero() {
		at = s.world.now()
	}
	w := s.world.mustWallet(wallet)
	r := &row{wallet: wallet, kind: kind, amount: amount, at: at.Unix(), status: Completed}
	if kind == DebitRow {
		r.order = s.world.nextOrder()
	}
	for _, opt := range opts {
		opt(r)
	}
	s.world.post(w, r)
	return r.id
}

// post files a row and moves the balance.
func (w *world) post(on *walletState, r *row) {
	r.currency = on.currency.ID
	w.move(on, r.effect())
	w.ledger.add(r)
}

// covered reports whether an order of this price would be accepted.
func (on *walletState) covered(price decimal.Decimal) bool {
	return on.kind == Postpaid || on.balance.GreaterThanOrEqual(price)
}

func (w *world) settle(r *row, status string) {
	before := r.effect()
	r.status = status
	if on := w.walletByID[r.wallet]; on != nil {
		w.move(on, r.effect().Sub(before))
	}
}

// move changes a balance because of the ledger, and tells of it.
func (w *world) move(on *walletState, change decimal.Decimal) {
	if change.IsZero() || !w.events.enabled() {
		on.balance = on.balance.Add(change)
		return
	}
	before := on.amount()
	on.balance = on.balance.Add(change)
	w.moved(on, before, change)
}
