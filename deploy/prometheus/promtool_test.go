package prometheus_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// program returns the path of a program of Debian's package prometheus.
func program(t *testing.T, name string) string {
	t.Helper()
	found, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("%s is missing: install the package prometheus (Debian: apt-get install prometheus)", name)
	}
	return found
}

func promtool(t *testing.T, args ...string) ([]byte, error) {
	t.Helper()
	return exec.CommandContext(t.Context(), program(t, "promtool"), args...).CombinedOutput()
}

func TestPromtoolAcceptsTheRules(t *testing.T) {
	if out, err := promtool(t, "check", "rules", rulesFile); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestAlerts(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(testsDir, "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no tests in %s: %v", testsDir, err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			if out, err := promtool(t, "test", "rules", file); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// mutations break an alert in ways that its tests must notice.
func mutations() map[string]func(r *rule) bool {
	return map[string]func(r *rule) bool{
		"never fires":  func(r *rule) bool { r.Expr = "vector(1) > 2"; return true },
		"always fires": func(r *rule) bool { r.Expr, r.For = "vector(1)", ""; return true },
		"fires too soon": func(r *rule) bool {
			had := r.For
			r.For = ""
			return had != "" && had != "1m" // one minute is within the tests' grain
		},
		"fires too late": func(r *rule) bool { r.For = "12h"; return true },
		"says nothing":   func(r *rule) bool { r.Annotations["description"] = "?"; return true },
		"never resolves": func(r *rule) bool { r.KeepFiringFor = "12h"; return r.Alert != "WalletwatchWatchdog" },
	}
}

// TestUnbroken is the control of TestTheTestsCanFail: with nothing broken, the same files pass.
func TestUnbroken(t *testing.T) {
	for _, r := range loadRules(t).alerts() {
		if out, err := promtool(t, alone(t, loadRules(t), r.Alert)...); err != nil {
			t.Errorf("%s: %v\n%s", r.Alert, err, out)
		}
	}
}

// TestTheTestsCanFail breaks every alert in every way and wants its own tests to fail. They run with the alerts
// of their name alone, which is faster.
func TestTheTestsCanFail(t *testing.T) {
	count := len(loadRules(t).alerts())
	for name, mutate := range mutations() {
		for i := range count {
			rules := loadRules(t)
			broken := rules.alerts()[i]
			if !mutate(broken) {
				continue
			}
			t.Run(fmt.Sprintf("%s %s %s", broken.Alert, broken.Labels["severity"], name), func(t *testing.T) {
				t.Parallel()
				out, err := promtool(t, alone(t, rules, broken.Alert)...)
				if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() != 1 {
					t.Errorf("the tests do not notice (%v)\n%s", err, out)
				}
			})
		}
	}
}

// alone lays out one alert with what it goes by, and its tests, in a directory of its own. It returns the arguments with
// which promtool runs them. Tests of an alert are in <alert>.yaml, and in <alert>.<what>.yaml if they need another clock.
func alone(t *testing.T, rules *ruleFile, alert string) []string {
	t.Helper()
	kept := map[*rule]bool{}
	for _, r := range rules.alerts() {
		if r.Alert == alert {
			kept[r] = true
			rules.keepRecorded(r.Expr, kept)
		}
	}
	for _, g := range rules.Groups {
		g.Rules = slices.DeleteFunc(g.Rules, func(r *rule) bool { return !kept[r] })
	}
	text, err := yaml.Marshal(rules)
	if err != nil {
		t.Fatal(err)
	}
	dir, args := t.TempDir(), []string{"test", "rules"}
	write(t, filepath.Join(dir, rulesFile), text)
	names, err := filepath.Glob(filepath.Join(testsDir, alert+".*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		test, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, name), test)
		args = append(args, filepath.Join(dir, name))
	}
	return args
}

// keepRecorded adds the recording rules that an expression goes by, and those that they go by.
func (f *ruleFile) keepRecorded(expr string, kept map[*rule]bool) {
	for _, r := range f.all() {
		if r.Record != "" && !kept[r] && strings.Contains(expr, r.Record) {
			kept[r] = true
			f.keepRecorded(r.Expr, kept)
		}
	}
}

func write(t *testing.T, name string, text []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, text, 0o600); err != nil {
		t.Fatal(err)
	}
}
