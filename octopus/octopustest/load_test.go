package octopustest_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"walletwatch/octopus/octopustest"
)

func TestConcurrentUse(t *testing.T) {
	s := octopustest.New(octopustest.Config{})
	for id := range int64(4) {
		s.AddWallet(octopustest.Wallet{ID: id + 1, Currency: "USD", Balance: dec("1000000")})
	}
	p := spender(t, s, octopustest.Spending{Start: noon(), PendingShare: 0.5, FailedShare: 0.1})
	c := onSocket(t, s)
	var wg sync.WaitGroup
	repeat := func(f func(i int)) {
		wg.Go(func() {
			for i := range 30 {
				f(i)
			}
		})
	}
	for _, path := range []string{"wallets", "transactions?limit=100", "currencies", "products", "orders"} {
		repeat(func(int) {
			if got, err := c.try("GET", "/api/v1/"+path, ""); err != nil || got.status != http.StatusOK && got.status != 503 {
				t.Errorf("%s: %v %v", path, got, err)
			}
		})
	}
	repeat(func(i int) {
		if _, err := c.try("POST", "/api/v1/orders", fmt.Sprintf(`{"product_id":1,"denomination":5,"quantity":1,"client_reference":"r%d"}`, i)); err != nil {
			t.Error(err)
		}
	})
	repeat(func(int) {
		if _, err := c.try("POST", "/auth/login", credentials); err != nil {
			t.Error(err)
		}
	})
	repeat(func(i int) { p.Advance(noon().Add(time.Duration(i) * time.Hour)) })
	repeat(func(int) { s.Settle(s.Debit(2, dec("1"), noon(), octopustest.Status("PENDING")), octopustest.Failed) })
	repeat(func(int) { s.Fail(octopustest.RouteWallets, octopustest.Answering(503)); s.Requests() })
	repeat(func(i int) { s.AddWallet(octopustest.Wallet{ID: 100 + int64(i), Currency: "EUR"}); s.Wallets() })
	wg.Wait()
	sameMoney(t, "failed debits cost nothing", s.Balance(2), "1000000")
	equal(t, "orders", len(decode[[]idRow](t, c.get("/api/v1/orders"))), 30)
}

func TestLargeWorld(t *testing.T) {
	s := octopustest.New(octopustest.Config{Now: noon})
	for id := range int64(10_000) {
		s.AddWallet(octopustest.Wallet{ID: id + 1, Currency: "USD", Balance: dec("5000")})
	}
	done := octopustest.Backfill(s, noon().Add(-7*day), noon(),
		spender(t, s, octopustest.Spending{MeanDaily: dec("150000")}), spender(t, s, octopustest.Spending{Wallet: 2, MeanDaily: dec("150000")}))
	c := loggedIn(t, s)
	equal(t, "wallets", len(ids(t, c.get("/api/v1/wallets?limit=10000"))), 10_000)
	got := c.get("/api/v1/transactions?limit=10000&page=3")
	equal(t, "rows", len(ids(t, got)), 10_000)
	equal(t, "total", got.header.Get("X-Total-Count"), fmt.Sprint(done.Orders))
	if done.Orders < 80_000 {
		t.Errorf("only %d orders", done.Orders)
	}
}

func BenchmarkHistoryOfAWeek(b *testing.B) {
	for _, c := range []struct {
		name, daily string
		wallets     int64
	}{{"4x500aDay", "10000", 4}, {"million", "1434000", 2}} {
		b.Run(c.name, func(b *testing.B) {
			rows := 0
			for b.Loop() {
				s := octopustest.New(octopustest.Config{Now: noon})
				var spenders []*octopustest.Spender
				for id := range c.wallets {
					s.AddWallet(octopustest.Wallet{ID: id + 1, Currency: "USD"})
					spenders = append(spenders, spender(b, s, octopustest.Spending{Wallet: id + 1, MeanDaily: dec(c.daily)}))
				}
				rows = octopustest.Backfill(s, noon().Add(-7*day), noon(), spenders...).Orders
			}
			b.ReportMetric(float64(rows), "rows")
		})
	}
}

func BenchmarkWallets10000(b *testing.B) {
	s := octopustest.New(octopustest.Config{Now: noon})
	for id := range int64(10_000) {
		s.AddWallet(octopustest.Wallet{ID: id + 1, Currency: "USD", Balance: dec("5000.25")})
	}
	benchmarkPage(b, s, "/api/v1/wallets?limit=10000")
}

func BenchmarkOldestPageOfAMillion(b *testing.B) {
	s := world("USD")
	spender(b, s, octopustest.Spending{MeanDaily: dec("2868000")}).History(noon().Add(-7*day), noon())
	benchmarkPage(b, s, "/api/v1/transactions?limit=1000&page=900")
}

func benchmarkPage(b *testing.B, s *octopustest.Server, path string) {
	c := loggedIn(new(testing.T), s)
	b.ReportAllocs()
	for b.Loop() {
		if got, err := c.try("GET", path, ""); err != nil || got.status != 200 {
			b.Fatal(got.status, err)
		}
	}
}
