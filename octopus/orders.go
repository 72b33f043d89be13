package octopus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
)

const (
	routeOrders = "/api/v1/orders"

	// maxReference is the vendor's: a client_reference has at most 255 printable ASCII characters.
	maxReference = 255
)

// Order is an order of vouchers, without them: what can be spent by whoever reads it is dropped while decoding.
type Order struct {
	ID        string // as sent, a number; "" if the server did not say
	Status    string // PENDING, DELIVERED, PARTIALLY_DELIVERED, FAILED, CANCELLED; others may come
	Reference string // client_reference; "" if the server did not say
}

// PlaceOrder buys, which spends money. reference is unique for ever: as long as it stays the same, the vendor carries
// out at most one order, so this call repeats it where an answer gets lost. An error of any kind may leave an order
// behind, a 400 too when an earlier attempt succeeded unheard: FindOrder tells.
func (c *Client) PlaceOrder(ctx context.Context, p Purchase, reference string) (Order, error) {
	if err := errors.Join(p.check(), CheckReference(reference)); err != nil {
		return Order{}, err
	}
	body, err := json.Marshal(map[string]any{
		"product_id": p.ProductID, "denomination": json.Number(p.Denomination.String()), "quantity": p.Quantity, "client_reference": reference,
	})
	if err != nil {
		return Order{}, fmt.Errorf("writing the request: %w", err)
	}
	var order Order
	_, err = c.do(ctx, &call{
		method: http.MethodPost, route: routeOrders, body: body, tries: maxTries, limiter: c.reads,
		decode: func(body []byte) (err error) {
			defer clear(body) // it holds vouchers
			order, err = decodeOrder(body, reference)
			return err
		},
	})
	if err != nil {
		return Order{}, err
	}
	return c.clean(order), nil
}

// FindOrder looks up the order that was placed with a reference. found is false only when the API says that there is
// none; an answer that leaves a doubt is an error.
func (c *Client) FindOrder(ctx context.Context, reference string) (order Order, found bool, err error) {
	if err := CheckReference(reference); err != nil {
		return Order{}, false, err
	}
	_, err = c.do(ctx, &call{
		method: http.MethodGet, route: routeOrders, tries: maxTries, limiter: c.reads,
		query: url.Values{"client_reference": {reference}},
		decode: func(body []byte) (err error) {
			defer clear(body) // it holds vouchers
			order, found, err = decodeFound(body, reference)
			return err
		},
	})
	if err != nil {
		return Order{}, false, err
	}
	return c.clean(order), found, nil
}

// CheckReference says what is wrong with a client_reference.
func CheckReference(reference string) error {
	if len(reference) < 1 || len(reference) > maxReference {
		return fmt.Errorf("a client_reference has 1 to %d characters, not %d", maxReference, len(reference))
	}
	for _, c := range []byte(reference) {
		if c < ' ' || c > '~' {
			return errors.New("a client_reference holds printable ASCII characters only")
		}
	}
	return nil
}

func (c *Client) clean(o Order) Order {
	return Order{c.scrub.line(o.ID, maxLabel), c.scrub.line(o.Status, maxLabel), o.Reference}
}

// orderRow takes in of an order what is neither a secret nor a text that may quote one.
type orderRow struct {
	ID        looseText `json:"id"`
	Status    looseText `json:"status"`
	Reference looseText `json:"client_reference"`
}

func decodeOrder(body []byte, reference string) (Order, error) {
	var row orderRow
	if err := checkKind(body, '{', "an object"); err != nil {
		return Order{}, err
	}
	if err := json.Unmarshal(body, &row); err != nil {
		return Order{}, plainJSONError(err)
	}
	switch {
	case row.ID == "" && row.Status == "":
		return Order{}, malformed("the body names neither an order nor its status")
	case row.Reference != "" && string(row.Reference) != reference:
		return Order{}, errors.New("the answer is about an order with another client_reference")
	}
	return Order{string(row.ID), string(row.Status), string(row.Reference)}, nil
}

func decodeFound(body []byte, reference string) (Order, bool, error) {
	rows, err := decodeList[orderRow](body)
	if err != nil {
		return Order{}, false, err
	}
	for _, row := range rows {
		if string(row.Reference) == reference {
			return Order{string(row.ID), string(row.Status), reference}, true, nil
		}
	}
	if len(rows) > 0 {
		return Order{}, false, errors.New("the list of orders was not narrowed to the client_reference, so the order may be missing from it")
	}
	return Order{}, false, nil
}
