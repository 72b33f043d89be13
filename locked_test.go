package main

import (
	"context"
	"database/sql"
	"io"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"walletwatch/octopus/octopustest"
)

// lockDatabase keeps the daemon from writing until release is called.
func (w *world) lockDatabase() (release func()) {
	w.t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(w.dir, "state.db")+"?_pragma=busy_timeout(5000)")
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { db.Close() })
	conn, err := db.Conn(context.Background())
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := conn.ExecContext(context.Background(), "BEGIN EXCLUSIVE"); err != nil {
		w.t.Fatal(err)
	}
	return sync.OnceFunc(func() {
		if _, err := conn.ExecContext(context.Background(), "ROLLBACK"); err != nil {
			w.t.Error(err)
		}
		conn.Close()
	})
}

// crowd is clients that send order responses until each is taken.
type crowd struct {
	t        *testing.T
	w        *world
	url      string
	client   *http.Client
	mu       sync.Mutex
	statuses map[int]int
	slowest  time.Duration
}

// send posts until what it sends is taken.
func (f *crowd) send(body string) {
	for {
		status, retryAfter := f.try(body)
		f.mu.Lock()
		f.statuses[status]++
		f.mu.Unlock()
		switch status {
		case http.StatusAccepted:
			return
		case http.StatusTooManyRequests, http.StatusServiceUnavailable:
			if retryAfter < time.Second || retryAfter > 30*time.Second {
				f.t.Errorf("Retry-After of a %d is %v", status, retryAfter)
				return
			}
			<-time.After(time.Second) // sooner than asked, so that more comes
		default:
			f.t.Errorf("an order response was answered with %d", status)
			return
		}
	}
}

func (f *crowd) try(body string) (status int, retryAfter time.Duration) {
	r, err := http.NewRequest(http.MethodPost, f.url+"/api/v1/orders", strings.NewReader(body))
	if err != nil {
		f.t.Error(err)
		return 0, 0
	}
	r.Header.Set("Authorization", "Bearer "+testIngest)
	r.Header.Set("Content-Type", "application/x-ndjson")
	began := time.Now()
	resp, err := f.client.Do(r)
	if err != nil {
		f.t.Error(err)
		return 0, 0
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body)
	f.mu.Lock()
	f.slowest = max(f.slowest, time.Since(began))
	f.mu.Unlock()
	seconds, _ := strconv.Atoi(resp.Header.Get("Retry-After"))
	return resp.StatusCode, time.Duration(seconds) * time.Second
}

// orders places orders of a dollar and returns the answers, one a line.
func (f *crowd) orders(n int) string {
	lines := make([]string, n)
	for i := range lines {
		body, err := f.w.api.Order(octopustest.OrderRequest{ProductID: 1, Denomination: decimal.NewFromInt(1), Quantity: 1, WalletID: 1})
		if err != nil {
			f.t.Error(err)
		}
		lines[i] = string(body)
	}
	return strings.Join(lines, "\n")
}

// TestDatabaseLocked: while the database cannot be written, hundreds of clients are told to come again, nobody hangs,
// probes tell the truth, and memory stays bounded. Afterwards everything counts, exactly once.
func TestDatabaseLocked(t *testing.T) {
	t.Parallel()
	w := told(t)
	w.api.SetBalance(1, decimal.NewFromInt(100_000))
	c := w.spawn()
	eventually(t, "the wallet is ok", func() bool { return c.level(1) == "ok" && c.ready() })
	w.api.FailAlways(octopustest.RouteWallets, octopustest.Fault{Status: 503}) // so that only what was sent is known
	own := &http.Transport{MaxIdleConnsPerHost: 300}
	defer own.CloseIdleConnections()
	f := &crowd{t: t, w: w, url: c.url, client: &http.Client{Transport: own, Timeout: time.Minute}, statuses: map[int]int{}}

	release := w.lockDatabase()
	defer release()
	locked := time.Now()
	var over atomic.Bool
	var clients sync.WaitGroup
	for i := range 300 {
		clients.Go(func() {
			for !over.Load() {
				f.send(f.orders(1 + 49*(i%2)))
			}
		})
	}
	unready, event := false, debited("evt_locked", 1, "1")
	for time.Since(locked) < 6*time.Second {
		if status, took := c.probe("/-/healthy"); status != http.StatusOK || took > time.Duration(raced(3))*time.Second {
			t.Errorf("/-/healthy answered %d after %v", status, took)
		}
		status, took := c.probe("/-/ready")
		if took > 3*time.Second {
			t.Errorf("/-/ready answered after %v", took)
		}
		unready = unready || status == http.StatusServiceUnavailable
		asked := time.Now()
		if status, took := c.signed(event, testHook), time.Since(asked); status != http.StatusServiceUnavailable || took > 2*time.Second {
			t.Errorf("a webhook was answered with %d after %v", status, took)
		}
	}
	if !unready {
		t.Error("/-/ready never said that the database cannot be written")
	}
	over.Store(true)
	release()
	clients.Wait()
	t.Logf("answers: %v, the slowest after %v", f.statuses, f.slowest)
	if f.slowest > time.Duration(raced(3))*10*time.Second {
		t.Errorf("a client waited %v for an answer", f.slowest)
	}
	eventually(t, "ready again", c.ready)
	if status := c.signed(event, testHook); status != http.StatusOK {
		t.Errorf("the webhook was answered with %d afterwards", status)
	}
	truth := w.api.Balance(1).String()
	if !c.shows(1, "estimate", truth) {
		t.Errorf("it shows %+v, want %s", c.shown(1), truth)
	}
	c.checkMemory()
	c.kill()
	c = w.spawn()
	eventually(t, "what was answered with 202 is known", func() bool { return c.shows(1, "estimate", truth) })

	w.api.SetBalance(1, decimal.NewFromInt(130))
	w.api.SetOrderBalance("wallet.balance")
	w.api.Heal(octopustest.RouteWallets)
	// It may be outdated already: the first poll is tried again and again.
	if status, answer := c.post("application/json", string(w.order(1, "100", 1))); status != http.StatusAccepted {
		t.Errorf("the last order response was answered with %d %s", status, answer)
	}
	eventually(t, "the page", func() bool { return len(w.pager.OpenIncidents()) == 1 })
}
