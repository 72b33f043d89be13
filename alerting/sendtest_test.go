package alerting_test

import (
	"strings"
	"testing"
	"time"

	"walletwatch/alerting"
	"walletwatch/alerting/alertingtest"
)

func TestSendTest(t *testing.T) {
	slack, hook, pager := alertingtest.NewSlack(), alertingtest.NewSlack(), alertingtest.NewPagerDuty()
	for name, r := range map[string]alerting.Receiver{"slack": newSlack(slack), "hook": newWebhook(hook), "pager": newPagerDuty(pager)} {
		if err := alerting.SendTest(t.Context(), name, r, start); err != nil {
			t.Fatal(err)
		}
	}
	m := slack.Messages("#wallet-alerts")
	if len(m) != 1 || m[0].Edits != 1 || len(slack.Replies(m[0])) != 0 || !strings.Contains(m[0].Text, "TEST resolved") {
		t.Errorf("Slack: got %+v, want one message, edited to resolved", m)
	}
	if m := hook.Messages("#wallet-alerts"); len(m) != 2 || !strings.Contains(m[0].Text, "TEST: no action needed") {
		t.Errorf("webhook: got %+v, want two marked posts", m)
	}
	i := pager.Incidents()
	if len(i) != 1 || i[0].Open || len(i[0].Events) != 2 || i[0].Events[0].Payload.Severity != "info" ||
		!strings.Contains(i[0].Events[0].Payload.Summary, "TEST") || !strings.HasPrefix(i[0].DedupKey, "walletwatch/test-") {
		t.Errorf("PagerDuty: got %+v, want one marked incident, closed", i)
	}
}

func TestSendTestSaysWhatFailed(t *testing.T) {
	fake := alertingtest.NewPagerDuty()
	p := newPagerDuty(fake)
	fake.RoutingKey = "another"
	err := alerting.SendTest(t.Context(), "pager", p, time.Now())
	if err == nil || !strings.Contains(err.Error(), "sending a test through pager: PagerDuty answers 400: Invalid routing key") {
		t.Errorf("got %v", err)
	}
	fake.RoutingKey = routingKey
	fake.Next(alertingtest.Fault{}, alertingtest.Fault{Status: 500, Body: " "})
	err = alerting.SendTest(t.Context(), "pager", p, time.Now())
	if err == nil || !strings.Contains(err.Error(), "resolving the test through pager") {
		t.Errorf("got %v", err)
	}
}
