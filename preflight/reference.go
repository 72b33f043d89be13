package preflight

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/segmentio/ksuid"
	"github.com/shopspring/decimal"

	"walletwatch/money"
	"walletwatch/octopus"
)

// maxReferenceFile bounds what is read: a longer file is not ours.
const maxReferenceFile = 16 << 10

// reference is the file that keeps an order from being placed twice. It holds nothing that could be spent.
type reference struct {
	Account         string    `json:"account"`
	API             string    `json:"api"` // host, with its port
	ClientReference string    `json:"client_reference"`
	ProductID       int64     `json:"product_id"`
	Denomination    string    `json:"denomination"`
	Quantity        int64     `json:"quantity"`
	CreatedAt       time.Time `json:"created_at"`

	Done    bool   `json:"done"` // the order exists at the vendor
	OrderID string `json:"order_id,omitempty"`
	Status  string `json:"status,omitempty"` // when that was noted
}

func newReference(account, host string, p octopus.Purchase, now time.Time) *reference {
	return &reference{
		Account: account, API: host, ClientReference: "walletwatch-preflight-" + ksuid.New().String(),
		ProductID: p.ProductID, Denomination: p.Denomination.String(), Quantity: p.Quantity,
		CreatedAt: now.UTC().Truncate(time.Second),
	}
}

// isFor reports whether the reference was made for this purchase.
func (r *reference) isFor(p octopus.Purchase) bool {
	d, err := r.denomination()
	return err == nil && r.ProductID == p.ProductID && r.Quantity == p.Quantity && d.Equal(p.Denomination)
}

func (r *reference) denomination() (decimal.Decimal, error) { return money.Parse(r.Denomination) }

func (r *reference) encode() []byte {
	b, _ := json.MarshalIndent(r, "", "  ") // strings, numbers and a time can always be marshalled
	return append(b, '\n')
}

// decodeReference reads what encode wrote, and refuses what it cannot have written. Nothing of the text is quoted: it
// may be another file altogether.
func decodeReference(text []byte) (*reference, error) {
	if len(text) > maxReferenceFile {
		return nil, errors.New("it is too long")
	}
	var r reference
	in := json.NewDecoder(bytes.NewReader(text))
	in.DisallowUnknownFields()
	if err := in.Decode(&r); err != nil {
		return nil, errors.New("it is not complete")
	}
	if _, err := in.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the order")
	}
	return &r, r.check()
}

func (r *reference) check() error {
	d, err := r.denomination()
	switch {
	case r.Account == "" || r.API == "" || r.CreatedAt.IsZero():
		return errors.New("it does not say whose order it is about")
	case err != nil || !d.IsPositive() || r.ProductID <= 0 || r.Quantity <= 0:
		return errors.New("it does not say what was ordered")
	}
	if err := octopus.CheckReference(r.ClientReference); err != nil {
		return fmt.Errorf("its client_reference cannot be used: %w", err)
	}
	return nil
}
