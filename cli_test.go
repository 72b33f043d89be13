package main

import (
	"bytes"
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// command runs one command and returns its exit status and what it printed.
func (w *world) command(args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = run(context.Background(), args, w.getenv, &out, &errs)
	return code, out.String(), errs.String()
}

// TestRefusals starts walletwatch wrong in every way and expects one clear sentence and exit status 2.
func TestRefusals(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for _, tt := range []struct {
		name string
		args []string
		mend func(w *world)
		want string
	}{
		{"unknown command", []string{"wach"}, nil, `unexpected argument wach`},
		{"unknown flag", []string{"run", "--polls"}, nil, `unknown flag --polls`},
		{"no credentials", []string{"run"}, func(w *world) { delete(w.env, "OCTOPUS_API_KEY"); delete(w.env, "OCTOPUS_API_SECRET") },
			"environment: OCTOPUS_API_KEY is not set: export it, or export OCTOPUS_API_KEY_FILE with the path of a file that holds it\n" +
				"environment: OCTOPUS_API_SECRET is not set"},
		{"plain http", []string{"run"}, func(w *world) { w.env["OCTOPUS_BASE_URL"] = "http://api.example.com" }, "OCTOPUS_BASE_URL"},
		{"no file", []string{"--config", "nowhere.yaml", "check"}, nil, "nowhere.yaml"},
		{"bad file", []string{"check", "--allow-fast-poll"}, func(w *world) { w.configure("levels: []\nlevls: 1\n") }, "thresholds.yaml:2:1: "},
		{"address taken", []string{"run", "--allow-fast-poll", "--listen", taken.Addr().String()}, nil, "give another address with --listen"},
		{"foreign database", []string{"run", "--allow-fast-poll", "--listen", "127.0.0.1:0", "--database", "sqlite://FOREIGN"}, func(w *world) {
			if err := os.WriteFile(filepath.Join(w.dir, "foreign.db"), []byte(strings.Repeat("not a database ", 500)), 0o600); err != nil {
				t.Fatal(err)
			}
		}, "foreign.db"},
		{"unknown database", []string{"run", "--allow-fast-poll", "--listen", "127.0.0.1:0", "--database", "mysql://user:hunter2@db/x"}, nil, "give sqlite://PATH"},
		{"external url", []string{"run", "--allow-fast-poll", "--listen", "127.0.0.1:0", "--external-url", "example.com"}, nil, "--external-url"},
		{"web config", []string{"run", "--allow-fast-poll", "--listen", "127.0.0.1:0", "--web.config.file", "nowhere.yml"}, nil, "nowhere.yml"},
		{"webhooks behind a password", []string{"run", "--allow-fast-poll", "--listen", "127.0.0.1:0", "--web.config.file", "WEB"}, func(w *world) {
			w.env["OCTOPUS_WEBHOOK_SECRET"] = "canary-webhook"
			if err := os.WriteFile(filepath.Join(w.dir, "web.yml"), []byte("basic_auth_users:\n  ann: $2y$10$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		}, "--webhook-listen"},
		{"webhooks without a secret", []string{"run", "--allow-fast-poll", "--listen", "127.0.0.1:0", "--webhook-listen", "127.0.0.1:0"}, nil, "OCTOPUS_WEBHOOK_SECRET"},
		{"webhook address taken", []string{"run", "--allow-fast-poll", "--listen", "127.0.0.1:0", "--webhook-listen", taken.Addr().String()}, func(w *world) {
			w.env["OCTOPUS_WEBHOOK_SECRET"] = "canary-webhook"
		}, "--webhook-listen"},
		{"tracing", []string{"run", "--allow-fast-poll", "--listen", "127.0.0.1:0"}, func(w *world) {
			w.env["OTEL_EXPORTER_OTLP_ENDPOINT"], w.env["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http://127.0.0.1:1", "grpc"
		}, "OTEL_EXPORTER_OTLP_PROTOCOL=grpc"},
		{"unknown receiver", []string{"notify-test", "--receiver", "telex"}, nil, `--receiver "telex" is not configured; there are slack, pagerduty`},
		{"demo speed", []string{"demo", "--speed", "0"}, nil, "--speed 0"},
		{"bad url", []string{"wallets", "--url", "nonsense"}, nil, "--url"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			if tt.mend != nil {
				tt.mend(w)
			}
			args := tt.args
			if args[0] != "--config" {
				args = append([]string{"--config", w.configFile()}, args...)
			}
			for i := range args {
				args[i] = strings.Replace(args[i], "FOREIGN", filepath.Join(w.dir, "foreign.db"), 1)
				args[i] = strings.Replace(args[i], "WEB", filepath.Join(w.dir, "web.yml"), 1)
			}
			code, stdout, stderr := w.command(args...)
			if code != exitRefused {
				t.Errorf("exit status %d", code)
			}
			if !strings.Contains(stderr, tt.want) {
				t.Errorf("it said %q, not %q", stderr, tt.want)
			}
			if stdout != "" {
				t.Errorf("it printed %q", stdout)
			}
			if strings.Contains(stderr, "hunter2") {
				t.Error("it printed a password")
			}
			if n := w.api.Count("*") + w.slack.Requests("chat.postMessage") + w.pager.Requests(); n > 0 {
				t.Errorf("%d requests were sent", n)
			}
		})
	}
}

// TestEveryProblemAtOnce: who starts walletwatch for the first time should not have to start it once for each mistake.
func TestEveryProblemAtOnce(t *testing.T) {
	w := newWorld(t)
	delete(w.env, "OCTOPUS_API_KEY")
	_, _, stderr := w.command("--config", w.configFile(), "run", "--external-url", "example.com", "--web.config.file", "nowhere.yml")
	for _, want := range []string{"thresholds.yaml:1:7", "OCTOPUS_API_KEY is not set", "--external-url", "--web.config.file nowhere.yml"} {
		if strings.Count(stderr, want) != 1 {
			t.Errorf("it does not say once %q:\n%s", want, stderr)
		}
	}
}

// TestStoppedWhileStarting: being asked to stop is no failure, however early it comes.
func TestStoppedWhileStarting(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var stderr bytes.Buffer
	code := run(ctx, []string{"run", "--config", w.configFile(), "--allow-fast-poll", "--listen", "127.0.0.1:0",
		"--database", "sqlite://" + filepath.Join(w.dir, "state.db")}, w.getenv, &stderr, &stderr)
	if code != exitFine || stderr.Len() > 0 {
		t.Errorf("exit status %d: %s", code, stderr.String())
	}
}

func TestCheck(t *testing.T) {
	w := newWorld(t)
	code, stdout, stderr := w.command("--config", w.configFile(), "check", "--allow-fast-poll")
	if code != exitFine || !strings.Contains(stdout, "are fine") || stderr != "" {
		t.Errorf("check: %d %q %q", code, stdout, stderr)
	}
	if code, _, stderr := w.command("--config", w.configFile(), "check"); code != exitRefused || !strings.Contains(stderr, "thresholds.yaml:1:7") {
		t.Errorf("a fast poll: %d %q", code, stderr)
	}
}

func TestNotifyTest(t *testing.T) {
	w := newWorld(t)
	code, stdout, _ := w.command("--config", w.configFile(), "notify-test")
	if code != exitFine || strings.Count(stdout, "ok ") != 2 {
		t.Errorf("notify-test: %d %q", code, stdout)
	}
	if m := w.slack.Messages("#wallet-alerts"); len(m) != 1 {
		t.Errorf("%d Slack messages", len(m))
	}
	if all, open := w.pager.Incidents(), w.pager.OpenIncidents(); len(all) != 1 || len(open) != 0 {
		t.Errorf("%d incidents, %d open", len(all), len(open))
	}
	w.env["PAGERDUTY_ROUTING_KEY"] = "anotherkey0000000000000000000000"
	code, stdout, stderr := w.command("--config", w.configFile(), "notify-test")
	if code != exitFailed || !strings.Contains(stdout, "FAILED  pagerduty") || !strings.Contains(stdout, "ok      slack") || !strings.Contains(stderr, "not every receiver") {
		t.Errorf("a wrong key: %d %q %q", code, stdout, stderr)
	}
	if strings.Contains(stdout+stderr, "anotherkey") {
		t.Error("the key was printed")
	}
}

func TestAskingARunningDaemon(t *testing.T) {
	w := newWorld(t)
	w.spent(7, "JPY", "200000", "1000")
	d := w.start()
	eventually(t, "the page", func() bool { return len(w.pager.OpenIncidents()) == 1 })
	eventually(t, "the deliveries are recorded", func() bool { return d.pendingDeliveries() == 0 })

	code, stdout, stderr := w.command("wallets", "--url", d.url)
	if code != exitFine || !strings.Contains(stdout, "JPY wallet 7") || !strings.Contains(stdout, "200000 (ledger)") || !strings.Contains(stdout, "critical") {
		t.Errorf("wallets: %d %q %q", code, stdout, stderr)
	}
	code, stdout, _ = w.command("wallets", "--url", d.url, "--output", "json", "--level", "ok")
	if code != exitFine || strings.TrimSpace(stdout) != "[]" {
		t.Errorf("wallets as JSON: %d %q", code, stdout)
	}
	code, stdout, _ = w.command("alerts", "--url", d.url)
	if code != exitFine || !strings.Contains(stdout, "pagerduty accepted, slack accepted") {
		t.Errorf("alerts: %d %q", code, stdout)
	}
	if code, _, stderr = w.command("wallets", "--url", d.url, "--level", "dire"); code != exitFailed || !strings.Contains(stderr, "warning") {
		t.Errorf("an unknown level: %d %q", code, stderr)
	}
	d.end()
	if code, _, stderr = w.command("alerts", "--url", d.url); code != exitFailed || !strings.Contains(stderr, "is it running?") {
		t.Errorf("nobody there: %d %q", code, stderr)
	}
}

func TestVersion(t *testing.T) {
	if code, stdout, _ := newWorld(t).command("version"); code != exitFine || !strings.HasPrefix(stdout, "walletwatch ") || !strings.Contains(stdout, "go1.") {
		t.Errorf("version: %d %q", code, stdout)
	}
}
