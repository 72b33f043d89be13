package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"walletwatch/alerting/alertingtest"
	"walletwatch/octopus/octopustest"
)

// preflight runs the command with a database and a reference file of its own.
func (w *world) preflight(args ...string) (code int, stdout, stderr string) {
	return w.command(append([]string{"preflight", "--config", w.configFile(), "--timeout", "10s",
		"--database", "sqlite://" + filepath.Join(w.dir, "preflight.db"), "--reference-file", filepath.Join(w.dir, "order.json")}, args...)...)
}

// lines returns what a table says of each check: its result by its name.
func lines(t *testing.T, table string) map[string]string {
	t.Helper()
	results := map[string]string{}
	for line := range strings.Lines(table) {
		words := strings.Fields(line)
		if len(words) < 5 {
			t.Fatalf("a line of the table is %q", line)
		}
		name := words[1]
		if name == "receiver" || words[2] == "forged" {
			name += " " + words[2]
		}
		results[name] = words[0]
	}
	return results
}

func funded(t *testing.T) *world {
	w := newWorld(t)
	w.api.AddWallet(octopustest.Wallet{ID: 1, Currency: "USD", Balance: decimal.NewFromInt(1000)})
	return w
}

// TestPreflight checks a whole installation: the API, a running daemon's webhooks, the receivers, the database.
func TestPreflight(t *testing.T) {
	w := funded(t)
	w.env["OCTOPUS_WEBHOOK_SECRET"] = "canary-webhook-secret"
	p := w.start()
	eventually(t, "the daemon is ready", func() bool { return p.get("/-/ready", nil) == 200 })
	code, stdout, stderr := w.preflight("--webhook-url", p.url+"/webhooks/octopus", "--database", "sqlite://"+filepath.Join(w.dir, "state.db"))
	if code != exitFine || stderr != "" {
		t.Errorf("exit status %d: %s", code, stderr)
	}
	got := lines(t, stdout)
	for _, name := range []string{"login", "wallets", "catalogue", "charges", "clock", "webhook", "webhook forged", "receiver slack", "receiver pagerduty", "database"} {
		if got[name] != "ok" {
			t.Errorf("%s is %q", name, got[name])
		}
	}
	if got["order"] != "skip" || len(got) != 11 {
		t.Errorf("the order is %q; %d lines", got["order"], len(got))
	}
	for _, endpoint := range []string{"POST /auth/login", "GET /api/v1/wallets", "GET /api/v1/products?limit=1", "POST /api/v1/products/:id/charges", "POST /api/v1/orders",
		"POST " + p.url + "/webhooks/octopus", "/api/auth.test", "/v2/enqueue", "sqlite://", " ms  "} {
		if !strings.Contains(stdout, endpoint) {
			t.Errorf("it does not name %s:\n%s", endpoint, stdout)
		}
	}
	if len(w.slack.Messages("#wallet-alerts"))+len(w.pager.Incidents())+len(w.api.PlacedOrders()) > 0 {
		t.Error("somebody was told, or something was bought")
	}
	w.holdNoSecrets(stdout + stderr)
}

func TestPreflightInJSON(t *testing.T) {
	w := funded(t)
	w.api.SetCredentials("other", "other")
	w.pager.Always(alertingtest.Fault{Status: 500})
	code, stdout, stderr := w.preflight("--output", "json", "--webhook-url", "https://127.0.0.1:1/webhooks/octopus")
	if code != exitFailed || !strings.Contains(stderr, "2 of 11 checks failed") {
		t.Errorf("exit status %d: %s", code, stderr)
	}
	var rows []struct {
		Name, Endpoint, Result, Found, Advice string
		TookMS                                *int64 `json:"took_ms"`
	}
	if err := json.Unmarshal([]byte(stdout), &rows); err != nil {
		t.Fatalf("%v in %s", err, stdout)
	}
	var results []string
	for _, r := range rows {
		results = append(results, r.Name+" "+r.Result)
		if r.TookMS == nil || r.Endpoint == "" || r.Found == "" || r.Result == "fail" && r.Advice == "" {
			t.Errorf("incomplete: %+v", r)
		}
	}
	want := []string{"login fail", "wallets skipped", "catalogue skipped", "charges skipped", "order skipped", "clock ok",
		"webhook skipped", "webhook forged skipped", "receiver slack ok", "receiver pagerduty fail", "database warn"}
	if !slices.Equal(results, want) {
		t.Errorf("got %q", results)
	}
	if !strings.Contains(rows[0].Found, "request id") {
		t.Errorf("the failed login says %s", rows[0].Found)
	}
	w.holdNoSecrets(stdout + stderr)
}

// TestPreflightOrder buys one thing, and nothing more however often it is called.
func TestPreflightOrder(t *testing.T) {
	w := funded(t)
	w.api.Fail(octopustest.RouteOrders, octopustest.AnswerLost())
	order := []string{"--log-level", "debug", "--product", "1", "--denomination", "10", "--place-order", "--i-know-this-spends-money"}
	var printed string
	for range 3 {
		code, stdout, stderr := w.preflight(order...)
		if got := lines(t, stdout); code != exitFine || got["order"] != "ok" || !strings.Contains(stdout, "would cost 9.75 USD") {
			t.Errorf("exit status %d: %s%s", code, stdout, stderr)
		}
		if strings.Index(stdout, "would cost") > strings.Index(stdout, "POST /api/v1/orders") {
			t.Error("the price comes after the order")
		}
		printed += stdout + stderr
	}
	if placed := w.api.PlacedOrders(); len(placed) != 1 || !w.api.Balance(1).Equal(decimal.RequireFromString("990.25")) {
		t.Errorf("the orders are %v", placed)
	}
	file, err := os.ReadFile(filepath.Join(w.dir, "order.json"))
	if err != nil {
		t.Fatal(err)
	}
	w.holdNoSecrets(printed + string(file))
}

