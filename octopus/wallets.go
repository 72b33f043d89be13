package octopus

import (
	"context"
	"fmt"
	"time"

	"github.com/shopspring/decimal"
)

const routeWallets = "/api/v1/wallets"

// WalletList is all wallets of the account.
type WalletList struct {
	SentAt    time.Time // when the request of the first page that was answered was sent: balances are as of then or later
	Wallets   []Wallet  // each id once
	RequestID string    // of the first page's answer
}

// Wallet is one wallet as the API reports it.
type Wallet struct {
	ID, CurrencyID int64
	Type           string           // as sent; PREPAID and POSTPAID are documented, others may come
	Amount         *decimal.Decimal // available balance, exact; nil: null, missing or unreadable
	Problem        string           // why Amount is nil
}

// Wallets reads all pages of the wallet list. While the list shifts between pages, a wallet that comes twice is
// kept once with the later amount; one that is pushed out may be missing until the next read. An unreadable amount
// leaves its own wallet without one; a wallet without an id is an error for the whole list.
func (c *Client) Wallets(ctx context.Context) (WalletList, error) {
	list, err := readAll(ctx, c, routeWallets, DecodeWallets, func(w Wallet) int64 { return w.ID })
	if err != nil {
		return WalletList{}, err
	}
	for i := range list.rows {
		if w := &list.rows[i]; w.Problem != "" {
			w.Problem = c.scrub.line(w.Problem, maxMessage)
		}
	}
	return WalletList{SentAt: list.sentAt, Wallets: list.rows, RequestID: list.requestID}, nil
}

// DecodeWallets reads one page of the wallet list, a bare JSON array. Unknown fields are ignored.
func DecodeWallets(body []byte) ([]Wallet, error) {
	type row struct {
		ID         int64     `json:"id"`
		CurrencyID int64     `json:"currency_id"`
		Type       string    `json:"type"`
		Amount     rawAmount `json:"amount"`
	}
	rows, err := decodeList[row](body)
	if err != nil {
		return nil, err
	}
	wallets := make([]Wallet, len(rows))
	amounts := make([]decimal.Decimal, len(rows)) // one allocation for all
	for i, r := range rows {
		if r.ID <= 0 {
			return nil, fmt.Errorf("wallet %d of the page has no id", i+1)
		}
		wallets[i] = Wallet{ID: r.ID, CurrencyID: r.CurrencyID, Type: r.Type}
		if amounts[i], err = r.Amount.decimal(); err != nil {
			wallets[i].Problem = err.Error()
			continue
		}
		wallets[i].Amount = &amounts[i]
	}
	return wallets, nil
}
