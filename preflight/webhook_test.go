package preflight_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"walletwatch/octopus"
	"walletwatch/preflight"
	"walletwatch/secret"
)

const hookSecret = "canary-hook-secret"

// endpoint is where webhooks are taken: it answers what fits the signature, and keeps the last event.
type endpoint struct {
	good, bad int // statuses
	event     *octopus.Event
	header    http.Header
}

func (e *endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	if !octopus.Verify(body, r.Header.Get("X-Signature"), []string{hookSecret}) {
		w.WriteHeader(e.bad)
		_, _ = io.WriteString(w, `{"error":{"name":"N","code":"C","message":"Told so."}}`)
		return
	}
	e.event, _ = octopus.DecodeEvent(body)
	e.header = r.Header
	if e.good == http.StatusFound {
		w.Header().Set("Location", "https://elsewhere.invalid/")
	}
	w.WriteHeader(e.good)
}

func checkWebhook(t *testing.T, w preflight.Webhook) (signed, forged preflight.Outcome) {
	t.Helper()
	out := preflight.Run(t.Context(), w.Checks(), preflight.Options{Each: 5 * time.Second})
	for _, o := range out {
		if strings.Contains(o.Found+o.Advice+o.Endpoint, hookSecret) {
			t.Errorf("the secret is in %+v", o)
		}
	}
	return out[0], out[1]
}

func TestWebhook(t *testing.T) {
	for _, test := range []struct {
		good, bad            int
		signed, forged       preflight.Result
		signedSays, forgSays string
	}{
		{200, 401, preflight.OK, preflight.OK, "acknowledged", "refused with 401"},
		{202, 401, preflight.OK, preflight.OK, "202", ""},
		{200, 200, preflight.OK, preflight.Fail, "", "does not verify"},
		{401, 401, preflight.Fail, preflight.OK, "the same secret", ""},
		{404, 404, preflight.Fail, preflight.Fail, "without one it answers 404", "instead of 401: Told so."},
		{302, 302, preflight.Fail, preflight.Fail, "302", "302"},
		{503, 503, preflight.Fail, preflight.Fail, "daemon's log", ""},
	} {
		e := &endpoint{good: test.good, bad: test.bad}
		server := httptest.NewServer(e)
		signed, forged := checkWebhook(t, preflight.Webhook{URL: server.URL + "/webhooks/octopus", Secret: secret.Literal(hookSecret + " the-old-one")})
		expect(t, signed, test.signed, test.signedSays)
		expect(t, forged, test.forged, test.forgSays)
		if e.event == nil || e.event.Type != "walletwatch.preflight" || e.header.Get("X-Event-ID") != e.event.ID || e.header.Get("X-OCTOPUS-WEBHOOK-TOKEN") != "" {
			t.Errorf("it was sent %+v with %v", e.event, e.header)
		}
		server.Close()
		signed, _ = checkWebhook(t, preflight.Webhook{URL: server.URL, Secret: secret.Literal(hookSecret)})
		expect(t, signed, preflight.Fail, "firewall")
	}
}

func TestWebhookThatIsNotChecked(t *testing.T) {
	signed, forged := checkWebhook(t, preflight.Webhook{Secret: secret.Literal(hookSecret)})
	expect(t, signed, preflight.Skipped, "--webhook-url")
	expect(t, forged, preflight.Skipped)
	signed, _ = checkWebhook(t, preflight.Webhook{URL: "https://x.invalid/", Variable: "OCTOPUS_PROD_WEBHOOK_SECRET"})
	expect(t, signed, preflight.Skipped, "OCTOPUS_PROD_WEBHOOK_SECRET is not set", "export OCTOPUS_PROD_WEBHOOK_SECRET or OCTOPUS_PROD_WEBHOOK_SECRET_FILE")
	signed, _ = checkWebhook(t, preflight.Webhook{URL: "https://x.invalid/", Variable: "OCTOPUS_PROD_WEBHOOK_SECRET", Secret: secret.File("/nowhere/at/all")})
	expect(t, signed, preflight.Fail, "/nowhere/at/all", "OCTOPUS_PROD_WEBHOOK_SECRET")
}
