package config_test

import (
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"walletwatch/config"
	"walletwatch/wallet"
)

const shipped = "../thresholds.yaml"

// minimal is the least that a file must say, for the documented default policy.
const minimal = `levels:
  - {name: warning,  percent_of_daily_spend: 20, notify: [slack]}
  - {name: critical, percent_of_daily_spend: 5,  notify: [slack, pagerduty]}
receivers:
  slack:     {type: slack, channel: "#wallet-alerts"}
  pagerduty: {type: pagerduty}
`

func TestShippedFileIsTheDocumentedDefault(t *testing.T) {
	f := load(t, shipped)
	want := &config.File{
		Path: shipped, Poll: "@every 2m", PollEvery: 2 * time.Minute, Location: time.UTC,
		Policy: defaultPolicy(),
		Receivers: []config.Receiver{
			{Name: "slack", Type: config.Slack, Channel: "#wallet-alerts", TokenEnv: "SLACK_BOT_TOKEN", APIURL: "https://slack.com/api/"},
			{Name: "pagerduty", Type: config.PagerDuty, RoutingKeyEnv: "PAGERDUTY_ROUTING_KEY", Region: "us", EventsURL: "https://events.pagerduty.com"},
		},
		Accounts:     []config.AccountRef{{Name: "default", EnvPrefix: "OCTOPUS"}},
		BalancePaths: []string{"wallet_balance", "balance", "balance_after", "wallet.balance", "wallet.amount"},
		Hash:         f.Hash,
	}
	if got := placeless(f); !same(got, want) {
		t.Errorf("got\n%+v\n%+v\nwant\n%+v\n%+v", got, got.Policy, want, want.Policy)
	}
}

func TestDefaultsAreWhatTheShippedFileShows(t *testing.T) {
	got, want := placeless(parse(t, minimal)), placeless(load(t, shipped))
	got.Path, got.Hash = want.Path, want.Hash
	if !same(got, want) {
		t.Errorf("without the optional keys\n%+v\n%+v\nthe shipped file\n%+v\n%+v", got, got.Policy, want, want.Policy)
	}
}

func TestShippedFileShowsEveryTopLevelKey(t *testing.T) {
	text := read(t, shipped)
	for _, key := range []string{"poll", "timezone", "spend", "levels", "recover_at", "remind_every", "stale_after", "receivers", "wallets", "accounts", "ingest"} {
		if !strings.Contains(text, "\n"+key+":") && !strings.Contains(text, "\n# "+key+":") {
			t.Errorf("%s is not shown", key)
		}
	}
}

func TestShippedFileNamesItsSchema(t *testing.T) {
	first, _, _ := strings.Cut(read(t, shipped), "\n")
	path, ok := strings.CutPrefix(first, "# yaml-language-server: $schema=")
	if !ok {
		t.Fatalf("first line %q", first)
	}
	if _, err := os.Stat("../" + path); err != nil {
		t.Error(err)
	}
}

func TestShippedExampleIsValidWhenUncommented(t *testing.T) {
	text := read(t, shipped)
	at := strings.Index(text, "# wallets:\n")
	if at < 0 {
		t.Fatal("no example")
	}
	example := regexp.MustCompile(`(?m)^# `).ReplaceAllString(text[at:], "")
	f := parse(t, text[:at]+example)
	rules := f.Policy.Rules
	if len(rules) != 3 || !rules[0].Mute || rules[0].Match.ID != 17 || rules[1].Floor.String() != "500" ||
		rules[1].Name != "US gift cards" || rules[1].Match != (wallet.Match{Currency: "USD", Type: wallet.Prepaid}) ||
		len(rules[2].Levels) != 1 || rules[2].Levels[0].Severity != "error" {
		t.Errorf("got %+v", rules)
	}
}

func defaultPolicy() *wallet.Policy {
	twenty, five := decimal.NewFromInt(20), decimal.NewFromInt(5)
	return &wallet.Policy{
		Spend: wallet.SpendPolicy{
			Window: 7 * wallet.Day, Statistic: wallet.Mean, MinHistory: wallet.Day, Refunds: regexp.MustCompile("(?i)refund"),
		},
		Levels: []wallet.Level{
			{Name: "warning", Percent: &twenty, Notify: []string{"slack"}},
			{Name: "critical", Percent: &five, Notify: []string{"slack", "pagerduty"}},
		},
		RecoverAt:   decimal.RequireFromString("1.25"),
		RemindEvery: 4 * time.Hour,
		StaleAfter:  []wallet.StaleAfter{{Level: "warning", Age: 10 * time.Minute}, {Level: "critical", Age: 30 * time.Minute}},
	}
}

// same compares by value; decimals are equal when their numbers are.
func same(a, b *config.File) bool {
	x, y := *a, *b
	p, q := *a.Policy, *b.Policy
	if !p.RecoverAt.Equal(q.RecoverAt) {
		return false
	}
	p.RecoverAt = q.RecoverAt
	x.Policy, y.Policy = &p, &q
	return reflect.DeepEqual(x, y)
}

// placeless leaves out where things stand in the file.
func placeless(f *config.File) *config.File {
	out := *f
	out.Receivers = append([]config.Receiver(nil), f.Receivers...)
	for i := range out.Receivers {
		out.Receivers[i].Position = config.Position{}
	}
	out.Accounts = append([]config.AccountRef(nil), f.Accounts...)
	for i := range out.Accounts {
		out.Accounts[i].Position = config.Position{}
	}
	return &out
}

func load(t *testing.T, path string) *config.File {
	t.Helper()
	f, err := config.Load(path, config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func parse(t *testing.T, text string) *config.File {
	t.Helper()
	f, err := config.Parse("thresholds.yaml", []byte(text), config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
