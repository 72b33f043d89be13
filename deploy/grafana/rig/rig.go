// Package rig runs what dashboards are about: the daemon, as a process, in front of the simulated API and local
// receivers, and a real Prometheus that scrapes it.
package rig

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"walletwatch/deploy/grafana/prom"
)

// Config says what to run.
type Config struct {
	Source string        // the folder of walletwatch's main package
	Dir    string        // an empty folder for binaries and data
	Poll   time.Duration // how often wallets are polled
	Scrape time.Duration // how often Prometheus scrapes
	Speed  float64       // how fast the simulated wallets are spent
}

// Rig is what runs. The daemon is scraped as the job walletwatch, and again as the job twice: there under two names,
// as if it were two replicas that export the same gauges. The jobs behind, hung and standby scrape it with a replica beside it that
// must not be believed.
type Rig struct {
	Daemon     string // its address, such as http://127.0.0.1:8080
	Prometheus prom.Client

	config    Config
	sim       string
	receivers *receivers
	copies    *copies
	running   []*process
}

const (
	ingestToken   = "an-ingest-token"
	webhookSecret = "a-webhook-secret"
)

// Start builds and starts everything. Stop must be called unless it fails.
func Start(ctx context.Context, c Config) (_ *Rig, err error) {
	r := &Rig{config: c}
	defer func() {
		if err != nil {
			r.Stop()
		}
	}()
	if r.receivers, err = openReceivers(); err != nil {
		return nil, err
	}
	if err := build(ctx, c); err != nil {
		return nil, err
	}
	daemon, err := freeAddress()
	if err != nil {
		return nil, err
	}
	r.Daemon = "http://" + daemon
	if r.copies, err = openCopies(r.Daemon); err != nil {
		return nil, err
	}
	if err := r.startAPI(ctx); err != nil {
		return nil, err
	}
	if err := r.startDaemon(ctx, daemon); err != nil {
		return nil, err
	}
	r.Prometheus, err = r.startPrometheus(ctx, "prometheus", scrapeConfig(daemon, r.copies.address, c.Scrape))
	return r, err
}

// Empty starts a second Prometheus, which scrapes nothing.
func (r *Rig) Empty(ctx context.Context) (prom.Client, error) {
	return r.startPrometheus(ctx, "empty", "global: {}\n")
}

// Stop ends everything, the newest first.
func (r *Rig) Stop() {
	for _, p := range slices.Backward(r.running) {
		p.stop()
	}
	if r.copies != nil {
		r.copies.close()
	}
	if r.receivers != nil {
		r.receivers.close()
	}
}

func build(ctx context.Context, c Config) error {
	for name, pkg := range map[string]string{"walletwatch": ".", "octopus-sim": "./octopus/octopustest/octopus-sim"} {
		cmd := exec.CommandContext(ctx, "go", "build", "-o", filepath.Join(c.Dir, name), pkg)
		cmd.Dir = c.Source
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("building %s: %w\n%s", name, err, out)
		}
	}
	return nil
}

func (r *Rig) startAPI(ctx context.Context) error {
	address, err := freeAddress()
	if err != nil {
		return err
	}
	r.sim = "http://" + address
	return r.start(ctx, r.sim+"/sim/", []string{"SIM_WEBHOOK_SECRET=" + webhookSecret}, filepath.Join(r.config.Dir, "octopus-sim"),
		"--listen", address, "--speed", fmt.Sprint(r.config.Speed), "--order-balance", "wallet.balance",
		"--webhook-url", r.Daemon+"/webhooks/octopus")
}

func (r *Rig) startDaemon(ctx context.Context, address string) error {
	thresholds := filepath.Join(r.config.Dir, "thresholds.yaml")
	if err := os.WriteFile(thresholds, []byte(r.thresholds()), 0o600); err != nil {
		return err
	}
	env := []string{
		"OCTOPUS_BASE_URL=" + r.sim, "OCTOPUS_API_KEY=demo-key", "OCTOPUS_API_SECRET=demo-secret",
		"OCTOPUS_WEBHOOK_SECRET=" + webhookSecret, "WALLETWATCH_INGEST_TOKEN=" + ingestToken,
		"SLACK_BOT_TOKEN=xoxb-made-up", "PAGERDUTY_ROUTING_KEY=0123456789abcdef0123456789abcdef",
		"WALLETWATCH_HEARTBEAT_URL=" + r.receivers.url + "/heartbeat",
	}
	return r.start(ctx, r.Daemon+"/-/ready", env, filepath.Join(r.config.Dir, "walletwatch"), "run", "--allow-fast-poll",
		"--listen", address, "--database", "sqlite://"+filepath.Join(r.config.Dir, "walletwatch.db"), "--config", thresholds)
}

func (r *Rig) thresholds() string {
	return fmt.Sprintf(`poll: "@every %s"
levels:
  - {name: warning, percent_of_daily_spend: 20, notify: [slack]}
  - {name: critical, percent_of_daily_spend: 5, notify: [slack, pagerduty]}
receivers:
  slack: {type: slack, channel: "#wallet-alerts", api_url: %[2]s/api/}
  pagerduty: {type: pagerduty, events_url: %[2]s}
wallets:
  - {match: {currency: USD}, name: US gift cards}
  - {match: {currency: EUR}, name: EUR top-ups}
  - {match: {currency: JPY}, name: JPY eSIMs}
`, r.config.Poll, r.receivers.url)
}

// scrapeConfig has the daemon scraped under one instance label, under two, and beside each copy.
func scrapeConfig(address, copies string, every time.Duration) string {
	var b strings.Builder
	fmt.Fprintf(&b, "global: {scrape_interval: %[1]s, scrape_timeout: %[1]s}\nscrape_configs:\n", every)
	job := func(name string) {
		fmt.Fprintf(&b, "  - job_name: %s\n    honor_labels: true\n    static_configs:\n", name)
	}
	target := func(instance, address, path string) {
		fmt.Fprintf(&b, "      - {targets: [%q], labels: {instance: walletwatch-%s, __metrics_path__: %s}}\n", address, instance, path)
	}
	job("walletwatch")
	target("0", address, "/metrics")
	job("twice")
	target("0", address, "/metrics")
	target("1", address, "/metrics")
	for _, name := range astray() {
		job(name)
		target("0", copies, "/"+name) // first, so that no order of names helps
		target("1", address, "/metrics")
	}
	return b.String()
}

func (r *Rig) startPrometheus(ctx context.Context, name, config string) (prom.Client, error) {
	binary, err := exec.LookPath("prometheus")
	if err != nil {
		return prom.Client{}, fmt.Errorf("Prometheus is needed: install Debian's package prometheus: %w", err)
	}
	address, err := freeAddress()
	if err != nil {
		return prom.Client{}, err
	}
	path := filepath.Join(r.config.Dir, name+".yml")
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		return prom.Client{}, err
	}
	c := prom.Client{URL: "http://" + address}
	return c, r.start(ctx, c.URL+"/-/ready", nil, binary, "--config.file", path, "--web.listen-address", address,
		"--storage.tsdb.path", filepath.Join(r.config.Dir, name), "--log.level", "warn")
}

func (r *Rig) start(ctx context.Context, url string, env []string, name string, args ...string) error {
	p, err := start(ctx, url, env, name, args...)
	if err == nil {
		r.running = append(r.running, p)
	}
	return err
}
