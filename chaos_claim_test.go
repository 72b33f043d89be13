package main

import (
	"bytes"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"walletwatch/alerting/alertingtest"
)

// pausedAt stops a replica at the moment in which the database has answered it with something, which it does not get to
// see before it is released. The answer is one that holds the text, the first for which really is true.
type pausedAt struct {
	reached chan struct{} // closed: the replica is stopped
	release func()        // lets it go on
}

func (f *fleet) pauseAt(r *replica, text string, really func() bool) pausedAt {
	p := pausedAt{reached: make(chan struct{})}
	gone := make(chan struct{})
	var once, freed sync.Once
	r.wire.Answers(func(answer []byte) {
		if !bytes.Contains(answer, []byte(text)) || !really() {
			return
		}
		once.Do(func() {
			r.daemon().signal(syscall.SIGSTOP)
			close(p.reached)
			<-gone
		})
	})
	p.release = func() {
		freed.Do(func() {
			r.wire.Answers(nil)
			close(gone)
			r.daemon().signal(syscall.SIGCONT)
		})
	}
	f.t.Cleanup(p.release)
	return p
}

func (p pausedAt) wait(t *testing.T) {
	t.Helper()
	eventually(t, "the replica is stopped", func() bool {
		select {
		case <-p.reached:
			return true
		default:
			return false
		}
	})
}

// claimed reports whether a delivery to PagerDuty is in somebody's hands.
func (f *fleet) claimed() bool {
	out, err := f.server.Run("psql", "-X", "-A", "-t", "-d", f.database, "-c", "SELECT COUNT(*) FROM dispatch WHERE receiver = 'pagerduty' AND claimed_until > 0")
	if err != nil {
		f.t.Error(err)
	}
	return strings.TrimSpace(out) != "0"
}

// TestReplicaActsOnNoOldClaim: a replica is stopped when its claim of a page is granted and before it sends it. Another one
// takes over, pages, and takes the page back. The first one goes on with what it was about to do: nobody is woken again.
func TestReplicaActsOnNoOldClaim(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 2, time.Second)
	f.spent(1, "USD", "1000", "5000")
	first, second := f.replicas[0], f.replicas[1]
	f.start(first, time.Minute)
	eventually(t, "the wallet is ok", func() bool { return first.daemon().level(1) == "ok" })

	pause := f.pauseAt(first, "COMMIT", f.claimed)
	f.lower(1)
	pause.wait(t)
	if n := f.pager.Requests(); n != 0 {
		t.Fatalf("the replica has sent %d pages already", n)
	}
	f.start(second, -time.Minute)
	eventually(t, "the other one pages", func() bool { return f.open() == 1 })
	f.topUp(1)
	eventually(t, "the other one takes the page back", func() bool { return f.open() == 0 })

	pause.release()
	eventually(t, "the first is ready", first.ready)
	rest(3 * f.claim)
	f.settled(first)
	f.incidents(1)
}

// TestReplicaThatSentLate: a page that was sent in time is held up on its way until another replica has paged and taken the
// page back. It opens an incident then, which nobody can help: but it is closed again.
func TestReplicaThatSentLate(t *testing.T) {
	t.Parallel()
	const late = 16 * time.Second // the first may be stopped while it holds the account, for 10 s then
	f := newFleet(t, 2, 2*time.Second)
	f.spent(1, "USD", "1000", "5000")
	first, second := f.replicas[0], f.replicas[1]
	f.start(first, time.Minute)
	eventually(t, "the wallet is ok", func() bool { return first.daemon().level(1) == "ok" })

	f.pager.Next(alertingtest.Fault{Delay: late})
	f.lower(1)
	eventually(t, "the page is on its way", func() bool { return f.pager.Requests() == 1 })
	first.daemon().signal(syscall.SIGSTOP) // or it would hang up
	f.start(second, -time.Minute)
	eventually(t, "the other one pages", func() bool { return f.open() == 1 })
	f.topUp(1)
	eventually(t, "the other one takes the page back", func() bool { return f.open() == 0 })
	if n := len(f.pager.Incidents()); n != 1 {
		t.Fatalf("%d incidents before the late page is here", n)
	}
	eventually(t, "the late page is here", func() bool { return len(f.pager.Incidents()) == 2 })
	first.daemon().signal(syscall.SIGCONT)
	eventually(t, "it is taken back", func() bool { return f.open() == 0 })
}

// TestReplicaStoppedInATransaction: one that is stopped while it holds the account keeps the others waiting for no longer
// than the server lets it.
func TestReplicaStoppedInATransaction(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 2, 2*time.Second)
	f.spent(1, "USD", "1000", "5000")
	f.startReady()
	first, second := f.replicas[0], f.replicas[1]
	pause := f.pauseAt(first, "UPDATE 1\x00", func() bool { return true })
	pause.wait(t)
	began := time.Now()
	f.lower(1)
	eventually(t, "the page", func() bool { return f.open() == 1 })
	if took := time.Since(began); took > 15*time.Second {
		t.Errorf("the page came after %v", took)
	} else {
		t.Logf("the page came after %v", took)
	}
	pause.release()
	eventually(t, "the first is ready", first.ready)
	f.topUp(1)
	eventually(t, "the page closes", func() bool { return f.open() == 0 })
	f.settled(second)
	f.counts(1, 1)
}
