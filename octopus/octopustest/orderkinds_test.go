package octopustest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"walletwatch/octopus/octopustest"
)

// endpoints are the three that take orders.
func endpoints() map[string]octopustest.OrderKind {
	return map[string]octopustest.OrderKind{
		"orders": octopustest.VoucherOrder, "topups/orders": octopustest.TopUpOrder, "esim/orders": octopustest.ESIMOrder,
	}
}

func TestOrderOfATopUpOrESIM(t *testing.T) {
	for _, path := range []string{"topups/orders", "esim/orders"} {
		s, c := shop(t)
		got := c.want(201, "POST", "/api/v1/"+path, `{"product_id":7,"denomination":5.00,"quantity":2,"client_reference":"ref-1"}`)
		equal(t, path, got.body, `{"id":1,"client_reference":"ref-1","product_id":7,"product_name":"Coffee","variant_name":"5.00 USD",`+
			`"country_code":"US","amount":10,"currency":"USD","status":"DELIVERED","status_text":"Simulated order: delivered",`+
			`"transaction_id":1,"created_at":"2026-03-02T12:00:00Z","completed_at":"2026-03-02T12:00:00Z"}`)
		sameMoney(t, "balance", s.Balance(1), "90.519")
		equal(t, "debits", s.Transactions(1)[0].ID, 1)

		for _, body := range []string{`"variant":5`, `"variant":"5.00"`} {
			more := c.want(201, "POST", "/api/v1/"+path, `{"product_id":7,`+body+`,"quantity":1}`)
			if !strings.Contains(more.body, `"variant_name":"5.00 USD"`) {
				t.Errorf("%s: %s", body, more.body)
			}
		}
		equal(t, "among orders of vouchers", c.get("/api/v1/orders").body, "[]")
		equal(t, "by its reference", c.get("/api/v1/orders?client_reference=ref-1").body, "[]")
	}
}

func TestOrdersOfAllKindsAreOneWorld(t *testing.T) {
	s, c := shop(t)
	const body = `{"product_id":7,"denomination":5,"quantity":1,"client_reference":"same"}`
	c.want(201, "POST", "/api/v1/esim/orders", body)
	for path := range endpoints() {
		c.do("POST", "/api/v1/"+path, body).refused(t, 400, "BadRequestError", "DUPLICATE_CLIENT_REFERENCE")
	}
	sameMoney(t, "debited once", s.Balance(1), "95.2595")
	for n, kind := range []octopustest.OrderKind{octopustest.VoucherOrder, octopustest.TopUpOrder, octopustest.ESIMOrder} {
		got, err := s.Order(octopustest.OrderRequest{Kind: kind, ProductID: 7, Denomination: dec("5"), Quantity: 1})
		if err != nil || !strings.HasPrefix(string(got), fmt.Sprintf(`{"id":%d,`, n+2)) {
			t.Errorf("order %d: %s, %v", n+2, got, err)
		}
	}
	c.want(400, "POST", "/api/v1/orders", `{"product_id":7,"variant":5,"quantity":1}`) // vouchers have no variants
}

func TestEveryKindIsRefusedAlike(t *testing.T) {
	for path := range endpoints() {
		s, c := shop(t)
		for _, r := range []struct {
			body   string
			status int
			code   string
		}{
			{`{"product_id":99,"denomination":5,"quantity":1}`, 404, "NOT_FOUND"},
			{`{"product_id":7,"denomination":5}`, 400, "VALIDATION_ERROR"},
			{`{"product_id":7,"quantity":1}`, 400, "VALIDATION_ERROR"},
			{`{"product_id":7,"denomination":51,"quantity":1}`, 400, "DENOMINATION_NOT_AVAILABLE"},
			{`{"product_id":7,"denomination":50,"quantity":3}`, 400, "INSUFFICIENT_FUNDS"},
			{`{"product_id":`, 400, "INVALID_JSON"},
		} {
			got := c.want(r.status, "POST", "/api/v1/"+path, r.body)
			equal(t, path+" "+r.body, decode[problem](t, got).Error.Code, r.code)
		}
		sameMoney(t, "balance", s.Balance(1), "100")
		c.token = ""
		c.want(401, "POST", "/api/v1/"+path, "{}")
	}
}

func TestRefillThatIsPendingOrRefunded(t *testing.T) {
	clock := &manual{t: noon()}
	s := octopustest.New(octopustest.Config{Now: clock.Now, Events: true})
	s.AddWallet(octopustest.Wallet{ID: 1, Currency: "USD", Balance: dec("100")})
	req := octopustest.OrderRequest{Kind: octopustest.TopUpOrder, ProductID: 1, Denomination: dec("10"), Quantity: 1}
	req.Outcome = octopustest.OrderPending
	got, err := s.Order(req)
	if err != nil || !strings.Contains(string(got), `"status":"PENDING"`) || !strings.Contains(string(got), `"completed_at":null`) {
		t.Errorf("pending: %s, %v", got, err)
	}
	sameMoney(t, "debited at once", s.Balance(1), "90.25")
	clock.add(time.Hour)
	equal(t, "settled", s.SettleOrder(1, octopustest.OrderCancelled), true)
	sameMoney(t, "refunded", s.Balance(1), "100")

	req.Outcome = octopustest.OrderFailed
	got, err = s.Order(req)
	if err != nil || !strings.Contains(string(got), `"status":"FAILED"`) || !strings.Contains(string(got), `"completed_at":"2026-03-02T13:00:00Z"`) {
		t.Errorf("failed: %s, %v", got, err)
	}
	sameMoney(t, "refunded too", s.Balance(1), "100")
	req.Outcome = octopustest.OrderDelivered
	if _, err := s.Order(req); err != nil {
		t.Error(err)
	}
	if text := events(s); strings.Contains(text, "SIM-") {
		t.Errorf("a top-up has vouchers: %s", text)
	}
}

func TestQuotaOfOrdersIsShared(t *testing.T) {
	clock := &manual{t: noon()}
	c := loggedIn(t, octopustest.New(octopustest.Config{Now: clock.Now, Quotas: true}))
	for range 20 {
		for path := range endpoints() {
			c.want(400, "POST", "/api/v1/"+path, "{")
		}
	}
	for path := range endpoints() {
		c.want(429, "POST", "/api/v1/"+path, "{")
	}
}

func TestRefillInAnotherCurrency(t *testing.T) {
	s, c := shop(t)
	s.AddWallet(octopustest.Wallet{ID: 2, Currency: "JPY", Balance: dec("10000")})
	s.SetRate("USD", "JPY", dec("151.3333"))
	s.SetOrderBalance("wallet.balance")
	got := c.want(201, "POST", "/api/v1/topups/orders", `{"product_id":7,"denomination":5,"quantity":1,"wallet_id":2}`).body
	if !strings.Contains(got, `"amount":5,"currency":"USD"`) || !strings.HasSuffix(got, `,"wallet":{"balance":9282.6044}}`) {
		t.Errorf("order: %s", got)
	}
	sameMoney(t, "balance", s.Balance(2), "9282.6044")
}
