package kubernetes_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
)

// The daemon is started as the kubelet would: the arguments, variables and files of the rendered Deployment and nothing else.
// Then the probes are asked, and the ConfigMap is changed as the README's newcomer does to see a first alert.
func TestPodRuns(t *testing.T) {
	walletwatch, sim := build(t, ".", "walletwatch"), build(t, "./octopus/octopustest/octopus-sim", "octopus-sim")
	for name, components := range map[string][]string{
		"one replica": {"webhooks", "orders"},
		"ha":          {"ha", "webhooks", "orders"},
	} {
		t.Run(name, func(t *testing.T) {
			api := startSim(t, sim)
			messages, receiver := slack(t)
			p := newNode(t, parse(t, compose(t, "overlays/sandbox", components...)), api, receiver)
			p.start(t, walletwatch)
			c := p.container
			for _, probe := range []*core.Probe{c.StartupProbe, c.LivenessProbe, c.ReadinessProbe} {
				p.await(t, probe.HTTPGet.Path)
			}
			p.await(t, "/metrics")

			changed := strings.Replace(p.thresholds, "  - name: warning\n", "  - name: warning\n    floor: 1000000000.00\n", 1)
			if changed == p.thresholds {
				t.Fatal("thresholds.yaml has no level named warning")
			}
			p.mount(t, "thresholds", map[string]string{"thresholds.yaml": changed})
			select {
			case <-messages:
			case <-time.After(20 * time.Second):
				t.Fatalf("Slack was told nothing; the daemon's log:\n%s", p.log())
			}
			p.stop(t)
		})
	}
}

// node is where the pod runs: directories instead of its mounts.
type node struct {
	root       string
	container  core.Container
	volumes    map[string]core.Volume
	thresholds string
	address    string
	process    *exec.Cmd
	logged     string // path
}

func newNode(t *testing.T, m manifests, api, receiver string) *node {
	t.Helper()
	spec := must[*apps.Deployment](t, m, "walletwatch").Spec.Template.Spec
	p := &node{root: t.TempDir(), container: spec.Containers[0], volumes: map[string]core.Volume{}}
	for _, v := range spec.Volumes {
		p.volumes[v.Name] = v
	}
	for i, e := range p.container.Env {
		if e.Name == "OCTOPUS_BASE_URL" {
			p.container.Env[i].Value = api
		}
	}
	p.thresholds = strings.NewReplacer("https://slack.com/api/", receiver+"/", "region: us ", "events_url: "+receiver+" ").
		Replace(thresholds(m, "walletwatch-thresholds"))
	secrets := map[string]map[string]string{
		"octopus":   {"OCTOPUS_API_KEY": "demo-key", "OCTOPUS_API_SECRET": "demo-secret"},
		"receivers": {"SLACK_BOT_TOKEN": "xoxb-not-one", "PAGERDUTY_ROUTING_KEY": strings.Repeat("0", 32)},
		"database":  {"WALLETWATCH_DATABASE": "sqlite://" + filepath.Join(p.root, "shared.db")}, // no PostgreSQL is needed to see that the file is read
		"webhooks":  {"OCTOPUS_WEBHOOK_SECRET": "not-a-webhook-secret"},
		"orders":    {"WALLETWATCH_INGEST_TOKEN": "not-an-ingest-token"},
	}
	p.mount(t, "thresholds", map[string]string{"thresholds.yaml": p.thresholds})
	for name, v := range p.volumes {
		if v.Secret != nil {
			p.mount(t, name, secrets[name])
		} else if v.PersistentVolumeClaim != nil {
			p.mount(t, name, nil)
		}
	}
	return p
}

