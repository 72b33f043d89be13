package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"walletwatch/octopus/octopustest"
)

// door is where one replica alone asks the simulated API.
type door struct {
	url    string
	within atomic.Int64 // questions about balances that are not answered yet
	asked  atomic.Int64 // all of them
}

// startBehind starts a replica that asks the API by a door of its own.
func (f *fleet) startBehind(r *replica) *door {
	f.t.Helper()
	d := &door{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if strings.HasSuffix(req.URL.Path, "/wallets") {
			d.asked.Add(1)
			d.within.Add(1)
			defer d.within.Add(-1)
		}
		f.api.ServeHTTP(w, req)
	}))
	f.t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	d.url = server.URL
	f.env["OCTOPUS_BASE_URL"] = d.url
	f.start(r, 0)
	return d
}

// TestReplicasTakeTurns: of several replicas one asks the API, and when it dies while it does, another one asks as soon as
// its claim has ended. One that is stopped for longer keeps nobody from asking either.
func TestReplicasTakeTurns(t *testing.T) {
	t.Parallel()
	const claim, every = 3 * time.Second, time.Second
	for name, fell := range map[string]func(*child){"killed": (*child).kill, "stopped": func(c *child) { c.signal(syscall.SIGSTOP) }} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFleet(t, 3, claim)
			f.spent(1, "USD", "1000", "5000")
			doors := map[*replica]*door{}
			for _, r := range f.replicas {
				doors[r] = f.startBehind(r)
			}
			for _, r := range f.replicas {
				eventually(t, r.name+" is ready", r.ready)
			}
			before, began := f.api.Count(octopustest.RouteWallets), time.Now()
			rest(5 * every)
			polls, periods := f.api.Count(octopustest.RouteWallets)-before, int(time.Since(began)/every)
			if polls < periods/2 || polls > periods+2 {
				t.Errorf("the API was asked %d times in %d periods", polls, periods)
			}

			f.api.Fail(octopustest.RouteWallets, octopustest.Hanging())
			var asking *replica
			eventually(t, "a replica asks and gets no answer", func() bool {
				for r, d := range doors {
					if held := d.within.Load() > 0; held && within(200*time.Millisecond, func() bool { return d.within.Load() == 0 }) != held {
						asking = r
					}
				}
				return asking != nil
			})
			fallen := f.api.Count(octopustest.RouteWallets)
			began = time.Now()
			fell(asking.daemon())
			eventually(t, "another one asks", func() bool { return f.api.Count(octopustest.RouteWallets) > fallen })
			if took := time.Since(began); took > claim+every+time.Second {
				t.Errorf("the next question came after %v", took)
			}
			asking.daemon().signal(syscall.SIGCONT)
		})
	}
}

// TestReplicaJoins: one that starts where others have just asked knows what they know, and is ready without asking.
func TestReplicaJoins(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 2, 0)
	f.replace(`poll: "@every 1s"`, `poll: "@every 5m"`)
	f.spent(1, "USD", "1000", "5000")
	f.startBehind(f.replicas[0])
	eventually(t, "the wallet is ok", func() bool { return f.replicas[0].daemon().level(1) == "ok" })
	second := f.startBehind(f.replicas[1])
	eventually(t, "the second is ready", f.replicas[1].ready)
	if got := f.replicas[1].daemon().level(1); got != "ok" {
		t.Errorf("the second says %q", got)
	}
	if n := second.asked.Load(); n != 0 {
		t.Errorf("the second asked the API %d times", n)
	}
}

// TestReplicasStartTogether: five replicas meet on an empty database, and each is soon ready.
func TestReplicasStartTogether(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 5, 0)
	f.spent(1, "USD", "1000", "10")
	f.startAll()
	for _, r := range f.replicas {
		eventually(t, r.name+" is ready", r.ready)
	}
	eventually(t, "the page", func() bool { return f.open() == 1 })
	f.topUp(1)
	eventually(t, "the page closes", func() bool { return f.open() == 0 })
	f.settled(f.replicas[0])
	f.counts(1, 1)
}
