package alerting_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"walletwatch/alerting"
	"walletwatch/alerting/alertingtest"
	"walletwatch/secret"
	"walletwatch/wallet"
)

func TestPagerDutyTriggersAndResolvesUnderOneKey(t *testing.T) {
	fake := alertingtest.NewPagerDuty()
	p := newPagerDuty(fake)
	first := delivery(notice())
	mustDeliver(t, p, first)
	mustDeliver(t, p, then(first, "", moving(wallet.Reminded, "critical", "300")))
	mustDeliver(t, p, then(first, "", resolving))

	incidents := fake.Incidents()
	if len(incidents) != 1 || incidents[0].Open || len(incidents[0].Events) != 3 || len(fake.Dropped()) != 0 {
		t.Fatalf("got %+v, want one closed incident with three events", incidents)
	}
	e := incidents[0].Events[0]
	want := alertingtest.Event{
		RoutingKey: routingKey, Action: "trigger", DedupKey: "walletwatch/default/12", Client: "walletwatch",
		ClientURL: "https://walletwatch.example.com/wallets/default/12",
	}
	payload := *e.Payload
	e.Payload, e.Links = nil, nil
	if e.RoutingKey != want.RoutingKey || e.Action != want.Action || e.DedupKey != want.DedupKey || e.Client != want.Client || e.ClientURL != want.ClientURL {
		t.Errorf("got %+v, want %+v", e, want)
	}
	if payload.Severity != "critical" || payload.Source != "api.octopuscards.io" || payload.Component != "USD gift cards" || payload.Timestamp != "2026-11-23T14:00:00Z" {
		t.Errorf("got payload %+v", payload)
	}
}

func TestPagerDutyDetailsAreTheNumbersBehindTheDecision(t *testing.T) {
	fake := alertingtest.NewPagerDuty()
	n := notice()
	n.Confirmed, n.Source, n.Balance = false, wallet.FromWebhook, dec("4.7405")
	mustDeliver(t, newPagerDuty(fake), delivery(n))
	var got map[string]any
	if err := json.Unmarshal(fake.Incidents()[0].Events[0].Payload.Details, &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"account": "default", "wallet_id": 12.0, "level": "critical", "confirmed": false, "balance": "4.7405", "currency": "USD",
		"daily_spend": "10000.00", "spend_source": "ledger", "threshold": "500.00", "recover_at": "625.00",
		"runway": "about 59 min", "observed_at": "2026-11-23T13:58:00Z", "source": "webhook", "since": "2026-11-23T13:35:00Z",
	}
	for name, value := range want {
		if got[name] != value {
			t.Errorf("custom_details.%s: got %v, want %v", name, got[name], value)
		}
	}
}

func TestPagerDutyResolvesAlsoWhenNoTriggerIsKnownToBeAccepted(t *testing.T) {
	fake := alertingtest.NewPagerDuty()
	p := newPagerDuty(fake)
	fake.Next(alertingtest.Fault{Drop: true})
	d := delivery(notice())
	mustRefuse(t, p, d) // PagerDuty has it, walletwatch doesn't know
	resolve := then(d, "", resolving)
	resolve.Accepted = wallet.Display{}
	mustDeliver(t, p, resolve)
	if open := fake.OpenIncidents(); len(open) != 0 {
		t.Errorf("%d incidents stay open for ever", len(open))
	}
	mustDeliver(t, p, resolve)
	if len(fake.Incidents()) != 1 || len(fake.Dropped()) != 1 {
		t.Error("a resolve that closes nothing must do no harm")
	}
}

func TestPagerDutyNewEpisodeKeepsAnOpenIncident(t *testing.T) {
	fake := alertingtest.NewPagerDuty()
	p := newPagerDuty(fake)
	first := delivery(notice())
	mustDeliver(t, p, first)
	second := then(first, "", func(n *wallet.Notice) { n.Since = start })
	second.Previous = &first.Notice
	mustDeliver(t, p, second)
	if open := fake.OpenIncidents(); len(open) != 1 || len(open[0].Events) != 2 {
		t.Errorf("got %+v, want the open incident with two triggers", open)
	}
}

