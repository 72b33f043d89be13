package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"walletwatch/deploy/grafana/dash"
	"walletwatch/deploy/grafana/prom"
	"walletwatch/deploy/grafana/rig"
)

// TestDashboardsOnARealPrometheus asks a real Prometheus what the dashboards would, while it scrapes a real daemon.
func TestDashboardsOnARealPrometheus(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	r, err := rig.Start(ctx, rig.Config{Source: "../..", Dir: t.TempDir(), Poll: time.Second, Scrape: time.Second, Speed: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Stop)
	if err := errors.Join(r.Freeze(ctx), r.Trouble(ctx)); err != nil {
		t.Fatal(err)
	}
	t.Run("every query has an answer", func(t *testing.T) { everyQueryAnswers(ctx, t, r) })
	t.Run("what is shown is what the daemon says", func(t *testing.T) { shownIsTrue(ctx, t, r, "walletwatch") })
	t.Run("a replica that is behind", func(t *testing.T) { shownIsTrue(ctx, t, r, "behind") })
	t.Run("a replica that hangs", func(t *testing.T) { shownIsTrue(ctx, t, r, "hung") })
	t.Run("a replica that stands by", func(t *testing.T) { shownIsTrue(ctx, t, r, "standby") })
	t.Run("seen is what happened in the time shown", func(t *testing.T) { seenInTime(ctx, t, r) })
	t.Run("two replicas show what one shows", func(t *testing.T) { nothingDoubles(ctx, t, r) })
	t.Run("every metric exists", func(t *testing.T) { everyMetricExists(ctx, t, r) })
	t.Run("nothing is shown of nothing", func(t *testing.T) { emptyIsEmpty(ctx, t, r) })
}

func lately(d time.Duration) dash.Window {
	now := time.Now()
	return dash.Window{From: now.Add(-d), To: now, Step: time.Second, Scrape: time.Second}
}

// eventually tries until there is nothing wrong, at most for so long, and reports what is wrong then.
func eventually(ctx context.Context, t *testing.T, most time.Duration, try func() (wrong []string)) {
	t.Helper()
	var wrong []string
	for end := time.Now().Add(most); ; {
		if wrong = try(); len(wrong) == 0 {
			return
		}
		if time.Now().After(end) || ctx.Err() != nil {
			break
		}
		<-time.After(500 * time.Millisecond)
	}
	for _, w := range wrong {
		t.Error(w)
	}
}

// everyQueryAnswers: the wallet's dashboard is opened for one that is low, as its link does.
func everyQueryAnswers(ctx context.Context, t *testing.T, r *rig.Rig) {
	for _, d := range dashboards(t) {
		eventually(ctx, t, 30*time.Second, func() (wrong []string) {
			w := lately(2 * time.Minute)
			values, err := d.Choose(ctx, r.Prometheus, w.To, dash.Values{"job": {Value: "walletwatch"}})
			if err != nil {
				return []string{err.Error()}
			}
			if d.UID == "walletwatch-wallet" {
				values["wallet"] = dash.Choice{Value: "1"}
			}
			for _, p := range d.Charts() {
				for _, target := range p.Targets {
					series, err := target.Ask(ctx, r.Prometheus, values, w)
					switch {
					case err != nil:
						t.Fatalf("%s: %s: %v", d.UID, p.Title, err)
					case !slices.ContainsFunc(series, hasNumber):
						wrong = append(wrong, fmt.Sprintf("%s: %s: no answer to %s", d.UID, p.Title, dash.Expand(target.Expr, values, w)))
					}
				}
			}
			return wrong
		})
	}
}

func hasNumber(s prom.Series) bool {
	return slices.ContainsFunc(s.Points, func(p prom.Point) bool { return !math.IsNaN(p.Value) && !math.IsInf(p.Value, 0) })
}

// countsReplicas are the panels that say something about each replica, or add up what each has counted.
var countsReplicas = []string{"Replicas", "Versions", "Policy of each replica", "Deliveries since the replicas started", "Memory of each replica", "Processor of each replica", "Open connections of each replica"}

// nothingDoubles compares the job that scrapes the daemon under two names with the one that scrapes it once. What is
// counted must double, as two processes count for themselves; nothing else may.
func nothingDoubles(ctx context.Context, t *testing.T, r *rig.Rig) {
	compared := 0
	everyQuery(t, func(d *dash.Dashboard, p dash.Panel, target dash.Target) {
		if strings.Contains(target.Expr, "rate(") || slices.Contains(countsReplicas, p.Title) {
			return
		}
		compared++
		tolerance := 1e-9
		if strings.Contains(target.Expr, "time()") {
			tolerance = 4 // the jobs are scraped at different moments
		}
		eventually(ctx, t, 10*time.Second, func() []string {
			w := lately(2 * time.Minute)
			one, err := newest(ctx, r, d, target, w, "walletwatch")
			if err != nil {
				t.Fatal(err)
			}
			two, err := newest(ctx, r, d, target, w, "twice")
			if err != nil {
				t.Fatal(err)
			}
			return differences(d.UID+": "+p.Title, one, two, tolerance)
		})
	})
	if compared < 30 {
		t.Errorf("only %d queries were compared", compared)
	}
}

func differences(what string, one, two map[string]float64, tolerance float64) (wrong []string) {
	if len(one) != len(two) || len(one) == 0 {
		wrong = append(wrong, fmt.Sprintf("%s: one replica shows %v, two show %v", what, one, two))
	}
	for labels, v := range one {
		if math.Abs(two[labels]-v) > tolerance {
			wrong = append(wrong, fmt.Sprintf("%s: %s is %v with one replica and %v with two", what, labels, v, two[labels]))
		}
	}
	return wrong
}

// newest returns the values of a query now, by their labels.
func newest(ctx context.Context, r *rig.Rig, d *dash.Dashboard, target dash.Target, w dash.Window, job string) (map[string]float64, error) {
	values, err := d.Choose(ctx, r.Prometheus, w.To, dash.Values{"job": {Value: job}})
	if err != nil {
		return nil, err
	}
	if d.UID == "walletwatch-wallet" {
		values["wallet"] = dash.Choice{Value: "1"}
	}
	series, err := r.Prometheus.Query(ctx, dash.Expand(target.Expr, values, w), w.To)
	all := map[string]float64{}
	for _, s := range series {
		all[fmt.Sprint(s.Labels)] = s.Points[0].Value
	}
	return all, err
}

var metric = regexp.MustCompile(`\b(walletwatch|process)_[a-z_]+`)

func everyMetricExists(ctx context.Context, t *testing.T, r *rig.Rig) {
	text, err := get(ctx, r.Daemon+"/metrics")
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range dashboards(t) {
		var queries []string
		for _, v := range d.Templating.List {
			queries = append(queries, fmt.Sprint(v.Query))
		}
		for _, p := range d.Charts() {
			for _, target := range p.Targets {
				queries = append(queries, target.Expr)
			}
		}
		for _, name := range metric.FindAllString(strings.Join(queries, " "), -1) {
			if !strings.Contains(text, "\n"+name+"{") && !strings.Contains(text, "\n"+name+" ") {
				t.Errorf("%s asks for %s, which the daemon does not export", d.UID, name)
			}
		}
	}
}

func get(ctx context.Context, url string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s answers %d", url, resp.StatusCode)
	}
	return string(text), err
}

// emptyIsEmpty: with a Prometheus that knows nothing, nothing fails and nothing is made up.
func emptyIsEmpty(ctx context.Context, t *testing.T, r *rig.Rig) {
	empty, err := r.Empty(ctx)
	if err != nil {
		t.Fatal(err)
	}
	everyQuery(t, func(d *dash.Dashboard, p dash.Panel, target dash.Target) {
		w := lately(2 * time.Minute)
		values, err := d.Choose(ctx, empty, w.To, nil)
		if err != nil {
			t.Fatalf("%s: %v", d.UID, err)
		}
		series, err := target.Ask(ctx, empty, values, w)
		if err != nil || len(series) > 0 {
			t.Errorf("%s: %s: an empty Prometheus answers %v, %v", d.UID, p.Title, series, err)
		}
	})
}
