package octopustest_test

import (
	"encoding/json"
	"strings"
	"testing"

	"walletwatch/octopus/octopustest"
)

func shop(t *testing.T) (*octopustest.Server, *caller) {
	clock := &manual{t: noon()}
	s := octopustest.New(octopustest.Config{Now: clock.Now})
	s.AddWallet(octopustest.Wallet{ID: 1, Currency: "USD", Balance: dec("100")})
	s.AddProduct(octopustest.Product{ID: 7, Name: "Coffee", Currency: "USD", Min: dec("5"), Max: dec("50"), Discount: dec("5.19")})
	return s, loggedIn(t, s)
}

func TestProducts(t *testing.T) {
	_, c := shop(t)
	got := c.get("/api/v1/products?limit=1")
	equal(t, "first product", got.body, `[{"id":1,"name":"Simulated Gift Card USD","currency_code":"USD",`+
		`"available_denominations":[{"min_value":1,"max_value":1000,"discount":2.5}]}]`)
	equal(t, "more", got.header.Get("X-Has-More"), "true")
	if got := c.get("/api/v1/products?limit=1&page=2").body; !strings.Contains(got, `"id":7,"name":"Coffee"`) {
		t.Errorf("second page: %s", got)
	}
}

func TestCharges(t *testing.T) {
	s, c := shop(t)
	equal(t, "charges", c.want(200, "POST", "/api/v1/products/7/charges", `{"denomination":5,"quantity":3}`).body,
		`{"non_discounted_total":15,"discount_amount":0.7785,"total_amount":14.2215,"net_amount":14.2215,`+
			`"handling_fee_amount":0,"total_payable":14.2215,"max_quantity":21,`+
			`"charges_details":{"source_currency":"USD","destination_currency":"USD","forex_rate":1,"conversion_fee":0}}`)
	sameMoney(t, "balance untouched", s.Balance(1), "100")

	for _, r := range []struct{ balance, kind, want string }{
		{"0", octopustest.Prepaid, `"max_quantity":0`},
		{"-3", octopustest.Prepaid, `"max_quantity":0`},
		{"-3", octopustest.Postpaid, `"max_quantity":1000`},
		{"99999999", octopustest.Prepaid, `"max_quantity":1000`},
	} {
		s.SetBalance(1, dec(r.balance))
		s.SetType(1, r.kind)
		if got := c.want(200, "POST", "/api/v1/products/7/charges", `{"denomination":5,"quantity":3}`).body; !strings.Contains(got, r.want) {
			t.Errorf("with %s %s: %s lacks %s", r.balance, r.kind, got, r.want)
		}
	}
}

func TestChargesAndOrdersRefused(t *testing.T) {
	s, c := shop(t)
	s.AddWallet(octopustest.Wallet{ID: 2, Currency: "EUR", Balance: dec("100")})
	s.AddProduct(octopustest.Product{ID: 8, Currency: "CHF", Min: dec("1"), Max: dec("9")})
	for _, r := range []struct {
		product, body string
		status        int
		code          string
	}{
		{"99", `{"denomination":5,"quantity":1}`, 404, "NOT_FOUND"},
		{"7", `{"denomination":5,"quantity":0}`, 400, "VALIDATION_ERROR"},
		{"7", `{"denomination":5,"quantity":1001}`, 400, "VALIDATION_ERROR"},
		{"7", `{"quantity":1}`, 400, "VALIDATION_ERROR"},
		{"7", `{"denomination":5e0,"quantity":1}`, 400, "VALIDATION_ERROR"},
		{"7", `{"denomination":4.99,"quantity":1}`, 400, "DENOMINATION_NOT_AVAILABLE"},
		{"7", `{"denomination":50.01,"quantity":1}`, 400, "DENOMINATION_NOT_AVAILABLE"},
		{"7", `{"denomination":5,"quantity":1,"wallet_id":9}`, 404, "NOT_FOUND"},
		{"7", `{"denomination":5,"quantity":1,"wallet_id":2}`, 400, "FX_RATE_UNAVAILABLE"},
		{"8", `{"denomination":5,"quantity":1}`, 400, "WALLET_NOT_FOUND"},
		{"7", `{"denomination":`, 400, "INVALID_JSON"},
	} {
		got := c.want(r.status, "POST", "/api/v1/products/"+r.product+"/charges", r.body)
		equal(t, "charges "+r.body, decode[problem](t, got).Error.Code, r.code)
		order := strings.Replace(r.body, "{", `{"product_id":`+r.product+`,`, 1)
		got = c.want(r.status, "POST", "/api/v1/orders", order)
		equal(t, "order "+order, decode[problem](t, got).Error.Code, r.code)
	}
	c.want(400, "POST", "/api/v1/products/x/charges", "{}")
	equal(t, "ledger", len(s.Transactions(0)), 0)
}

