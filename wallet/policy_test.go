package wallet_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"walletwatch/wallet"
)

// describe writes terms as one text.
func describe(t *wallet.Terms) string {
	text := t.Name + " | " + t.Runbook + " |"
	for _, l := range t.Levels {
		text += " " + l.Name + " " + limit(l.Percent) + "%/" + limit(l.Floor)
	}
	if t.Mute {
		text += " | muted"
	}
	return text
}

func limit(d *decimal.Decimal) string {
	if d == nil {
		return "-"
	}
	return d.String()
}

func TestTerms(t *testing.T) {
	low := []wallet.Level{{Name: "low", Floor: amount("7")}, {Name: "bad", Percent: amount("3")}}
	tests := []struct {
		name  string
		rules []wallet.Rule
		typ   wallet.Type
		want  string
	}{
		{"no rules", nil, wallet.Prepaid, "USD wallet 1 |  | warning 20%/- critical 5%/-"},
		{"no match", []wallet.Rule{{Match: wallet.Match{Currency: "EUR"}, Mute: true}}, wallet.Prepaid,
			"USD wallet 1 |  | warning 20%/- critical 5%/-"},
		{"what is unset falls back", []wallet.Rule{{Match: wallet.Match{ID: 1}, Name: "Gifts", Runbook: "https://r"}}, wallet.Prepaid,
			"Gifts | https://r | warning 20%/- critical 5%/-"},
		{"a floor for levels without one", []wallet.Rule{{Floor: amount("500"), Levels: low}}, wallet.Prepaid,
			"USD wallet 1 |  | low -%/7 bad 3%/500"},
		{"a floor for the policy's levels", []wallet.Rule{{Floor: amount("500")}}, wallet.Prepaid,
			"USD wallet 1 |  | warning 20%/500 critical 5%/500"},
		{"muted", []wallet.Rule{{Mute: true}}, wallet.Prepaid, "USD wallet 1 |  | warning 20%/- critical 5%/- | muted"},
		{"the first match wins", []wallet.Rule{{Match: wallet.Match{ID: 2}, Name: "no"}, {Name: "first"}, {Name: "second", Mute: true}},
			wallet.Prepaid, "first |  | warning 20%/- critical 5%/-"},
		{"on credit", nil, wallet.Postpaid, "USD wallet 1 |  |"},
		{"on credit with a rule without levels", []wallet.Rule{{Name: "Credit", Floor: amount("-1000")}}, wallet.Postpaid, "Credit |  |"},
		{"on credit with levels", []wallet.Rule{{Levels: low, Floor: amount("-1000")}}, wallet.Postpaid,
			"USD wallet 1 |  | low -%/7 bad 3%/-1000"},
		{"of an unknown type", nil, "VOUCHER", "USD wallet 1 |  | warning 20%/- critical 5%/-"},
	}
	for _, test := range tests {
		p, s := policy(), state("5000")
		p.Rules, s.Type = test.rules, test.typ
		same(t, test.name, describe(p.TermsFor(s)), test.want)
		same(t, test.name+": the policy afterwards", describe(&wallet.Terms{Levels: p.Levels}), " |  | warning 20%/- critical 5%/-")
	}
	same(t, "the rule's levels afterwards", describe(&wallet.Terms{Levels: low}), " |  | low -%/7 bad 3%/-")
}

func TestMatch(t *testing.T) {
	for _, test := range []struct {
		match wallet.Match
		want  bool
	}{
		{wallet.Match{}, true},
		{wallet.Match{Account: "default"}, true},
		{wallet.Match{Account: "other"}, false},
		{wallet.Match{ID: 1}, true},
		{wallet.Match{ID: 2}, false},
		{wallet.Match{Currency: "USD"}, true},
		{wallet.Match{Currency: "EUR"}, false},
		{wallet.Match{Type: wallet.Prepaid}, true},
		{wallet.Match{Type: wallet.Postpaid}, false},
		{wallet.Match{Account: "default", ID: 1, Currency: "USD", Type: wallet.Prepaid}, true},
		{wallet.Match{Account: "default", ID: 1, Currency: "USD", Type: wallet.Postpaid}, false},
	} {
		p := policy()
		p.Rules = []wallet.Rule{{Match: test.match, Name: "matched"}}
		if got := p.TermsFor(state("1")).Name == "matched"; got != test.want {
			t.Errorf("%+v matches: %t", test.match, got)
		}
	}
}

func TestSeverity(t *testing.T) {
	levels := []wallet.Level{{Name: "a"}, {Name: "b", Severity: "info"}, {Name: "c"}}
	for rank, want := range []string{"warning", "info", "critical"} {
		same(t, "severity", wallet.Severity(levels, rank), want)
	}
	levels[2].Severity = "error"
	same(t, "severity of the worst when it has its own", wallet.Severity(levels, 2), "error")
	same(t, "severity of the only level", wallet.Severity(levels[:1], 0), "critical")
}

func TestReceivers(t *testing.T) {
	p := policy()
	p.Rules = []wallet.Rule{{Levels: []wallet.Level{{Notify: []string{"treasury", "slack"}}}}, {Name: "no levels"}}
	same(t, "receivers", strings.Join(p.Receivers(), " "), "pagerduty slack treasury")
	if !slices.Equal(p.Levels[1].Notify, []string{"slack", "pagerduty"}) {
		t.Errorf("the policy was changed: %v", p.Levels[1].Notify)
	}
}

func TestKeys(t *testing.T) {
	same(t, "a wallet's key", wallet.Key{Account: "eu", Wallet: 12}.DedupKey(), "walletwatch/eu/12")
	same(t, "the monitor's key", wallet.Key{Account: "eu"}.DedupKey(), "walletwatch/eu/monitor")
	same(t, "the key of a state", state("1").Key(), wallet.Key{Account: "default", Wallet: 1})
	same(t, "a monitor's notice", (&wallet.Notice{Key: wallet.Key{Account: "eu"}}).IsMonitor(), true)
	same(t, "a wallet's notice", (&wallet.Notice{Key: wallet.Key{Account: "eu", Wallet: 1}}).IsMonitor(), false)
}

func TestTermsLevel(t *testing.T) {
	terms := wallet.Terms{Levels: policy().Levels}
	for name, want := range map[string]int{"warning": 0, "critical": 1, "": -1, "ok": -1} {
		same(t, "rank of "+name, terms.Level(name), want)
	}
}
