package prometheus_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// daemon is a real walletwatch that watches a simulated API, tells simulated receivers and has a low wallet.
type daemon struct {
	address string // host and port
	dir     string
}

// startDaemon builds walletwatch and the simulated API from this checkout and runs them until the test ends.
func startDaemon(t *testing.T) *daemon {
	t.Helper()
	d := &daemon{address: freeAddress(t), dir: t.TempDir()}
	api, webhooks := freeAddress(t), "webhook-secret-of-a-test"
	receivers := httptest.NewServer(http.HandlerFunc(receive))
	t.Cleanup(receivers.Close)
	write(t, filepath.Join(d.dir, "thresholds.yaml"), fmt.Appendf(nil, `poll: "@every 1s"
levels:
  - {name: warning, percent_of_daily_spend: 20, notify: [slack]}
  - {name: critical, percent_of_daily_spend: 5, notify: [slack, pagerduty]}
receivers:
  slack: {type: slack, channel: "#wallets", api_url: "%[1]s/slack/"}
  pagerduty: {type: pagerduty, events_url: "%[1]s/pagerduty"}
wallets:
  - {match: {currency: USD}, floor: 1000000}
  - {match: {currency: JPY}, mute: true}
`, receivers.URL))
	build(t, filepath.Join(d.dir, "walletwatch"), ".")
	build(t, filepath.Join(d.dir, "octopus-sim"), "./octopus/octopustest/octopus-sim")
	start(t, d.dir, []string{"SIM_WEBHOOK_SECRET=" + webhooks}, "octopus-sim", "--listen", api, "--speed", "600",
		"--webhook-url", "http://"+d.address+"/webhooks/octopus")
	waitFor(t, "http://"+api+"/sim/")
	start(t, d.dir, []string{
		"OCTOPUS_BASE_URL=http://" + api, "OCTOPUS_API_KEY=demo-key", "OCTOPUS_API_SECRET=demo-secret", "OCTOPUS_WEBHOOK_SECRET=" + webhooks,
		"SLACK_BOT_TOKEN=xoxb-1", "PAGERDUTY_ROUTING_KEY=0123456789abcdef0123456789abcdef", "WALLETWATCH_HEARTBEAT_URL=" + receivers.URL + "/heartbeat",
	}, "walletwatch", "run", "--listen", d.address, "--allow-fast-poll", "--config", "thresholds.yaml", "--database", "sqlite://"+filepath.Join(d.dir, "walletwatch.db"))
	waitFor(t, "http://"+d.address+"/-/ready")
	return d
}

// receive is Slack, PagerDuty and a dead man's switch, which take everything.
func receive(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	switch {
	case strings.HasPrefix(r.URL.Path, "/pagerduty"):
		w.WriteHeader(http.StatusAccepted)
		io.WriteString(w, `{"status":"success","message":"Event processed","dedup_key":"any"}`)
	default:
		io.WriteString(w, `{"ok":true,"channel":"C0000001","ts":"1700000000.000100"}`)
	}
}

// freeAddress returns an address of this machine that nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func build(t *testing.T, to, what string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "build", "-o", to, what)
	cmd.Dir = "../.."
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("building %s: %v\n%s", what, err, out)
	}
}

// start runs a program of dir, or of the PATH, until the test ends. What it prints is shown when the test fails.
func start(t *testing.T, dir string, env []string, name string, args ...string) {
	t.Helper()
	program := filepath.Join(dir, name)
	if _, err := os.Stat(program); err != nil {
		program = name
	}
	output, err := os.Create(filepath.Join(dir, filepath.Base(name)+".log"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, args...)
	cmd.Dir, cmd.Env = dir, append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir}, env...)
	cmd.Stdout, cmd.Stderr = output, output
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		kill := time.AfterFunc(20*time.Second, func() { _ = cmd.Process.Kill() })
		_ = cmd.Wait()
		kill.Stop()
		if t.Failed() {
			text, _ := os.ReadFile(output.Name())
			t.Logf("%s printed:\n%s", name, text[max(0, len(text)-4000):])
		}
		output.Close()
	})
}

const patience = time.Minute

// waitFor waits until an address answers 200.
func waitFor(t *testing.T, url string) {
	t.Helper()
	eventually(t, func() string {
		_, problem := get(t, url)
		return problem
	})
}

// eventually tries until what it is told is "", and fails with the last it was told.
func eventually(t *testing.T, try func() (problem string)) {
	t.Helper()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(patience); ; <-tick.C {
		problem := try()
		if problem == "" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("after %s still: %s", patience, problem)
		}
	}
}

func get(t *testing.T, url string) (body []byte, problem string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err.Error()
	}
	defer resp.Body.Close()
	body, err = io.ReadAll(resp.Body)
	if err != nil {
		return nil, err.Error()
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Sprintf("%s answers %s: %s", url, resp.Status, body)
	}
	return body, ""
}