func TestOrder(t *testing.T) {
	s, c := shop(t)
	got := c.want(201, "POST", "/api/v1/orders", `{"product_id":7,"denomination":5.00,"quantity":2,"client_reference":"ref-1","email":"a@b.example"}`)
	const voucher = `{"card_number":"SIM-CARD-00000001-00#","pin_code":"SIM-PIN-00000001-00#",` +
		`"claim_url":"https://vouchers.invalid/claim/SIM-CLAIM-00000001-00#","expires_at":"2027-03-02T12:00:00Z","voucher_reference_number":"SIM-REF-00000001-00#"}`
	want := `{"id":1,"product_id":7,"product_name":"Coffee","denomination":5,"quantity":2,"amount":10,"discount":0.519,` +
		`"client_reference":"ref-1","wallet_id":1,"status":"DELIVERED","base_currency":"USD","deduction_currency":"USD",` +
		`"message":"Simulated order","email":"a@b.example","vouchers":[` +
		strings.ReplaceAll(voucher, "#", "1") + "," + strings.ReplaceAll(voucher, "#", "2") + `]}`
	equal(t, "order", got.body, want)
	sameMoney(t, "balance", s.Balance(1), "90.519")
	tx := s.Transactions(1)[0]
	sameMoney(t, "debited", tx.Amount, "9.481")
	equal(t, "remarks", tx.Remarks, "USD Wallet debited by amount 9.481 - Order #1")

	equal(t, "found", c.get("/api/v1/orders?client_reference=ref-1").body, "["+want+"]")
	equal(t, "not found", c.get("/api/v1/orders?client_reference=other").body, "[]")
	dup := c.do("POST", "/api/v1/orders", `{"product_id":7,"denomination":5,"quantity":1,"client_reference":"ref-1"}`)
	dup.refused(t, 400, "BadRequestError", "DUPLICATE_CLIENT_REFERENCE")
	equal(t, "message", decode[problem](t, dup).Error.Message, "Duplicate client_reference")
	sameMoney(t, "a duplicate costs nothing", s.Balance(1), "90.519")
}

func TestClientReferences(t *testing.T) {
	s, _ := shop(t)
	req := octopustest.OrderRequest{ProductID: 7, Denomination: dec("5"), Quantity: 1}
	for ref, ok := range map[string]bool{
		"": true, strings.Repeat("x", 255): true, strings.Repeat("x", 256): false, "tab\t": false, "ü": false, "a b~": true,
	} {
		req.Reference = ref
		if _, err := s.Order(req); (err == nil) != ok {
			t.Errorf("reference %q: %v", ref, err)
		}
	}
	req.Reference = ""
	if _, err := s.Order(req); err != nil {
		t.Errorf("a second order without a reference: %v", err)
	}
}

func TestOrderThatCannotBePaid(t *testing.T) {
	s, c := shop(t)
	s.SetBalance(1, dec("4.7404")) // 5 - 5.19 % = 4.7405
	body := `{"product_id":7,"denomination":5,"quantity":1,"client_reference":"again"}`
	c.do("POST", "/api/v1/orders", body).refused(t, 400, "BadRequestError", "INSUFFICIENT_FUNDS")
	_, err := s.Order(octopustest.OrderRequest{ProductID: 7, Denomination: dec("5"), Quantity: 1})
	if err == nil || !strings.HasPrefix(err.Error(), "INSUFFICIENT_FUNDS: ") {
		t.Errorf("Order: %v", err)
	}
	sameMoney(t, "balance", s.Balance(1), "4.7404")
	equal(t, "ledger", len(s.Transactions(1)), 0)

	s.SetBalance(1, dec("4.7405"))
	c.want(201, "POST", "/api/v1/orders", body)
	sameMoney(t, "spent to the last", s.Balance(1), "0")
	s.SetType(1, octopustest.Postpaid)
	c.want(201, "POST", "/api/v1/orders", `{"product_id":7,"denomination":50,"quantity":1}`)
	sameMoney(t, "on credit", s.Balance(1), "-47.405")
}

