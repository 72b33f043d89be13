package octopustest

import (
	"slices"

	"github.com/shopspring/decimal"
)

// The statuses of orders.
const (
	OrderPending            = "PENDING"
	OrderDelivered          = "DELIVERED"
	OrderPartiallyDelivered = "PARTIALLY_DELIVERED"
	OrderFailed             = "FAILED"
	OrderCancelled          = "CANCELLED"
)

// maxReference is the longest client_reference.
const maxReference = 255

// OrderRequest asks for vouchers, top-ups or eSIMs.
type OrderRequest struct {
	Kind         OrderKind // the zero value: VoucherOrder
	ProductID    int64
	Denomination decimal.Decimal
	Quantity     int64
	WalletID     int64  // 0: the wallet in the product's currency
	Reference    string // client_reference; "": none
	Email        string
	Outcome      string // the status it ends up with; "": the next of OrderOutcomes
}

type order struct {
	id     int64
	req    OrderRequest
	quote  quote
	status string
	debit  *row
	left   string // what its wallet held right after the debit, as the API writes it
}

// Order places an order as the endpoint of its kind does and returns the body of the answer. The error is the
// refusal, beginning with its code: "INSUFFICIENT_FUNDS: …".
func (s *Server) Order(req OrderRequest) ([]byte, error) {
	o, err := s.order(req)
	if err != nil {
		return nil, err
	}
	return o.Body, nil
}

func (s *Server) order(req OrderRequest) (*Answer, *apiError) {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	o, err := s.world.order(req)
	if err != nil {
		return nil, err
	}
	body := encodedJSON(o.response())
	return jsonAnswer(orderAccepted, putAt(body, s.world.orderBalance, o.left)), nil
}

// OrderOutcomes sets the status that the next orders end up with, one each; after that they are OrderDelivered.
// An order that fails or is cancelled is debited and then refunded by a credit of its own.
func (s *Server) OrderOutcomes(statuses ...string) {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	s.world.outcomes = append(s.world.outcomes, statuses...)
}

// SettleOrder moves a pending order on: its ledger row is completed, and refunded if the order came to nothing.
// It reports false when there is no such order or it is not pending.
func (s *Server) SettleOrder(id int64, status string) bool {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	i := slices.IndexFunc(s.world.orders, func(o *order) bool { return o.id == id })
	if i < 0 || s.world.orders[i].status != OrderPending {
		return false
	}
	s.world.finish(s.world.orders[i], status)
	return true
}

func (w *world) order(req OrderRequest) (*order, *apiError) {
	if err := w.checkReference(req.Reference); err != nil {
		return nil, err
	}
	q, err := w.quote(req)
	if err != nil {
		return nil, err
	}
	if !q.wallet.covered(q.payable) {
		return nil, badRequest("INSUFFICIENT_FUNDS", "Insufficient funds in the wallet")
	}
	o := &order{id: w.nextOrder(), req: req, quote: q, status: OrderPending}
	o.debit = &row{
		wallet: q.wallet.id, order: o.id, at: w.now().Unix(), amount: q.payable,
		kind: DebitRow, status: Pending, exchange: q.exchange,
	}
	w.post(q.wallet, o.debit)
	o.left = q.wallet.amount()
	w.orders = append(w.orders, o)
	if req.Reference != "" {
		w.orderByRef[req.Reference] = o
	}
	outcome := req.Outcome
	if outcome == "" {
		outcome = w.nextOutcome()
	}
	w.finish(o, outcome)
	return o, nil
}

func (w *world) nextOutcome() string {
	if len(w.outcomes) == 0 {
		return OrderDelivered
	}
	next := w.outcomes[0]
	w.outcomes = w.outcomes[1:]
	return next
}

func (w *world) finish(o *order, status string) {
	o.status = status
	if status == OrderPending {
		return
	}
	w.settle(o.debit, Completed)
	w.orderEnded(o)
	if status == OrderFailed || status == OrderCancelled {
		w.post(o.quote.wallet, &row{
			wallet: o.debit.wallet, order: o.id, at: w.now().Unix(), amount: o.debit.amount,
			kind: CreditRow, status: Completed,
		})
	}
}

func (w *world) checkReference(ref string) *apiError {
	if len(ref) > maxReference {
		return invalid("client_reference must be at most 255 characters")
	}
	for _, c := range []byte(ref) {
		if c < ' ' || c > '~' {
			return invalid("client_reference must be printable ASCII")
		}
	}
	if ref != "" && w.orderByRef[ref] != nil {
		return badRequest("DUPLICATE_CLIENT_REFERENCE", "Duplicate client_reference")
	}
	return nil
}
