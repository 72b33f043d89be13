package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestAdmin(t *testing.T) {
	s := started(t)
	s.login()
	for _, c := range []struct {
		path   string
		status int
		want   string
	}{
		{"balance?wallet=1&amount=3.50", 200, "wallet 1 now holds 3.50 USD"},
		{"balance?wallet=3&amount=-5", 200, "wallet 3 now holds -5 JPY"},
		{"topup?wallet=4&amount=1000", 200, "wallet 4 now holds 650.00 GBP"},
		{"topup?wallet=1&amount=0", 400, "amount must be above 0"},
		{"topup?wallet=9&amount=1", 400, `wallet must be a number from 1 to 4, not "9"`},
		{"balance?wallet=1&amount=1e5", 400, "is not a plain decimal amount"},
		{"fail?route=GET+/api/v1/nothing&status=500", 400, "route must be * or one of: POST /auth/login"},
		{"fail?route=*&status=200", 400, "status must be a number from 400 to 599"},
		{"fail?route=*&status=500&times=-1", 400, "times must be a number"},
		{"fail?route=GET+/api/v1/currencies&status=503&times=2", 200, "the next requests to GET /api/v1/currencies fail: 2"},
		{"fail?route=" + url.QueryEscape("GET /api/v1/products") + "&status=403&times=0", 200, "fail until healed"},
	} {
		status, _, body := s.call("POST", "/sim/"+c.path, "")
		if status != c.status || !strings.Contains(body, c.want) {
			t.Errorf("%s: %d %s, want %d %s", c.path, status, body, c.status, c.want)
		}
	}
	var got []int
	for _, path := range []string{"currencies", "currencies", "currencies", "products", "products"} {
		status, _, _ := s.call("GET", "/api/v1/"+path, "")
		got = append(got, status)
	}
	if fmt.Sprint(got) != "[503 503 200 403 403]" {
		t.Errorf("statuses %v", got)
	}
	s.call("POST", "/sim/heal?route=*", "")
	if status, _, _ := s.call("GET", "/api/v1/products", ""); status != 200 {
		t.Errorf("healed: %d", status)
	}
	if _, _, body := s.call("GET", "/sim/", ""); !strings.Contains(body, "#4 650.00 GBP") || !strings.Contains(body, "GET /api/v1/wallets") {
		t.Errorf("GET /sim/: %s", body)
	}
	if status, _, _ := s.call("POST", "/sim/topup?wallet=1&amount=1", "", "Sec-Fetch-Site", "cross-site"); status != 403 {
		t.Errorf("a foreign web page was answered with %d", status)
	}
}

func TestFaultsOfTheConnection(t *testing.T) {
	s := started(t)
	s.call("POST", "/sim/fail?route=*&status=reset", "")
	if resp, err := http.Get(s.base + "/api/v1/wallets"); err == nil {
		resp.Body.Close()
		t.Errorf("a reset connection answered %d", resp.StatusCode)
	}
	s.call("POST", "/sim/fail?route=*&status=hang", "")
	client := http.Client{Timeout: 50 * time.Millisecond}
	if resp, err := client.Get(s.base + "/api/v1/wallets"); err == nil {
		resp.Body.Close()
		t.Errorf("a hanging request was answered with %d", resp.StatusCode)
	}
}
