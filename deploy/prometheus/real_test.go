package prometheus_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// TestRealRun lets a real Prometheus apply the rules to a real walletwatch that has a low wallet: all metrics and
// labels that the rules name are there, every rule can be evaluated, and nothing but the watchdog fires.
func TestRealRun(t *testing.T) {
	d := startDaemon(t)
	t.Run("names", func(t *testing.T) {
		wanted := namesIn(loadRules(t))
		eventually(t, func() string {
			text, problem := get(t, "http://"+d.address+"/metrics")
			if problem != "" {
				return problem
			}
			return missing(wanted, exported(string(text)))
		})
	})
	server := startPrometheus(t, d)
	t.Run("rules", func(t *testing.T) {
		eventually(t, func() string { return judge(t, server) })
	})
	checkRunbooks(t, server)
	for _, series := range []string{
		"wallet:walletwatch_wallet_balance:current", "wallet:walletwatch_wallet_threshold:min", "wallet:walletwatch_wallet_threshold:max",
		"wallet:walletwatch_wallet_notified:current == 1", "wallet:walletwatch_wallet_muted:current == 1", "wallet:walletwatch_wallet_level:current",
		"receiver:walletwatch_notifications_overdue:current", "account:walletwatch_poll_fault:current",
		"account:walletwatch_poll_last_success_timestamp_seconds:max", "instance:walletwatch_database_up:current == 1",
		// The wallet is low indeed: told, it is no alert.
		"wallet:walletwatch_wallet_balance:current < wallet:walletwatch_wallet_threshold:min",
	} {
		if n := count(t, server, series); n == 0 {
			t.Errorf("%s is empty", series)
		}
	}
}

// checkRunbooks asks Prometheus every PromQL that a runbook shows.
func checkRunbooks(t *testing.T, server string) {
	t.Helper()
	pages, err := filepath.Glob(filepath.Join(runbooks, "*.md"))
	if err != nil || len(pages) == 0 {
		t.Fatalf("no runbooks: %v", err)
	}
	block := regexp.MustCompile("(?s)```promql\n(.*?)```")
	asked := 0
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range block.FindAllStringSubmatch(string(text), -1) {
			for line := range strings.Lines(m[1]) {
				if expr := strings.TrimSpace(line); expr != "" {
					count(t, server, expr)
					asked++
				}
			}
		}
	}
	if asked == 0 {
		t.Error("the runbooks show no PromQL")
	}
}

// names are metrics with the labels that are wanted of, or seen on, each.
type names map[string]map[string]bool

func (n names) add(metric string, labels ...string) {
	if n[metric] == nil {
		n[metric] = map[string]bool{}
	}
	for _, l := range labels {
		n[metric][l] = true
	}
}

// namesIn returns the metrics that rules take from scrapes, with the labels they select.
func namesIn(f *ruleFile) names {
	metric := regexp.MustCompile(`(?:^|[^:\w])((?:walletwatch|process|promhttp)_\w+)(?:\{([^}]*)\})?`)
	label := regexp.MustCompile(`(\w+)\s*(?:=~|!~|!=|=)`)
	found := names{}
	for _, r := range f.all() {
		for _, m := range metric.FindAllStringSubmatch(r.Expr, -1) {
			found.add(m[1])
			for _, l := range label.FindAllStringSubmatch(m[2], -1) {
				if l[1] != "job" { // is Prometheus' own
					found.add(m[1], l[1])
				}
			}
		}
	}
	// What alerts select of recorded series, and fold away, comes from these.
	found.add("walletwatch_poll_fault", "account", "kind")
	found.add("walletwatch_notifications_overdue", "receiver")
	found.add("walletwatch_wallet_threshold", "account", "wallet_id", "currency", "name", "level")
	found.add("walletwatch_wallet_notified", "account", "wallet_id", "currency", "name", "receiver")
	found.add("walletwatch_wallet_level", "level")
	found.add("walletwatch_octopus_requests_total", "account", "endpoint", "code")
	found.add("walletwatch_webhook_last_accepted_timestamp_seconds", "account", "type")
	return found
}

