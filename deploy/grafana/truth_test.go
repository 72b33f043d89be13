package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"testing"
	"time"

	"walletwatch/deploy/grafana/dash"
	"walletwatch/deploy/grafana/prom"
	"walletwatch/deploy/grafana/rig"
)

// known is what the daemon's JSON API says of a wallet.
type known struct {
	ID            int64
	Name, Level   string
	Currency      string
	Balance       string
	DailySpend    string `json:"daily_spend"`
	RunwaySeconds *int64 `json:"runway_seconds"`
	Thresholds    map[string]string
}

// alert is what it says of an alert.
type alert struct {
	WalletID     *int64 `json:"wallet_id"`
	Level, State string
}

// viewer looks at panels of the installation that a job scrapes.
type viewer struct {
	job  string
	ctx  context.Context
	t    *testing.T
	rig  *rig.Rig
	seen map[string]*dash.Dashboard
}

// ask returns what a query of a panel returns now. wallet "" means all.
func (v *viewer) ask(uid, title, ref, wallet string) []prom.Series {
	v.t.Helper()
	d, w := v.seen[uid], lately(2*time.Minute)
	values, err := d.Choose(v.ctx, v.rig.Prometheus, w.To, dash.Values{"job": {Value: v.job}})
	if err != nil {
		v.t.Fatal(err)
	}
	if wallet != "" {
		values["wallet"] = dash.Choice{Value: wallet}
	}
	for _, p := range d.Charts() {
		for _, target := range p.Targets {
			if p.Title == title && target.RefID == ref {
				series, err := v.rig.Prometheus.Query(v.ctx, dash.Expand(target.Expr, values, w), w.To)
				if err != nil {
					v.t.Fatal(err)
				}
				return series
			}
		}
	}
	v.t.Fatalf("%s has no panel %s with a query %s", uid, title, ref)
	return nil
}

// by returns values by a label.
func by(label string, series []prom.Series) map[string]float64 {
	all := map[string]float64{}
	for _, s := range series {
		all[s.Labels[label]] += s.Points[0].Value
	}
	return all
}

// shownIsTrue compares panels with the daemon's own API. A poll or a scrape may lie between them, so it looks again.
func shownIsTrue(ctx context.Context, t *testing.T, r *rig.Rig, job string) {
	v := &viewer{job: job, ctx: ctx, t: t, rig: r, seen: map[string]*dash.Dashboard{}}
	for _, d := range dashboards(t) {
		v.seen[d.UID] = d
	}
	eventually(ctx, t, 20*time.Second, func() []string {
		var wallets []known
		var alerts []alert
		fetch(ctx, t, r.Daemon+"/api/v1/wallets", &wallets)
		fetch(ctx, t, r.Daemon+"/api/v1/alerts", &alerts)
		if len(wallets) != 4 {
			t.Fatalf("the daemon knows %d wallets", len(wallets))
		}
		return append(v.wrongWallets(wallets), v.wrongTotals(wallets, alerts)...)
	})
}

func (v *viewer) wrongWallets(wallets []known) (wrong []string) {
	const overview, table = "walletwatch-overview", "Wallets, worst first"
	balance, spend := by("wallet_id", v.ask(overview, table, "balance", "")), by("wallet_id", v.ask(overview, table, "spend", ""))
	level := v.ask(overview, table, "level", "")
	if len(level) != len(wallets) {
		wrong = append(wrong, fmt.Sprintf("%d wallets have %d levels in the table", len(wallets), len(level)))
	}
	runway, first := by("wallet_id", v.ask(overview, table, "runway", "")), by("wallet_id", v.ask(overview, table, "threshold", ""))
	for _, w := range wallets {
		id := strconv.FormatInt(w.ID, 10)
		check := func(what string, shown, want float64) {
			if math.Abs(shown-want) > 0.01+1e-6*math.Abs(want) {
				wrong = append(wrong, fmt.Sprintf("%s of wallet %s is shown as %v, the daemon says %v", what, id, shown, want))
			}
		}
		check("balance", balance[id], number(w.Balance))
		check("daily spend", spend[id], number(w.DailySpend))
		check("first threshold", first[id], number(w.Thresholds["warning"]))
		if w.RunwaySeconds != nil && math.Abs(runway[id]-float64(*w.RunwaySeconds)) > 2 {
			wrong = append(wrong, fmt.Sprintf("runway of wallet %s is shown as %v s, the daemon says %v", id, runway[id], *w.RunwaySeconds))
		}
		check("balance in its own dashboard", by("currency", v.ask("walletwatch-wallet", "Balance", "A", id))[w.Currency], number(w.Balance))
		check("critical threshold", by("level", v.ask("walletwatch-wallet", "Balance and thresholds of $wallet", "B", id))["critical"], number(w.Thresholds["critical"]))
		if levels := by("level", v.ask("walletwatch-wallet", "Level", "A", id)); len(levels) != 1 || levels[w.Level] != 1 {
			wrong = append(wrong, fmt.Sprintf("level of wallet %s is shown as %v, the daemon says %s", id, levels, w.Level))
		}
	}
	return wrong
}

