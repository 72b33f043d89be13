package octopustest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"walletwatch/octopus/octopustest"
)

func TestWalletsAreListedAsDocumented(t *testing.T) {
	s := octopustest.New(octopustest.Config{})
	s.AddWallet(octopustest.Wallet{ID: 1, Currency: "USD", Balance: dec("5000")})
	s.AddWallet(octopustest.Wallet{ID: 3, Currency: "JPY", Balance: dec("120000")})
	s.AddWallet(octopustest.Wallet{ID: 2, Currency: "GBP", Type: octopustest.Postpaid, Balance: dec("-4.7405")})
	want := `[{"id":3,"currency_id":2,"amount":120000,"type":"PREPAID"},` +
		`{"id":2,"currency_id":3,"amount":-4.7405,"type":"POSTPAID"},` +
		`{"id":1,"currency_id":1,"amount":5000.00,"type":"PREPAID"}]`
	got := loggedIn(t, s).get("/api/v1/wallets")
	equal(t, "wallets", got.body, want)
	equal(t, "content type", got.header.Get("Content-Type"), "application/json; charset=utf-8")
}

func TestAmountsStayExact(t *testing.T) {
	s := octopustest.New(octopustest.Config{})
	const exact = "123456789012345678901234.5678"
	s.AddWallet(octopustest.Wallet{ID: 1, Currency: "USD", Balance: dec(exact)})
	s.Debit(1, dec("0.0001"), noon())
	c := loggedIn(t, s)
	if got := c.get("/api/v1/wallets").body; !strings.Contains(got, `"amount":123456789012345678901234.5677,`) {
		t.Errorf("wallets: %s", got)
	}
	if got := c.get("/api/v1/transactions").body; !strings.Contains(got, `"amount":0.0001,`) {
		t.Errorf("transactions: %s", got)
	}
}

func TestCurrencies(t *testing.T) {
	s := octopustest.New(octopustest.Config{})
	c := loggedIn(t, s)
	equal(t, "empty", c.get("/api/v1/currencies").body, "[]")
	s.AddWallet(octopustest.Wallet{ID: 1, Currency: "USD"})
	s.AddWallet(octopustest.Wallet{ID: 2, Currency: "JPY"})
	s.AddCurrency(octopustest.Currency{ID: 9, Name: "Tether", Code: "USDT", Precision: 6})
	equal(t, "list", c.get("/api/v1/currencies").body,
		`[{"id":1,"name":"US Dollar","currency":"USD","precision":2},`+
			`{"id":2,"name":"Japanese Yen","currency":"JPY","precision":0},`+
			`{"id":9,"name":"Tether","currency":"USDT","precision":6}]`)

	equal(t, "replaced keeps its id", s.AddCurrency(octopustest.Currency{Code: "JPY", Precision: 3}), 2)
	if got := c.get("/api/v1/wallets").body; !strings.Contains(got, `"currency_id":2,"amount":0.000,`) {
		t.Errorf("the wallet did not follow its currency: %s", got)
	}
}

func TestTheWorldChanges(t *testing.T) {
	s := octopustest.New(octopustest.Config{})
	s.AddWallet(octopustest.Wallet{ID: 5, Currency: "USD", Balance: dec("1")})
	equal(t, "next id", s.AddWallet(octopustest.Wallet{Currency: "EUR", Balance: dec("2")}), 6)
	s.SetBalance(5, dec("7.5"))
	s.SetCurrency(5, "KWD")
	s.SetType(5, "PREPAID_PLUS")
	s.RemoveWallet(6)
	c := loggedIn(t, s)
	equal(t, "wallets", c.get("/api/v1/wallets").body, `[{"id":5,"currency_id":3,"amount":7.500,"type":"PREPAID_PLUS"}]`)
	equal(t, "no ledger row", c.get("/api/v1/transactions").body, "[]")
	s.AddWallet(octopustest.Wallet{ID: 5, Currency: "USD", Balance: dec("8")})
	sameMoney(t, "replaced", s.Balance(5), "8")
	equal(t, "wallets left", len(s.Wallets()), 1)
}

func TestMovementsAndBalance(t *testing.T) {
	type step func(*octopustest.Server) int64
	debit := func(opts ...octopustest.Option) step {
		return func(s *octopustest.Server) int64 { return s.Debit(1, dec("30"), noon(), opts...) }
	}
	credit := func(opts ...octopustest.Option) step {
		return func(s *octopustest.Server) int64 { return s.Credit(1, dec("30"), noon(), opts...) }
	}
	for _, c := range []struct {
		name    string
		move    step
		after   string
		settled string
		final   string
	}{
		{"debit", debit(), "70", octopustest.Completed, "70"},
		{"pending debit completes", debit(octopustest.Status(octopustest.Pending)), "70", octopustest.Completed, "70"},
		{"pending debit fails", debit(octopustest.Status(octopustest.Pending)), "70", octopustest.Failed, "100"},
		{"failed debit", debit(octopustest.Status(octopustest.Failed)), "100", octopustest.Failed, "100"},
		{"history only", debit(octopustest.NoBalance()), "100", octopustest.Failed, "100"},
		{"credit", credit(), "130", octopustest.Completed, "130"},
		{"pending credit completes", credit(octopustest.Status(octopustest.Pending)), "100", octopustest.Completed, "130"},
		{"pending credit fails", credit(octopustest.Status(octopustest.Pending)), "100", octopustest.Failed, "100"},
		{"below zero", func(s *octopustest.Server) int64 { return s.Debit(1, dec("130"), noon()) }, "-30", octopustest.Completed, "-30"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := octopustest.New(octopustest.Config{})
			s.AddWallet(octopustest.Wallet{ID: 1, Currency: "USD", Balance: dec("100")})
			id := c.move(s)
			sameMoney(t, "after", s.Balance(1), c.after)
			s.Settle(id, c.settled)
			sameMoney(t, "settled", s.Balance(1), c.final)
			equal(t, "status", s.Transactions(1)[0].Status, c.settled)
		})
	}
}