func TestOrderOutcomes(t *testing.T) {
	req := octopustest.OrderRequest{ProductID: 7, Denomination: dec("10"), Quantity: 4} // pays 37.924
	for _, c := range []struct {
		outcome, settle string
		vouchers        int
		balance         string
		row             string // status of the debit
		rows            int
	}{
		{octopustest.OrderDelivered, "", 4, "62.076", octopustest.Completed, 1},
		{octopustest.OrderPartiallyDelivered, "", 2, "62.076", octopustest.Completed, 1},
		{octopustest.OrderPending, "", 0, "62.076", octopustest.Pending, 1},
		{octopustest.OrderPending, octopustest.OrderDelivered, 4, "62.076", octopustest.Completed, 1},
		{octopustest.OrderPending, octopustest.OrderFailed, 0, "100", octopustest.Completed, 2},
		{octopustest.OrderFailed, "", 0, "100", octopustest.Completed, 2},
		{octopustest.OrderCancelled, "", 0, "100", octopustest.Completed, 2},
		{"SOMETHING_NEW", "", 0, "62.076", octopustest.Completed, 1},
	} {
		t.Run(c.outcome+" "+c.settle, func(t *testing.T) {
			s, http := shop(t)
			s.OrderOutcomes(c.outcome)
			if _, err := s.Order(req); err != nil {
				t.Fatal(err)
			}
			if c.settle != "" {
				equal(t, "settled", s.SettleOrder(1, c.settle), true)
			}
			var list []struct {
				Status   string
				Vouchers []json.RawMessage
			}
			if err := json.Unmarshal([]byte(http.get("/api/v1/orders").body), &list); err != nil {
				t.Fatal(err)
			}
			equal(t, "vouchers", len(list[0].Vouchers), c.vouchers)
			sameMoney(t, "balance", s.Balance(1), c.balance)
			rows := s.Transactions(1)
			equal(t, "rows", len(rows), c.rows)
			equal(t, "debit", rows[len(rows)-1].Status, c.row)
			if c.rows == 2 && !strings.Contains(rows[0].Remarks, "Refund for Order #1") {
				t.Errorf("refund says %q", rows[0].Remarks)
			}
			if c.outcome != octopustest.OrderPending || c.settle != "" {
				equal(t, "settled again", s.SettleOrder(1, octopustest.OrderFailed), false)
			}
		})
	}
}

func TestOrderInAnotherCurrency(t *testing.T) {
	s, c := shop(t)
	s.AddWallet(octopustest.Wallet{ID: 2, Currency: "JPY", Balance: dec("10000")})
	s.SetRate("USD", "JPY", dec("151.3333"))
	if got := c.want(200, "POST", "/api/v1/products/7/charges", `{"denomination":5,"quantity":1,"wallet_id":2}`).body; !strings.Contains(got,
		`"total_payable":717.3956,"max_quantity":13,"charges_details":{"source_currency":"JPY","destination_currency":"USD","forex_rate":151.3333,`) {
		t.Errorf("charges: %s", got)
	}
	got := c.want(201, "POST", "/api/v1/orders", `{"product_id":7,"denomination":5,"quantity":1,"wallet_id":2}`).body
	if !strings.Contains(got, `"amount":5,"discount":0.2595,`) || !strings.Contains(got, `"base_currency":"USD","deduction_currency":"JPY"`) {
		t.Errorf("order: %s", got)
	}
	sameMoney(t, "balance", s.Balance(2), "9282.6044")
	if got := c.get("/api/v1/transactions").body; !strings.Contains(got, `"source_currency":"JPY","destination_currency":"USD","forex_rate":151.3333,"conversion_charges":0`) {
		t.Errorf("ledger: %s", got)
	}
}
