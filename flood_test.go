package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"walletwatch/octopus/octopustest"
)

// raced is how many times more a daemon may need, as the race detector keeps books of everything it does.
func raced(times int) int {
	if info, ok := debug.ReadBuildInfo(); ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"}) {
		return times
	}
	return 1
}

// checkMemory fails the test when the process has ever held more memory than a daemon may.
func (c *child) checkMemory() {
	c.t.Helper()
	most := 150 * float64(raced(6)) // MiB
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", c.cmd.Process.Pid))
	if err != nil {
		c.t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	kib, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
	if err != nil {
		c.t.Fatal(err)
	}
	if held := kib / 1024; held > most {
		c.t.Errorf("the daemon held %.0f MiB, more than %.0f", held, most)
	} else {
		c.t.Logf("the daemon held %.0f MiB at most", held)
	}
}

// probe asks on a connection of its own, as probes do, and returns the status and how long that took.
func (p *process) probe(path string) (int, time.Duration) {
	p.t.Helper()
	own := &http.Transport{DisableKeepAlives: true}
	began := time.Now()
	resp, err := (&http.Client{Transport: own, Timeout: 10 * time.Second}).Get(p.url + path)
	if err != nil {
		p.t.Logf("probing %s: %v", path, err)
		return 0, time.Since(began)
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, time.Since(began)
}

// TestManyConnections: thousands of connections that say nothing, half a header or half a webhook keep neither probes
// nor a page from getting through. Nothing runs beside it, for it takes the ports that others would listen on.
func TestManyConnections(t *testing.T) {
	const half = "POST " + hookPath + " HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n"
	for name, said := range map[string]string{"nothing": "", "half a header": half, "half a webhook": half + "\r\n{"} {
		t.Run(name, func(t *testing.T) {
			w := told(t)
			c := w.spawn()
			eventually(t, "the wallet is ok", func() bool { return c.level(1) == "ok" })
			last := w.rush(1)
			for range 2500 {
				conn, err := net.Dial("tcp", strings.TrimPrefix(c.url, "http://"))
				if err != nil {
					t.Fatal(err)
				}
				defer conn.Close()
				_, _ = io.WriteString(conn, said) // may be hung up on already
			}
			for range 5 {
				for _, path := range []string{"/-/healthy", "/-/ready", "/metrics"} {
					if status, took := c.probe(path); status != http.StatusOK || took > time.Duration(raced(3))*time.Second {
						t.Errorf("%s answered %d after %v", path, status, took)
					}
				}
			}
			if open := c.connections(); open < 1900 {
				t.Errorf("only %d connections were left when there should have been a crowd", open)
			}
			eventually(t, "the orders are taken", func() bool {
				status, _ := c.post("application/x-ndjson", last)
				return status == http.StatusAccepted
			})
			eventually(t, "the page", func() bool { return len(w.pager.OpenIncidents()) == 1 })
			c.checkMemory()
		})
	}
}

// connections returns how many connections are open by the daemon's own count.
func (p *process) connections() int {
	var metrics string
	p.get("/metrics", &metrics)
	_, rest, _ := strings.Cut(metrics, "\nwalletwatch_http_connections{")
	_, rest, _ = strings.Cut(rest, "} ")
	n := 0
	_, _ = fmt.Sscan(rest, &n)
	return n
}

// TestSlowConfirmations: an API that needs three seconds to answer, and twenty thousand order responses that claim a
// breach which is none: the API is asked one question at a time, and the one true breach among them pages.
func TestSlowConfirmations(t *testing.T) {
	t.Parallel()
	const batches, each, slow = 100, 200, 3 * time.Second
	w := hearing(t)
	w.spent(2, "USD", "1000", "5000")
	c := w.spawn()
	eventually(t, "the wallets are ok", func() bool { return c.level(1) == "ok" && c.level(2) == "ok" })
	w.api.FailAlways(octopustest.RouteWallets, octopustest.Delayed(slow))
	polls, began := w.api.Count(octopustest.RouteWallets), time.Now()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	var breach time.Time
	for batch := range batches {
		lines := make([]string, each)
		for i := range lines {
			lines[i] = fmt.Sprintf(`{"id":%d,"wallet_id":1,"wallet_balance":%d.5,"status":"DELIVERED"}`, 1_000_000+batch*each+i, i%50)
		}
		c.takesAll(strings.Join(lines, "\n"))
		if batch == batches/2 {
			breach = time.Now()
			c.takesAll(w.rush(2))
		}
		<-tick.C
		if !breach.IsZero() && len(w.pager.OpenIncidents()) == 0 && time.Since(breach) > time.Duration(raced(3))*3*slow {
			t.Errorf("no page %v after the breach", time.Since(breach))
			break
		}
	}
	eventually(t, "the page", func() bool { return len(w.pager.OpenIncidents()) == 1 })
	t.Logf("the page came %v after the breach at most", time.Since(breach))
	if reads, most := w.api.Count(octopustest.RouteWallets)-polls, int(time.Since(began)/slow)+2; reads > most {
		t.Errorf("the API was asked %d times in %v, more than %d", reads, time.Since(began), most)
	}
	eventually(t, "the truth is known", func() bool { return c.shows(1, "poll", "5000.00") && c.level(2) == "critical" })
	for _, i := range w.pager.Incidents() {
		if i.DedupKey != "walletwatch/default/2" {
			t.Errorf("a page of %s, whose breach is none", i.DedupKey)
		}
	}
	c.checkMemory()
}