func (v *viewer) wrongTotals(wallets []known, alerts []alert) (wrong []string) {
	firing, low, dueNow, shortest := map[string]float64{"warning": 0, "critical": 0}, 0.0, 0.0, math.Inf(1)
	for _, a := range alerts {
		if a.State == "firing" {
			firing[a.Level]++
		}
	}
	amount := map[string]float64{}
	for _, w := range wallets {
		if w.Level == "warning" || w.Level == "critical" {
			low++
		}
		if w.RunwaySeconds == nil {
			continue
		}
		shortest = min(shortest, float64(*w.RunwaySeconds))
		if *w.RunwaySeconds < 3*86400 {
			dueNow++
			amount[strconv.FormatInt(w.ID, 10)] = max(0, 14*number(w.DailySpend)-number(w.Balance))
		}
	}
	check := func(what string, shown, want map[string]float64, tolerance float64) {
		wrong = append(wrong, differences(what, want, shown, tolerance)...)
	}
	const overview = "walletwatch-overview"
	check("alerts firing", by("level", v.ask(overview, "Alerts firing", "A", "")), firing, 0)
	check("wallets at a level", by("", v.ask(overview, "Wallets at a level", "A", "")), map[string]float64{"": low}, 0)
	check("top-ups due", by("", v.ask(overview, "Top-ups due", "A", "")), map[string]float64{"": dueNow}, 0)
	check("shortest runway", by("", v.ask(overview, "Shortest runway", "A", "")), map[string]float64{"": shortest}, 2)
	check("amounts to top up by", by("wallet_id", v.ask(overview, "Top-ups to send", "amount", "")), amount, 0.5)
	return append(wrong, v.wrongOrder(wallets)...)
}

// wrongOrder: no wallet that is at no level stands above one that is low.
func (v *viewer) wrongOrder(wallets []known) (wrong []string) {
	rank := by("wallet_id", v.ask("walletwatch-overview", "Wallets, worst first", "rank", ""))
	low := func(w known) bool { return w.Level == "warning" || w.Level == "critical" }
	for _, a := range wallets {
		for _, b := range wallets {
			if low(a) && !low(b) && rank[strconv.FormatInt(a.ID, 10)] >= rank[strconv.FormatInt(b.ID, 10)] {
				wrong = append(wrong, fmt.Sprintf("%s (%s) stands below %s (%s)", a.Name, a.Level, b.Name, b.Level))
			}
		}
	}
	if len(rank) != len(wallets) {
		wrong = append(wrong, fmt.Sprintf("the table has %d of %d wallets", len(rank), len(wallets)))
	}
	return wrong
}

func fetch(ctx context.Context, t *testing.T, url string, into any) {
	t.Helper()
	text, err := get(ctx, url)
	if err == nil {
		err = json.Unmarshal([]byte(text), into)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// number is an amount in JSON; what is not there is 0, like what is not shown.
func number(amount string) float64 {
	v, _ := strconv.ParseFloat(amount, 64)
	return v
}
