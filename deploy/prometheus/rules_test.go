// Package prometheus_test checks the alerts of walletwatch: that promtool accepts them, that each is documented and
// tested, that these tests can fail, and that what the alerts go by is what a running walletwatch exports.
package prometheus_test

import (
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

const (
	rulesFile = "rules/walletwatch.yaml"
	testsDir  = "tests"
	runbooks  = "../runbooks"
)

type ruleFile struct {
	Groups []*group `yaml:"groups"`
}

type group struct {
	Name     string  `yaml:"name"`
	Interval string  `yaml:"interval,omitempty"`
	Rules    []*rule `yaml:"rules"`
}

type rule struct {
	Record        string            `yaml:"record,omitempty"`
	Alert         string            `yaml:"alert,omitempty"`
	Expr          string            `yaml:"expr"`
	For           string            `yaml:"for,omitempty"`
	KeepFiringFor string            `yaml:"keep_firing_for,omitempty"`
	Labels        map[string]string `yaml:"labels,omitempty"`
	Annotations   map[string]string `yaml:"annotations,omitempty"`
}

// unitTest is a file for "promtool test rules", as far as it is read here.
type unitTest struct {
	Tests []struct {
		Name            string `yaml:"name"`
		AlertRuleChecks []struct {
			Alert    string `yaml:"alertname"`
			Expected []struct {
				Labels map[string]string `yaml:"exp_labels"`
			} `yaml:"exp_alerts"`
		} `yaml:"alert_rule_test"`
	} `yaml:"tests"`
}

func load(t *testing.T, name string, to any) {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, to); err != nil {
		t.Fatalf("reading %s: %v", name, err)
	}
}

func loadRules(t *testing.T) *ruleFile {
	t.Helper()
	var f ruleFile
	load(t, rulesFile, &f)
	if len(f.alerts()) == 0 {
		t.Fatalf("%s has no alerts", rulesFile)
	}
	return &f
}

func (f *ruleFile) all() []*rule {
	var all []*rule
	for _, g := range f.Groups {
		all = append(all, g.Rules...)
	}
	return all
}

func (f *ruleFile) alerts() []*rule {
	return slices.DeleteFunc(f.all(), func(r *rule) bool { return r.Alert == "" })
}

// TestEveryAlertIsDocumented: summary, description, severity and a runbook that exists, all at one address.
func TestEveryAlertIsDocumented(t *testing.T) {
	base := ""
	for _, r := range loadRules(t).alerts() {
		url := r.Annotations["runbook_url"]
		for what, text := range map[string]string{"summary": r.Annotations["summary"], "description": r.Annotations["description"], "runbook_url": url} {
			if text == "" {
				t.Errorf("%s has no %s", r.Alert, what)
			}
		}
		if !slices.Contains([]string{"critical", "warning", "info", "none"}, r.Labels["severity"]) {
			t.Errorf("%s has the severity %q", r.Alert, r.Labels["severity"])
		}
		if path.Base(url) != r.Alert+".md" {
			t.Errorf("%s has the runbook %s, want one that ends in %s.md", r.Alert, url, r.Alert)
		}
		if base == "" {
			base = path.Dir(url)
		}
		if path.Dir(url) != base {
			t.Errorf("the runbook of %s is at %s, that of others at %s", r.Alert, path.Dir(url), base)
		}
		if _, err := os.Stat(filepath.Join(runbooks, r.Alert+".md")); err != nil {
			t.Errorf("%s: %v", r.Alert, err)
		}
	}
}

// TestRunbooks: each begins with what is happening and whether it matters now, has steps, and stands in the index; the
// README of the rules names each alert.
func TestRunbooks(t *testing.T) {
	index, err := os.ReadFile(filepath.Join(runbooks, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	pages, err := filepath.Glob(filepath.Join(runbooks, "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	alerts := map[string]bool{}
	for _, r := range loadRules(t).alerts() {
		alerts[r.Alert] = true
		if !strings.Contains(string(readme), r.Alert) {
			t.Errorf("README.md does not name %s", r.Alert)
		}
	}
	for _, page := range pages {
		name := filepath.Base(page)
		if name == "README.md" {
			continue
		}
		if strings.HasPrefix(name, "Walletwatch") && !alerts[strings.TrimSuffix(name, ".md")] {
			t.Errorf("%s is about no alert", page)
		}
		if !strings.Contains(string(index), "("+name+")") {
			t.Errorf("the index does not link to %s", page)
		}
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range []string{"\n**What is happening:** ", "\n**Does it matter now?** ", "\n1. ", "\n**It ends** "} {
			if !strings.Contains(string(text), part) {
				t.Errorf("%s has no %q", page, strings.TrimSpace(part))
			}
		}
	}
}

// TestEveryAlertIsTested: each alert, at each severity, is seen to fire and seen not to.
func TestEveryAlertIsTested(t *testing.T) {
	for _, r := range loadRules(t).alerts() {
		var file unitTest
		load(t, filepath.Join(testsDir, r.Alert+".yaml"), &file)
		fires, quiet := false, false
		for _, test := range file.Tests {
			for _, check := range test.AlertRuleChecks {
				if check.Alert != r.Alert {
					t.Errorf("%s, %q, is about %s", r.Alert, test.Name, check.Alert)
				}
				found := false
				for _, e := range check.Expected {
					found = found || e.Labels["severity"] == r.Labels["severity"]
				}
				fires, quiet = fires || found, quiet || !found
			}
		}
		if !fires || !quiet {
			t.Errorf("%s (%s): seen to fire %t, seen not to %t", r.Alert, r.Labels["severity"], fires, quiet)
		}
	}
}
