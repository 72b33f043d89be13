package ingest

import (
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/shopspring/decimal"

	"walletwatch/wallet"
)

// maxID is the longest order id in bytes.
const maxID = 255

// Reasons of flaws that are named more than once.
const (
	reasonUnsound       = "malformed"
	reasonErrorResponse = "error_response"
)

// flaw is why a record is not an observation.
type flaw struct {
	reason string // for metrics
	text   string // a clause for people, without any content of the record
}

// order is what is read of an order response: the places in the text where the few fields that matter stand. There is
// no place for vouchers, so that nothing of them can get any further. Of a repeated key the last one counts.
type order struct {
	id, wallet, status, amount, discount, base, deduction, currency, created, age, fault []byte

	marked bool // it has a field that only top-ups and eSIMs have
	heads  [][]byte
}

func (o *order) note(key, value []byte) {
	switch string(key) {
	case "id":
		o.id = value
	case "wallet_id":
		o.wallet = value
	case "status":
		o.status = value
	case "amount":
		o.amount = value
	case "discount":
		o.discount = value
	case "base_currency":
		o.base = value
	case "deduction_currency":
		o.deduction = value
	case "currency":
		o.currency = value
	case "created_at":
		o.created = value
	case "walletwatch_age_ms":
		o.age = value
	case "error":
		o.fault = value
	case "variant_name", "country_code", "status_text", "transaction_id":
		o.marked = true
	}
}

// decodeOrder reads the record that begins at index i of b and arrived at the given time. It returns the index behind
// the record, when that is an object at all, and an observation or else a flaw.
func decodeOrder(b []byte, i int, p *paths, arrival time.Time) (end int, o wallet.Observation, f *flaw) {
	if i >= len(b) || b[i] != '{' {
		return bad, o, notAnObject(b, i)
	}
	var few [8][]byte
	read := order{heads: few[:]}
	if len(p.heads) > len(few) {
		read.heads = make([][]byte, len(p.heads))
	}
	end = scanObject(b, i, 1, func(key, value []byte) {
		read.note(key, value)
		p.note(read.heads, key, value)
	})
	if end == bad {
		return bad, o, notJSON()
	}
	o, f = read.observation(p, arrival)
	return end, o, f
}

func notJSON() *flaw { return &flaw{reasonUnsound, "it is not valid JSON"} }

func notAnObject(b []byte, i int) *flaw {
	if i < len(b) && scanValue(b, i, 0) != bad {
		return &flaw{reasonUnsound, "it is not a JSON object"}
	}
	return notJSON()
}

func (o *order) observation(p *paths, arrival time.Time) (wallet.Observation, *flaw) {
	id, f := o.identity()
	if f != nil {
		return wallet.Observation{}, f
	}
	out := wallet.Observation{Source: wallet.FromOrder, At: o.at(arrival), Ended: o.ended()}
	product := o.isProduct()
	// The vendor's three order endpoints may number their orders independently, and top-ups and eSIMs look alike.
	prefix, unit := wallet.OrderKey, o.deduction
	if product {
		prefix, unit = wallet.TopupKey, o.currency
	}
	out.Key = prefix + id
	payer, sound := walletID(o.wallet)
	currency, known := currencyCode(unit)
	out.Wallet, out.Currency = payer, currency
	if !sound || !known || product && payer == 0 {
		return out, nil // which wallet pays is not clear: a product's currency need not be the wallet's
	}
	hit := p.balance(o.heads)
	if hit == nil {
		out.Spent = o.spent(product, currency)
		return out, nil
	}
	if d, ok := amount(hit); ok {
		out.Balance = &d
	}
	if product {
		out.Currency = "" // of the product, while the balance is in the wallet's
	}
	return out, nil
}

// identity returns the order's id as text.
func (o *order) identity() (string, *flaw) {
	if isNull(o.id) {
		if len(o.fault) > 0 && o.fault[0] == '{' {
			return "", &flaw{reasonErrorResponse, "it is an error response"}
		}
		return "", &flaw{"no_id", `"id" is missing`}
	}
	wrong := &flaw{"bad_id", `"id" is neither an integer nor a text of 1 to 255 bytes without control characters`}
	if o.id[0] != '"' {
		if len(o.id) > maxID || !isInteger(o.id) {
			return "", wrong
		}
		return string(o.id), nil
	}
	if len(o.id) > 6*maxID+2 { // longer than any id of which every byte is escaped
		return "", wrong
	}
	id := unquote(o.id)
	if id == "" || len(id) > maxID || strings.ContainsFunc(id, unfit) {
		return "", wrong
	}
	return id, nil
}

