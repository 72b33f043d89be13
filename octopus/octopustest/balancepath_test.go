package octopustest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/shopspring/decimal"

	"walletwatch/octopus/octopustest"
)

func TestWhereAnOrderShowsTheBalance(t *testing.T) {
	s, c := shop(t)
	order := func(path string) string {
		return c.want(201, "POST", "/api/v1/"+path, `{"product_id":7,"denomination":5,"quantity":1}`).body
	}
	for _, r := range []struct{ path, end string }{
		{"wallet_balance", `,"wallet_balance":%s}`},
		{"wallet.balance", `,"wallet":{"balance":%s}}`},
		{"a.b.c", `,"a":{"b":{"c":%s}}}`},
		{"", `}`},
	} {
		s.SetOrderBalance(r.path)
		for path := range endpoints() {
			got := order(path)
			want := r.end
			if r.path != "" {
				want = fmt.Sprintf(r.end, s.Balance(1))
			}
			if !json.Valid([]byte(got)) || !strings.HasSuffix(got, want) || strings.Contains(got, "balance") != strings.Contains(want, "balance") {
				t.Errorf("%q: %s\ndoes not end in %s", r.path, got, want)
			}
		}
	}
	if got := c.get("/api/v1/orders").body; strings.Contains(got, "balance") {
		t.Errorf("the list of orders shows balances: %s", got)
	}
}

func TestTheBalanceIsTheOneAfterTheDebit(t *testing.T) {
	s := octopustest.New(octopustest.Config{OrderBalance: "wallet_balance"})
	s.AddWallet(octopustest.Wallet{ID: 1, Currency: "USD", Balance: dec("100")})
	got, err := s.Order(octopustest.OrderRequest{ProductID: 1, Denomination: dec("20"), Quantity: 1, Outcome: octopustest.OrderFailed})
	if err != nil || !strings.HasSuffix(string(got), `"wallet_balance":80.50}`) {
		t.Errorf("before the refund: %s, %v", got, err)
	}
	sameMoney(t, "after the refund", s.Balance(1), "100")
}

// TestAnswersThatOvertake holds back the answer to the first order until the second is answered.
func TestAnswersThatOvertake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := octopustest.New(octopustest.Config{OrderBalance: "wallet_balance"})
		s.AddWallet(octopustest.Wallet{ID: 1, Currency: "USD", Balance: dec("100")})
		c := loggedIn(t, s)
		s.Fail(octopustest.RouteOrders, octopustest.Delayed(time.Minute))
		const body = `{"product_id":1,"denomination":20,"quantity":1}`
		first := ""
		var wg sync.WaitGroup
		wg.Go(func() { first = c.want(201, "POST", "/api/v1/orders", body).body })
		synctest.Wait()
		second := c.want(201, "POST", "/api/v1/topups/orders", body).body
		wg.Wait()
		if !strings.HasSuffix(first, `"wallet_balance":80.50}`) || !strings.HasSuffix(second, `"wallet_balance":61.00}`) {
			t.Errorf("first %s\nsecond %s", first, second)
		}
	})
}

func TestConcurrentOrdersEachShowTheirBalance(t *testing.T) {
	s := octopustest.New(octopustest.Config{OrderBalance: "wallet.balance", Events: true})
	s.AddWallet(octopustest.Wallet{ID: 1, Currency: "USD", Balance: dec("10000")})
	var mu sync.Mutex
	seen := map[string]bool{}
	var wg sync.WaitGroup
	for _, kind := range endpoints() {
		for range 20 {
			wg.Go(func() {
				got, err := s.Order(octopustest.OrderRequest{Kind: kind, ProductID: 1, Denomination: dec("10"), Quantity: 1})
				var order struct{ Wallet struct{ Balance json.Number } }
				if err != nil || json.Unmarshal(got, &order) != nil {
					t.Errorf("%s, %v", got, err)
				}
				mu.Lock()
				defer mu.Unlock()
				seen[order.Wallet.Balance.String()] = true
			})
		}
	}
	wg.Wait()
	for n := range 60 {
		left := dec("10000").Sub(dec("9.75").Mul(decimal.NewFromInt(int64(n + 1)))).StringFixed(2)
		if !seen[left] {
			t.Errorf("no order left %s", left)
		}
	}
	equal(t, "events", len(s.Events()), 120)
}

func TestPathsThatCannotBeUsed(t *testing.T) {
	for path, ok := range map[string]bool{
		"": true, "wallet_balance": true, "wallet.balance": true, "balance-after": true, "a.b.c": true, "data.id": true,
		".": false, "a.": false, ".a": false, "a..b": false, "a b": false, `a"b`: false, "ü": false, "a[0]": false,
		"amount": false, "Amount": false, "ID.x": false, "amount.left": false, "vouchers": false, "status_text": false, strings.Repeat("x", 101): false,
	} {
		if err := octopustest.CheckOrderBalance(path); (err == nil) != ok {
			t.Errorf("%q: %v", path, err)
		}
	}
	for name, f := range map[string]func(){
		"setting":         func() { octopustest.New(octopustest.Config{}).SetOrderBalance("a..b") },
		"order config":    func() { octopustest.New(octopustest.Config{OrderBalance: "id"}) },
		"event config":    func() { octopustest.New(octopustest.Config{EventBalance: "wallet_id"}) },
		"the one before":  func() { octopustest.New(octopustest.Config{EventBalance: "balance_before"}) },
		"URL of an event": func() { octopustest.Event{}.Request("http://a b/", "x", noon()) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("a mistake went unnoticed")
				}
			}()
			f()
		})
	}
}

func TestSwitchingWhileOrdersAreAnswered(t *testing.T) {
	s := octopustest.New(octopustest.Config{})
	s.AddWallet(octopustest.Wallet{ID: 1, Currency: "USD", Balance: dec("10000")})
	c := onSocket(t, s)
	var wg sync.WaitGroup
	wg.Go(func() {
		for range 50 {
			s.SetOrderBalance("wallet.balance")
			s.SetOrderBalance("")
		}
	})
	wg.Go(func() {
		for range 50 {
			got, err := c.try("POST", "/api/v1/orders", `{"product_id":1,"denomination":1,"quantity":1}`)
			if err != nil || got.status != http.StatusCreated || !json.Valid([]byte(got.body)) {
				t.Errorf("%v, %v", got, err)
			}
		}
	})
	wg.Wait()
}
