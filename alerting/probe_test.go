package alerting_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"walletwatch/alerting"
	"walletwatch/alerting/alertingtest"
	"walletwatch/secret"
)

type prober interface {
	Probe(ctx context.Context) (string, error)
}

// probe probes and returns what was found or refused.
func probe(t *testing.T, r prober) (found, refused string) {
	t.Helper()
	found, err := r.Probe(t.Context())
	if err != nil {
		return found, err.Error()
	}
	return found, ""
}

// TestProbesTellNobodyAnything: they succeed, and nothing was posted or paged.
func TestProbesTellNobodyAnything(t *testing.T) {
	slack, pager := alertingtest.NewSlack(), alertingtest.NewPagerDuty()
	for name, r := range map[string]prober{"slack": newSlack(slack), "webhook": newWebhook(slack), "pagerduty": newPagerDuty(pager)} {
		if found, refused := probe(t, r); found == "" || refused != "" {
			t.Errorf("%s: %q, %q", name, found, refused)
		}
	}
	if slack.Requests("auth.test") != 1 || slack.Requests("webhook") != 1 || pager.Requests() != 1 {
		t.Error("something was not asked")
	}
	if m := slack.Messages("#wallet-alerts"); len(m) > 0 || slack.Requests("chat.postMessage") > 0 {
		t.Errorf("posted %v", m)
	}
	if len(pager.Incidents()) > 0 || len(pager.Dropped()) > 0 {
		t.Error("an event was accepted")
	}
}

func TestProbesFindFaults(t *testing.T) {
	for _, test := range []struct {
		name  string
		fault alertingtest.Fault
		who   string
		says  string
	}{
		{"token refused", alertingtest.Fault{Code: "invalid_auth"}, "slack", "give a valid bot token"},
		{"Slack is unwell", alertingtest.Fault{Status: 503, Body: "<html>"}, "slack", "503"},
		{"not Slack", alertingtest.Fault{Body: "<html>"}, "slack", "makes no sense"},
		{"no user", alertingtest.Fault{Body: `{"ok":true}`}, "slack", "names no user"},
		{"refused without reason", alertingtest.Fault{Body: `{"ok":false}`}, "slack", "names no user"},
		{"cut", alertingtest.Fault{Reset: true}, "slack", "cannot be reached"},
		{"webhook gone", alertingtest.Fault{Status: 404, Code: "no_service"}, "webhook", "give the URL of an incoming webhook that exists"},
		{"webhook refused", alertingtest.Fault{Status: 403, Code: "action_prohibited"}, "webhook", "workspace admin"},
		{"another 400", alertingtest.Fault{Status: 400, Code: "invalid_token"}, "webhook", "invalid_token"},
		{"accepts nothing at all", alertingtest.Fault{Status: 200, Body: "ok"}, "webhook", "makes no sense"},
		{"cut", alertingtest.Fault{Reset: true}, "webhook", "cannot be reached"},
		{"accepts no event", alertingtest.Fault{Status: 202, Body: `{"status":"success","dedup_key":"x"}`}, "pagerduty", "makes no sense"},
		{"a gateway's 400", alertingtest.Fault{Status: 400, Body: "<html>"}, "pagerduty", "a web page"},
		{"PagerDuty is unwell", alertingtest.Fault{Status: 500, Body: "x"}, "pagerduty", "500"},
		{"cut", alertingtest.Fault{Reset: true}, "pagerduty", "cannot be reached"},
	} {
		slack, pager := alertingtest.NewSlack(), alertingtest.NewPagerDuty()
		slack.Always(test.fault)
		pager.Always(test.fault)
		r := map[string]prober{"slack": newSlack(slack), "webhook": newWebhook(slack), "pagerduty": newPagerDuty(pager)}[test.who]
		if found, refused := probe(t, r); found != "" || !strings.Contains(refused, test.says) {
			t.Errorf("%s, %s: found %q, refused %q", test.who, test.name, found, refused)
		}
	}
}

func TestProbeWithoutCredentials(t *testing.T) {
	for _, r := range []prober{
		alerting.NewSlack(alerting.SlackConfig{}), alerting.NewSlack(alerting.SlackConfig{Token: secret.File("/nowhere/token")}),
		alerting.NewSlackWebhook(alerting.SlackWebhookConfig{}), alerting.NewSlackWebhook(alerting.SlackWebhookConfig{URL: secret.File("/nowhere/url")}),
		alerting.NewPagerDuty(alerting.PagerDutyConfig{}), alerting.NewPagerDuty(alerting.PagerDutyConfig{RoutingKey: secret.File("/nowhere/key")}),
	} {
		if found, refused := probe(t, r); found != "" || refused == "" {
			t.Errorf("%T: found %q, refused %q", r, found, refused)
		}
	}
}

func TestProbeLooksAtScopes(t *testing.T) {
	for scopes, fine := range map[string]bool{"": true, "chat:write": true, "identify,chat:write": true, "identify, chat:write.public": false, "channels:read": false} {
		handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if scopes != "" {
				w.Header().Set("X-OAuth-Scopes", scopes)
			}
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, `{"ok":true,"user":"walletwatch","user_id":"U1","team":"example"}`)
		})
		r := alerting.NewSlack(alerting.SlackConfig{Token: secret.Literal(token), Transport: alertingtest.Transport(handler)})
		if found, refused := probe(t, r); fine != (refused == "") || !fine && !strings.Contains(refused, "chat:write") {
			t.Errorf("with the scopes %q: found %q, refused %q", scopes, found, refused)
		}
	}
}

// TestProbesHoldNoSecret puts them before servers that repeat what they are sent, that refuse and that are none.
func TestProbesHoldNoSecret(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	bases := []string{"http://" + closed.Addr().String(), "http://no-such-host.invalid", "http://[broken"}
	for _, status := range []int{200, 202, 302, 400, 403, 500} {
		server := httptest.NewServer(echo(status))
		t.Cleanup(server.Close)
		bases = append(bases, server.URL)
	}
	for _, base := range bases {
		hook := strings.Replace(webhookURL, "https://hooks.slack.com", base, 1) + "?key=canaryQuery"
		for _, r := range []prober{
			alerting.NewSlack(alerting.SlackConfig{Token: secret.Literal(token), APIURL: base + "/api/"}),
			alerting.NewSlackWebhook(alerting.SlackWebhookConfig{URL: secret.Literal(hook)}),
			alerting.NewPagerDuty(alerting.PagerDutyConfig{RoutingKey: secret.Literal(routingKey), EventsURL: base}),
		} {
			found, refused := probe(t, r)
			if refused == "" {
				t.Errorf("%T took %s for its service: %s", r, base, found)
			}
			for _, canary := range []string{token, routingKey, "canaryWebhookSecret", "T0CANARY1", "B0CANARY2", "canaryQuery"} {
				if strings.Contains(found+refused, canary) {
					t.Errorf("%T tells %s: %s%s", r, canary, found, refused)
				}
			}
		}
	}
}