func TestBalanceIsTheSumOfItsMovements(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := octopustest.New(octopustest.Config{})
		s.AddWallet(octopustest.Wallet{ID: 1, Currency: "USD"})
		statuses := []string{octopustest.Completed, octopustest.Pending, octopustest.Failed}
		status := rapid.SampledFrom(statuses)
		for i := range rapid.IntRange(1, 30).Draw(t, "rows") {
			amount := decimal.New(rapid.Int64Range(0, 1e9).Draw(t, "amount"), -4)
			at := noon().Add(time.Duration(rapid.IntRange(0, 50).Draw(t, "at")) * time.Second)
			book := s.Debit
			if rapid.Bool().Draw(t, "credit") {
				book = s.Credit
			}
			book(1, amount, at, octopustest.Status(status.Draw(t, "status")))
			s.Settle(rapid.Int64Range(1, int64(i)+1).Draw(t, "settled"), status.Draw(t, "final"))
		}
		sum := decimal.Zero
		var before octopustest.Transaction
		for i, tx := range s.Transactions(1) {
			if i > 0 && (tx.CreatedAt.After(before.CreatedAt) || tx.CreatedAt.Equal(before.CreatedAt) && tx.ID > before.ID) {
				t.Fatalf("%+v comes after %+v", tx, before)
			}
			before = tx
			switch {
			case tx.Type == octopustest.DebitRow && tx.Status != octopustest.Failed:
				sum = sum.Sub(tx.Amount)
			case tx.Type == octopustest.CreditRow && tx.Status == octopustest.Completed:
				sum = sum.Add(tx.Amount)
			}
		}
		if !sum.Equal(s.Balance(1)) {
			t.Fatalf("balance %s, movements add up to %s", s.Balance(1), sum)
		}
	})
}

func TestTransactionsAreListedAsDocumented(t *testing.T) {
	clock := &manual{t: noon()}
	s := octopustest.New(octopustest.Config{Now: clock.Now})
	s.AddWallet(octopustest.Wallet{ID: 1, Currency: "USD", Balance: dec("100")})
	s.Debit(1, dec("50"), time.Date(2025, 1, 15, 14, 30, 0, 999, time.UTC))
	s.Refund(1, dec("50"))
	s.TopUp(1, dec("1000"))
	s.Debit(1, dec("4.7405"), noon(), octopustest.Status("PENDING"), octopustest.Remarks("a \"quoted\"\nremark ü"))
	const nulls = `"source_currency":null,"destination_currency":null,"forex_rate":null,"conversion_charges":null`
	row := func(id int, amount, kind, status, remarks, at string) string {
		return fmt.Sprintf(`{"id":%d,"wallet_id":1,"currency_id":1,"amount":%s,"transaction_type":"%s","status":"%s",%s,"remarks":"%s","created_at":"%s"}`,
			id, amount, kind, status, nulls, remarks, at)
	}
	want := "[" + strings.Join([]string{
		row(4, "4.7405", "DEBIT", "PENDING", `a \"quoted\"\nremark ü`, "2026-03-02T12:00:00Z"),
		row(3, "1000.00", "CREDIT", "COMPLETED", "USD Wallet credited by amount 1000.00 - Wire transfer", "2026-03-02T12:00:00Z"),
		row(2, "50.00", "CREDIT", "COMPLETED", "USD Wallet credited by amount 50.00 - Refund for Order #1", "2026-03-02T12:00:00Z"),
		row(1, "50.00", "DEBIT", "COMPLETED", "USD Wallet debited by amount 50.00 - Order #1", "2025-01-15T14:30:00Z"),
	}, ",") + "]"
	equal(t, "ledger", loggedIn(t, s).get("/api/v1/transactions?wallet_id=1").body, want)
}

func TestRefundIsToldFromTopUpByItsRemarksOnly(t *testing.T) {
	s := octopustest.New(octopustest.Config{})
	s.AddWallet(octopustest.Wallet{ID: 1, Currency: "USD"})
	s.Refund(1, dec("1")) // before any order
	s.TopUp(1, dec("1"))
	list := s.Transactions(0)
	if !strings.Contains(list[1].Remarks, "Refund") || strings.Contains(list[0].Remarks, "Refund") {
		t.Errorf("remarks: %q, %q", list[1].Remarks, list[0].Remarks)
	}
}

func TestWalletFilter(t *testing.T) {
	s := octopustest.New(octopustest.Config{})
	for id := range int64(2) {
		s.AddWallet(octopustest.Wallet{ID: id + 1, Currency: "USD", Balance: dec("100")})
	}
	s.Debit(1, dec("1"), noon())
	s.Debit(2, dec("2"), noon())
	s.Debit(1, dec("3"), noon())
	c := loggedIn(t, s)
	for path, want := range map[string]string{"": "3", "?wallet_id=1": "2", "?wallet_id=2": "1", "?wallet_id=3": "0"} {
		equal(t, "rows of "+path, c.get("/api/v1/transactions"+path).header.Get("X-Total-Count"), want)
	}
	for _, bad := range []string{"0", "-1", "x", ""} {
		c.do("GET", "/api/v1/transactions?wallet_id="+bad, "").refused(t, 400, "ValidationException", "VALIDATION_ERROR")
	}
}
