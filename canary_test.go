package main

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"walletwatch/alerting/alertingtest"
	"walletwatch/octopus/octopustest"
)

// TestSecretsStayInMemory runs the daemon at debug level through successes and failures whose answers echo its
// secrets, and then looks for them wherever something can be read: log, metrics, API, pages, messages, traces and
// the files it leaves.
func TestSecretsStayInMemory(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	traces := &lockedBuffer{}
	collector := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(traces, r.Body)
	}))
	t.Cleanup(collector.Close)
	w.env["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.URL
	w.env["WALLETWATCH_HEARTBEAT_URL"] = collector.URL + "/canary-heartbeat-path"
	canaries := []string{octopustest.DemoSecret, testToken, testRoutingKey, testAdmin, "canary-heartbeat-path"}
	// A peer can only echo what it was sent.
	w.spent(1, "USD", "1000", "5000")
	w.api.Fail(octopustest.RouteLogin, octopustest.Fault{Status: 500, Body: octopustest.DemoSecret})
	w.api.Fail(octopustest.RouteWallets, octopustest.Fault{Status: 503, Body: `{"error":{"name":"X","code":"X","message":"` + octopustest.DemoSecret + `"}}`}, octopustest.Unauthorized())
	w.slack.Next(alertingtest.Fault{Code: "invalid_auth_" + testToken}, alertingtest.Fault{Status: 500, Body: testToken})
	w.pager.Next(alertingtest.Fault{Status: 400, Body: `{"status":"invalid","message":"` + testRoutingKey + `","errors":["` + testRoutingKey + `"]}`})
	c := w.spawn("--log-level", "debug")
	eventually(t, "the wallet is ok", func() bool { return c.level(1) == "ok" })
	w.api.SetBalance(1, decimal.NewFromInt(10))
	eventually(t, "both receivers were asked", func() bool { return w.slack.Requests("chat.postMessage") > 1 && w.pager.Requests() > 0 })
	eventually(t, "the failure shows", func() bool {
		var text string
		c.get("/api/v1/alerts", &text)
		return strings.Contains(text, `"failed"`)
	})
	_, _ = c.reload("wrong")

	readable := map[string]string{}
	for _, path := range []string{"/", "/wallets/default/1", "/metrics", "/api/v1/wallets", "/api/v1/alerts", "/-/ready"} {
		var text string
		c.get(path, &text)
		readable[path] = text
	}
	c.signal(os.Interrupt)
	<-c.done
	readable["the log"] = c.log.String()
	readable["the traces"] = traces.String()
	if len(readable["the traces"]) == 0 {
		t.Error("nothing was traced")
	}
	for _, m := range w.slack.Messages("#wallet-alerts") {
		readable["Slack"] += m.Text + string(m.Blocks)
	}
	for _, i := range w.pager.Incidents() {
		for _, e := range i.Events {
			if e.Payload != nil {
				readable["PagerDuty"] += e.Payload.Summary + string(e.Payload.Details)
			}
		}
	}
	files, err := filepath.Glob(filepath.Join(w.dir, "state.db*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no database files: %v", err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		readable[filepath.Base(f)] = string(bytes.ToValidUTF8(b, nil))
	}
	for where, text := range readable {
		for _, canary := range canaries {
			if strings.Contains(text, canary) {
				at := strings.Index(text, canary)
				t.Errorf("%s holds a secret: …%s…", where, text[max(0, at-120):min(len(text), at+60)])
			}
		}
	}
}