func TestPagerDutyStatuses(t *testing.T) {
	fake := alertingtest.NewPagerDuty()
	p := newPagerDuty(fake)
	for status := 200; status <= 599; status++ {
		fake.Next(alertingtest.Fault{Status: status, Body: "<html>from a gateway</html>", RetryAfter: "11"})
		refusal := mustRefuse(t, p, delivery(notice()))
		if refusal.Permanent != permanent(status) || refusal.RetryAfter != 11*time.Second {
			t.Errorf("status %d: got %+v", status, refusal)
		}
	}
	if n := fake.Requests(); n != 400 {
		t.Errorf("got %d requests, want one for each of 400 deliveries", n)
	}
}

func TestPagerDutyReasonsSurvive(t *testing.T) {
	tests := map[string]struct{ body, want string }{
		"errors":        {`{"status":"invalid event","message":"Event object is invalid","errors":["'payload.source' is missing or blank","two"]}`, "'payload.source' is missing or blank; two"},
		"message":       {`{"status":"invalid event","message":"Event object is invalid"}`, "Event object is invalid"},
		"status":        {`{"status":"throttle exceeded"}`, "throttle exceeded"},
		"odd errors":    {`{"message":"Nope","errors":"a string"}`, "Nope"},
		"plain text":    {"no such key", "no such key"},
		"nothing":       {" ", "no reason given"},
		"a web page":    {"<html>", "a web page"},
		"other content": {`[1]`, "[1]"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			fake := alertingtest.NewPagerDuty()
			fake.Next(alertingtest.Fault{Status: 400, Body: test.body})
			r := mustRefuse(t, newPagerDuty(fake), delivery(notice()))
			if !r.Permanent || !strings.Contains(r.Reason, test.want) || !strings.Contains(r.Reason, "400") {
				t.Errorf("got %+v, want a permanent refusal with %q", r, test.want)
			}
		})
	}
}

func TestPagerDutyAnswersThatAreNotAcceptance(t *testing.T) {
	faults := map[string]alertingtest.Fault{
		"empty object": {Body: "{}"},
		"no dedup_key": {Status: 202, Body: `{"status":"success"}`},
		"no status":    {Status: 202, Body: `{"dedup_key":"k"}`},
		"other status": {Status: 202, Body: `{"status":"queued","dedup_key":"k"}`},
		"html":         {Body: "<html>sign in</html>"},
		"reset":        {Reset: true},
		"lost answer":  {Drop: true},
	}
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			fake := alertingtest.NewPagerDuty()
			fake.Next(fault)
			if r := mustRefuse(t, newPagerDuty(fake), delivery(notice())); r.Permanent {
				t.Errorf("got permanent: %s", r.Reason)
			}
		})
	}
}

func TestPagerDutySeverityAndSourceAreAlwaysValid(t *testing.T) {
	for severity, want := range map[string]string{"critical": "critical", "error": "error", "warning": "warning", "info": "info", "": "critical", "fatal": "critical"} {
		fake := alertingtest.NewPagerDuty()
		n := notice()
		n.Severity, n.SourceHost, n.Name, n.StatusURL, n.Runbook = severity, "", "", "javascript:alert(1)", "not a link"
		mustDeliver(t, newPagerDuty(fake), delivery(n))
		e := fake.Incidents()[0].Events[0]
		if e.Payload.Severity != want || e.Payload.Source != "walletwatch" || e.ClientURL != "" || len(e.Links) != 0 {
			t.Errorf("severity %q: got %+v, links %v", severity, e.Payload, e.Links)
		}
	}
}

func TestPagerDutyKeyIsReadEachTime(t *testing.T) {
	fake := alertingtest.NewPagerDuty()
	path := t.TempDir() + "/key"
	p := alerting.NewPagerDuty(alerting.PagerDutyConfig{RoutingKey: secret.File(path), Transport: alertingtest.Transport(fake)})
	if r := mustRefuse(t, p, delivery(notice())); r.Permanent {
		t.Errorf("unreadable key: got %+v, want a temporary refusal", r)
	}
	for _, key := range []string{"first", "second"} {
		fake.RoutingKey = key
		mustWrite(t, path, key)
		mustDeliver(t, p, delivery(notice()))
	}
	unset := alerting.NewPagerDuty(alerting.PagerDutyConfig{Transport: alertingtest.Transport(fake)})
	if r := mustRefuse(t, unset, delivery(notice())); !r.Permanent {
		t.Errorf("no key: got %+v, want a permanent refusal", r)
	}
	fake.RoutingKey = "another"
	if r := mustRefuse(t, p, delivery(notice())); !r.Permanent || !strings.Contains(r.Reason, "Invalid routing key") {
		t.Errorf("wrong key: got %+v", r)
	}
}
