package octopus_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/shopspring/decimal"

	"walletwatch/octopus"
)

const (
	ordersPath     = "/api/v1/orders"
	productsPath   = "/api/v1/products"
	chargesPath    = "/api/v1/products/7/charges"
	documentedSale = `{"id":12,"product_id":7,"product_name":"Card","denomination":10,"quantity":1,"amount":10,"discount":0.25,"client_reference":"ref-1",` +
		`"wallet_id":1,"status":"DELIVERED","base_currency":"USD","deduction_currency":"USD","message":"canary-message","email":"",` +
		`"vouchers":[{"card_number":"canary-card","pin_code":"canary-pin","claim_url":"https://canary.invalid","expires_at":null,"voucher_reference_number":"canary-ref"}]}`
)

func oneOfSeven() octopus.Purchase {
	return octopus.Purchase{ProductID: 7, Denomination: decimal.RequireFromString("10.50"), Quantity: 1}
}

func TestPlaceOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := newFakeAPI()
		api.script(ordersPath, status(503), broken(errReset{}), status(429, "Retry-After", "1"), ok("{}"), ok(documentedSale))
		order, err := api.client(t).PlaceOrder(t.Context(), oneOfSeven(), "ref-1")
		if want := (octopus.Order{ID: "12", Status: "DELIVERED", Reference: "ref-1"}); err != nil || order != want {
			t.Errorf("got %+v, %v", order, err)
		}
		requests := api.requests(ordersPath)
		if len(requests) != 5 || requests[0].body != `{"client_reference":"ref-1","denomination":10.5,"product_id":7,"quantity":1}` {
			t.Errorf("it sent %+v", requests)
		}
		for _, r := range requests {
			if r.body != requests[0].body {
				t.Errorf("a later attempt sent %s", r.body)
			}
		}
	})
}

type errReset struct{}

func (errReset) Error() string { return "connection reset by peer" }

func TestPlaceOrderIsRefused(t *testing.T) {
	for name, answer := range map[string]step{
		"400": status(400), "403": status(403), "302": status(302), "another order": ok(strings.Replace(documentedSale, "ref-1", "ref-2", 1)),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				api := newFakeAPI()
				api.script(ordersPath, answer)
				_, err := api.client(t).PlaceOrder(t.Context(), oneOfSeven(), "ref-1")
				if err == nil || api.count(ordersPath) != 1 || !strings.Contains(err.Error(), "request id") || strings.Contains(err.Error(), "canary") {
					t.Errorf("%d attempts, %v", api.count(ordersPath), err)
				}
			})
		})
	}
}

func TestOrdersThatAreNotSent(t *testing.T) {
	api := newFakeAPI()
	c := api.client(t)
	nothing := oneOfSeven()
	nothing.Denomination = decimal.Zero
	for _, err := range []error{
		second(c.PlaceOrder(t.Context(), oneOfSeven(), "")), second(c.PlaceOrder(t.Context(), oneOfSeven(), strings.Repeat("x", 256))),
		second(c.PlaceOrder(t.Context(), oneOfSeven(), "a\nb")), second(c.PlaceOrder(t.Context(), octopus.Purchase{}, "ref")),
		second(c.PlaceOrder(t.Context(), nothing, "ref")), second(c.Charges(t.Context(), nothing)), second(c.Products(t.Context(), 0)),
		second(c.Products(t.Context(), 10_001)),
	} {
		if err == nil {
			t.Error("it was accepted")
		}
	}
	if _, _, err := c.FindOrder(t.Context(), ""); err == nil {
		t.Error("an empty reference was looked up")
	}
	if n := len(api.seen); n > 0 {
		t.Errorf("%d requests were sent", n)
	}
}

func second[T any](_ T, err error) error { return err }

func TestFindOrder(t *testing.T) {
	for _, test := range []struct {
		name, body string
		found      bool
		fails      string
	}{
		{"there", "[" + documentedSale + "]", true, ""},
		{"none", "[]", false, ""},
		{"among others", "[" + strings.Replace(documentedSale, "ref-1", "ref-2", 1) + "," + documentedSale + "]", true, ""},
		{"others only", "[" + strings.Replace(documentedSale, "ref-1", "ref-2", 1) + "]", false, "narrowed"},
		{"without references", `[{"id":1}]`, false, "narrowed"},
		{"an object", documentedSale, false, "an object"},
		{"null", "null", false, "null"},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				api := newFakeAPI()
				for range 6 {
					api.script(ordersPath, ok(test.body))
				}
				order, found, err := api.client(t).FindOrder(t.Context(), "ref-1")
				if found != test.found || (err != nil) != (test.fails != "") || found && order.ID != "12" {
					t.Errorf("got %+v, %v, %v", order, found, err)
				}
				if err != nil && (!strings.Contains(err.Error(), test.fails) || strings.Contains(err.Error(), "canary")) {
					t.Errorf("it says %v", err)
				}
				if q := api.requests(ordersPath)[0].query; q != "client_reference=ref-1" {
					t.Errorf("it asked for %s", q)
				}
			})
		})
	}
}

