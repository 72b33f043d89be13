package main

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	floodStreams = 4
	floodOrders  = 2_000_000
	floodTime    = 60 * time.Second // after which it ends with fewer
	floodPiece   = 100              // orders that are written at once
	idlers       = 2_100
)

// BenchmarkFlood measures the daemon's resident memory: at rest with a thousand wallets, the most of it after two
// million orders, or as many as it takes in within a minute, that came as NDJSON in four requests at once, what is left
// of it then, and with 2,100 idle connections, of which it keeps 2,000.
func BenchmarkFlood(b *testing.B) {
	r := newRush(b, nil)
	to, orders := strings.TrimPrefix(r.daemon.url, "http://"), &atomic.Int64{}
	orders.Store(firstOrder)
	var rounds figures
	for b.Loop() {
		rounds.add("MiB/before", r.memory(b, "VmRSS:"))
		before, began := orders.Load(), time.Now()
		var streams errgroup.Group
		for range floodStreams {
			streams.Go(func() error { return flood(to, r.line, orders, began.Add(floodTime)) })
		}
		if err := streams.Wait(); err != nil {
			b.Fatal(err)
		}
		taken := float64(orders.Load() - before)
		rounds.add("orders", taken)
		rounds.add("orders/s", taken/time.Since(began).Seconds())
		rounds.add("MiB/peak", r.memory(b, "VmHWM:"))
		rounds.add("MiB/after", r.memory(b, "VmRSS:"))
		leave := idle(b, to)
		rounds.add("MiB/idlers", r.memory(b, "VmRSS:"))
		if status := r.daemon.get("/-/healthy", nil); status != http.StatusOK {
			b.Errorf("with %d idle connections the probe is answered with %d", idlers, status)
		}
		leave()
	}
	rounds.report(b)
}

// flood sends one request of a stream's part of the orders, or of as many as are taken by the end.
func flood(to string, line []byte, orders *atomic.Int64, end time.Time) error {
	l := newLetter(line, floodPiece)
	_, body, _ := bytes.Cut(l.text, []byte("\r\n\r\n"))
	w, err := dial(to)
	if err != nil {
		return err
	}
	defer w.conn.Close()
	if _, err := w.conn.Write(head("application/x-ndjson", "Transfer-Encoding: chunked")); err != nil {
		return err
	}
	sent := 0
	for ; sent < floodOrders/floodStreams && time.Now().Before(end); sent += floodPiece {
		l.address(orders.Add(floodPiece)-floodPiece, rushFirst, rushWallets)
		chunk := net.Buffers{fmt.Appendf(nil, "%x\r\n", len(body)), body, []byte("\r\n")}
		if _, err := chunk.WriteTo(w.conn); err != nil {
			return err
		}
	}
	answer, err := w.ask([]byte("0\r\n\r\n"))
	if want := fmt.Sprintf(`{"accepted":%d,"ignored":0}`, sent); err == nil && !bytes.Contains(answer, []byte(want)) {
		err = fmt.Errorf("%d orders were answered with %q", sent, answer)
	}
	return err
}

// idle opens connections of which each has been answered once.
func idle(b *testing.B, to string) (leave func()) {
	b.Helper()
	var wires []*wire
	for range idlers {
		w, err := dial(to)
		if err != nil {
			b.Fatal(err)
		}
		wires = append(wires, w)
		if _, err := w.ask([]byte("GET /-/healthy HTTP/1.1\r\nHost: walletwatch\r\n\r\n")); err != nil {
			b.Fatal(err)
		}
	}
	return func() {
		for _, w := range wires {
			w.conn.Close()
		}
	}
}

// memory returns a line of the daemon's status in /proc, in MiB.
func (r *rush) memory(b *testing.B, name string) float64 {
	b.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", r.daemon.cmd.Process.Pid))
	if err != nil {
		b.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), name)
	kib, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
	if err != nil {
		b.Fatal(err)
	}
	return kib / 1024
}
