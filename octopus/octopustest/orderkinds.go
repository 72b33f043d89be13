package octopustest

import (
	"encoding/json"
	"strings"
	"time"

	"walletwatch/money"
)

// OrderKind is what is ordered, and so which endpoint takes the order and which shape its answer has. All kinds are
// debited alike, share one sequence of ids and one set of client references, and any product can be ordered as any
// of them: which products the vendor offers where is not documented.
type OrderKind int

// The kinds of orders.
const (
	VoucherOrder OrderKind = iota // POST /api/v1/orders
	TopUpOrder                    // POST /api/v1/topups/orders
	ESIMOrder                     // POST /api/v1/esim/orders
)

// refillJSON is the answer to orders of top-ups and eSIMs: it names neither the wallet nor what was debited. That
// amount is the face value and transaction_id the ledger row is our reading.
type refillJSON struct {
	ID              int64       `json:"id"`
	ClientReference string      `json:"client_reference"`
	ProductID       int64       `json:"product_id"`
	ProductName     string      `json:"product_name"`
	VariantName     string      `json:"variant_name"`
	CountryCode     string      `json:"country_code"`
	Amount          json.Number `json:"amount"`
	Currency        string      `json:"currency"`
	Status          string      `json:"status"`
	StatusText      string      `json:"status_text"`
	TransactionID   int64       `json:"transaction_id"`
	CreatedAt       string      `json:"created_at"`
	CompletedAt     *string     `json:"completed_at"` // null while the order is pending
}

// response is the body of the answer to the order, without a balance.
func (o *order) response() any {
	if o.req.Kind == VoucherOrder {
		return o.json()
	}
	return o.refill()
}

func (o *order) refill() refillJSON {
	p := o.quote.product
	created := rfc3339(time.Unix(o.debit.at, 0))
	var completed *string
	if o.status != OrderPending { // it came out at once: later, nothing shows it any more
		completed = &created
	}
	return refillJSON{
		ID: o.id, ClientReference: o.req.Reference, ProductID: p.ID, ProductName: p.Name,
		VariantName: money.Format(o.req.Denomination, money.Precision(p.Currency)) + " " + p.Currency,
		CountryCode: p.Currency[:min(2, len(p.Currency))], // ISO 4217 begins with the country
		Amount:      number(o.quote.face), Currency: p.Currency,
		Status: o.status, StatusText: "Simulated order: " + strings.ToLower(o.status),
		TransactionID: o.debit.id, CreatedAt: created, CompletedAt: completed,
	}
}
