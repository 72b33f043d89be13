package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/promql/parser"

	"walletwatch/deploy/grafana/boards"
	"walletwatch/deploy/grafana/dash"
)

// dashboards reads what is committed.
func dashboards(t *testing.T) []*dash.Dashboard {
	t.Helper()
	var all []*dash.Dashboard
	for _, name := range []string{"overview", "wallet", "health"} {
		text, err := os.ReadFile(filepath.Join("dashboards", "walletwatch-"+name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		d, err := dash.Read(text)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, d)
	}
	return all
}

func TestCommittedDashboardsAreWhatTheCodeMakes(t *testing.T) {
	files, err := boards.Files()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		committed, err := os.ReadFile(filepath.Join("dashboards", f.Name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(committed, f.Text) {
			t.Errorf("dashboards/%s is not what the code makes: run go generate", f.Name)
		}
	}
	names, err := filepath.Glob("dashboards/*")
	if err != nil || len(names) != len(files) {
		t.Errorf("dashboards/ has %v, and the code makes %d files", names, len(files))
	}
}

// TestPanelsAreComplete: everybody who looks at a panel can read what it means, and no panel lies on another.
func TestPanelsAreComplete(t *testing.T) {
	for _, d := range dashboards(t) {
		taken, ids := map[[2]int]string{}, map[int]bool{}
		for _, p := range d.Panels {
			if ids[p.ID] || p.ID == 0 {
				t.Errorf("%s: %s has no id of its own", d.UID, p.Title)
			}
			ids[p.ID] = true
			for x := range p.GridPos.W {
				for y := range p.GridPos.H {
					cell := [2]int{p.GridPos.X + x, p.GridPos.Y + y}
					if other, ok := taken[cell]; ok || cell[0] >= 24 {
						t.Fatalf("%s: %s lies on %q, or outside", d.UID, p.Title, other)
					}
					taken[cell] = p.Title
				}
			}
		}
		for _, p := range d.Charts() {
			if p.Title == "" || len(p.Description) < 40 || p.FieldConfig.Defaults.Unit == "" || p.FieldConfig.Defaults.NoValue == "" || len(p.Targets) == 0 {
				t.Errorf("%s: %q lacks a title, a description, a unit, a text for no data or a query", d.UID, p.Title)
			}
			if p.Datasource.UID != "${datasource}" || p.Datasource.Type != "prometheus" {
				t.Errorf("%s: %s does not ask the chosen datasource", d.UID, p.Title)
			}
			refs := map[string]bool{}
			for _, target := range p.Targets {
				if refs[target.RefID] || target.RefID == "" || target.Instant == target.Range {
					t.Errorf("%s: %s: query %q has no letter of its own, or is not either instant or range", d.UID, p.Title, target.RefID)
				}
				refs[target.RefID] = true
			}
		}
	}
}

// TestVariablesAreChained: each dashboard chooses a datasource, then one installation, then what it shows of it.
func TestVariablesAreChained(t *testing.T) {
	want := map[string][]string{
		"walletwatch-overview": {"datasource", "namespace", "job", "account", "currency", "wallet", "lead_days", "target_days"},
		"walletwatch-wallet":   {"datasource", "namespace", "job", "account", "currency", "wallet"},
		"walletwatch-health":   {"datasource", "namespace", "job", "account"},
	}
	for _, d := range dashboards(t) {
		var names []string
		for _, v := range d.Templating.List {
			query, _ := v.Query.(string)
			for _, earlier := range []string{"namespace", "job", "account", "currency"} {
				if v.Type == "query" && slices.Contains(names, earlier) && !strings.Contains(query, "$"+earlier) {
					t.Errorf("%s: variable %s does not follow %s", d.UID, v.Name, earlier)
				}
			}
			names = append(names, v.Name)
		}
		if !slices.Equal(names, want[d.UID]) {
			t.Errorf("%s has the variables %v", d.UID, names)
		}
	}
}

// TestLinksLead: links go to dashboards that exist, and carry the installation along.
func TestLinksLead(t *testing.T) {
	for _, d := range dashboards(t) {
		text, err := os.ReadFile("dashboards/" + d.UID + ".json")
		if err != nil {
			t.Fatal(err)
		}
		urls := 0
		for line := range strings.Lines(string(text)) {
			_, url, found := strings.Cut(line, `"url": "`)
			if !found {
				continue
			}
			urls++
			uid, rest, _ := strings.Cut(strings.TrimPrefix(url, "/d/"), "?")
			if _, err := os.Stat("dashboards/" + uid + ".json"); err != nil || !strings.Contains(rest, "job:queryparam") {
				t.Errorf("%s: a link goes nowhere: %s", d.UID, url)
			}
		}
		if urls < 3 {
			t.Errorf("%s has %d links", d.UID, urls)
		}
	}
}

// parsed parses a query; durations stand in for Grafana's variables.
func parsed(t *testing.T, expr string) parser.Expr {
	t.Helper()
	expr = strings.NewReplacer("$__rate_interval", "1m", "$__range", "1h", "$lead_days", "3", "$target_days", "14").Replace(expr)
	e, err := parser.NewParser(parser.Options{}).ParseExpr(expr)
	if err != nil {
		t.Fatalf("%s: %v", expr, err)
	}
	return e
}

// everyQuery visits each query of each panel.
func everyQuery(t *testing.T, visit func(d *dash.Dashboard, p dash.Panel, target dash.Target)) {
	for _, d := range dashboards(t) {
		for _, p := range d.Charts() {
			for _, target := range p.Targets {
				visit(d, p, target)
			}
		}
	}
}

func TestQueriesCountNothingTwice(t *testing.T) {
	seen := 0
	everyQuery(t, func(d *dash.Dashboard, p dash.Panel, target dash.Target) {
		seen++
		for _, wrong := range doubled(parsed(t, target.Expr)) {
			t.Errorf("%s: %s: %s in %s", d.UID, p.Title, wrong, target.Expr)
		}
	})
	if seen < 60 {
		t.Errorf("only %d queries were seen", seen)
	}
}

func TestDoubledFindsWhatItIsFor(t *testing.T) {
	const one = ` and on (instance) topk(1, max by (instance) (walletwatch_database_up{namespace="a",job="b"}))`
	for expr, wrong := range map[string]bool{
		`sum(walletwatch_alerts{namespace="a",job="b"})`:                                        true,
		`max(walletwatch_alerts{namespace="a",job="b"})`:                                        true,
		`walletwatch_alerts{namespace="a",job="b"}`:                                             true,
		`max by (instance) (walletwatch_alerts{namespace="a",job="b"})`:                         true,
		`max(rate(walletwatch_polls_total{namespace="a",job="b"}[1m]))`:                         true,
		`sum by (instance) (rate(walletwatch_polls_total{namespace="a",job="b"}[1m]))`:          true,
		`max(walletwatch_alerts{job="b"})`:                                                      true,
		`sum(max by (currency) (walletwatch_wallet_balance{namespace="a",job="b"}` + one + `))`: true,
		`sum(max by (level) (walletwatch_alerts{namespace="a",job="b"}` + one + `))`:            false,
		`sum(max by (level) (walletwatch_alerts{namespace="a"}` + one + `))`:                    true,
		`sum by (level) (walletwatch_alerts{namespace="a",job="b"}` + one + `)`:                 true,
		`max(walletwatch_database_up{namespace="a",job="b"})`:                                   false,
		`sum(rate(walletwatch_polls_total{namespace="a",job="b"}[1m]))`:                         false,
	} {
		if got := len(doubled(parsed(t, expr))) > 0; got != wrong {
			t.Errorf("%s: wrong is %v", expr, got)
		}
	}
}
