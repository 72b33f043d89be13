package octopustest

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/shopspring/decimal"

	"walletwatch/money"
)

// Transaction is one row of the ledger, for tests that compare.
type Transaction struct {
	ID, WalletID int64
	Amount       decimal.Decimal
	Type, Status string
	Remarks      string
	CreatedAt    time.Time
}

// Transactions returns the ledger of a wallet, or of all for 0, newest first: the order of the API.
func (s *Server) Transactions(wallet int64) []Transaction {
	s.world.mu.RLock()
	defer s.world.mu.RUnlock()
	rows := s.world.ledger.list(wallet)
	list := make([]Transaction, 0, len(rows))
	for _, r := range slices.Backward(rows) {
		list = append(list, Transaction{r.id, r.wallet, r.amount, r.kind, r.status, s.world.remarks(r), time.Unix(r.at, 0).UTC()})
	}
	return list
}

func (s *Server) listTransactions(r *http.Request) (*Answer, *apiError) {
	q := r.URL.Query()
	p, err := parsePage(q, s.cfg.PageLimit)
	if err != nil {
		return nil, err
	}
	wallet, err := walletFilter(q)
	if err != nil {
		return nil, err
	}
	s.world.mu.RLock()
	defer s.world.mu.RUnlock()
	rows := s.world.ledger.list(wallet)
	p.total = len(rows)
	from, to := p.bounds()
	return p.answer(appendList(from, to, func(buf []byte, i int) []byte {
		return s.world.appendRow(buf, rows[len(rows)-1-i])
	})), nil
}

// walletFilter returns 0 for no filter. A wallet that does not exist gives an empty list (undocumented).
func walletFilter(q url.Values) (int64, *apiError) {
	if !q.Has("wallet_id") {
		return 0, nil
	}
	id, err := strconv.ParseInt(q.Get("wallet_id"), 10, 64)
	if err != nil || id < 1 {
		return 0, invalid("wallet_id must be a whole number from 1 up")
	}
	return id, nil
}

func (w *world) appendRow(buf []byte, r *row) []byte {
	number := func(name string, n int64) {
		buf = append(buf, name...)
		buf = strconv.AppendInt(buf, n, 10)
	}
	text := func(name, s string) {
		buf = append(buf, name...)
		buf = appendString(buf, s)
	}
	number(`{"id":`, r.id)
	number(`,"wallet_id":`, r.wallet)
	number(`,"currency_id":`, r.currency)
	buf = append(buf, `,"amount":`...)
	buf = append(buf, money.Format(r.amount, w.currencyByID(r.currency).Precision)...)
	text(`,"transaction_type":`, r.kind)
	text(`,"status":`, r.status)
	buf = r.exchange.append(buf)
	text(`,"remarks":`, w.remarks(r))
	text(`,"created_at":`, rfc3339(time.Unix(r.at, 0)))
	return append(buf, '}')
}

func (x *exchange) append(buf []byte) []byte {
	if x == nil {
		return append(buf, `,"source_currency":null,"destination_currency":null,"forex_rate":null,"conversion_charges":null`...)
	}
	buf = append(buf, `,"source_currency":`...)
	buf = appendString(buf, x.source)
	buf = append(buf, `,"destination_currency":`...)
	buf = appendString(buf, x.destination)
	buf = append(buf, `,"forex_rate":`...)
	buf = append(buf, x.rate.String()...)
	return append(buf, `,"conversion_charges":0`...)
}

// remarks follows the vendor's example: "USD Wallet debited by amount 50.00 - Order #12345".
func (w *world) remarks(r *row) string {
	if r.note != "" {
		return r.note
	}
	c := w.currencyByID(r.currency)
	amount := money.Format(r.amount, c.Precision)
	number := strconv.FormatInt(r.order, 10)
	switch {
	case r.kind == DebitRow:
		return c.Code + " Wallet debited by amount " + amount + " - Order #" + number
	case r.order != 0:
		return c.Code + " Wallet credited by amount " + amount + " - Refund for Order #" + number
	}
	return c.Code + " Wallet credited by amount " + amount + " - Wire transfer"
}

// appendString appends s as a JSON string.
func appendString(buf []byte, s string) []byte {
	for _, c := range []byte(s) {
		if c < ' ' || c > '~' || c == '"' || c == '\\' {
			quoted, _ := json.Marshal(s) // a string always encodes
			return append(buf, quoted...)
		}
	}
	buf = append(buf, '"')
	buf = append(buf, s...)
	return append(buf, '"')
}
