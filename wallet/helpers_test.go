package wallet_test

import (
	"fmt"
	"regexp"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"walletwatch/wallet"
)

// noon is when most tests take place.
var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func dec(s string) decimal.Decimal { return decimal.RequireFromString(s) }

func amount(s string) *decimal.Decimal {
	d := dec(s)
	return &d
}

// policy is the one that is shipped.
func policy() *wallet.Policy {
	return &wallet.Policy{
		Spend: wallet.SpendPolicy{
			Window: 7 * wallet.Day, Statistic: wallet.Mean, MinHistory: wallet.Day, Refunds: regexp.MustCompile("(?i)refund"),
		},
		Levels: []wallet.Level{
			{Name: "warning", Percent: amount("20"), Notify: []string{"slack"}},
			{Name: "critical", Percent: amount("5"), Notify: []string{"slack", "pagerduty"}},
		},
		RecoverAt:   dec("1.25"),
		RemindEvery: 4 * time.Hour,
		StaleAfter:  []wallet.StaleAfter{{Level: "warning", Age: 10 * time.Minute}, {Level: "critical", Age: 30 * time.Minute}},
	}
}

// account has read its transactions completely.
func account() *wallet.Account {
	return &wallet.Account{
		Name: "default", CreatedAt: noon.Add(-30 * wallet.Day), PolledAt: noon, SpendSource: wallet.SpendFromLedger, SpendEnd: noon,
		Fill: wallet.Fill{Complete: true, Ever: true},
	}
}

// state is a wallet that spends 1000 a day, for weeks, and was just read.
func state(balance string) *wallet.State {
	return &wallet.State{
		Account: "default", ID: 1, CurrencyID: 1, Currency: "USD", Precision: 2, Type: wallet.Prepaid,
		Balance: dec(balance), ObservedAt: noon, Source: wallet.FromPoll,
		Read: dec(balance), ReadAt: noon, EverPositive: true,
		FirstMovement: noon.Add(-30 * wallet.Day), FirstSeen: noon.Add(-30 * wallet.Day), Spend: buckets("1000", 7),
	}
}

func buckets(daily string, days int) wallet.Buckets {
	b := make(wallet.Buckets, days)
	for i := range b {
		b[i] = dec(daily)
	}
	return b
}

// judge assesses and decides as the ledger does.
func judge(p *wallet.Policy, a *wallet.Account, s *wallet.State, now time.Time) (string, wallet.Assessment) {
	terms := p.TermsFor(s)
	assessment := p.Assess(a, s, terms, now)
	return p.Decide(s, terms, &assessment, now), assessment
}

// thresholds writes thresholds as one text.
func thresholds(a *wallet.Assessment) string {
	text := ""
	for _, t := range a.Thresholds {
		text += t.Level + " " + t.Amount.String() + "; "
	}
	return text
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func allFields(s wallet.State) string { return fmt.Sprintf("%+v", s) }
