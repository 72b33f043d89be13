package alerting_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"walletwatch/alerting"
	"walletwatch/alerting/alertingtest"
	"walletwatch/secret"
	"walletwatch/wallet"
)

// permanent is the rule for HTTP statuses, stated once more and independently.
func permanent(status int) bool {
	return status >= 400 && status <= 499 && status != 408 && status != 425 && status != 429
}

func TestSlackStatuses(t *testing.T) {
	fake := alertingtest.NewSlack()
	s := newSlack(fake)
	for status := 201; status <= 599; status++ {
		fake.Next(alertingtest.Fault{Status: status, Body: "<html>from a gateway</html>"})
		refusal := mustRefuse(t, s, delivery(notice()))
		if refusal.Permanent != permanent(status) {
			t.Errorf("status %d: got permanent %v", status, refusal.Permanent)
		}
	}
}

func TestSlackCodes(t *testing.T) {
	codes := map[bool]string{
		true: "channel_not_found not_in_channel is_archived invalid_auth not_authed account_inactive token_revoked token_expired " +
			"missing_scope no_permission restricted_action restricted_action_read_only_channel restricted_action_thread_locked " +
			"invalid_blocks invalid_blocks_format msg_blocks_too_long no_text cannot_reply_to_message team_not_found " +
			"ekm_access_denied message_limit_exceeded",
		false: "ratelimited rate_limited internal_error fatal_error service_unavailable request_timeout team_added_to_org " +
			"org_login_required update_failed a_code_of_the_future",
	}
	for permanent, list := range codes {
		for code := range strings.FieldsSeq(list) {
			fake := alertingtest.NewSlack()
			fake.Always(alertingtest.Fault{Code: code, RetryAfter: "7"})
			refusal := mustRefuse(t, newSlack(fake), delivery(notice()))
			if refusal.Permanent != permanent || !strings.Contains(refusal.Reason, code) || refusal.RetryAfter != 7*time.Second {
				t.Errorf("%s: got %+v, want permanent %v, the code and Retry-After", code, refusal, permanent)
			}
		}
	}
}

func TestSlackAnswersThatAreNotAcceptance(t *testing.T) {
	faults := map[string]alertingtest.Fault{
		"ok false without error": {Body: `{"ok":false}`},
		"empty object":           {Body: `{}`},
		"no ts":                  {Body: `{"ok":true,"channel":"C1"}`},
		"no channel":             {Body: `{"ok":true,"ts":"1.2"}`},
		"html":                   {Body: "<html>sign in</html>"},
		"empty":                  {Body: " "},
		"cut":                    {Body: `{"ok":true,"chan`},
		"reset":                  {Reset: true},
		"redirect":               {Status: 302, Body: " "},
		"429 without wait":       {Status: 429, Body: " "},
		"429 with a date":        {Status: 429, RetryAfter: "Mon, 23 Nov 2026 14:00:30 GMT", Body: " "},
		"429 with nonsense":      {Status: 429, RetryAfter: "soon", Body: " "},
	}
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			fake := alertingtest.NewSlack()
			fake.Next(fault)
			refusal := mustRefuse(t, newSlack(fake), delivery(notice()))
			if refusal.Permanent {
				t.Errorf("got permanent: %s", refusal.Reason)
			}
			if fault.RetryAfter != "" && fault.RetryAfter != "soon" && refusal.RetryAfter != 30*time.Second {
				t.Errorf("got Retry-After %v, want 30 s", refusal.RetryAfter)
			}
			if n := fake.Requests("chat.postMessage"); n != 1 {
				t.Errorf("got %d requests, want 1: only the dispatcher repeats", n)
			}
		})
	}
}

func TestSlackEditsThatAreNotAccepted(t *testing.T) {
	for _, body := range []string{`{}`, `{"ok":false}`, `{"ok":true,"channel":"C1"}`} {
		fake := alertingtest.NewSlack()
		s := newSlack(fake)
		first := delivery(notice())
		next := then(first, mustDeliver(t, s, first), moving(wallet.Worsened, "critical", "77"))
		fake.Next(alertingtest.Fault{Method: "chat.update", Body: body})
		mustRefuse(t, s, next)
	}
}

func TestSlackFallsBackToPlainText(t *testing.T) {
	for _, code := range []string{"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long"} {
		fake := alertingtest.NewSlack()
		s := newSlack(fake)
		fake.Next(alertingtest.Fault{Code: code})
		first := delivery(notice())
		handle := mustDeliver(t, s, first)
		m := fake.Messages("#wallet-alerts")
		if len(m) != 1 || m[0].Blocks != nil || !strings.Contains(m[0].Text, "412.00 USD left") {
			t.Fatalf("%s: got %v, want one message in plain text", code, m)
		}
		mustDeliver(t, s, then(first, handle, moving(wallet.Reminded, "critical", "400")))
		fake.Next(alertingtest.Fault{Code: code})
		mustDeliver(t, s, then(first, handle, moving(wallet.Worsened, "critical", "77")))
		if m = fake.Messages("#wallet-alerts"); m[0].Blocks != nil || !strings.Contains(m[0].Text, "77.00 USD left") {
			t.Errorf("%s on an edit: got %s, want plain text that replaces the blocks", code, m[0].BlockText())
		}
	}
}

func TestWhatCannotBeRenderedIsToldPlainly(t *testing.T) {
	slack, hook, pager := alertingtest.NewSlack(), alertingtest.NewSlack(), alertingtest.NewPagerDuty()
	for _, r := range []alerting.Receiver{newSlack(slack), newWebhook(hook), newPagerDuty(pager)} {
		alerting.Break(r)
		mustDeliver(t, r, delivery(notice()))
	}
	texts := []string{slack.Messages("#wallet-alerts")[0].Text, hook.Messages("#wallet-alerts")[0].Text, pager.Incidents()[0].Events[0].Payload.Summary}
	for _, text := range texts {
		for _, want := range []string{"USD gift cards", "walletwatch/default/12", "critical", "412 USD"} {
			if !strings.Contains(text, want) {
				t.Errorf("%q lacks %q", text, want)
			}
		}
	}
}

func TestSlackTokenIsReadEachTime(t *testing.T) {
	fake := alertingtest.NewSlack()
	path := t.TempDir() + "/token"
	s := alerting.NewSlack(alerting.SlackConfig{Channel: "#a", Token: secret.File(path), Transport: alertingtest.Transport(fake), Now: now})
	if r := mustRefuse(t, s, delivery(notice())); r.Permanent || !strings.Contains(r.Reason, path) {
		t.Errorf("unreadable token: got %+v, want a temporary refusal that names the file", r)
	}
	for i := range 2 {
		fake.Token = fmt.Sprintf("xoxb-%d", i)
		mustWrite(t, path, fake.Token)
		mustDeliver(t, s, delivery(notice()))
	}
	unset := alerting.NewSlack(alerting.SlackConfig{Channel: "#a", Transport: alertingtest.Transport(fake)})
	if r := mustRefuse(t, unset, delivery(notice())); !r.Permanent {
		t.Errorf("no token: got %+v, want a permanent refusal", r)
	}
}
