package alerting_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"walletwatch/alerting"
	"walletwatch/secret"
	"walletwatch/wallet"
)

// echo answers with what it was sent, in an error, as a talkative gateway may.
func echo(status int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body bytes.Buffer
		_, _ = body.ReadFrom(r.Body)
		said := fmt.Sprintf("%s %s %s", r.URL.String(), strings.TrimPrefix(r.URL.Path, "/"), body.String())
		if status == http.StatusOK {
			w.Header().Set("Content-Type", "application/json")
			_, _ = fmt.Fprintf(w, `{"ok":false,"error":%q}`, said)
			return
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(said))
	})
}

// TestErrorsAndLogsHoldNoSecret puts receivers before servers that repeat what they are sent, that refuse
// connections and that are no servers, and looks for the secrets in every error and in the log at debug level.
func TestErrorsAndLogsHoldNoSecret(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	bases := []string{"http://" + closed.Addr().String(), "http://no-such-host.invalid", "http://[broken"}
	for _, status := range []int{200, 202, 302, 400, 403, 404, 429, 500} {
		server := httptest.NewServer(echo(status))
		t.Cleanup(server.Close)
		bases = append(bases, server.URL)
	}
	for _, base := range bases {
		hook := strings.Replace(webhookURL, "https://hooks.slack.com", base, 1) + "?key=canaryQuery"
		receivers := map[string]alerting.Receiver{
			"bot": alerting.NewSlack(alerting.SlackConfig{
				Channel: "#a", Token: secret.Literal(token), APIURL: base + "/api/", Logger: slog.New(slog.DiscardHandler)}),
			"webhook":   alerting.NewSlackWebhook(alerting.SlackWebhookConfig{URL: secret.Literal(hook)}),
			"pagerduty": alerting.NewPagerDuty(alerting.PagerDutyConfig{RoutingKey: secret.Literal(routingKey), EventsURL: base}),
			"heartbeat": pinging{alerting.NewHeartbeat(secret.Literal(hook), nil)},
		}
		for name, r := range receivers {
			log, text := attempt(t, r)
			if text == "" && name != "heartbeat" {
				t.Errorf("%s at %s: accepted", name, base)
			}
			if all := log + text; strings.Contains(strings.ToLower(all), "canary") || strings.Contains(all, "xoxb") {
				t.Errorf("%s at %s leaks: %s", name, base, all)
			}
		}
	}
}

// attempt lets a dispatcher deliver once, and returns its log and the error it recorded.
func attempt(t *testing.T, r alerting.Receiver) (log, err string) {
	var b bytes.Buffer
	box := newOutbox(time.Now)
	d := delivery(notice())
	d.Receiver, d.DueAt = "r", time.Now()
	box.put(d)
	alerting.New(alerting.Config{
		Outbox: box, Receivers: map[string]alerting.Receiver{"r": r},
		Logger: slog.New(slog.NewTextHandler(&b, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}).Drain(t.Context())
	return b.String() + fmt.Sprintf("%+v %#v", r, r), box.results[0].Err
}

// pinging makes a heartbeat look like a receiver.
type pinging struct{ *alerting.Heartbeat }

func (p pinging) Deliver(ctx context.Context, _ *wallet.Delivery) (string, error) {
	return "", p.Ping(ctx)
}