// unfit says which characters an id must not have: databases refuse some control characters, and U+FFFD stands for
// bytes that are no text, whose ids could not be told apart.
func unfit(c rune) bool { return unicode.IsControl(c) || c == utf8.RuneError }

func isInteger(value []byte) bool {
	i := 0
	if value[0] == '-' {
		i = 1
	}
	return i < len(value) && skipDigits(value, i) == len(value)
}

// isProduct reports whether the response has the shape of a top-up or an eSIM: it names the product's currency and
// not the two currencies of a voucher order.
func (o *order) isProduct() bool {
	return isNull(o.base) && isNull(o.deduction) && (o.marked || !isNull(o.currency))
}

// ended reports whether the order failed. Statuses that are not known count as charged: the vendor debits at once.
func (o *order) ended() bool {
	const longest = len(`"CANCELLED"`)
	if len(o.status) == 0 || o.status[0] != '"' || len(o.status) > 6*longest {
		return false
	}
	status := unquote(o.status)
	return strings.EqualFold(status, "FAILED") || strings.EqualFold(status, "CANCELLED")
}

// at is when the response was true: when it arrived, or earlier if it says so.
func (o *order) at(arrival time.Time) time.Time {
	at := arrival
	if len(o.created) > 1 && len(o.created) < 64 && o.created[0] == '"' {
		if t, err := time.Parse(time.RFC3339, unquote(o.created)); err == nil && endOf(t).Before(at) {
			at = endOf(t)
		}
	}
	if ms, ok := milliseconds(o.age); ok {
		if t := arrival.Add(-ms); t.Before(at) {
			at = t
		}
	}
	return at
}

// endOf is the last moment that a date of the vendor's can mean: where it has no fraction, its second went on after it.
func endOf(t time.Time) time.Time {
	if t.Nanosecond() == 0 {
		return t.Add(time.Second - time.Millisecond)
	}
	return t
}

// milliseconds reads an age; one that makes no sense is none.
func milliseconds(value []byte) (time.Duration, bool) {
	const century = 100 * 365 * 24 * time.Hour // beyond that a duration overflows
	text, ok := number(value)
	if !ok {
		return 0, false
	}
	ms, err := strconv.ParseInt(text, 10, 64)
	if err != nil || ms < 0 {
		return 0, false
	}
	return time.Duration(min(ms, century.Milliseconds())) * time.Millisecond, true
}

// walletID reads a wallet's id, 0 when none is given; sound is false when something else stands there.
func walletID(value []byte) (id int64, sound bool) {
	if isNull(value) {
		return 0, true
	}
	text, ok := number(value)
	if !ok {
		return 0, false
	}
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || id < 0 {
		return 0, false
	}
	return id, true
}

// currencyCode reads a currency, "" when none is given; known is false when what stands there cannot be one.
func currencyCode(value []byte) (code string, known bool) {
	const longest = 16
	if isNull(value) {
		return "", true
	}
	if value[0] != '"' || len(value) > longest+2 {
		return "", false
	}
	if code = unquote(value); strings.ContainsFunc(code, unfit) {
		return "", false
	}
	return code, true
}

// spent is what the order took from the wallet, as far as that follows from the response; nil when it does not.
// currency is the one that the response is in.
func (o *order) spent(product bool, currency string) *decimal.Decimal {
	cost, ok := amount(o.amount)
	if !ok || cost.IsNegative() || currency == "" {
		return nil
	}
	if product {
		return &cost
	}
	if base, known := currencyCode(o.base); !known || base != currency {
		return nil
	}
	if isNull(o.discount) {
		return &cost
	}
	off, ok := amount(o.discount)
	if !ok || off.IsNegative() || off.GreaterThan(cost) {
		return nil
	}
	left := cost.Sub(off)
	return &left
}
