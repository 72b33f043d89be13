package wallet_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"walletwatch/wallet"
)

// TestLookTakesNothingOverThatChanged looks at a wallet again and again while anything about it changes, and compares
// with a look that knows of none before it.
func TestLookTakesNothingOverThatChanged(t *testing.T) {
	percent, floor := decimal.NewFromInt(20), decimal.NewFromInt(3)
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	rapid.Check(t, func(r *rapid.T) {
		p := &wallet.Policy{
			Spend: wallet.SpendPolicy{
				Window: 2 * wallet.Day, MinHistory: rapid.SampledFrom([]time.Duration{0, wallet.Day, 4 * wallet.Day}).Draw(r, "min history"),
				Statistic: rapid.SampledFrom([]wallet.Statistic{wallet.Mean, wallet.Median, wallet.Max}).Draw(r, "statistic"),
			},
			Levels:     []wallet.Level{{Name: "warning", Percent: &percent}},
			Rules:      []wallet.Rule{{Match: wallet.Match{Currency: "EUR"}, Floor: &floor, Name: "euros"}},
			RecoverAt:  decimal.NewFromInt(1),
			StaleAfter: []wallet.StaleAfter{{Level: "warning", Age: 10 * time.Minute}},
		}
		a := wallet.Account{SpendSource: wallet.SpendFromLedger, SpendEnd: now, Fill: wallet.Fill{Ever: true}}
		s := wallet.State{ID: 1, Currency: "USD", Type: wallet.Prepaid, FirstSeen: now.Add(-time.Hour), Spend: wallet.Buckets{decimal.NewFromInt(30), decimal.NewFromInt(50)}}
		at := now
		changes := map[string]func(){
			"balance":  func() { s.Balance = decimal.NewFromInt(rapid.Int64Range(-1, 40).Draw(r, "balance")) },
			"observed": func() { s.ObservedAt = at },
			"spend":    func() { s.Spend = s.Spend.Add(0, decimal.NewFromInt(7)) },
			"first": func() {
				s.FirstMovement = at.Add(-time.Duration(rapid.IntRange(0, 100).Draw(r, "hours")) * time.Hour)
			},
			"seen":     func() { s.FirstSeen = s.FirstSeen.Add(-30 * time.Hour) },
			"source":   func() { a.SpendSource = wallet.SpendFromBalance },
			"back":     func() { a.SpendSource = wallet.SpendFromLedger },
			"ever":     func() { a.Fill.Ever = !a.Fill.Ever },
			"complete": func() { a.Fill.Complete = !a.Fill.Complete },
			"read":     func() { a.LedgerReadAt = at },
			"drops":    func() { a.DropsSince = at },
			"time": func() {
				at = at.Add(time.Duration(rapid.IntRange(1, 3000).Draw(r, "minutes")) * time.Minute)
				a.SpendEnd = at
			},
			"currency": func() { s.Currency = "EUR" },
			"type":     func() { s.Type = wallet.Postpaid },
			"level":    func() { s.Level = "warning" },
			"doubt":    func() { s.Doubt = "it is gone" },
		}
		// Time and the first movement are drawn more often: what hangs on them shows only together.
		names := rapid.SampledFrom([]string{"time", "time", "time", "time", "first", "first", "balance", "observed", "spend", "first", "seen", "source", "back", "ever", "complete", "read", "drops", "time", "currency", "type", "level", "doubt"})
		var last *wallet.Wallet
		var then wallet.Account
		for range rapid.IntRange(1, 25).Draw(r, "steps") {
			changes[names.Draw(r, "change")]()
			state := s
			got, want := p.Look(&a, &state, &then, last, at), p.Look(&a, &state, nil, nil, at)
			if !reflect.DeepEqual(got, want) {
				r.Fatalf("seen again it is\n%+v, want\n%+v", got, want)
			}
			last, then = got, a
		}
	})
}
