package octopustest

import (
	"encoding/json"

	"github.com/segmentio/ksuid"
	"github.com/shopspring/decimal"
)

const balanceBefore = "balance_before"

// movementJSON is the data of wallet events. Its fields are not documented: these are the fewest that make sense.
type movementJSON struct {
	WalletID int64       `json:"wallet_id"`
	Currency string      `json:"currency"`
	Amount   json.Number `json:"amount"` // never negative: the type says where it went
}

// outcomeJSON is the data of order events. Vouchers are not documented there: they are sent because the vendor might,
// and whoever receives them must drop them.
type outcomeJSON struct {
	ID            int64         `json:"id"`
	ReferenceCode string        `json:"reference_code"`
	Status        string        `json:"status"`
	Amount        json.Number   `json:"amount"`
	Currency      string        `json:"currency"`
	Vouchers      []voucherJSON `json:"vouchers,omitempty"`
}

// moved tells that a wallet's balance has changed.
func (w *world) moved(on *walletState, before string, change decimal.Decimal) {
	kind := WalletCredited
	if change.IsNegative() {
		kind = WalletDebited
	}
	data := encodedJSON(movementJSON{on.id, on.currency.Code, number(change.Abs())})
	if w.eventBalance != "" {
		data = putAt(data, balanceBefore, before)
		data = putAt(data, w.eventBalance, on.amount())
	}
	w.emit(kind, data)
}

// orderEnded tells how an order came out. A status that the vendor has no event for passes in silence.
func (w *world) orderEnded(o *order) {
	kind, known := eventOf(o.status)
	if !known || !w.events.enabled() {
		return
	}
	w.emit(kind, encodedJSON(outcomeJSON{
		ID: o.id, ReferenceCode: o.req.Reference, Status: o.status,
		Amount: number(o.quote.face), Currency: o.quote.product.Currency, Vouchers: o.vouchers(),
	}))
}

func eventOf(status string) (kind string, known bool) {
	switch status {
	case OrderDelivered:
		return OrderEventDelivered, true
	case OrderPartiallyDelivered:
		return OrderEventPartDelivered, true
	case OrderFailed:
		return OrderEventFailed, true
	case OrderCancelled:
		return OrderEventCancelled, true
	}
	return "", false
}

// emit gives an event an id that no other run of the simulation has used: receivers remember them for weeks.
func (w *world) emit(kind string, data []byte) {
	w.events.add(NewEvent("evt_"+ksuid.New().String(), kind, w.now(), data))
}
