package web_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"pgregory.net/rapid"

	"walletwatch/wallet"
	"walletwatch/web"
)

func TestExposition(t *testing.T) {
	want, err := os.Open("testdata/metrics.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer want.Close()
	if err := testutil.CollectAndCompare(web.NewCollector(newView(), clock), want); err != nil {
		t.Error(err)
	}
}

func TestExpositionIsLintClean(t *testing.T) {
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(web.NewCollector(newView(), clock))
	problems, err := testutil.GatherAndLint(registry)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

// scrape returns the lines of /metrics that hold every one of parts.
func scrape(t *testing.T, h http.Handler, parts ...string) []string {
	t.Helper()
	w := do(h, "GET", "/metrics")
	if w.Code != http.StatusOK {
		t.Fatalf("status %d: %s", w.Code, w.Body)
	}
	var found []string
	for line := range strings.Lines(w.Body.String()) {
		ok := !strings.HasPrefix(line, "#")
		for _, p := range parts {
			ok = ok && strings.Contains(line, p)
		}
		if ok {
			found = append(found, strings.TrimSuffix(line, "\n"))
		}
	}
	return found
}

func TestStaleValuesAreAbsent(t *testing.T) {
	at := now
	h := newServer(t, web.Config{Now: func() time.Time { return at }})
	if got := scrape(t, h, "walletwatch_wallet_", `wallet_id="10"`); len(got) != 13 {
		t.Errorf("fresh: %s", strings.Join(got, "\n"))
	}
	at = now.Add(10 * time.Minute)
	got := strings.Join(scrape(t, h, "walletwatch_wallet_", `wallet_id="10"`), "\n")
	for _, metric := range []string{"balance", "daily_spend", "balance_ratio", "threshold", "runway_seconds"} {
		if strings.Contains(got, "walletwatch_wallet_"+metric+"{") {
			t.Errorf("%s is still there: %s", metric, got)
		}
	}
	for _, line := range []string{`level="unknown",name="USD wallet 10",wallet_id="10"} 1`, `level="ok",name="USD wallet 10",wallet_id="10"} 0`, "observed_timestamp_seconds{"} {
		if !strings.Contains(got, line) {
			t.Errorf("%s is missing: %s", line, got)
		}
	}
}

func TestRatioNeedsAKnownSpend(t *testing.T) {
	for name, change := range map[string]func(w *wallet.Wallet){
		"learning": func(w *wallet.Wallet) { w.Learning, w.Shown = true, wallet.Learning },
		"no spend": func(w *wallet.Wallet) { w.DailySpend = dec("0") },
		"unknown":  func(w *wallet.Wallet) { w.SpendSource = wallet.SpendFromNone },
	} {
		v := newView()
		change(v.snapshot.Accounts[1].Wallets[3])
		h := newServer(t, web.Config{Source: v})
		if got := scrape(t, h, "walletwatch_wallet_balance_ratio", `wallet_id="10"`); len(got) != 0 {
			t.Errorf("%s: %s", name, got)
		}
		if got := scrape(t, h, "walletwatch_wallet_balance{", `wallet_id="10"`); len(got) != 1 {
			t.Errorf("%s: balance %s", name, got)
		}
	}
}

func TestCountsOfNothingAreZero(t *testing.T) {
	p := newPolicy()
	p.Rules = []wallet.Rule{{Levels: []wallet.Level{{Name: "special", Notify: []string{"other"}}}}}
	h := newServer(t, web.Config{Source: &view{snapshot: &wallet.Snapshot{}, policy: p}})
	got := strings.Join(slices.Concat(scrape(t, h, "walletwatch_alerts{"), scrape(t, h, "walletwatch_notifications_pending{")), " ")
	want := `walletwatch_alerts{level="critical"} 0 walletwatch_alerts{level="special"} 0 walletwatch_alerts{level="warning"} 0 ` +
		`walletwatch_notifications_pending{receiver="other"} 0 walletwatch_notifications_pending{receiver="pagerduty"} 0 walletwatch_notifications_pending{receiver="slack"} 0`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestHostileNamesDoNotBreakTheScrape(t *testing.T) {
	v := newView()
	wallets := v.snapshot.Accounts[1].Wallets
	wallets[2].Terms = &wallet.Terms{Name: "bad \xff\xfe name\n\"}", Levels: v.policy.Levels}
	wallets[3].Terms = &wallet.Terms{Name: "bad \xfe\xff name\n\"}", Levels: v.policy.Levels} // the same once mended
	wallets[3].Currency = "U\xffD"
	h := newServer(t, web.Config{Source: v})
	for _, id := range []string{"7", "8", "9", "10"} {
		if got := scrape(t, h, "walletwatch_wallet_level", `wallet_id="`+id+`"`); len(got) != 5 {
			t.Errorf("wallet %s: %s", id, got)
		}
	}
	if got := scrape(t, h, "promhttp_metric_handler_errors_total", "gathering"); !strings.HasSuffix(got[0], " 0") {
		t.Errorf("%s", got)
	}
}

func TestOneBadMetricCostsOnlyItself(t *testing.T) {
	var log bytes.Buffer
	registry := prometheus.NewRegistry()
	registry.MustRegister(badCollector{})
	h := newServer(t, web.Config{Registry: registry, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	if got := scrape(t, h, "walletwatch_wallet_balance{", `wallet_id="7"`); len(got) != 1 {
		t.Errorf("%s", got)
	}
	if got := scrape(t, h, "promhttp_metric_handler_errors_total", "gathering"); !strings.HasSuffix(got[0], " 1") {
		t.Errorf("%s", got)
	}
	if !strings.Contains(log.String(), "out of order") {
		t.Errorf("not logged: %s", log.String())
	}
}

type badCollector struct{}

func (badCollector) Describe(chan<- *prometheus.Desc) {}
func (badCollector) Collect(ch chan<- prometheus.Metric) {
	ch <- prometheus.NewInvalidMetric(prometheus.NewInvalidDesc(fmt.Errorf("out of order")), fmt.Errorf("out of order"))
}

func TestOpenMetrics(t *testing.T) {
	w := do(newServer(t, web.Config{}), "GET", "/metrics", "Accept", "application/openmetrics-text; version=1.0.0")
	if !strings.HasPrefix(w.Header().Get("Content-Type"), "application/openmetrics-text") || !strings.HasSuffix(w.Body.String(), "# EOF\n") {
		t.Errorf("Content-Type %q", w.Header().Get("Content-Type"))
	}
}

func TestOneRegistryTakesOneServer(t *testing.T) {
	registry := prometheus.NewRegistry()
	newServer(t, web.Config{Registry: registry})
	if _, err := web.New(web.Config{Source: newView(), Registry: registry}); err == nil {
		t.Error("registered twice")
	}
}

// Whatever the wallets are like, the scrape is consistent and each wallet is at exactly one level.
func TestExpositionIsAlwaysConsistent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := drawView(t)
		registry := prometheus.NewPedanticRegistry()
		registry.MustRegister(web.NewCollector(v, clock))
		families, err := registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		wallets, atLevel, balances, fresh := 0, 0.0, 0, 0
		for _, w := range v.snapshot.Accounts[0].Wallets {
			wallets++
			if v.policy.Fresh(&w.State, now) {
				fresh++
			}
		}
		for _, f := range families {
			for _, m := range f.Metric {
				switch f.GetName() {
				case "walletwatch_wallet_level":
					atLevel += m.Gauge.GetValue()
				case "walletwatch_wallet_balance":
					balances++
				}
			}
		}
		if int(atLevel) != wallets || balances != fresh {
			t.Fatalf("%d wallets, %d fresh: %v levels, %d balances", wallets, fresh, atLevel, balances)
		}
	})
}

func drawView(t *rapid.T) *view {
	p := newPolicy()
	ids := rapid.SliceOfNDistinct(rapid.Int64Range(1, 50), 0, 10, rapid.ID[int64]).Draw(t, "ids")
	var wallets []*wallet.Wallet
	for _, id := range ids {
		w := newWallet(p, id)
		w.Balance = dec(fmt.Sprintf("%d.%04d", rapid.Int64().Draw(t, "whole"), rapid.IntRange(0, 9999).Draw(t, "part")))
		w.ObservedAt = ago(time.Duration(rapid.IntRange(-5, 20).Draw(t, "age")) * time.Minute)
		w.Shown = rapid.SampledFrom([]string{"ok", "learning", "unknown", "warning", "critical", "former"}).Draw(t, "shown")
		w.Doubt = rapid.SampledFrom([]string{"", "", "its amount is missing"}).Draw(t, "doubt")
		w.Terms = &wallet.Terms{Name: string(rapid.SliceOfN(rapid.Byte(), 0, 6).Draw(t, "name")), Levels: p.Levels}
		wallets = append(wallets, w)
	}
	account := wallet.Account{Name: string(rapid.SliceOfN(rapid.Byte(), 0, 6).Draw(t, "account")), PolledAt: now}
	return &view{policy: p, snapshot: &wallet.Snapshot{At: now, Accounts: []wallet.AccountView{{Account: account, Wallets: wallets}}}}
}
