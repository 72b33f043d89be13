package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// simulated starts the simulated API, which ends with the test, and returns its base URL.
func simulated(t testing.TB) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "octopus-sim")
	build := exec.Command("go", "build", "-o", program, "./octopus/octopustest/octopus-sim")
	build.Dir = "../.."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building the simulated API: %v\n%s", err, out)
	}
	cmd := exec.Command(program, "--listen", "127.0.0.1:0")
	stdout, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		if _, url, ok := strings.Cut(lines.Text(), "base URL "); ok {
			go func() { _, _ = io.Copy(io.Discard, stdout) }()
			return strings.TrimSpace(url)
		}
	}
	t.Fatal("the simulated API did not say where it is")
	return ""
}

// policy is a directory with a thresholds.yaml whose receivers are on this machine, to be mounted as a ConfigMap would be.
func policy(t testing.TB) string {
	t.Helper()
	receivers := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"ok":true,"ts":"1.1","channel":"C1","status":"success"}`)
	}))
	t.Cleanup(receivers.Close)
	dir := t.TempDir()
	must(t, os.Chmod(dir, 0o755))
	text := fmt.Sprintf(`timezone: Asia/Hong_Kong
levels:
  - {name: critical, percent_of_daily_spend: 5, notify: [slack, pagerduty]}
receivers:
  slack: {type: slack, channel: "#wallet-alerts", api_url: "%[1]s/"}
  pagerduty: {type: pagerduty, events_url: "%[1]s/"}
`, receivers.URL)
	must(t, os.WriteFile(filepath.Join(dir, "thresholds.yaml"), []byte(text), 0o644))
	return dir
}

// container is the image's sandbox with the environment that the image and an operator give.
func container(t testing.TB, root, api string, args ...string) sandbox {
	t.Helper()
	file, err := image(t, "amd64").ConfigFile()
	must(t, err)
	return sandbox{
		Root: root, Dir: file.Config.WorkingDir, Args: append(file.Config.Entrypoint, args...),
		Env: append(file.Config.Env, "OCTOPUS_BASE_URL="+api, "OCTOPUS_API_KEY=demo-key", "OCTOPUS_API_SECRET=demo-secret",
			"SLACK_BOT_TOKEN=xoxb-test", "PAGERDUTY_ROUTING_KEY=0123456789abcdef0123456789abcdef"),
	}
}

// daemon is a walletwatch that runs in the image.
type daemon struct {
	cmd   *exec.Cmd
	url   string
	log   *lockedBuffer
	ended chan struct{}
}

// start starts the image's daemon, which ends with the test at the latest.
func start(t testing.TB, c sandbox) daemon {
	t.Helper()
	address := freeAddress(t)
	c.Env = append(slices.Clip(c.Env), "WALLETWATCH_LISTEN="+address)
	d := daemon{cmd: c.command(t), url: "http://" + address, log: &lockedBuffer{}, ended: make(chan struct{})}
	d.cmd.Stdout, d.cmd.Stderr = d.log, d.log
	must(t, d.cmd.Start())
	go func() { _ = d.cmd.Wait(); close(d.ended) }()
	t.Cleanup(func() { _ = d.cmd.Process.Kill(); <-d.ended })
	return d
}

// startReady starts the image's daemon and waits until it is ready.
func startReady(t testing.TB, c sandbox) daemon {
	t.Helper()
	d := start(t, c)
	d.await(t, "being ready", d.ready)
	return d
}

func (d daemon) ready() bool {
	response, err := http.Get(d.url + "/-/ready")
	if err != nil {
		return false
	}
	response.Body.Close()
	return response.StatusCode == http.StatusOK
}

func (d daemon) says(text string) func() bool {
	return func() bool { return strings.Contains(d.log.String(), text) }
}

func (d daemon) await(t testing.TB, what string, done func() bool) {
	t.Helper()
	late := time.After(30 * time.Second)
	every := time.NewTicker(time.Millisecond)
	defer every.Stop()
	for !done() {
		select {
		case <-every.C:
		case <-d.ended:
			t.Fatalf("the daemon ended with status %d before %s:\n%s", d.cmd.ProcessState.ExitCode(), what, d.log)
		case <-late:
			t.Fatalf("waited 30 s for the daemon %s:\n%s", what, d.log)
		}
	}
}

// stop asks the daemon to stop and returns its exit status.
func (d daemon) stop(t testing.TB) int {
	t.Helper()
	must(t, d.cmd.Process.Signal(syscall.SIGTERM))
	select {
	case <-d.ended:
		return d.cmd.ProcessState.ExitCode()
	case <-time.After(30 * time.Second):
		t.Fatalf("the daemon does not stop:\n%s", d.log)
		return -1
	}
}

func (d daemon) get(t testing.TB, path string) string {
	t.Helper()
	response, err := http.Get(d.url + path)
	must(t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	must(t, err)
	return string(text)
}

// run runs a command of the image to its end and returns what it printed and its exit status.
func (s sandbox) run(t testing.TB) (string, int) {
	t.Helper()
	cmd := s.command(t)
	cmd.WaitDelay = time.Second
	watchdog := time.AfterFunc(30*time.Second, func() { _ = cmd.Process.Kill() })
	defer watchdog.Stop()
	out, err := cmd.CombinedOutput()
	if exit, failed := errors.AsType[*exec.ExitError](err); err != nil && !failed {
		t.Fatal(err)
	} else if failed {
		return string(out), exit.ExitCode()
	}
	return string(out), 0
}

func freeAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	return l.Addr().String()
}

type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