// TestPreflightRefusals: what makes no sense is said in one sentence, before anything is sent.
func TestPreflightRefusals(t *testing.T) {
	for _, tt := range []struct {
		name string
		args []string
		mend func(w *world)
		want string
	}{
		{"order of nothing", []string{"--place-order", "--i-know-this-spends-money"}, nil, "give --product ID and --denomination N"},
		{"order unknowingly", []string{"--place-order", "--product", "1", "--denomination", "10"}, nil, "would buy one unit of product 1 worth 10 from account default at http://127.0.0.1"},
		{"product alone", []string{"--product", "1"}, nil, "must be given together"},
		{"denomination alone", []string{"--denomination", "1"}, nil, "must be given together"},
		{"no number", []string{"--product", "1", "--denomination", "1e3"}, nil, `--denomination "1e3"`},
		{"negative", []string{"--product", "1", "--denomination=-5"}, nil, `--denomination "-5"`},
		{"unknown account", []string{"--account", "staging"}, nil, `--account "staging" is not configured; there are default`},
		{"plain webhooks", []string{"--webhook-url", "http://walletwatch.example.com/webhooks/octopus"}, nil, "--webhook-url must be https"},
		{"no webhook address", []string{"--webhook-url", "walletwatch.example.com"}, nil, "--webhook-url is not an address"},
		{"a password in it", []string{"--webhook-url", "https://me:hunter2@walletwatch.example.com/"}, nil, "--webhook-url is not an address"},
		{"no time", []string{"--timeout", "0s"}, nil, "--timeout 0s"},
		{"no credentials", nil, func(w *world) { delete(w.env, "OCTOPUS_API_KEY") }, "OCTOPUS_API_KEY is not set"},
		{"database file", nil, func(w *world) { w.env["WALLETWATCH_DATABASE_FILE"] = "/nowhere/database" }, "WALLETWATCH_DATABASE_FILE is set beside --database"},
		{"order for two", []string{"--place-order", "--product", "1", "--denomination", "10", "--i-know-this-spends-money"}, (*world).twoAccounts, "name it with --account"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := funded(t)
			if tt.mend != nil {
				tt.mend(w)
			}
			code, stdout, stderr := w.preflight(tt.args...)
			if code != exitRefused || stdout != "" || !strings.Contains(stderr, tt.want) || strings.Contains(stderr, "hunter2") {
				t.Errorf("exit status %d: %q, %q", code, stdout, stderr)
			}
			if n := w.api.Count("*") + w.slack.Requests("auth.test") + w.pager.Requests(); n > 0 {
				t.Errorf("%d requests were sent", n)
			}
		})
	}
}

func (w *world) twoAccounts() {
	file, err := os.ReadFile(w.configFile())
	if err != nil {
		w.t.Fatal(err)
	}
	w.configure(string(file) + "accounts:\n  - {name: production, env_prefix: OCTOPUS}\n  - {name: sandbox, env_prefix: OCTOPUS_SANDBOX}\n")
	w.env["OCTOPUS_SANDBOX_BASE_URL"] = w.env["OCTOPUS_BASE_URL"]
	w.env["OCTOPUS_SANDBOX_API_KEY"], w.env["OCTOPUS_SANDBOX_API_SECRET"] = "wrong-key", "wrong-secret"
}

func TestPreflightOfSeveralAccounts(t *testing.T) {
	w := funded(t)
	w.twoAccounts()
	code, stdout, _ := w.preflight()
	if got := lines(t, stdout); code != exitFailed || got["production/login"] != "ok" || got["sandbox/login"] != "FAIL" || got["sandbox/wallets"] != "skip" {
		t.Errorf("exit status %d: %s", code, stdout)
	}
	_, stdout, _ = w.preflight("--webhook-url", "https://127.0.0.1:1/webhooks/octopus")
	for _, variable := range []string{" OCTOPUS_WEBHOOK_SECRET is not set", " OCTOPUS_SANDBOX_WEBHOOK_SECRET is not set"} {
		if strings.Count(stdout, variable) != 2 {
			t.Errorf("it does not say that%s: %s", variable, stdout)
		}
	}
	code, stdout, _ = w.preflight("--account", "production")
	if got := lines(t, stdout); code != exitFine || got["login"] != "ok" || strings.Contains(stdout, "sandbox") {
		t.Errorf("exit status %d: %s", code, stdout)
	}
}

// holdNoSecrets looks for secrets and vouchers in what was printed or stored.
func (w *world) holdNoSecrets(text string) {
	w.t.Helper()
	for _, canary := range []string{octopustest.DemoSecret, testToken, testRoutingKey, testAdmin, "canary-webhook-secret", "sim-access-", "sim-refresh-",
		"SIM-CARD", "SIM-PIN", "SIM-CLAIM", "SIM-REF"} {
		if at := strings.Index(text, canary); at >= 0 {
			w.t.Errorf("a secret was printed or stored: %s", fmt.Sprintf("…%s…", text[max(0, at-100):min(len(text), at+60)]))
		}
	}
}
