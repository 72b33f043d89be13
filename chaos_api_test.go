package main

import (
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"walletwatch/alerting/alertingtest"
	"walletwatch/octopus/octopustest"
)

// seldom is a fleet that polls seldom, so that what happens soon was heard.
func seldom(t *testing.T) *fleet {
	t.Helper()
	f := newFleet(t, 2, 2*time.Second)
	f.replace(`poll: "@every 1s"`, `poll: "@every 5m"`)
	f.spent(1, "USD", "1000", "5000")
	f.startReady()
	return f
}

// TestReplicasDoubtARumour: two replicas are told the same wrong thing. The API is asked, and nobody is woken.
func TestReplicasDoubtARumour(t *testing.T) {
	t.Parallel()
	f := seldom(t)
	asked := f.api.Count(octopustest.RouteWallets)
	for _, r := range f.replicas {
		if status, answer := r.daemon().post("application/json", `{"id":7,"wallet_id":1,"wallet_balance":-3.5,"status":"DELIVERED"}`); status != http.StatusAccepted {
			t.Errorf("%s answered %d %s", r.name, status, answer)
		}
	}
	eventually(t, "the API has been asked", func() bool { return f.api.Count(octopustest.RouteWallets) > asked })
	for _, r := range f.replicas {
		eventually(t, r.name+" knows the truth", func() bool { return r.daemon().shows(1, "poll", "5000.00") })
	}
	rest(f.claim)
	f.counts(0, 0)
	for _, r := range f.replicas {
		if got := r.daemon().level(1); got != "ok" {
			t.Errorf("%s says %q", r.name, got)
		}
	}
}

// TestReplicasPageOnceInAnOutage: while the API is down, one unconfirmed page goes out, whoever heard of it and however many.
func TestReplicasPageOnceInAnOutage(t *testing.T) {
	t.Parallel()
	f := seldom(t)
	lines := f.rush(1)
	f.api.FailAlways(octopustest.RouteWallets, octopustest.Answering(503))
	for _, r := range f.replicas {
		if status, answer := r.daemon().post("application/x-ndjson", lines); status != http.StatusAccepted {
			t.Errorf("%s answered %d %s", r.name, status, answer)
		}
	}
	eventually(t, "the page", func() bool { return f.open() == 1 })
	f.settled(f.replicas[0])
	rest(f.claim + time.Second)
	incidents := f.pager.Incidents()
	if n := len(incidents[0].Events); len(incidents) != 1 || n != 1 || !strings.HasPrefix(incidents[0].Events[0].Payload.Summary, "Unconfirmed") {
		t.Errorf("%d incidents, the first with %d events: %+v", len(incidents), n, incidents[0].Events)
	}
	f.topUp(1)
	f.api.Heal(octopustest.RouteWallets)
	eventually(t, "the page closes", func() bool { return f.open() == 0 })
	f.settled(f.replicas[0])
	f.counts(1, 1)
}

// TestReplicasAndTheMonitor: the API is down for longer than stale_after. One incident says so, whatever becomes of the
// replicas meanwhile, and closes by itself.
func TestReplicasAndTheMonitor(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 3, 2*time.Second)
	f.replace("levels:", "stale_after: {critical: 5s}\nlevels:")
	f.spent(1, "USD", "1000", "5000")
	f.startReady()
	f.api.FailAlways(octopustest.RouteWallets, octopustest.Answering(503))
	eventually(t, "the page", func() bool { return f.open() == 1 })
	killed, stopped, witness := f.replicas[0], f.replicas[1], f.replicas[2]
	eventually(t, "it is known why", func() bool {
		return witness.daemon().metric(`walletwatch_poll_fault{account="default",kind="unavailable"} 1`) && witness.daemon().pendingDeliveries() == 0
	})
	told := len(f.pager.Incidents()[0].Events)
	killed.daemon().kill()
	stopped.daemon().signal(syscall.SIGSTOP)
	f.start(killed, -time.Minute)
	eventually(t, killed.name+" is ready", killed.ready)
	rest(f.claim)
	stopped.daemon().signal(syscall.SIGCONT)
	rest(f.claim + time.Second)
	if all := f.pager.Incidents(); len(all) != 1 || !all[0].Open || len(all[0].Events) != told || all[0].DedupKey != "walletwatch/default/monitor" {
		t.Errorf("the incidents are %+v", all)
	}
	f.api.Heal(octopustest.RouteWallets)
	eventually(t, "the page closes", func() bool { return f.open() == 0 })
	rest(f.claim)
	f.settled(witness)
	f.incidents(1)
}

// TestReplicasAreReplaced: one after the other is asked to stop and starts anew, as in a rolling update, while wallets fall
// and recover. Everything is told once, and exactly once.
func TestReplicasAreReplaced(t *testing.T) {
	t.Parallel()
	const wallets = 12
	f := newFleet(t, 3, 0)
	for id := range int64(wallets) {
		f.spent(id+1, "USD", "1000", "5000")
	}
	f.startReady()
	for _, faults := range []*alertingtest.Faults{&f.slack.Faults, &f.pager.Faults} {
		faults.Always(alertingtest.Fault{Delay: 100 * time.Millisecond}) // so that something is always under way
	}
	for round, change := range []func(int64){f.lower, f.topUp} {
		for i, r := range f.replicas {
			before := f.pager.Requests()
			for id := range int64(wallets / 3) {
				change(int64(i*wallets/3) + id + 1)
			}
			eventually(t, "deliveries are under way", func() bool { return f.pager.Requests() > before })
			r.daemon().signal(syscall.SIGTERM)
			eventually(t, r.name+" ends", r.daemon().over)
			if r.daemon().code != exitFine {
				t.Errorf("%s ended with %d", r.name, r.daemon().code)
			}
			f.start(r, time.Duration(round)*time.Minute)
			eventually(t, r.name+" is ready", r.ready)
		}
		want := wallets * (1 - round)
		eventually(t, "everything is told", func() bool { return f.open() == want })
		f.settled(f.replicas[0])
	}
	f.counts(wallets, wallets)
	for _, i := range f.pager.Incidents() {
		if len(i.Events) != 2 {
			t.Errorf("%s: %d events, want one that opens and one that closes", i.DedupKey, len(i.Events))
		}
	}
}
