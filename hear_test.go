package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"walletwatch/octopus/octopustest"
)

const testIngest = "canary-ingest-token"

// hearing is a world that is polled seldom, so that what happens soon was heard.
func hearing(t testing.TB) *world {
	t.Helper()
	w := newWorld(t)
	w.replace(`poll: "@every 1s"`, `poll: "@every 5m"`)
	w.env["WALLETWATCH_INGEST_TOKEN"] = testIngest
	w.spent(1, "USD", "1000", "5000")
	return w
}

// post sends order responses and returns the status and the answer.
func (p *process) post(contentType, body string) (int, string) {
	p.t.Helper()
	return p.postWith(testIngest, "/api/v1/orders", contentType, body)
}

func (p *process) postWith(token, path, contentType, body string) (int, string) {
	p.t.Helper()
	req, err := http.NewRequest(http.MethodPost, p.url+path, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", contentType)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return resp.StatusCode, strings.TrimSpace(string(answer))
}

// takes fails the test when an order response is not taken.
func (p *process) takes(body []byte) {
	p.t.Helper()
	if status, answer := p.post("application/json", string(body)); status != http.StatusAccepted || answer != `{"accepted":1,"ignored":0}` {
		p.t.Fatalf("the order response was answered with %d %s", status, answer)
	}
}

// order places an order at the simulated API and returns the answer.
func (w *world) order(wallet int64, denomination string, quantity int64) []byte {
	w.t.Helper()
	body, err := w.api.Order(octopustest.OrderRequest{ProductID: 1, Denomination: decimal.RequireFromString(denomination), Quantity: quantity, WalletID: wallet})
	if err != nil {
		w.t.Fatal(err)
	}
	return body
}

// rush places orders until a wallet is nearly empty and returns the answers, one a line.
func (w *world) rush(wallet int64) string {
	w.t.Helper()
	var lines []string
	for w.api.Balance(wallet).GreaterThan(decimal.NewFromInt(45)) {
		denomination := "25"
		if w.api.Balance(wallet).GreaterThan(decimal.NewFromInt(200)) {
			denomination = "100"
		}
		lines = append(lines, string(w.order(wallet, denomination, 1)))
	}
	return strings.Join(lines, "\n")
}

// takesAll fails the test when lines of order responses are not taken.
func (p *process) takesAll(lines string) {
	p.t.Helper()
	want := fmt.Sprintf(`{"accepted":%d,"ignored":0}`, strings.Count(lines, "\n")+1)
	if status, answer := p.post("application/x-ndjson", lines); status != http.StatusAccepted || answer != want {
		p.t.Fatalf("the order responses were answered with %d %s, want %s", status, answer, want)
	}
}

// shown is what a daemon says of a wallet.
type shown struct {
	Balance, Level, Source string
}

func (p *process) shown(id int64) shown {
	var s shown
	p.get(fmt.Sprintf("/api/v1/wallets/default/%d", id), &s)
	return s
}

// confirmed is what a daemon says of its newest alert about a wallet.
func (p *process) confirmed() (confirmed, found bool) {
	var alerts []struct {
		WalletID  *int64 `json:"wallet_id"`
		Confirmed bool
	}
	p.get("/api/v1/alerts", &alerts)
	for _, a := range alerts {
		if a.WalletID != nil {
			return a.Confirmed, true
		}
	}
	return false, false
}

// TestOrdersPage: order responses alone bring the page, long before the next poll, and what they carry besides is nobody's.
func TestOrdersPage(t *testing.T) {
	t.Parallel()
	w := hearing(t)
	c := w.spawn()
	eventually(t, "the wallet is ok", func() bool { return c.level(1) == "ok" })
	polls := w.api.Count(octopustest.RouteWallets)
	c.takes(w.order(1, "100", 1))
	if got := c.shown(1); got.Source != "estimate" || got.Level != "ok" {
		t.Errorf("after an order without a balance: %+v", got)
	}
	w.api.SetOrderBalance("wallet.balance")
	c.takes(w.order(1, "200", 1))
	if got := c.shown(1); got.Source != "order" || !decimal.RequireFromString(got.Balance).Equal(w.api.Balance(1)) {
		t.Errorf("after an order with a balance of %s: %+v", w.api.Balance(1), got)
	}
	if n := w.api.Count(octopustest.RouteWallets); n != polls {
		t.Errorf("the API was asked %d times though nothing got worse", n-polls)
	}
	last := w.rush(1)
	began := time.Now()
	c.takesAll(last)
	eventually(t, "the page", func() bool { return len(w.pager.OpenIncidents()) == 1 })
	t.Logf("the page came after %v", time.Since(began))
	if confirmed, found := c.confirmed(); !found || !confirmed {
		t.Errorf("the alert is there: %v, confirmed: %v", found, confirmed)
	}
	if got := c.shown(1); got.Source != "poll" || got.Level != "critical" {
		t.Errorf("then it shows %+v", got)
	}
	if status, answer := c.post("application/x-ndjson", last); status != http.StatusAccepted || !strings.HasPrefix(answer, `{"accepted":0,`) {
		t.Errorf("the same again: %d %s", status, answer)
	}
}

// TestWrongOrderWakesNobody: one response that claims too little leads to one question, and that is all.
func TestWrongOrderWakesNobody(t *testing.T) {
	t.Parallel()
	w := hearing(t)
	c := w.spawn()
	eventually(t, "the wallet is ok", func() bool { return c.level(1) == "ok" })
	c.takes([]byte(`{"id":7,"wallet_id":1,"wallet_balance":-3.5,"status":"DELIVERED"}`))
	eventually(t, "the API has been asked", func() bool {
		var metrics string
		c.get("/metrics", &metrics)
		return strings.Contains(metrics, `walletwatch_observations_total{account="default",result="contradicted",source="order"} 1`)
	})
	if got := c.shown(1); got.Level != "ok" || got.Source != "poll" {
		t.Errorf("it shows %+v", got)
	}
	if n := len(w.pager.Incidents()) + len(w.slack.Messages("#wallet-alerts")); n != 0 {
		t.Errorf("%d alerts went out", n)
	}
}

// TestOutageHidesNoBreach: when the API cannot be asked, the page goes out after 10 s and says that it is unconfirmed.
// Killed meanwhile, the daemon still knows. Once the API answers, the page is confirmed, or closes.
func TestOutageHidesNoBreach(t *testing.T) {
	for name, topUp := range map[string]bool{"confirmed": false, "withdrawn": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := hearing(t)
			c := w.spawn()
			eventually(t, "the wallet is ok", func() bool { return c.level(1) == "ok" })
			last := w.rush(1)
			w.api.FailAlways(octopustest.RouteWallets, octopustest.Fault{Status: 503})
			began := time.Now()
			c.takesAll(last)
			c.kill()
			if n := len(w.pager.Incidents()); n != 0 {
				t.Fatalf("%d pages at once", n)
			}
			c = w.spawn()
			eventually(t, "the page", func() bool { return len(w.pager.OpenIncidents()) == 1 })
			if waited := time.Since(began); waited < 9*time.Second || waited > 15*time.Second {
				t.Errorf("the page came after %v", waited)
			}
			summary := w.pager.OpenIncidents()[0].Events[0].Payload.Summary
			if confirmed, found := c.confirmed(); confirmed || !found || !strings.HasPrefix(summary, "Unconfirmed") {
				t.Errorf("the alert is there: %v, confirmed: %v, and says %q", found, confirmed, summary)
			}
			if topUp {
				w.api.TopUp(1, decimal.NewFromInt(4000))
			}
			w.api.Heal(octopustest.RouteWallets)
			if topUp {
				eventually(t, "the page closes", func() bool { return len(w.pager.OpenIncidents()) == 0 })
				return
			}
			eventually(t, "the page is confirmed", func() bool {
				events := w.pager.OpenIncidents()[0].Events
				return strings.Contains(string(events[len(events)-1].Payload.Details), `"confirmed":true`)
			})
		})
	}
}

