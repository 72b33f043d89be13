package octopus

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/shopspring/decimal"
)

// Purchase is what could be bought: Quantity units of a product, each worth Denomination in the product's currency.
type Purchase struct {
	ProductID    int64
	Denomination decimal.Decimal
	Quantity     int64
}

func (p Purchase) check() error {
	if p.ProductID <= 0 || p.Quantity <= 0 || !p.Denomination.IsPositive() {
		return fmt.Errorf("%d × %s of product %d cannot be bought: all three must be positive", p.Quantity, p.Denomination, p.ProductID)
	}
	return nil
}

// Charges is what a purchase would cost.
type Charges struct {
	Face        decimal.Decimal  // what is bought is worth, in Destination; zero if the server did not say
	Fee         decimal.Decimal  // for handling; zero if the server did not say
	Payable     decimal.Decimal  // what would leave the wallet, in Source
	Source      string           // currency of the wallet; "" if the server did not say
	Destination string           // currency of the product; "" if the server did not say
	MaxQuantity *decimal.Decimal // how many could be bought now; nil: not said
}

// Charges asks what a purchase would cost. It buys nothing. A payable amount that cannot be read is an error: money is
// never guessed.
func (c *Client) Charges(ctx context.Context, p Purchase) (Charges, error) {
	if err := p.check(); err != nil {
		return Charges{}, err
	}
	body, err := json.Marshal(map[string]any{"denomination": json.Number(p.Denomination.String()), "quantity": p.Quantity})
	if err != nil {
		return Charges{}, fmt.Errorf("writing the request: %w", err)
	}
	var charges Charges
	_, err = c.do(ctx, &call{
		method: http.MethodPost, route: routeCharges, path: fmt.Sprintf("%s/%d/charges", routeProducts, p.ProductID), body: body,
		tries: maxTries, limiter: c.reads,
		decode: func(body []byte) (err error) {
			charges, err = decodeCharges(body)
			return err
		},
	})
	if err != nil {
		return Charges{}, err
	}
	charges.Source, charges.Destination = c.scrub.line(charges.Source, maxLabel), c.scrub.line(charges.Destination, maxLabel)
	return charges, nil
}

func decodeCharges(body []byte) (Charges, error) {
	var reply struct {
		Face        rawAmount `json:"non_discounted_total"`
		Fee         rawAmount `json:"handling_fee_amount"`
		Payable     rawAmount `json:"total_payable"`
		MaxQuantity rawAmount `json:"max_quantity"`
		Details     struct {
			Source      looseText `json:"source_currency"`
			Destination looseText `json:"destination_currency"`
		} `json:"charges_details"`
	}
	if err := checkKind(body, '{', "an object"); err != nil {
		return Charges{}, err
	}
	if err := json.Unmarshal(body, &reply); err != nil {
		return Charges{}, plainJSONError(err)
	}
	payable, err := reply.Payable.decimal()
	if err != nil {
		return Charges{}, fmt.Errorf("total_payable: %w", err)
	}
	charges := Charges{Payable: payable, Source: string(reply.Details.Source), Destination: string(reply.Details.Destination)}
	// What is not said stays zero.
	charges.Face, _ = reply.Face.decimal()
	charges.Fee, _ = reply.Fee.decimal()
	if most, err := reply.MaxQuantity.decimal(); err == nil {
		charges.MaxQuantity = &most
	}
	return charges, nil
}
