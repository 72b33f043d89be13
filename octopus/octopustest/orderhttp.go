package octopustest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"walletwatch/money"
)

// orderAccepted is the status of a successful order; the reference shows none, 201 is what the verb suggests.
const orderAccepted = http.StatusCreated

type orderBody struct {
	ProductID       int64       `json:"product_id"`
	Denomination    json.Number `json:"denomination"`
	Variant         json.Number `json:"variant"` // top-ups and eSIMs: what to take where there is no denomination
	Quantity        int64       `json:"quantity"`
	WalletID        int64       `json:"wallet_id"`
	ClientReference string      `json:"client_reference"`
	Email           string      `json:"email"`
}

func (b orderBody) request(kind OrderKind) (OrderRequest, *apiError) {
	if b.Denomination == "" && kind != VoucherOrder {
		b.Denomination = b.Variant
	}
	denomination, err := money.Parse(b.Denomination.String())
	if err != nil {
		return OrderRequest{}, invalid("denomination must be a plain number")
	}
	return OrderRequest{
		Kind: kind, ProductID: b.ProductID, Denomination: denomination, Quantity: b.Quantity,
		WalletID: b.WalletID, Reference: b.ClientReference, Email: b.Email,
	}, nil
}

// orderJSON has the documented fields. Where a balance goes is not documented: see Config.OrderBalance.
type orderJSON struct {
	ID                int64         `json:"id"`
	ProductID         int64         `json:"product_id"`
	ProductName       string        `json:"product_name"`
	Denomination      json.Number   `json:"denomination"`
	Quantity          int64         `json:"quantity"`
	Amount            json.Number   `json:"amount"`
	Discount          json.Number   `json:"discount"`
	ClientReference   string        `json:"client_reference"`
	WalletID          int64         `json:"wallet_id"`
	Status            string        `json:"status"`
	BaseCurrency      string        `json:"base_currency"`
	DeductionCurrency string        `json:"deduction_currency"`
	Message           string        `json:"message"`
	Email             string        `json:"email"`
	Vouchers          []voucherJSON `json:"vouchers"`
}

type voucherJSON struct {
	CardNumber string `json:"card_number"`
	PinCode    string `json:"pin_code"`
	ClaimURL   string `json:"claim_url"`
	ExpiresAt  string `json:"expires_at"`
	Reference  string `json:"voucher_reference_number"`
}

func (s *Server) placeOrder(kind OrderKind) handler {
	return func(r *http.Request) (*Answer, *apiError) {
		var body orderBody
		if err := decodeBody(r, &body); err != nil {
			return nil, err
		}
		req, err := body.request(kind)
		if err != nil {
			return nil, err
		}
		return s.order(req)
	}
}

// findOrders lists orders of vouchers newest first; ?client_reference= leaves the one that has it. It shows no
// balances: they would be those of long ago.
func (s *Server) findOrders(r *http.Request) (*Answer, *apiError) {
	q := r.URL.Query()
	p, err := parsePage(q, s.cfg.PageLimit)
	if err != nil {
		return nil, err
	}
	s.world.mu.RLock()
	defer s.world.mu.RUnlock()
	orders := s.world.orders
	if q.Has("client_reference") {
		orders = nil
		if o := s.world.orderByRef[q.Get("client_reference")]; o != nil {
			orders = []*order{o}
		}
	}
	orders = slices.DeleteFunc(slices.Clone(orders), func(o *order) bool { return o.req.Kind != VoucherOrder })
	p.total = len(orders)
	list := []orderJSON{}
	for i, to := p.bounds(); i < to; i++ {
		list = append(list, orders[len(orders)-1-i].json())
	}
	return p.answer(encoded(http.StatusOK, list).Body), nil
}

func (o *order) json() orderJSON {
	return orderJSON{
		ID: o.id, ProductID: o.quote.product.ID, ProductName: o.quote.product.Name,
		Denomination: number(o.req.Denomination), Quantity: o.quote.quantity,
		Amount: number(o.quote.face), Discount: number(o.quote.discount),
		ClientReference: o.req.Reference, WalletID: o.quote.wallet.id, Status: o.status,
		BaseCurrency: o.quote.product.Currency, DeductionCurrency: o.debitedIn(),
		Message: "Simulated order", Email: o.req.Email, Vouchers: o.vouchers(),
	}
}

func (o *order) debitedIn() string {
	if o.quote.exchange != nil {
		return o.quote.exchange.source
	}
	return o.quote.product.Currency
}

// vouchers are made up, recognisable and worth nothing. They stay the same however often the order is read.
func (o *order) vouchers() []voucherJSON {
	list := []voucherJSON{}
	n := int64(0)
	switch {
	case o.req.Kind != VoucherOrder:
	case o.status == OrderDelivered:
		n = o.quote.quantity
	case o.status == OrderPartiallyDelivered:
		n = o.quote.quantity / 2
	}
	for i := range n {
		mark := fmt.Sprintf("%08d-%03d", o.id, i+1)
		list = append(list, voucherJSON{
			CardNumber: "SIM-CARD-" + mark,
			PinCode:    "SIM-PIN-" + mark,
			ClaimURL:   "https://vouchers.invalid/claim/SIM-CLAIM-" + mark,
			ExpiresAt:  rfc3339(time.Unix(o.debit.at, 0).AddDate(1, 0, 0)),
			Reference:  "SIM-REF-" + mark,
		})
	}
	return list
}
