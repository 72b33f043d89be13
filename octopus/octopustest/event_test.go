package octopustest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"walletwatch/octopus/octopustest"
)

// events is what happened, a line each: the type and the data.
func events(s *octopustest.Server) string {
	var lines []string
	for _, e := range s.Events() {
		var body struct{ Data json.RawMessage }
		if err := json.Unmarshal(e.Body, &body); err != nil {
			lines = append(lines, err.Error())
		}
		lines = append(lines, e.Type+" "+string(body.Data))
	}
	return strings.Join(lines, "\n")
}

func eventful(cfg octopustest.Config) *octopustest.Server {
	cfg.Now, cfg.Events = noon, true
	s := octopustest.New(cfg)
	s.AddWallet(octopustest.Wallet{ID: 1, Currency: "USD", Balance: dec("100")})
	return s
}

func TestEventsOfMovements(t *testing.T) {
	s := eventful(octopustest.Config{})
	pendingDebit := s.Debit(1, dec("1.5000"), noon(), octopustest.Status(octopustest.Pending))
	pendingCredit := s.Credit(1, dec("2"), noon(), octopustest.Status(octopustest.Pending))
	s.Debit(1, dec("3"), noon(), octopustest.Status(octopustest.Failed))
	s.Debit(1, dec("4"), noon(), octopustest.NoBalance())
	s.Debit(1, dec("0"), noon())
	s.SetBalance(1, dec("50"))
	s.TopUp(1, dec("5"))
	s.Settle(pendingCredit, octopustest.Completed)
	s.Settle(pendingDebit, octopustest.Completed)
	s.Settle(pendingDebit, octopustest.Failed)
	s.Refund(1, dec("6"))
	equal(t, "events", events(s), `wallet.debited {"wallet_id":1,"currency":"USD","amount":1.5}
wallet.credited {"wallet_id":1,"currency":"USD","amount":5}
wallet.credited {"wallet_id":1,"currency":"USD","amount":2}
wallet.credited {"wallet_id":1,"currency":"USD","amount":1.5}
wallet.credited {"wallet_id":1,"currency":"USD","amount":6}`)
}

func TestEventsWithBalances(t *testing.T) {
	for path, want := range map[string]string{
		"balance_after":  `wallet.debited {"wallet_id":1,"currency":"USD","amount":30.25,"balance_before":100.00,"balance_after":69.75}`,
		"wallet.balance": `wallet.debited {"wallet_id":1,"currency":"USD","amount":30.25,"balance_before":100.00,"wallet":{"balance":69.75}}`,
	} {
		s := eventful(octopustest.Config{EventBalance: path})
		s.Debit(1, dec("30.25"), noon())
		equal(t, path, events(s), want)
	}
}

func TestEventsOfOrders(t *testing.T) {
	const debit = `wallet.debited {"wallet_id":1,"currency":"USD","amount":9.75}`
	const credit = `wallet.credited {"wallet_id":1,"currency":"USD","amount":9.75}`
	outcome := func(kind, status string) string {
		return fmt.Sprintf(`order.%s {"id":1,"reference_code":"r","status":"%s","amount":10,"currency":"USD"`, kind, status)
	}
	for _, c := range []struct {
		outcome string
		want    []string
	}{
		{octopustest.OrderPending, []string{debit}},
		{octopustest.OrderDelivered, []string{debit, outcome("delivered", "DELIVERED") + `,"vouchers":[{"card_number":"SIM-CARD-00000001-001",`}},
		{octopustest.OrderPartiallyDelivered, []string{debit, outcome("partially_delivered", "PARTIALLY_DELIVERED") + "}"}},
		{octopustest.OrderFailed, []string{debit, outcome("failed", "FAILED") + "}", credit}},
		{octopustest.OrderCancelled, []string{debit, outcome("cancelled", "CANCELLED") + "}", credit}},
		{"SOMETHING_NEW", []string{debit}},
	} {
		s := eventful(octopustest.Config{})
		_, err := s.Order(octopustest.OrderRequest{ProductID: 1, Denomination: dec("10"), Quantity: 1, Reference: "r", Outcome: c.outcome})
		if err != nil {
			t.Fatal(err)
		}
		got := strings.Split(events(s), "\n")
		if len(got) != len(c.want) || !slices.EqualFunc(got, c.want, strings.HasPrefix) {
			t.Errorf("%s:\n%s\nwant the beginnings\n%s", c.outcome, strings.Join(got, "\n"), strings.Join(c.want, "\n"))
		}
	}
	s := eventful(octopustest.Config{})
	s.SetBalance(1, dec("1"))
	if _, err := s.Order(octopustest.OrderRequest{ProductID: 1, Denomination: dec("10"), Quantity: 1}); err == nil || len(s.Events()) != 0 {
		t.Errorf("a refused order: %v, %s", err, events(s))
	}
}