func TestCharges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := newFakeAPI()
		api.script(chargesPath, ok(`{"non_discounted_total":10.5,"discount_amount":0.2625,"handling_fee_amount":0.1,"total_payable":4.7405,"max_quantity":3,`+
			`"charges_details":{"source_currency":"USD","destination_currency":"EUR","forex_rate":1,"conversion_fee":0}}`),
			ok(`{"total_payable":"5","charges_details":null,"non_discounted_total":null}`), ok(`{"total_payable":1e3}`))
		c := api.client(t)
		got, err := c.Charges(t.Context(), oneOfSeven())
		if err != nil || got.Payable.String() != "4.7405" || got.Face.String() != "10.5" || got.Fee.String() != "0.1" || got.Source != "USD" ||
			got.Destination != "EUR" || got.MaxQuantity.String() != "3" {
			t.Errorf("got %+v, %v", got, err)
		}
		if got, err := c.Charges(t.Context(), oneOfSeven()); err != nil || got.Payable.String() != "5" || got.MaxQuantity != nil || !got.Face.IsZero() {
			t.Errorf("got %+v, %v", got, err)
		}
		if _, err := c.Charges(t.Context(), oneOfSeven()); err == nil || !strings.Contains(err.Error(), "total_payable") {
			t.Errorf("an amount with an exponent: %v", err)
		}
	})
}

func TestProducts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := newFakeAPI()
		api.script(productsPath, ok(`[{"id":7,"name":"Card \u0007","currency_code":"USD","available_denominations":[{"min_value":5,"max_value":500,"discount":2.5},`+
			`{"min_value":10,"max_value":null},{"min_value":null},{"min_value":0,"max_value":1}]},{"id":8}]`), ok(`[{"name":"nameless"}]`))
		c := api.client(t)
		got, err := c.Products(t.Context(), 2)
		if err != nil || len(got) != 2 || got[0].Name != "Card" || len(got[0].Denominations) != 2 || got[0].Denominations[0].Max.String() != "500" ||
			got[0].Denominations[1].Max.String() != "10" || api.requests(productsPath)[0].query != "limit=2&page=1" {
			t.Errorf("got %+v, %v", got, err)
		}
		if _, err := c.Products(t.Context(), 1); err == nil || !strings.Contains(err.Error(), "has no id") {
			t.Errorf("a product without id: %v", err)
		}
	})
}

func TestSignIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := newFakeAPI()
		var seen []octopus.Exchange
		moment := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
		c := api.client(t, func(cfg *octopus.Config) {
			cfg.Transport = octopus.Observed(api, nil, func(e octopus.Exchange) { seen = append(seen, e) })
		})
		api.script(loginPath, after(time.Second, status(503, "Date", moment.Format("Mon, 02 Jan 2006 15:04:05 GMT"))), broken(errReset{}))
		if err := c.SignIn(t.Context()); err != nil {
			t.Fatal(err)
		}
		mustWallets(t.Context(), t, c)
		if api.count(loginPath) != 3 || len(seen) != 4 {
			t.Errorf("%d logins, %d exchanges", api.count(loginPath), len(seen))
		}
		if e := seen[0]; e.Status != 503 || e.Took != time.Second || !e.ServerAt.Equal(moment) || e.Path != loginPath || e.Method != "POST" {
			t.Errorf("the first exchange is %+v", e)
		}
		if e := seen[1]; e.Status != 0 || !e.ServerAt.IsZero() {
			t.Errorf("the second exchange is %+v", e)
		}
		if err := c.SignIn(t.Context()); err != nil || api.count(loginPath) != 4 {
			t.Errorf("the second sign-in: %v, %d logins", err, api.count(loginPath))
		}
		api.script(loginPath, status(401))
		if err := c.SignIn(t.Context()); !octopus.IsCredentials(err) {
			t.Errorf("refused: %v", err)
		}
	})
}
