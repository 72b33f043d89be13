package alerting_test

import (
	"strings"
	"testing"
	"time"

	"walletwatch/alerting"
	"walletwatch/alerting/alertingtest"
	"walletwatch/secret"
	"walletwatch/wallet"
)

func TestWebhookPostsTheWholeNewsEachTime(t *testing.T) {
	fake := alertingtest.NewSlack()
	s := newWebhook(fake)
	first := delivery(notice())
	if handle := mustDeliver(t, s, first); handle != "" {
		t.Errorf("got handle %q, want none", handle)
	}
	mustDeliver(t, s, then(first, "", moving(wallet.Reminded, "critical", "400")))
	mustDeliver(t, s, then(first, "", resolving))
	messages := fake.Messages("#wallet-alerts")
	if len(messages) != 3 {
		t.Fatalf("got %d messages, want 3", len(messages))
	}
	for i, want := range []string{"New alert: critical", "Reminder: still critical", "Resolved after"} {
		if !strings.Contains(messages[i].Text, want) || !strings.Contains(messages[i].BlockText(), want) {
			t.Errorf("message %d lacks %q: %s", i, want, messages[i].Text)
		}
		if !strings.Contains(messages[i].Text, "Daily spend: 10,000.00 USD (vendor's transactions)") {
			t.Errorf("message %d does not say everything: %s", i, messages[i].Text)
		}
	}
}

func TestWebhookStatuses(t *testing.T) {
	fake := alertingtest.NewSlack()
	s := newWebhook(fake)
	for status := 201; status <= 599; status++ {
		fake.Next(alertingtest.Fault{Status: status, Body: "<html>from a gateway</html>", RetryAfter: "9"})
		refusal := mustRefuse(t, s, delivery(notice()))
		if refusal.Permanent != permanent(status) || refusal.RetryAfter != 9*time.Second {
			t.Errorf("status %d: got %+v", status, refusal)
		}
	}
}

func TestWebhookReasons(t *testing.T) {
	tests := map[string]struct {
		status    int
		permanent bool
	}{
		"action_prohibited":   {403, true},
		"channel_not_found":   {404, true},
		"channel_is_archived": {410, true},
		"invalid_token":       {403, true},
		"no_service":          {404, true},
		"user_not_found":      {400, true},
		"rollup_error":        {500, false},
	}
	for code, test := range tests {
		fake := alertingtest.NewSlack()
		fake.Next(alertingtest.Fault{Status: test.status, Code: code})
		refusal := mustRefuse(t, newWebhook(fake), delivery(notice()))
		if refusal.Permanent != test.permanent || !strings.Contains(refusal.Reason, code) {
			t.Errorf("%s: got %+v, want the code and permanent %v", code, refusal, test.permanent)
		}
	}
}

func TestWebhookAnswersThatAreNotAcceptance(t *testing.T) {
	for _, body := range []string{"{}", `{"ok":false}`, "<html>sign in</html>", " "} {
		fake := alertingtest.NewSlack()
		fake.Next(alertingtest.Fault{Body: body})
		if r := mustRefuse(t, newWebhook(fake), delivery(notice())); r.Permanent {
			t.Errorf("%q: got permanent", body)
		}
	}
	fake := alertingtest.NewSlack()
	fake.Next(alertingtest.Fault{Body: `{"ok":true}`})
	mustDeliver(t, newWebhook(fake), delivery(notice()))
}

func TestWebhookFallsBackToPlainText(t *testing.T) {
	for _, code := range []string{"invalid_blocks", "invalid_payload", "msg_blocks_too_long"} {
		fake := alertingtest.NewSlack()
		fake.Next(alertingtest.Fault{Status: 400, Code: code})
		mustDeliver(t, newWebhook(fake), delivery(notice()))
		m := fake.Messages("#wallet-alerts")
		if len(m) != 1 || m[0].Blocks != nil || !strings.Contains(m[0].Text, "412.00 USD left") {
			t.Errorf("%s: got %v, want one message in plain text", code, m)
		}
	}
}

func TestWebhookThatIsNoAddress(t *testing.T) {
	for _, url := range []string{"", "canaryNotAnAddress", "https://", "https://hooks.slack.com:canary/services/x", "ftp://canary.example.com/x"} {
		s := alerting.NewSlackWebhook(alerting.SlackWebhookConfig{URL: secret.Literal(url)})
		if r := mustRefuse(t, s, delivery(notice())); !r.Permanent || strings.Contains(r.Reason, "canary") {
			t.Errorf("%q: got %+v, want a permanent refusal that does not repeat it", url, r)
		}
	}
}
