package ingest

import (
	"strings"

	"github.com/shopspring/decimal"

	"walletwatch/octopus"
	"walletwatch/wallet"
)

// observations says what the event means: first what it is itself, by its own id, then what follows for others. The
// data of events is hardly documented. What is not plain there, or is said twice and differently, is not guessed: the
// API is asked. p is where a balance may be.
func (d *delivery) observations(p *paths) []wallet.Observation {
	o := wallet.Observation{Key: wallet.EventKey + d.event.ID, Source: wallet.FromWebhook, At: d.at}
	if created := d.event.CreatedAt; !created.IsZero() && endOf(created).Before(o.At) {
		o.At = endOf(created)
	}
	fields, dated := fieldsOf(d.event.Data), !d.event.CreatedAt.IsZero()
	switch kind := d.event.Type; {
	case kind == octopus.EventOrderFailed, kind == octopus.EventOrderCancelled:
		return fields.refunded(o)
	case strings.HasPrefix(kind, "wallet."):
		return []wallet.Observation{fields.moved(kind, o, p, dated)}
	}
	o.Idle = true
	return []wallet.Observation{o}
}

// fields are the members of an event's data, as they stand in the body.
type fields map[string][]byte

func fieldsOf(data []byte) fields {
	f := fields{}
	if len(data) > 0 && data[0] == '{' {
		scanObject(data, 0, 1, func(key, value []byte) { f[string(key)] = value })
	}
	return f
}

// moved completes the observation that a wallet's balance has changed. A credit is never taken for spent, and of
// events whose type is new only that they happened is known. So it is with those that are not dated: they may be sent
// again, by anyone who saw one, after their ids are forgotten.
func (f fields) moved(kind string, o wallet.Observation, p *paths, dated bool) wallet.Observation {
	id, sound := f.walletID()
	code, known := f.currency()
	if !sound || !known {
		return o
	}
	o.Wallet, o.Currency = id, code
	if !dated || kind != octopus.EventWalletDebited && kind != octopus.EventWalletCredited {
		return o
	}
	if text := f.balance(p); text != nil {
		if balance, ok := amount(text); ok {
			o.Balance = &balance
		}
		return o
	}
	if kind == octopus.EventWalletDebited && o.Wallet != 0 {
		o.Spent = f.spent()
	}
	return o
}

// walletID returns the wallet's id, or 0 when it is not said. A bare "id" is not taken for it: it could be that of a
// transaction, and then name another wallet. sound is false when there is no telling.
func (f fields) walletID() (id int64, sound bool) {
	id, sound = walletID(f["wallet_id"])
	inner, innerSound := walletID(member(f["wallet"], "id"))
	if id == 0 {
		id = inner
	}
	return id, sound && innerSound && (inner == 0 || inner == id)
}

// currency returns the currency's code, or "" when it is not said. What is not a text may be the currency's id, and
// says nothing. known is false when there is no telling.
func (f fields) currency() (code string, known bool) {
	for _, value := range [][]byte{f["currency"], f["currency_code"], member(f["wallet"], "currency")} {
		if len(value) == 0 || value[0] != '"' {
			continue
		}
		said, known := currencyCode(value)
		if !known || said != "" && code != "" && said != code {
			return "", false
		}
		if said != "" {
			code = said
		}
	}
	return code, true
}

// balance returns the value at the first of the paths that leads to one; nil: there is none.
func (f fields) balance(p *paths) []byte {
	heads := make([][]byte, len(p.heads))
	for i, head := range p.heads {
		heads[i] = f[head]
	}
	return p.balance(heads)
}

// spent returns by how much a debit changed the balance, whatever its sign; nil when that is not said, or in two ways.
func (f fields) spent() *decimal.Decimal {
	var found *decimal.Decimal
	for _, name := range []string{"amount", "delta", "change", "balance_delta"} {
		if isNull(f[name]) {
			continue
		}
		change, ok := amount(f[name])
		size := change.Abs()
		if !ok || found != nil && !found.Equal(size) {
			return nil
		}
		found = &size
	}
	return found
}

// refunded returns that a refund is expected, for which the API is asked, and that the order's response counts no
// longer. The three order endpoints may number their orders independently: where the data does not show which it was,
// no response is given up, as it could be that of another order.
func (f fields) refunded(event wallet.Observation) []wallet.Observation {
	event.Ended = true
	list := []wallet.Observation{event}
	id, flawed := (&order{id: f["id"]}).identity()
	if flawed != nil {
		return list
	}
	voucher := f.hasAny("base_currency", "deduction_currency", "vouchers")
	product := f.hasAny("variant_name", "country_code", "status_text", "transaction_id")
	switch {
	case voucher == product:
		return list
	case voucher:
		event.Key = wallet.OrderKey + id
	default:
		event.Key = wallet.TopupKey + id
	}
	return append(list, event)
}

func (f fields) hasAny(names ...string) bool {
	for _, name := range names {
		if !isNull(f[name]) {
			return true
		}
	}
	return false
}