// mount shows files as the kubelet does: by way of the symbolic link ..data, which changes them all at once.
func (p *node) mount(t *testing.T, volume string, files map[string]string) {
	t.Helper()
	dir := ""
	for _, m := range p.container.VolumeMounts {
		if m.Name == volume {
			dir = filepath.Join(p.root, m.MountPath)
		}
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	data, err := os.MkdirTemp(dir, "..data-")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(data, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_ = os.Symlink(filepath.Join("..data", name), filepath.Join(dir, name)) // it stays from the first time
	}
	next := filepath.Join(dir, "..data_tmp")
	if err := os.Symlink(filepath.Base(data), next); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(next, filepath.Join(dir, "..data")); err != nil {
		t.Fatal(err)
	}
}

// here puts the node's directories in the place of the pod's.
func (p *node) here(text string) string {
	for _, m := range p.container.VolumeMounts {
		text = strings.ReplaceAll(text, m.MountPath, filepath.Join(p.root, m.MountPath))
	}
	return text
}

func (p *node) start(t *testing.T, binary string) {
	t.Helper()
	var args []string
	for _, a := range p.container.Args {
		args = append(args, strings.Replace(p.here(a), "=:8081", "=127.0.0.1:0", 1))
	}
	p.process = exec.Command(binary, args...)
	p.process.Dir = p.here(p.container.WorkingDir)
	// What the image sets, and a free port.
	p.process.Env = []string{"PATH=/ko-app", "WALLETWATCH_DATABASE=sqlite:///data/walletwatch.db", "TMPDIR=/data", "WALLETWATCH_LISTEN=127.0.0.1:0"}
	for _, e := range p.container.Env {
		if e.ValueFrom == nil { // or else it is optional
			p.process.Env = append(p.process.Env, e.Name+"="+p.here(e.Value))
		}
	}
	p.logged = filepath.Join(p.root, "log")
	log, err := os.Create(p.logged)
	if err != nil {
		t.Fatal(err)
	}
	p.process.Stdout, p.process.Stderr = log, log
	if err := p.process.Start(); err != nil {
		t.Fatal(err)
	}
	log.Close()
	t.Cleanup(func() { _ = p.process.Process.Kill() })
	p.address = p.listens(t)
}

// listens waits for the log's first word of the address.
func (p *node) listens(t *testing.T) string {
	t.Helper()
	for range 200 {
		for line := range strings.Lines(p.log()) {
			var entry struct{ Msg, Listen string }
			if json.Unmarshal([]byte(line), &entry) == nil && entry.Msg == "walletwatch is watching" {
				return entry.Listen
			}
		}
		pause()
	}
	t.Fatalf("the daemon does not start:\n%s", p.log())
	return ""
}

func (p *node) log() string {
	text, _ := os.ReadFile(p.logged)
	return string(text)
}

func (p *node) await(t *testing.T, path string) {
	t.Helper()
	client := &http.Client{Timeout: 5 * time.Second}
	last := ""
	for range 200 {
		answer, err := client.Get("http://" + p.address + path)
		if err == nil {
			answer.Body.Close()
			if last = answer.Status; answer.StatusCode == http.StatusOK {
				return
			}
		}
		pause()
	}
	t.Fatalf("%s answers %q (last)\n%s", path, last, p.log())
}

// stop is what the kubelet sends, and how long it waits before it kills.
func (p *node) stop(t *testing.T) {
	t.Helper()
	began := time.Now()
	if err := p.process.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := p.process.Wait(); err != nil || time.Since(began) > 25*time.Second {
		t.Errorf("stopping took %s: %v\n%s", time.Since(began), err, p.log())
	}
}

// pause is between two looks at a process, whose clock cannot be ours.
func pause() { <-time.After(50 * time.Millisecond) }

func startSim(t *testing.T, binary string) string {
	t.Helper()
	sim := exec.Command(binary, "--listen", "127.0.0.1:0")
	output, err := sim.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := sim.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sim.Process.Kill(); _ = sim.Wait() })
	lines := bufio.NewScanner(output)
	for lines.Scan() {
		if _, address, ok := strings.Cut(lines.Text(), "base URL"); ok {
			return strings.TrimSpace(address)
		}
	}
	t.Fatal("the simulated API names no address")
	return ""
}

// slack accepts what Slack and PagerDuty would, and says when a message came.
func slack(t *testing.T) (messages chan string, url string) {
	messages = make(chan string, 100)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/chat.postMessage" {
			messages <- r.URL.Path
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"ok": true, "channel": "C1", "ts": "1700000000.000100", "status": "success"}`)
	}))
	t.Cleanup(server.Close)
	return messages, server.URL
}

// build makes a program of the repository.
func build(t *testing.T, pkg, name string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	command := exec.CommandContext(t.Context(), "go", "build", "-o", path, pkg)
	command.Dir = "../.."
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("building %s: %v\n%s", name, err, output)
	}
	return path
}
