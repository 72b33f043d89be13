package main

import (
	"context"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"walletwatch/config"
	"walletwatch/store"
)

func (p *process) metric(line string) bool {
	var text string
	p.get("/metrics", &text)
	return strings.Contains(text, "\n"+line+"\n")
}

func (p *process) reload(token string) (int, string) {
	p.t.Helper()
	req, err := http.NewRequest(http.MethodPost, p.url+"/-/reload", nil)
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

// TestReload changes the thresholds in every way there is: the file alone, a signal, the endpoint; and with a bad file,
// which changes nothing.
func TestReload(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.spent(1, "USD", "1000", "300")
	c := w.spawn()
	eventually(t, "the wallet is ok", func() bool { return c.level(1) == "ok" })
	good, err := os.ReadFile(w.configFile())
	if err != nil {
		t.Fatal(err)
	}

	w.configure(strings.Replace(string(good), "percent_of_daily_spend: 20", "percent_of_daily_spend: 40", 1))
	eventually(t, "the changed file is noticed", func() bool { return c.level(1) == "warning" })
	eventually(t, "the warning is in Slack", func() bool { return len(w.slack.Messages("#wallet-alerts")) == 1 })

	w.configure("levels: nonsense\n")
	eventually(t, "the bad file shows in a metric", func() bool { return c.metric("walletwatch_config_last_reload_successful 0") })
	if status, text := c.reload(testAdmin); status != http.StatusBadRequest || !strings.Contains(text, "thresholds.yaml:1:9") {
		t.Errorf("reloading a bad file answered %d %s", status, text)
	}
	if status, _ := c.reload("wrong"); status != http.StatusUnauthorized {
		t.Errorf("reloading with a wrong token answered %d", status)
	}
	if got := c.level(1); got != "warning" {
		t.Errorf("a bad file changed the level to %s", got)
	}

	w.configure(string(good))
	if status, text := c.reload(testAdmin); status != http.StatusOK {
		t.Errorf("reloading a good file answered %d %s", status, text)
	}
	eventually(t, "the old threshold is in force", func() bool { return c.level(1) == "ok" })

	// Receivers and the schedule are taken over too.
	w.configure(strings.Replace(string(good), "#wallet-alerts", "#elsewhere", 1))
	c.signal(syscall.SIGHUP)
	w.api.SetBalance(1, decimal.NewFromInt(10))
	eventually(t, "the new channel is told", func() bool { return len(w.slack.Messages("#elsewhere")) == 1 })
	if !c.metric("walletwatch_config_last_reload_successful 1") {
		t.Error("the metric does not show the good reload")
	}
}

// TestReloadOfMountedConfigMap swaps the directory behind a link, twice, as Kubernetes does with a mounted ConfigMap.
func TestReloadOfMountedConfigMap(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.spent(1, "USD", "1000", "300")
	text, err := os.ReadFile(w.configFile())
	if err != nil {
		t.Fatal(err)
	}
	mount := filepath.Join(w.dir, "mount")
	put := func(version, text string) {
		dir := filepath.Join(mount, version)
		link := filepath.Join(mount, "..data_tmp")
		for _, err := range []error{
			os.MkdirAll(dir, 0o700), os.WriteFile(filepath.Join(dir, "thresholds.yaml"), []byte(text), 0o600),
			os.Symlink(version, link), os.Rename(link, filepath.Join(mount, "..data")),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	put("..1", string(text))
	if err := os.Symlink("..data/thresholds.yaml", filepath.Join(mount, "thresholds.yaml")); err != nil {
		t.Fatal(err)
	}
	c := w.spawn("--config", filepath.Join(mount, "thresholds.yaml"))
	eventually(t, "the wallet is ok", func() bool { return c.level(1) == "ok" })
	put("..2", strings.Replace(string(text), "percent_of_daily_spend: 20", "percent_of_daily_spend: 40", 1))
	eventually(t, "the first swap is noticed", func() bool { return c.level(1) == "warning" })
	put("..3", string(text))
	eventually(t, "the second swap is noticed", func() bool { return c.level(1) == "ok" })
}

// TestReloadWithoutAReceiver: the incidents at a receiver that is removed are resolved, since nobody would do it later.
func TestReloadWithoutAReceiver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const wallets = 6 // more than the one that is told while the reload is on its way
	for id := range int64(wallets) {
		w.spent(id+1, "USD", "1000", "10")
	}
	p := w.start()
	eventually(t, "the pages", func() bool { return len(w.pager.OpenIncidents()) == wallets })
	eventually(t, "the deliveries are recorded", func() bool { return p.pendingDeliveries() == 0 })
	text, err := os.ReadFile(w.configFile())
	if err != nil {
		t.Fatal(err)
	}
	kept, _, _ := strings.Cut(strings.Replace(string(text), "[slack, pagerduty]", "[slack]", 1), "  pagerduty:")
	w.configure(kept)
	eventually(t, "the new configuration is in force", func() bool { return p.log.contains("configuration reloaded") })
	eventually(t, "the incidents are resolved", func() bool { return len(w.pager.OpenIncidents()) == 0 })
	if !p.metric("walletwatch_config_last_reload_successful 1") {
		t.Error("the reload failed")
	}
}

// TestReloadOutlivesItsCaller: a reload that nobody waits for any more is not left half done.
func TestReloadOutlivesItsCaller(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	options := config.Options{AllowFastPoll: true}
	file, env, err := config.LoadAll(w.configFile(), w.getenv, options)
	if err != nil {
		t.Fatal(err)
	}
	d := &daemon{
		file: file, env: env, log: slog.New(slog.DiscardHandler), now: time.Now, options: options, getenv: w.getenv,
		database: store.At("sqlite://" + filepath.Join(w.dir, "state.db")),
	}
	if err := d.open(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer d.close()
	stopping := make(chan struct{})
	r := newReloader(d, stopping)
	defer r.stop()
	gone, cancel := context.WithCancel(t.Context())
	cancel()

	result := make(chan error)
	go func() { result <- r.reload(gone) }()
	select {
	case <-r.accepted:
	case err := <-result:
		t.Fatalf("nobody waits for the reload: %v", err)
	}
	if err := <-result; err != nil {
		t.Error(err)
	}
	close(stopping)
	if err := r.reload(t.Context()); err == nil || !strings.Contains(err.Error(), "walletwatch is stopping") {
		t.Errorf("while stopping: %v", err)
	}
}

func TestReloadKnowsAccountsInAnyOrder(t *testing.T) {
	one, two := config.AccountRef{Name: "one", EnvPrefix: "ONE"}, config.AccountRef{Name: "two", EnvPrefix: "TWO"}
	other := config.AccountRef{Name: "two", EnvPrefix: "OTHER"}
	if !maps.Equal(prefixes([]config.AccountRef{one, two}), prefixes([]config.AccountRef{two, one})) {
		t.Error("another order counts as another set of accounts")
	}
	for _, changed := range [][]config.AccountRef{{one}, {one, other}, nil} {
		if maps.Equal(prefixes([]config.AccountRef{one, two}), prefixes(changed)) {
			t.Errorf("%v counts as the same accounts", changed)
		}
	}
}
