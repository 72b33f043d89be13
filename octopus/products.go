package octopus

import (
	"context"
	"fmt"

	"github.com/shopspring/decimal"
)

const (
	routeProducts = "/api/v1/products"
	routeCharges  = "/api/v1/products/{id}/charges"
)

// Product is one product of the catalogue, as far as it is needed to ask what it costs.
type Product struct {
	ID            int64
	Name          string
	Currency      string         // such as USD; "" if the server did not say
	Denominations []Denomination // those that could be read
}

// Denomination is what one unit of a product can be worth, in the product's currency: anything from Min to Max.
type Denomination struct {
	Min, Max decimal.Decimal // both positive
}

// Products reads the first page of at most limit (1–10,000) products. A product without an id is an error for the
// page; of its denominations, those that cannot be read are left out.
func (c *Client) Products(ctx context.Context, limit int) ([]Product, error) {
	if limit < 1 || limit > maxLimit {
		return nil, fmt.Errorf("%d products cannot be asked for: the limit is 1 to %d", limit, maxLimit)
	}
	products, _, err := readPage(ctx, c, routeProducts, 1, limit, decodeProducts)
	if err != nil {
		return nil, err
	}
	for i := range products {
		products[i].Name = c.scrub.line(products[i].Name, maxLabel)
		products[i].Currency = c.scrub.line(products[i].Currency, maxLabel)
	}
	return products, nil
}

func decodeProducts(body []byte) ([]Product, error) {
	type row struct {
		ID            int64     `json:"id"`
		Name          looseText `json:"name"`
		Currency      looseText `json:"currency_code"`
		Denominations []struct {
			Min rawAmount `json:"min_value"`
			Max rawAmount `json:"max_value"`
		} `json:"available_denominations"`
	}
	rows, err := decodeList[row](body)
	if err != nil {
		return nil, err
	}
	products := make([]Product, len(rows))
	for i, r := range rows {
		if r.ID <= 0 {
			return nil, fmt.Errorf("product %d of the page has no id", i+1)
		}
		products[i] = Product{ID: r.ID, Name: string(r.Name), Currency: string(r.Currency)}
		for _, d := range r.Denominations {
			least, err := d.Min.decimal()
			if err != nil || !least.IsPositive() {
				continue
			}
			most, err := d.Max.decimal()
			if err != nil || most.LessThan(least) {
				most = least
			}
			products[i].Denominations = append(products[i].Denominations, Denomination{least, most})
		}
	}
	return products, nil
}
