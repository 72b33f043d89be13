package alerting_test

import (
	"os"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"walletwatch/alerting"
	"walletwatch/alerting/alertingtest"
	"walletwatch/secret"
	"walletwatch/wallet"
)

const (
	token      = "xoxb-1111-2222-canaryToken"
	routingKey = "0123456789abcdefcanary0123456789"
	webhookURL = "https://hooks.slack.com/services/T0CANARY1/B0CANARY2/canaryWebhookSecret"
)

var start = time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)

func dec(s string) decimal.Decimal { return decimal.RequireFromString(s) }

func ptr(s string) *decimal.Decimal { d := dec(s); return &d }

// notice is a wallet below 5 % of its daily spend, 25 minutes after that began.
func notice() wallet.Notice {
	return wallet.Notice{
		Key:         wallet.Key{Account: "default", Wallet: 12},
		Occasion:    wallet.Triggered,
		Firing:      true,
		Level:       "critical",
		Rank:        1,
		Severity:    "critical",
		Since:       start.Add(-25 * time.Minute),
		At:          start,
		Confirmed:   true,
		Name:        "USD gift cards",
		Currency:    "USD",
		Precision:   2,
		Balance:     dec("412"),
		ObservedAt:  start.Add(-2 * time.Minute),
		Source:      wallet.FromPoll,
		Read:        dec("412"),
		ReadAt:      start.Add(-2 * time.Minute),
		DailySpend:  dec("10000"),
		SpendSource: wallet.SpendFromLedger,
		Threshold:   ptr("500"),
		RecoverAt:   ptr("625"),
		Percent:     ptr("5"),
		Runway:      59*time.Minute + 19*time.Second,
		HasRunway:   true,
		Runbook:     "https://wiki.example.com/wallets/usd?a=1&b=2",
		StatusURL:   "https://walletwatch.example.com/wallets/default/12",
		SourceHost:  "api.octopuscards.io",
	}
}

// delivery is the first news of n's episode.
func delivery(n wallet.Notice) *wallet.Delivery {
	return &wallet.Delivery{
		Want:   wallet.Display{Seq: 1, Firing: n.Firing, Level: n.Level, Since: n.Since},
		DueAt:  start,
		Notice: n,
	}
}

// then is the next news of the episode that d was about, which the receiver has accepted under handle.
func then(d *wallet.Delivery, handle string, change func(*wallet.Notice)) *wallet.Delivery {
	n := d.Notice
	change(&n)
	next := delivery(n)
	next.Accepted, next.Handle = d.Want, handle
	next.Want.Seq = d.Want.Seq + 1
	next.Want.Since = n.Since
	return next
}

// moving returns a change of a notice to another occasion, level and balance.
func moving(o wallet.Occasion, level, balance string) func(*wallet.Notice) {
	return func(n *wallet.Notice) {
		n.Occasion, n.Level, n.Balance = o, level, dec(balance)
		n.Severity = map[bool]string{true: "critical", false: "warning"}[level == "critical"]
	}
}

func resolving(n *wallet.Notice) {
	n.Occasion, n.Firing, n.ResolvedAt = wallet.Resolved, false, start
	n.Balance, n.Runway = dec("12000"), 28*time.Hour+48*time.Minute
	n.Read = n.Balance
}

// claiming makes what n says a claim of source that the API, which last said 1,900 USD ten minutes ago, has not confirmed.
func claiming(source wallet.Source) func(*wallet.Notice) {
	return func(n *wallet.Notice) {
		n.Confirmed, n.Source = false, source
		n.Read, n.ReadAt = dec("1900"), start.Add(-10*time.Minute)
	}
}

// verifying makes n what the API says now.
func verifying(n *wallet.Notice) {
	n.Occasion, n.Confirmed, n.Source = wallet.Verified, true, wallet.FromPoll
	n.Balance, n.ObservedAt = dec("412"), start.Add(-time.Second)
	n.Read, n.ReadAt = n.Balance, n.ObservedAt
}

func now() time.Time { return start }

func newSlack(s *alertingtest.Slack) *alerting.Slack {
	s.Token = token
	return alerting.NewSlack(alerting.SlackConfig{
		Channel: "#wallet-alerts", Token: secret.Literal(token), Transport: alertingtest.Transport(s), Now: now,
	})
}

func newWebhook(s *alertingtest.Slack) *alerting.SlackWebhook {
	return alerting.NewSlackWebhook(alerting.SlackWebhookConfig{
		URL: secret.Literal(webhookURL), Transport: alertingtest.Transport(s), Now: now,
	})
}

func newPagerDuty(p *alertingtest.PagerDuty) *alerting.PagerDuty {
	p.RoutingKey = routingKey
	return alerting.NewPagerDuty(alerting.PagerDutyConfig{
		RoutingKey: secret.Literal(routingKey), Transport: alertingtest.Transport(p), Now: now,
	})
}

// mustDeliver delivers and returns the handle.
func mustDeliver(t *testing.T, r alerting.Receiver, d *wallet.Delivery) string {
	t.Helper()
	handle, err := r.Deliver(t.Context(), d)
	if err != nil {
		t.Fatalf("Deliver: %v", err)
	}
	return handle
}

// mustRefuse delivers, and returns the refusal.
func mustRefuse(t *testing.T, r alerting.Receiver, d *wallet.Delivery) *alerting.Refusal {
	t.Helper()
	_, err := r.Deliver(t.Context(), d)
	refusal, ok := err.(*alerting.Refusal)
	if !ok || refusal.Reason == "" {
		t.Fatalf("Deliver: got %#v, want a *Refusal with a reason", err)
	}
	return refusal
}

func mustWrite(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
