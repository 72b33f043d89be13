package octopustest_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"walletwatch/octopus/octopustest"
)

// FuzzRequests sends any query and body to every route: the answer is JSON, refusals carry the envelope, the server
// never fails, and no request creates money.
func FuzzRequests(f *testing.F) {
	f.Add(uint8(0), "", credentials)
	f.Add(uint8(3), "limit=10000&page=2", "")
	f.Add(uint8(5), "wallet_id=0", "")
	f.Add(uint8(7), "", `{"denomination":1e5,"quantity":1}`)
	f.Add(uint8(8), "", `{"product_id":1,"denomination":5.00,"quantity":2,"client_reference":"a"}`)
	f.Add(uint8(10), "", `{"product_id":1,"variant":"5.00","quantity":1}`)
	f.Add(uint8(11), "", `{"product_id":1,"denomination":5,"quantity":1,"wallet_id":1}`)
	f.Fuzz(func(t *testing.T, route uint8, query, body string) {
		s := octopustest.New(octopustest.Config{Now: noon})
		s.AddWallet(octopustest.Wallet{ID: 1, Currency: "USD", Balance: dec("100")})
		c := loggedIn(t, s)
		routes := s.Routes()
		method, path, _ := strings.Cut(routes[int(route)%len(routes)], " ")
		r := httptest.NewRequest(method, strings.ReplaceAll(path, ":id", "1"), strings.NewReader(body))
		r.URL.RawQuery = query
		r.Header.Set("Authorization", "Bearer "+c.token)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		switch {
		case !json.Valid(w.Body.Bytes()):
			t.Errorf("%d is not JSON: %s", w.Code, w.Body)
		case w.Code >= http.StatusInternalServerError:
			t.Errorf("answered %d: %s", w.Code, w.Body)
		case w.Code >= http.StatusBadRequest:
			if p := decode[problem](t, reply{body: w.Body.String()}); p.Error.Name == "" || p.Error.Code == "" {
				t.Errorf("%d without the envelope: %s", w.Code, w.Body)
			}
		}
		if b := s.Balance(1); b.GreaterThan(dec("100")) || b.IsNegative() {
			t.Errorf("the balance became %s", b)
		}
	})
}

// FuzzOrderBalance: under any path that is accepted, every shape of answer is JSON and has the balance there.
func FuzzOrderBalance(f *testing.F) {
	for _, seed := range []string{"wallet_balance", "wallet.balance", "a.b.c", "vouchers.x", "a..b", `a"b`, ".", "id"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		if octopustest.CheckOrderBalance(path) != nil || path == "" {
			return
		}
		s := octopustest.New(octopustest.Config{Now: noon, OrderBalance: path})
		s.AddWallet(octopustest.Wallet{ID: 1, Currency: "USD", Balance: dec("100")})
		for _, kind := range endpoints() {
			body, err := s.Order(octopustest.OrderRequest{Kind: kind, ProductID: 1, Denomination: dec("10"), Quantity: 1})
			if err != nil {
				t.Fatal(err)
			}
			value := json.RawMessage(body)
			for name := range strings.SplitSeq(path, ".") {
				var fields map[string]json.RawMessage
				if err := json.Unmarshal(value, &fields); err != nil {
					t.Fatalf("%q: %v in %s", path, err, body)
				}
				value = fields[name]
			}
			if !dec(string(value)).Equal(s.Balance(1)) {
				t.Errorf("%q: %s is there in %s", path, value, body)
			}
		}
	})
}
