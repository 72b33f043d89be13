package octopus

import (
	"context"
	"fmt"
	"time"

	"github.com/shopspring/decimal"
)

const routeTransactions = "/api/v1/transactions"

// TransactionPage is one page of the account's ledger, newest first.
type TransactionPage struct {
	SentAt     time.Time // when the request that was answered was sent
	Rows       []Transaction
	More       bool // another page follows
	TotalPages int  // 0 if the server did not say
	TotalCount int  // 0 if the server did not say
	RequestID  string
}

// Transaction is one movement of a wallet.
type Transaction struct {
	ID, WalletID, CurrencyID int64
	Amount                   decimal.Decimal // exact; what it did to the balance follows from Kind
	Kind                     string          // DEBIT or CREDIT; others may come
	Status                   string          // COMPLETED, PENDING, FAILED; others may come
	Remarks                  string
	CreatedAt                time.Time // UTC
}

// Transactions reads one page (from 1) of at most limit (1–10,000) transactions of all wallets. A row whose id,
// wallet, amount or time cannot be read is an error for the page, naming the row: money is never guessed.
func (c *Client) Transactions(ctx context.Context, page, limit int) (TransactionPage, error) {
	if page < 1 || limit < 1 || limit > maxLimit {
		return TransactionPage{}, fmt.Errorf("page %d with limit %d cannot be asked for; pages start at 1, the limit is 1 to %d", page, limit, maxLimit)
	}
	rows, a, err := readPage(ctx, c, routeTransactions, page, limit, decodeTransactions)
	if err != nil {
		return TransactionPage{}, err
	}
	return TransactionPage{
		SentAt: a.sentAt, Rows: rows, RequestID: a.requestID,
		More:       hasMore(a.header, len(rows), limit),
		TotalPages: headerInt(a.header, "X-Total-Pages"),
		TotalCount: headerInt(a.header, "X-Total-Count"),
	}, nil
}

type transactionRow struct {
	ID         int64     `json:"id"`
	WalletID   int64     `json:"wallet_id"`
	CurrencyID int64     `json:"currency_id"`
	Amount     rawAmount `json:"amount"`
	Kind       string    `json:"transaction_type"`
	Status     string    `json:"status"`
	Remarks    string    `json:"remarks"`
	CreatedAt  string    `json:"created_at"`
}

func decodeTransactions(body []byte) ([]Transaction, error) {
	rows, err := decodeList[transactionRow](body)
	if err != nil {
		return nil, err
	}
	transactions := make([]Transaction, len(rows))
	for i := range rows {
		if rows[i].ID <= 0 {
			return nil, fmt.Errorf("transaction %d of the page has no id", i+1)
		}
		if transactions[i], err = rows[i].transaction(); err != nil {
			return nil, fmt.Errorf("transaction %d: %w", rows[i].ID, err)
		}
	}
	return transactions, nil
}

func (r *transactionRow) transaction() (Transaction, error) {
	if r.WalletID <= 0 {
		return Transaction{}, fmt.Errorf("wallet_id is %d; it says which wallet moved and must be positive", r.WalletID)
	}
	amount, err := r.Amount.decimal()
	if err != nil {
		return Transaction{}, err
	}
	at, err := time.Parse(time.RFC3339, r.CreatedAt)
	if err != nil {
		return Transaction{}, fmt.Errorf("created_at is %.40q; expected RFC 3339 such as 2025-01-15T14:30:00Z", r.CreatedAt)
	}
	return Transaction{
		ID: r.ID, WalletID: r.WalletID, CurrencyID: r.CurrencyID, Amount: amount,
		Kind: r.Kind, Status: r.Status, Remarks: r.Remarks, CreatedAt: at.UTC(),
	}, nil
}
