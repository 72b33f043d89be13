package octopus

import (
	"context"
	"fmt"

	"walletwatch/money"
)

const routeCurrencies = "/api/v1/currencies"

// maxPrecision is beyond what any currency has; more is a fault of the sender.
const maxPrecision = 18

// Currency is one currency as the API reports it.
type Currency struct {
	ID        int64
	Name      string
	Code      string // such as USD
	Precision int32  // minor-unit digits; where the API sends none that is possible, those of ISO 4217
}

// Currencies reads all pages of the currency list. It changes rarely: keep the result.
func (c *Client) Currencies(ctx context.Context) ([]Currency, error) {
	list, err := readAll(ctx, c, routeCurrencies, decodeCurrencies, func(c Currency) int64 { return c.ID })
	return list.rows, err
}

func decodeCurrencies(body []byte) ([]Currency, error) {
	type row struct {
		ID        int64  `json:"id"`
		Name      string `json:"name"`
		Code      string `json:"currency"`
		Precision *int64 `json:"precision"`
	}
	rows, err := decodeList[row](body)
	if err != nil {
		return nil, err
	}
	currencies := make([]Currency, len(rows))
	for i, r := range rows {
		if r.ID <= 0 {
			return nil, fmt.Errorf("currency %d of the page has no id", i+1)
		}
		currencies[i] = Currency{ID: r.ID, Name: r.Name, Code: r.Code, Precision: money.Precision(r.Code)}
		if p := r.Precision; p != nil && *p >= 0 && *p <= maxPrecision {
			currencies[i].Precision = int32(*p)
		}
	}
	return currencies, nil
}
