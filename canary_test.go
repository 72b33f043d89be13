package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

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
	traces := w.traced()
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

	w.holdsNone(c, traces, canaries)
}

// traced has the daemon send traces and a heartbeat to a collector, and returns what arrives.
func (w *world) traced() *lockedBuffer {
	traces := &lockedBuffer{}
	collector := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(traces, r.Body)
	}))
	w.t.Cleanup(collector.Close)
	w.env["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.URL
	w.env["WALLETWATCH_HEARTBEAT_URL"] = collector.URL + "/canary-heartbeat-path"
	return traces
}

// holdsNone stops a daemon and fails the test when a canary is anywhere that something can be read.
func (w *world) holdsNone(c *child, traces *lockedBuffer, canaries []string) {
	w.t.Helper()
	readable := map[string]string{}
	for _, path := range []string{"/", "/wallets/default/1", "/metrics", "/api/v1/wallets", "/api/v1/wallets/default/1", "/api/v1/alerts", "/-/ready"} {
		var text string
		c.get(path, &text)
		readable[path] = text
	}
	w.addFiles(readable, "while it runs")
	c.signal(os.Interrupt)
	<-c.done
	w.addFiles(readable, "afterwards")
	readable["the log"] = c.log.String()
	readable["the traces"] = traces.String()
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
	for where, text := range readable {
		if text == "" {
			w.t.Errorf("%s is empty", where)
		}
		for _, canary := range canaries {
			if at := strings.Index(text, canary); at >= 0 {
				w.t.Errorf("%s holds a secret: …%s…", where, text[max(0, at-120):min(len(text), at+60)])
			}
		}
	}
}

// addFiles adds what the daemon keeps on disk, the write-ahead log included.
func (w *world) addFiles(readable map[string]string, when string) {
	w.t.Helper()
	files, err := filepath.Glob(filepath.Join(w.dir, "state.db*"))
	if err != nil || len(files) == 0 {
		w.t.Fatalf("no database files: %v", err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			w.t.Fatal(err)
		}
		if len(b) > 0 { // a lock file is empty
			readable[filepath.Base(f)+" "+when] = string(bytes.ToValidUTF8(b, nil))
		}
	}
}

// The secrets that only a customer who bought a voucher may have.
const (
	canaryCard  = "canary-card-6006491234"
	canaryPIN   = "canary-pin-9876"
	canaryClaim = "canary-claim-link"
)

// secretRecords are order responses with vouchers wherever the vendor puts them, and where it should not.
func secretRecords() []string {
	const all = `"vouchers":[{"card_number":"` + canaryCard + `","pin_code":"` + canaryPIN + `","claim_url":"https://x.invalid/` + canaryClaim + `"}]`
	return []string{
		`{"id":101,"wallet_id":1,"amount":5,"discount":0,"base_currency":"USD","deduction_currency":"USD","status":"DELIVERED",` + all + `}`,
		`{"id":102,"wallet_id":1,"wallet_balance":4900,"message":"` + canaryPIN + `",` + all + `}`,
		`{"id":103,"amount":5,"currency":"USD","variant_name":"` + canaryPIN + `","status_text":"` + canaryPIN + `","pin_code":"` + canaryPIN + `"}`,
		`{"id":104,"country_code":"DE","transaction_id":null,"activation_code":"LPA:1$` + canaryCard + `","qr":{"claim_url":["` + canaryClaim + `"]}}`,
		`{"id":105,"wallet_id":"` + canaryCard + `","wallet_balance":"` + canaryPIN + `","amount":"` + canaryPIN + `",` + all + `}`,
		`{"id":106,"wallet_id":1,"deduction_currency":"` + canaryPIN + `","status":"` + canaryPIN + `","created_at":"` + canaryPIN + `",` + all + `}`,
	}
}

// TestVouchersStayInTheRequest sends the daemon, at debug level and traced, order responses and webhooks with
// vouchers, whole and broken, with good credentials and bad ones, and then looks for vouchers and credentials
// wherever something can be read, the answers included.
func TestVouchersStayInTheRequest(t *testing.T) {
	t.Parallel()
	const wrongToken, wrongSecret, nextSecret = "canary-wrong-token", "canary-wrong-secret", "canary-next-secret"
	w := told(t)
	w.env["OCTOPUS_WEBHOOK_SECRET"] = testHook + " " + nextSecret
	traces := w.traced()
	c := w.spawn("--log-level", "debug")
	eventually(t, "the wallet is ok", func() bool { return c.level(1) == "ok" })
	answers := map[int]string{}
	note := func(status int, answer string) { answers[status] += answer + "\n" }
	for _, record := range secretRecords() {
		cut, nameless := record[:len(record)-1], strings.Replace(record, `"id":`, `"`+canaryPIN+`":`, 1)
		for _, body := range []string{record, "[" + record + "," + record + "]", cut, nameless, record + record, `{"error":{"message":"` + canaryPIN + `"}}`, `"` + canaryPIN + `"`, canaryPIN} {
			note(c.post("application/json", body))
			note(c.post("application/x-ndjson", record+"\n"+body))
		}
		note(c.post("application/json", cut+strings.Repeat(`,"x":"`+canaryPIN+`"`, 60_000)+"}"))
		note(c.post("application/x-ndjson", cut+strings.Repeat(`,"x":"`+canaryPIN+`"`, 10_000)+"}"))
		note(c.post("text/plain", record))
		note(c.postWith(wrongToken, "/api/v1/orders", "application/json", record))
		note(c.postWith(testIngest, "/api/v1/orders?account="+canaryCard, "application/json", record))
		for i, kind := range []string{octopustest.OrderEventDelivered, octopustest.OrderEventFailed, octopustest.WalletDebited, "voucher.issued"} {
			event := octopustest.NewEvent(fmt.Sprintf("evt_%d_%.12x", i, octopustest.Sign(wrongSecret, []byte(record))), kind, time.Now(), []byte(record))
			for _, secret := range []string{testHook, nextSecret, wrongSecret} {
				for _, body := range []string{string(event.Body), string(event.Body[:len(event.Body)-1]), strings.Replace(string(event.Body), `"type":"`, `"type":["`+canaryPIN+`"],"`+canaryPIN+`":"`, 1)} {
					sent := event
					sent.Body = []byte(body)
					note(hooked(t, sent.Request(c.url+hookPath, secret, time.Now())))
				}
			}
			event.ID = canaryCard // contradicts the body
			note(hooked(t, event.Request(c.url+hookPath, testHook, time.Now())))
			note(hooked(t, event.Request(c.url+hookPath, testHook, time.Now().Add(-time.Hour))))
		}
	}
	for _, status := range []int{200, 202, 400, 401, 404, 413, 415} {
		if answers[status] == "" {
			t.Errorf("nothing was answered with %d", status)
		}
	}
	w.deliver(c.url, octopustest.Hook{})
	c.takesAll(w.rush(1))
	eventually(t, "the page", func() bool { return len(w.pager.OpenIncidents()) == 1 && len(w.slack.Messages("#wallet-alerts")) > 0 })
	canaries := []string{canaryCard, canaryPIN, canaryClaim, "SIM-CARD", "SIM-PIN", "SIM-CLAIM", "SIM-REF",
		testIngest, testHook, wrongToken, wrongSecret, nextSecret, octopustest.DemoSecret, "canary-heartbeat-path"}
	for status, text := range answers {
		for _, canary := range canaries {
			if strings.Contains(text, canary) {
				t.Errorf("an answer with status %d repeats %s", status, canary)
			}
		}
	}
	w.holdsNone(c, traces, canaries)
}