// TestEventsAddUp checks that wallet events tell the whole story of a balance.
func TestEventsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := eventful(octopustest.Config{EventBalance: "balance_after"})
		statuses := []string{octopustest.Completed, octopustest.Pending, octopustest.Failed}
		rows := int64(0)
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			amount := decimal.New(rapid.Int64Range(0, 5000).Draw(t, "amount"), -2)
			status := rapid.SampledFrom(statuses).Draw(t, "status")
			switch rapid.IntRange(0, 3).Draw(t, "step") {
			case 0:
				rows = s.Debit(1, amount, noon(), octopustest.Status(status))
			case 1:
				rows = s.Credit(1, amount, noon(), octopustest.Status(status))
			case 2:
				if rows > 0 {
					s.Settle(rapid.Int64Range(1, rows).Draw(t, "row"), status)
				}
			case 3:
				outcome := rapid.SampledFrom([]string{octopustest.OrderDelivered, octopustest.OrderFailed}).Draw(t, "outcome")
				_, err := s.Order(octopustest.OrderRequest{ProductID: 1, Denomination: amount, Quantity: 1, Outcome: outcome})
				rows = int64(len(s.Transactions(0)))
				_ = err // a refusal has no events
			}
		}
		sum := dec("100")
		for _, e := range s.Events() {
			var body struct {
				Data struct {
					Amount       decimal.Decimal
					BalanceAfter decimal.Decimal `json:"balance_after"`
				}
			}
			if err := json.Unmarshal(e.Body, &body); err != nil {
				t.Fatal(err)
			}
			switch e.Type {
			case octopustest.WalletDebited:
				sum = sum.Sub(body.Data.Amount)
			case octopustest.WalletCredited:
				sum = sum.Add(body.Data.Amount)
			default:
				continue
			}
			if !body.Data.BalanceAfter.Equal(sum) {
				t.Fatalf("%s says %s is left, want %s", e.Body, body.Data.BalanceAfter, sum)
			}
		}
		if !s.Balance(1).Equal(sum) {
			t.Fatalf("the events add up to %s, the balance is %s", sum, s.Balance(1))
		}
	})
}

func TestEventAsARequest(t *testing.T) {
	e := octopustest.NewEvent("evt_1", "wallet.debited", noon(), []byte(`{"wallet_id":1}`))
	r := e.Request("https://example.test/webhooks/octopus", "It's a Secret to Everybody", noon().Add(time.Minute))
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "body", string(body), `{"id":"evt_1","type":"wallet.debited","created_at":"2026-03-02T12:00:00Z","data":{"wallet_id":1}}`)
	equal(t, "method", r.Method, "POST")
	for name, want := range map[string]string{
		"X-Signature": octopustest.Sign("It's a Secret to Everybody", body), "X-Timestamp": fmt.Sprint(noon().Unix() + 60),
		"X-Event-ID": "evt_1", "X-Event-Type": "wallet.debited", "X-Webhook-ID": "wh_simulated",
		"X-OCTOPUS-WEBHOOK-TOKEN": "It's a Secret to Everybody", "Content-Type": "application/json",
		"User-Agent": "octopusrewards.com/webhook-agent",
	} {
		equal(t, name, r.Header.Get(name), want)
	}
	// A published example of HMAC-SHA256 under that key.
	equal(t, "signature", octopustest.Sign("It's a Secret to Everybody", []byte("Hello, World!")),
		"757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17")
}

func TestNoEventsUnlessAsked(t *testing.T) {
	s := octopustest.New(octopustest.Config{})
	s.AddWallet(octopustest.Wallet{ID: 1, Currency: "USD", Balance: dec("100")})
	s.TopUp(1, dec("1"))
	equal(t, "events", len(s.Events()), 0)
}

func TestEventsAreBounded(t *testing.T) {
	s := eventful(octopustest.Config{})
	for range 10_005 {
		s.TopUp(1, dec("1"))
	}
	s.Debit(1, dec("7"), noon())
	got := s.Events()
	equal(t, "remembered", len(got), 10_000)
	equal(t, "newest last", got[9_999].Type, octopustest.WalletDebited)
	equal(t, "lost", s.LostEvents(), 6)
	ids := map[string]bool{}
	for _, e := range got {
		ids[e.ID] = true
	}
	equal(t, "different ids", len(ids), 10_000)
}

// TestVouchersAreInBodiesOnly looks for voucher codes everywhere a server speaks but in bodies.
func TestVouchersAreInBodiesOnly(t *testing.T) {
	var log bytes.Buffer
	s := eventful(octopustest.Config{Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	c := loggedIn(t, s)
	got := c.want(201, "POST", "/api/v1/orders", `{"product_id":1,"denomination":10,"quantity":2}`)
	if !strings.Contains(got.body, "SIM-PIN-") || !strings.Contains(events(s), "SIM-PIN-") {
		t.Fatalf("no vouchers to look for in %s and %s", got.body, events(s))
	}
	for _, e := range s.Events() {
		fmt.Fprintln(&log, e.ID, e.Type, e.Request("http://example.test/", "secret", noon()).Header)
	}
	fmt.Fprintln(&log, got.header, s.Requests(), s.Transactions(0), s.Wallets())
	if strings.Contains(log.String(), "SIM-") {
		t.Errorf("a voucher shows in\n%s", log.String())
	}
}

func BenchmarkMovement(b *testing.B) {
	for name, on := range map[string]bool{"quiet": false, "events": true} {
		b.Run(name, func(b *testing.B) {
			s := octopustest.New(octopustest.Config{Now: noon, Events: on})
			s.AddWallet(octopustest.Wallet{ID: 1, Currency: "USD", Balance: dec("100")})
			b.ReportAllocs()
			for b.Loop() {
				s.TopUp(1, dec("1"))
			}
		})
	}
}
