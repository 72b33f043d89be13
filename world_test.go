package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"walletwatch/alerting/alertingtest"
	"walletwatch/octopus/octopustest"
)

const (
	testToken      = "xoxb-canary-slack-token"
	testRoutingKey = "canaryroutingkey0123456789abcdef"
	testAdmin      = "canary-admin-token"
)

// world is what a daemon lives in: a simulated API, Slack and PagerDuty on sockets of their own, a directory with
// a configuration, and an environment.
type world struct {
	t     testing.TB
	api   *octopustest.Server
	slack *alertingtest.Slack
	pager *alertingtest.PagerDuty
	dir   string
	env   map[string]string
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, api: octopustest.New(octopustest.Config{}), slack: alertingtest.NewSlack(), pager: alertingtest.NewPagerDuty(), dir: t.TempDir()}
	w.slack.Token, w.pager.RoutingKey = testToken, testRoutingKey
	api, slack, pager := httptest.NewServer(w.api), httptest.NewServer(w.slack), httptest.NewServer(w.pager)
	t.Cleanup(func() {
		for _, s := range []*httptest.Server{api, slack, pager} {
			s.CloseClientConnections()
			s.Close()
		}
	})
	w.env = map[string]string{
		"OCTOPUS_BASE_URL": api.URL, "OCTOPUS_API_KEY": octopustest.DemoKey, "OCTOPUS_API_SECRET": octopustest.DemoSecret,
		"SLACK_BOT_TOKEN": testToken, "PAGERDUTY_ROUTING_KEY": testRoutingKey, "WALLETWATCH_ADMIN_TOKEN": testAdmin,
	}
	w.configure(fmt.Sprintf(`poll: "@every 1s"
levels:
  - {name: warning, percent_of_daily_spend: 20, notify: [slack]}
  - {name: critical, percent_of_daily_spend: 5, notify: [slack, pagerduty]}
receivers:
  slack: {type: slack, channel: "#wallet-alerts", api_url: %s/api/}
  pagerduty: {type: pagerduty, events_url: %s}
`, slack.URL, pager.URL))
	return w
}

func (w *world) configFile() string { return filepath.Join(w.dir, "thresholds.yaml") }

func (w *world) configure(text string) {
	w.t.Helper()
	if err := os.WriteFile(w.configFile(), []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// spent gives a wallet a balance and a week's history of a daily spend.
func (w *world) spent(id int64, currency string, daily, balance string) {
	w.api.AddWallet(octopustest.Wallet{ID: id, Currency: currency, Balance: decimal.RequireFromString(balance)})
	each := decimal.RequireFromString(daily).Div(decimal.NewFromInt(4))
	for quarter := range 8 * 4 {
		at := time.Now().Add(-8*24*time.Hour + 3*time.Hour + time.Duration(quarter)*6*time.Hour)
		w.api.Debit(id, each, at, octopustest.NoBalance())
	}
}

// process is a daemon that runs in this process.
type process struct {
	t    testing.TB
	url  string
	stop context.CancelFunc
	done chan struct{}
	code int
	log  *lockedBuffer
}

// start runs the daemon with more arguments until the test ends or stop is called.
func (w *world) start(args ...string) *process {
	w.t.Helper()
	listen := freeAddress(w.t)
	ctx, cancel := context.WithCancel(context.Background())
	p := &process{t: w.t, url: "http://" + listen, stop: cancel, done: make(chan struct{}), log: &lockedBuffer{}}
	all := append([]string{"run", "--config", w.configFile(), "--listen", listen, "--allow-fast-poll", "--log-level", "debug",
		"--database", "sqlite://" + filepath.Join(w.dir, "state.db")}, args...)
	go func() {
		defer close(p.done)
		p.code = run(ctx, all, w.getenv, p.log, p.log)
	}()
	w.t.Cleanup(func() {
		p.end()
		if w.t.Failed() {
			w.t.Log(p.log.String())
		}
	})
	return p
}

func (w *world) getenv(name string) (string, bool) {
	v, ok := w.env[name]
	return v, ok
}

// end stops the daemon as SIGTERM does and waits for it.
func (p *process) end() int {
	p.stop()
	<-p.done
	return p.code
}

func (p *process) get(path string, to any) int {
	p.t.Helper()
	resp, err := http.Get(p.url + path)
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	switch to := to.(type) {
	case nil:
	case *string:
		*to = string(body)
	default:
		if err := json.Unmarshal(body, to); err != nil {
			p.t.Fatalf("%s answered %q: %v", path, body, err)
		}
	}
	return resp.StatusCode
}

// eventually waits until what holds, or fails.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-deadline:
			t.Fatalf("waited in vain for: %s", what)
		case <-tick.C:
		}
	}
}

func freeAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

func (b *lockedBuffer) contains(s string) bool { return strings.Contains(b.String(), s) }
