package main

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"walletwatch/octopus/octopustest"
)

// BenchmarkProcess builds the binary and runs it against the simulated API: the time from its start to ready (the
// first poll finished), again on the database it left, and its resident memory with 1,000 wallets of which
// every one is spent, after a minute of polls every second with a scrape after each.
func BenchmarkProcess(b *testing.B) {
	binary := filepath.Join(b.TempDir(), "walletwatch")
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", binary, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("building: %v\n%s", err, out)
	}
	w := newWorld(b)
	for id := range int64(1000) {
		w.api.AddWallet(octopustest.Wallet{ID: id + 1, Currency: "USD", Balance: decimal.NewFromInt(1_000_000)})
	}
	const rows = 8 * 6
	for i := range rows {
		at := time.Now().Add(time.Duration(i-rows+1) * 4 * time.Hour)
		for id := range int64(1000) {
			w.api.Debit(id+1, decimal.NewFromInt(5+id%7), at, octopustest.NoBalance())
		}
	}
	for range b.N {
		first := w.measure(b, binary, 0)
		again := w.measure(b, binary, time.Minute)
		b.ReportMetric(float64(first.ready.Milliseconds()), "ms/first-start-to-ready")
		b.ReportMetric(float64(again.ready.Milliseconds()), "ms/start-to-ready")
		b.ReportMetric(again.resident, "MiB/resident")
	}
}

type measured struct {
	ready    time.Duration
	resident float64 // MiB
}

// measure runs the binary until it is ready and for a while longer.
func (w *world) measure(b *testing.B, binary string, watch time.Duration) measured {
	b.Helper()
	listen := freeAddress(b)
	cmd := exec.Command(binary, "run", "--config", w.configFile(), "--listen", listen, "--allow-fast-poll", "--log-level", "error",
		"--database", "sqlite://"+filepath.Join(w.dir, "bench.db"))
	for k, v := range w.env {
		cmd.Env = append(cmd.Env, k+"="+v)
	}
	cmd.Stderr = os.Stderr
	began := time.Now()
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	defer cmd.Process.Kill()
	p := &process{t: b, url: "http://" + listen}
	eventually(b, "ready", func() bool { return p.get("/-/ready", nil) == http.StatusOK })
	m := measured{ready: time.Since(began)}
	eventually(b, "the history is counted", func() bool { return p.level(1) == "ok" })
	end, scrape := time.After(watch), time.NewTicker(time.Second)
	defer scrape.Stop()
	for watching := true; watching; {
		select {
		case <-end:
			watching = false
		case <-scrape.C:
			var metrics string
			p.get("/metrics", &metrics)
		}
	}
	m.resident = resident(b, cmd.Process.Pid)
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		b.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		b.Fatal(err)
	}
	return m
}

// resident returns a process' resident memory in MiB.
func resident(b *testing.B, pid int) float64 {
	b.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	kib, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
	if err != nil {
		b.Fatal(err)
	}
	return kib / 1024
}