// TestOrdersSurviveACrash: what was answered with 202 counts once, whatever becomes of the process.
func TestOrdersSurviveACrash(t *testing.T) {
	t.Parallel()
	w := hearing(t)
	c := w.spawn()
	eventually(t, "the wallet is ok", func() bool { return c.level(1) == "ok" })
	var lines []string
	for range 300 {
		lines = append(lines, string(w.order(1, "5", 1)))
	}
	body := strings.Join(lines, "\n")
	c.takesAll(body)
	c.kill()
	w.api.FailAlways(octopustest.RouteWallets, octopustest.Fault{Status: 503}) // so that nothing but what was kept can show
	c = w.spawn()
	eventually(t, "what was heard is known", func() bool { return c.shown(1).Source == "estimate" })
	if got := c.shown(1); !decimal.RequireFromString(got.Balance).Equal(w.api.Balance(1)) {
		t.Errorf("after the crash it shows %+v, want %s", got, w.api.Balance(1))
	}
	if status, answer := c.post("application/x-ndjson", body); status != http.StatusAccepted || answer != `{"accepted":0,"ignored":300}` {
		t.Errorf("the same 300 again: %d %s", status, answer)
	}
}

// TestBadOrders: what cannot be taken is refused in a sentence, and what came before it is kept.
func TestBadOrders(t *testing.T) {
	t.Parallel()
	w := hearing(t)
	c := w.spawn()
	eventually(t, "the wallet is ok", func() bool { return c.level(1) == "ok" })
	good := string(w.order(1, "5", 1))
	for name, r := range map[string]struct {
		token, path, contentType, body string
		status                         int
		says                           string
	}{
		"no token":        {"wrong", "/api/v1/orders", "application/json", good, 401, "token"},
		"unknown account": {testIngest, "/api/v1/orders?account=nobody", "application/json", good, 404, "default"},
		"not JSON":        {testIngest, "/api/v1/orders", "text/csv", "1,2", 415, "application/x-ndjson"},
		"too large":       {testIngest, "/api/v1/orders", "application/json", "[" + strings.Repeat(" ", 1<<20) + "]", 413, "x-ndjson"},
		"a bad line":      {testIngest, "/api/v1/orders", "application/x-ndjson", good + "\n\n{\"id\":}\n" + good, 400, "Line 3"},
	} {
		status, answer := c.postWith(r.token, r.path, r.contentType, r.body)
		var body struct {
			Error    struct{ Name, Code, Message string }
			Accepted int
			Line     int
		}
		if err := json.Unmarshal([]byte(answer), &body); err != nil || status != r.status || !strings.Contains(body.Error.Message, r.says) || body.Error.Code == "" {
			t.Errorf("%s: %d %s (%v), want %d that says %q", name, status, answer, err, r.status, r.says)
		}
		if name == "a bad line" && (body.Accepted != 1 || body.Line != 3) {
			t.Errorf("%s: %s", name, answer)
		}
	}
	delete(w.env, "WALLETWATCH_INGEST_TOKEN")
	w.dir = t.TempDir()
	w.configure(c.configuration())
	other := w.spawn()
	eventually(t, "the other daemon is ready", other.ready)
	if status, answer := other.post("application/json", good); status != http.StatusNotFound {
		t.Errorf("without a token: %d %s", status, answer)
	}
}

