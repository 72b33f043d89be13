package alerting_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"walletwatch/alerting"
	"walletwatch/alerting/alertingtest"
)

func FuzzHandle(f *testing.F) {
	f.Add(`{"channel":"C1","ts":"1700000000.000100"}`)
	f.Add(`{"channel":"C1"}`)
	f.Add(`null`)
	f.Fuzz(func(t *testing.T, s string) {
		if channel, ts, ok := alerting.ParseHandle(s); ok && (channel == "" || ts == "") {
			t.Errorf("%q: accepted without channel or ts", s)
		}
	})
}

func FuzzRetryAfter(f *testing.F) {
	f.Add("5")
	f.Add("-1")
	f.Add("Mon, 23 Nov 2026 14:00:30 GMT")
	f.Fuzz(func(t *testing.T, s string) {
		if d := alerting.ParseRetryAfter(s, start); d < 0 {
			t.Errorf("%q: got %v", s, d)
		}
	})
}

// FuzzAnswers lets every receiver meet arbitrary answers: nothing may panic, be taken for acceptance without the
// vendor's words for it, or show up in an error with control characters, secrets or at length.
func FuzzAnswers(f *testing.F) {
	f.Add(200, `{"ok":true,"channel":"C1","ts":"1.2"}`)
	f.Add(200, `{"ok":false,"error":"channel_not_found","needed":"chat:write"}`)
	f.Add(202, `{"status":"success","dedup_key":"k"}`)
	f.Add(400, `{"status":"invalid event","errors":["'payload.source' is missing or blank"]}`)
	f.Add(403, "invalid_token "+token+" "+routingKey+" services/T0CANARY1/B0CANARY2/canaryWebhookSecret")
	f.Add(500, "<html>\x00\xff")
	f.Fuzz(func(t *testing.T, status int, body string) {
		if status < 200 || status > 599 || body == "" {
			return
		}
		fault := alertingtest.Fault{Status: status, Body: body}
		slack, hook, pager := alertingtest.NewSlack(), alertingtest.NewSlack(), alertingtest.NewPagerDuty()
		slack.Always(fault)
		hook.Always(fault)
		pager.Always(fault)
		for _, r := range []struct {
			alerting.Receiver
			word, secret string
		}{{newSlack(slack), "ts", token}, {newWebhook(hook), "ok", "canaryWebhookSecret"}, {newPagerDuty(pager), "success", routingKey}} {
			_, err := r.Deliver(t.Context(), delivery(notice()))
			if err == nil {
				if status/100 != 2 || !strings.Contains(strings.ToLower(body), r.word) && !strings.Contains(body, `\u`) {
					t.Errorf("%d %q was taken for acceptance", status, body)
				}
				continue
			}
			reason := err.Error()
			if strings.Contains(reason, r.secret) || !utf8.ValidString(reason) ||
				utf8.RuneCountInString(reason) > 200 || strings.ContainsFunc(reason, unicode.IsControl) {
				t.Errorf("%d %q: got reason %q", status, body, reason)
			}
		}
	})
}
