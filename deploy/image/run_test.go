package main

import (
	"encoding/pem"
	"fmt"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"walletwatch/deploy/image/rootfs"
)

// runnable is the image for amd64, extracted; the machine must be able to run it.
func runnable(t testing.TB) string {
	t.Helper()
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		t.Fatalf("this machine is %s/%s: the image for linux/amd64 can only be run on such a one", runtime.GOOS, runtime.GOARCH)
	}
	return extract(t, image(t, "amd64"))
}

func TestVersionIsStamped(t *testing.T) {
	out, code := container(t, runnable(t), "", "version").run(t)
	if want := fmt.Sprintf("walletwatch %s (commit %s, ", testVersion, testRevision); code != 0 || !strings.HasPrefix(out, want) {
		t.Errorf("status %d, output %q, want %q…", code, out, want)
	}
}

func TestShippedPolicyIsFound(t *testing.T) {
	out, code := container(t, runnable(t), "https://octopus.example", "check").run(t)
	if code != 0 {
		t.Errorf("status %d:\n%s", code, out)
	}
	c := container(t, runnable(t), "https://octopus.example", "check")
	c.Env = nil
	if out, code = c.run(t); code != 2 || !strings.Contains(out, "OCTOPUS_API_KEY") {
		t.Errorf("without an environment: status %d:\n%s", code, out)
	}
}

func TestTimeZonesWork(t *testing.T) {
	dir := policy(t) // in Hong Kong
	c := container(t, runnable(t), "https://octopus.example", "check")
	c.Mounts = []mount{{From: dir, To: rootfs.ConfigDir}}
	if out, code := c.run(t); code != 0 {
		t.Errorf("status %d:\n%s", code, out)
	}
	file := filepath.Join(dir, "thresholds.yaml")
	text, err := os.ReadFile(file)
	must(t, err)
	must(t, os.WriteFile(file, []byte(strings.Replace(string(text), "Asia/Hong_Kong", "Asia/Nowhere", 1)), 0o644))
	if out, code := c.run(t); code != 2 || !strings.Contains(out, "Asia/Nowhere") {
		t.Errorf("a time zone that does not exist: status %d:\n%s", code, out)
	}
}

func TestImageRuns(t *testing.T) {
	c := container(t, runnable(t), simulated(t))
	data := dataDir(t)
	c.Mounts = []mount{{From: policy(t), To: rootfs.ConfigDir}, {From: data, To: rootfs.DataDir, Writable: true}}
	d := startReady(t, c)

	if wallets := d.get(t, "/api/v1/wallets"); !strings.Contains(wallets, `"currency":"USD"`) || !strings.Contains(wallets, `"source":"poll"`) {
		t.Errorf("the wallets are %s", wallets)
	}
	if metrics := d.get(t, "/metrics"); !strings.Contains(metrics, `revision="`+testRevision+`"`) {
		t.Error("the metrics do not name the revision")
	}
	checkUnprivileged(t, d.cmd.Process.Pid)
	if _, err := os.Stat(filepath.Join(data, "walletwatch.db")); err != nil {
		t.Errorf("looking for the database: %v", err)
	}

	if code := d.stop(t); code != 0 {
		t.Errorf("asked to stop, it ended with status %d:\n%s", code, d.log)
	}
}

// checkUnprivileged: the test would prove little if the sandbox left the process its rights.
func checkUnprivileged(t *testing.T, pid int) {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	must(t, err)
	uid := rootfs.UID
	if os.Getuid() != 0 {
		uid = os.Getuid() // what it is called outside of the user namespace
	}
	for _, want := range []string{fmt.Sprintf("Uid:\t%d\t%[1]d\t%[1]d\t%[1]d\n", uid), "CapEff:\t0000000000000000\n", "NoNewPrivs:\t1\n"} {
		if !strings.Contains(string(status), want) {
			t.Errorf("the process has not %q", want)
		}
	}
}

func TestRootIsReadOnly(t *testing.T) {
	c := container(t, runnable(t), "http://127.0.0.1:9", "run", "--listen", "127.0.0.1:0")
	data := dataDir(t)
	c.Mounts = []mount{{From: data, To: rootfs.DataDir}}
	out, code := c.run(t)
	if code == 0 || code == 125 || !strings.Contains(out, "walletwatch.db") {
		t.Errorf("without a place to write to: status %d:\n%s", code, out)
	}
}

// TestDemoRuns needs a temporary directory, which the image has not.
func TestDemoRuns(t *testing.T) {
	c := container(t, runnable(t), "", "demo", "--for", "2s", "--listen", "127.0.0.1:0")
	c.Mounts = []mount{{From: dataDir(t), To: rootfs.DataDir, Writable: true}}
	if out, code := c.run(t); code != 0 {
		t.Errorf("status %d:\n%s", code, out)
	}
}

// TestCertificateAuthoritiesAreUsed shows that the daemon trusts exactly the file in the image: a server whose
// authority is not in it is refused, and taken once it is.
func TestCertificateAuthoritiesAreUsed(t *testing.T) {
	api, err := url.Parse(simulated(t))
	must(t, err)
	server := httptest.NewTLSServer(httputil.NewSingleHostReverseProxy(api))
	defer server.Close()
	root := runnable(t)
	c := container(t, root, server.URL)
	c.Mounts = []mount{{From: policy(t), To: rootfs.ConfigDir}, {From: dataDir(t), To: rootfs.DataDir, Writable: true}}
	d := start(t, c)
	d.await(t, "refusing a stranger's certificate", d.says("certificate signed by unknown authority"))
	d.stop(t)

	bundle, err := os.ReadFile(filepath.Join(root, rootfs.Roots))
	must(t, err)
	own := filepath.Join(t.TempDir(), "ca-certificates.crt")
	bundle = append(bundle, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})...)
	must(t, os.WriteFile(own, bundle, 0o644))
	c.Mounts[1].From = dataDir(t)
	c.Mounts = append(slices.Clip(c.Mounts), mount{From: own, To: rootfs.Roots})
	if d := startReady(t, c); !strings.Contains(d.get(t, "/api/v1/wallets"), `"source":"poll"`) {
		t.Errorf("the certificate of an authority that was added is refused:\n%s", d.log)
	}
}

// BenchmarkStart measures from the start of the process in the image to its first 200 on /-/ready.
func BenchmarkStart(b *testing.B) {
	c := container(b, runnable(b), simulated(b))
	config := policy(b)
	measure := func(b *testing.B, data func() string) {
		for b.Loop() {
			b.StopTimer()
			c.Mounts = []mount{{From: config, To: rootfs.ConfigDir}, {From: data(), To: rootfs.DataDir, Writable: true}}
			b.StartTimer()
			d := startReady(b, c)
			b.StopTimer()
			must(b, d.cmd.Process.Kill())
			<-d.ended
			b.StartTimer()
		}
	}
	b.Run("new", func(b *testing.B) { measure(b, func() string { return dataDir(b) }) })
	b.Run("existing", func(b *testing.B) {
		data := dataDir(b)
		measure(b, func() string { return data })
	})
}