// configuration is what the process was configured with.
func (c *child) configuration() string {
	c.t.Helper()
	text, err := os.ReadFile(c.cmd.Args[3])
	if err != nil {
		c.t.Fatal(err)
	}
	return string(text)
}

// replace changes the configuration.
func (w *world) replace(old, new string) {
	w.t.Helper()
	text, err := os.ReadFile(w.configFile())
	if err != nil || !strings.Contains(string(text), old) {
		w.t.Fatalf("there is no %q in the configuration: %v", old, err)
	}
	w.configure(strings.ReplaceAll(string(text), old, new))
}

// TestPathsAreReloaded: where a balance is looked for follows thresholds.yaml.
func TestPathsAreReloaded(t *testing.T) {
	t.Parallel()
	w := hearing(t)
	c := w.spawn()
	eventually(t, "the wallet is ok", func() bool { return c.level(1) == "ok" })
	c.takes([]byte(`{"id":1,"wallet_id":1,"funds":{"left":4900}}`))
	if got := c.shown(1); got.Source != "poll" {
		t.Errorf("before: %+v", got)
	}
	w.replace("levels:", "ingest: {balance_paths: [funds.left]}\nlevels:")
	id := 1
	eventually(t, "the file is in force", func() bool {
		id++
		c.post("application/json", fmt.Sprintf(`{"id":%d,"wallet_id":1,"funds":{"left":4800}}`, id))
		return c.shown(1).Source == "order"
	})
}
