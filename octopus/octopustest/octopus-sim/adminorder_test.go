package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestOrdersByHand(t *testing.T) {
	s := started(t, "--order-balance", "wallet_balance")
	for _, c := range []struct {
		query  string
		status int
		want   []string
	}{
		{"wallet=1&amount=100&quantity=2&reference=r1", 200, []string{`"amount":200,"discount":5,`, `"client_reference":"r1"`, `"wallet_id":1`, "SIM-PIN-", `,"wallet_balance":`}},
		{"wallet=1&amount=100&reference=r1", 400, []string{"DUPLICATE_CLIENT_REFERENCE"}},
		{"wallet=2&amount=10&kind=topup", 200, []string{`"variant_name":"10.00 EUR","country_code":"EU","amount":10,"currency":"EUR"`, `"wallet_balance":2590.25`}},
		{"wallet=4&amount=10&kind=esim&status=PENDING", 200, []string{`"status":"PENDING"`, `"completed_at":null`, `"wallet_balance":-359.75`}},
		{"wallet=4&amount=10&status=FAILED", 200, []string{`"status":"FAILED"`, `"vouchers":[]`}},
		{"wallet=1&amount=5&product=77", 400, []string{"NOT_FOUND"}},
		{"wallet=1&amount=5&product=x", 400, []string{"product must be a number"}},
		{"wallet=1&amount=0.99", 400, []string{"amount must be from 1.00 to 1,000.00 USD"}},
		{"wallet=1&amount=5&quantity=x", 400, []string{"quantity must be a whole number"}},
		{"wallet=1&amount=5&kind=x", 400, []string{"kind must be voucher, topup or esim"}},
		{"wallet=1&amount=5&status=x", 400, []string{"status must be one of"}},
		{"wallet=9&amount=5", 400, []string{"wallet must be a number"}},
	} {
		status, header, body := s.call("POST", "/sim/order?"+c.query, "")
		if status != c.status {
			t.Errorf("%s: status %d, want %d: %s", c.query, status, c.status, body)
		}
		if isJSON := header.Get("Content-Type") == "application/json"; isJSON != (status == http.StatusOK) {
			t.Errorf("%s: content type %q", c.query, header.Get("Content-Type"))
		}
		for _, want := range c.want {
			if !strings.Contains(body, want) {
				t.Errorf("%s: %s lacks %s", c.query, body, want)
			}
		}
	}
}

func TestWhereTheBalanceIsShown(t *testing.T) {
	s := started(t)
	for _, c := range []struct{ path, want string }{
		{"wallet.balance", `,"wallet":{"balance":`},
		{"", `"vouchers":[{`},
	} {
		if status, _, body := s.call("POST", "/sim/orderbalance?path="+url.QueryEscape(c.path), ""); status != 200 {
			t.Errorf("%q: %d %s", c.path, status, body)
		}
		_, _, body := s.call("POST", "/sim/order?wallet=1&amount=5", "")
		if !strings.Contains(body, c.want) || strings.Contains(body, "balance") != (c.path != "") {
			t.Errorf("%q: %s", c.path, body)
		}
	}
	if status, _, body := s.call("POST", "/sim/orderbalance?path=id", ""); status != 400 {
		t.Errorf("a path that is taken: %d %s", status, body)
	}
}