// exported returns the metrics of a text that Prometheus scrapes.
func exported(text string) names {
	sample := regexp.MustCompile(`(?m)^(\w+)(?:\{(.*)\})? `)
	label := regexp.MustCompile(`(\w+)="(?:[^"\\]|\\.)*"`)
	found := names{}
	for _, m := range sample.FindAllStringSubmatch(text, -1) {
		found.add(m[1])
		for _, l := range label.FindAllStringSubmatch(m[2], -1) {
			found.add(m[1], l[1])
		}
	}
	return found
}

func missing(wanted, have names) string {
	var all []string
	for _, metric := range slices.Sorted(maps.Keys(wanted)) {
		if have[metric] == nil {
			all = append(all, metric)
			continue
		}
		for _, l := range slices.Sorted(maps.Keys(wanted[metric])) {
			if !have[metric][l] {
				all = append(all, metric+"{"+l+"}")
			}
		}
	}
	if len(all) == 0 {
		return ""
	}
	return "walletwatch does not export " + strings.Join(all, ", ")
}

func TestMissingNamesAreFound(t *testing.T) {
	f := &ruleFile{Groups: []*group{{Rules: []*rule{{Expr: `sum(walletwatch_ghost) > walletwatch_poll_fault{kind="x", shape!="y"}`}}}}}
	got := missing(namesIn(f), exported("walletwatch_poll_fault{account=\"a, b\",kind=\"x\"} 1\n"))
	for _, want := range []string{"walletwatch_ghost", "walletwatch_poll_fault{shape}", "walletwatch_wallet_level"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q does not name %s", got, want)
		}
	}
	if strings.Contains(got, "{kind}") || strings.Contains(got, "fault{account}") {
		t.Errorf("%q names what is there", got)
	}
}

// startPrometheus scrapes d and applies the rules every second; it returns where Prometheus is.
func startPrometheus(t *testing.T, d *daemon) string {
	t.Helper()
	rules := loadRules(t)
	for _, g := range rules.Groups {
		g.Interval = "1s"
	}
	text, err := yaml.Marshal(rules)
	if err != nil {
		t.Fatal(err)
	}
	dir, address := t.TempDir(), freeAddress(t)
	write(t, filepath.Join(dir, "rules.yaml"), text)
	write(t, filepath.Join(dir, "prometheus.yaml"), fmt.Appendf(nil, `global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: [rules.yaml]
scrape_configs:
  - {job_name: walletwatch, honor_labels: true, static_configs: [{targets: ["%s"]}]}
`, d.address))
	start(t, dir, nil, program(t, "prometheus"), "--config.file=prometheus.yaml", "--storage.tsdb.path=data", "--web.listen-address="+address)
	waitFor(t, "http://"+address+"/-/ready")
	return "http://" + address
}

// judge says what is wrong with the rules in force, or "".
func judge(t *testing.T, server string) string {
	t.Helper()
	var answer struct {
		Data struct {
			Groups []struct {
				Rules []struct{ Name, Health, LastError, State string }
			}
		}
	}
	if problem := ask(t, server+"/api/v1/rules", &answer); problem != "" {
		return problem
	}
	var wrong []string
	rules := 0
	for _, g := range answer.Data.Groups {
		for _, r := range g.Rules {
			rules++
			if r.Health != "ok" {
				wrong = append(wrong, r.Name+" is "+r.Health+" "+r.LastError)
			}
			if want := map[bool]string{true: "firing", false: "inactive"}[r.Name == "WalletwatchWatchdog"]; r.State != "" && r.State != want {
				wrong = append(wrong, r.Name+" is "+r.State+", not "+want)
			}
		}
	}
	if want := len(loadRules(t).all()); rules != want {
		wrong = append(wrong, fmt.Sprintf("%d rules are in force, not %d", rules, want))
	}
	return strings.Join(wrong, "; ")
}

// count returns how many series an expression has now.
func count(t *testing.T, server, expr string) int {
	t.Helper()
	var answer struct {
		Data struct{ Result []json.RawMessage }
	}
	if problem := ask(t, server+"/api/v1/query?query="+url.QueryEscape(expr), &answer); problem != "" {
		t.Fatal(problem)
	}
	return len(answer.Data.Result)
}

func ask(t *testing.T, url string, to any) (problem string) {
	t.Helper()
	body, problem := get(t, url)
	if problem != "" {
		return problem
	}
	if err := json.Unmarshal(body, to); err != nil {
		return err.Error()
	}
	return ""
}
