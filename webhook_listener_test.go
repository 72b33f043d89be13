package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"walletwatch/octopus/octopustest"
)

// TestWebhookSecretRotates: while the file has two secrets both are good, and the daemon follows it as it runs.
func TestWebhookSecretRotates(t *testing.T) {
	t.Parallel()
	w := told(t)
	file := filepath.Join(w.dir, "webhook-secret")
	keep := func(text string) {
		t.Helper()
		if err := os.WriteFile(file+".new", []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(file+".new", file); err != nil {
			t.Fatal(err)
		}
	}
	delete(w.env, "OCTOPUS_WEBHOOK_SECRET")
	w.env["OCTOPUS_WEBHOOK_SECRET_FILE"] = file
	keep("old-secret\n")
	c := w.spawn()
	eventually(t, "the wallet is ok", func() bool { return c.level(1) == "ok" })
	is := func(secret string, status int) bool {
		return c.signed(debited("evt_"+secret, 1, "1"), secret) == status
	}
	if !is("old-secret", 200) || !is("new-secret", 401) {
		t.Error("not the old secret alone is good at first")
	}
	keep("old-secret\nnew-secret\n")
	eventually(t, "the new secret is good", func() bool { return is("new-secret", 200) })
	if !is("old-secret", 200) {
		t.Error("the old secret is not good any more although it is still in the file")
	}
	keep("new-secret\n")
	eventually(t, "the old secret is not good any more", func() bool { return is("old-secret", 401) })
	keep("")
	eventually(t, "with an empty file the vendor is asked to try again", func() bool { return is("new-secret", 503) })
	keep("new-secret\n")
	eventually(t, "the new secret is good", func() bool { return is("new-secret", 200) })
	if !c.shows(1, "estimate", "4998") {
		t.Errorf("it shows %+v", c.shown(1))
	}
}

// TestWebhookListener: on an address of their own webhooks are taken, and nothing else is there; and they are nowhere else.
func TestWebhookListener(t *testing.T) {
	t.Parallel()
	w := told(t)
	own := freeAddress(t)
	c := w.spawn("--webhook-listen", own)
	eventually(t, "the wallet is ok", func() bool { return c.level(1) == "ok" })
	event := debited("evt_1", 1, "100")
	for _, path := range []string{hookPath, hookPath + "/default"} {
		if status, _ := hooked(t, event.Request(c.url+path, testHook, time.Now())); status != http.StatusNotFound {
			t.Errorf("POST %s on the main address: %d", path, status)
		}
		if status, answer := hooked(t, event.Request("http://"+own+path, testHook, time.Now())); status != http.StatusOK {
			t.Errorf("POST %s on its own address: %d %s", path, status, answer)
		}
	}
	if !c.shows(1, "estimate", "4900") {
		t.Errorf("it shows %+v", c.shown(1))
	}
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		for _, path := range []string{"/", "/wallets/default/1", "/metrics", "/api/v1/wallets", "/api/v1/orders", "/-/ready", "/-/healthy", "/-/reload", "/debug/pprof/", "/webhooks", "//webhooks/octopus/../../metrics"} {
			r, err := http.NewRequest(method, "http://"+own+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Authorization", "Bearer "+testAdmin)
			if status, answer := hooked(t, r); status != http.StatusNotFound || strings.Contains(answer, "<") {
				t.Errorf("%s %s on the webhooks' address: %d %s", method, path, status, answer)
			}
		}
	}
	w.deliver("http://"+own, octopustest.Hook{})
	w.api.TopUp(1, decimal.NewFromInt(1))
	eventually(t, "the vendor's own webhook is heard", func() bool { return c.shows(1, "poll", "5001") })
	c.signal(os.Interrupt)
	if <-c.done; c.code != exitFine {
		t.Errorf("exit status %d", c.code)
	}
}

// TestWebhookListenerNeedsASecret: an address for webhooks that nobody can send is a mistake.
func TestWebhookListenerNeedsASecret(t *testing.T) {
	t.Parallel()
	w := hearing(t)
	code, _, stderr := w.command("--config", w.configFile(), "run", "--allow-fast-poll", "--listen", "127.0.0.1:0", "--webhook-listen", "127.0.0.1:0")
	if code != exitRefused || !strings.Contains(stderr, "OCTOPUS_WEBHOOK_SECRET") || strings.Count(strings.TrimSpace(stderr), "\n") > 0 {
		t.Errorf("exit status %d, and it said %q", code, stderr)
	}
}

// TestWebhooksOfAccounts: the signature says whose webhook it is, and the path may say so too; a wallet of another
// account with the same id is left alone.
func TestWebhooksOfAccounts(t *testing.T) {
	t.Parallel()
	w := hearing(t)
	w.replace("levels:", "accounts:\n  - {name: a, env_prefix: A}\n  - {name: b, env_prefix: B}\nlevels:")
	for _, prefix := range []string{"A", "B"} {
		for _, name := range []string{"_BASE_URL", "_API_KEY", "_API_SECRET"} {
			w.env[prefix+name] = w.env["OCTOPUS"+name]
		}
		w.env[prefix+"_WEBHOOK_SECRET"] = "secret-" + prefix
	}
	c := w.spawn()
	balance := func(account string) string {
		var s shown
		c.get("/api/v1/wallets/"+account+"/1", &s)
		return s.Balance
	}
	eventually(t, "both accounts are known", func() bool { return balance("a") == "5000.00" && balance("b") == "5000.00" })
	for i, tt := range []struct {
		path, secret string
		status       int
		a, b         string
	}{
		{hookPath, "secret-A", 200, "4990.00", "5000.00"},
		{hookPath, "secret-B", 200, "4990.00", "4990.00"},
		{hookPath + "/b", "secret-A", 401, "4990.00", "4990.00"},
		{hookPath + "/b", "secret-B", 200, "4990.00", "4980.00"},
		{hookPath + "/a", "secret-A", 200, "4980.00", "4980.00"},
		{hookPath + "/c", "secret-A", 404, "4980.00", "4980.00"},
		{hookPath, "secret-C", 401, "4980.00", "4980.00"},
	} {
		status, answer := hooked(t, debited(fmt.Sprint("evt_", i), 1, "10").Request(c.url+tt.path, tt.secret, time.Now()))
		if a, b := balance("a"), balance("b"); status != tt.status || a != tt.a || b != tt.b {
			t.Errorf("%s with %s: %d %s, then a has %s and b %s; want %+v", tt.path, tt.secret, status, answer, a, b, tt)
		}
	}
}
