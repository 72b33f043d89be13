package main

import (
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"walletwatch/store/pgtest"
)

// cluster is the PostgreSQL server of all tests here.
var cluster pgtest.Shared

// fleet is a world in which several replicas share a database.
type fleet struct {
	*world
	server   *pgtest.Server
	database string        // its name
	claim    time.Duration // how long claims last; 0: as long as in production
	replicas []*replica
	started  []*child // every process there has been
	told     bool     // what the processes logged need not be shown again when the test fails
}

// replica is one of several daemons on a database, which it reaches over a wire of its own.
type replica struct {
	name string
	wire *pgtest.Wire
	url  string                // of the database
	proc atomic.Pointer[child] // nil until it is started
}

// newFleet makes a fleet on a new, empty database. No replica is started yet.
func newFleet(t testing.TB, replicas int, claim time.Duration) *fleet {
	t.Helper()
	return newFleetOn(t, cluster.Server(t), replicas, claim)
}

func newFleetOn(t testing.TB, server *pgtest.Server, replicas int, claim time.Duration) *fleet {
	t.Helper()
	database, err := server.Create()
	if err != nil {
		t.Fatal(err)
	}
	f := &fleet{world: newWorld(t), server: server, database: database, claim: claim}
	f.env["WALLETWATCH_INGEST_TOKEN"] = testIngest
	for i := range replicas {
		wire := pgtest.NewWire(t, server.Address())
		f.replicas = append(f.replicas, &replica{name: fmt.Sprintf("replica %d", i+1), wire: wire, url: pgtest.URL(wire.Address(), database)})
	}
	return f
}

// start starts a replica, or starts it anew, with a clock that is wrong by skew.
func (f *fleet) start(r *replica, skew time.Duration) {
	f.t.Helper()
	f.env[claimsOfDaemon], f.env[skewOfDaemon] = f.claim.String(), skew.String()
	c := f.spawn("--database", r.url)
	r.proc.Store(c)
	f.started = append(f.started, c)
	f.t.Cleanup(func() {
		if f.told {
			c.log.clear()
		}
	})
}

// startAll starts all replicas at the same time, with clocks that are a minute apart from one to the next.
func (f *fleet) startAll() {
	f.t.Helper()
	for i, r := range f.replicas {
		f.start(r, time.Duration(i-1)*time.Minute)
	}
}

// startReady starts all replicas and waits until each is ready and knows what wallet 1 spends.
func (f *fleet) startReady() {
	f.t.Helper()
	f.startAll()
	for _, r := range f.replicas {
		eventually(f.t, r.name+" is ready and wallet 1 is ok", func() bool { return r.ready() && r.daemon().level(1) == "ok" })
	}
}

// ask runs a statement on the fleet's database.
func (f *fleet) ask(statement string) {
	f.t.Helper()
	if err := f.server.Ask(f.database, statement); err != nil {
		f.t.Error(err)
	}
}

// hangUp ends every session with the database.
func (f *fleet) hangUp() {
	f.t.Helper()
	f.ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
}

// lower leaves hardly anything in a wallet.
func (f *fleet) lower(wallet int64) { f.api.SetBalance(wallet, decimal.NewFromInt(10)) }

func (f *fleet) topUp(wallet int64) { f.api.TopUp(wallet, decimal.NewFromInt(5000)) }

// open is how many incidents are open.
func (f *fleet) open() int { return len(f.pager.OpenIncidents()) }

// incidents fails the test unless PagerDuty holds exactly so many incidents, and none of them is open.
func (f *fleet) incidents(incidents int) {
	f.t.Helper()
	if n := len(f.pager.Incidents()); n != incidents {
		f.t.Errorf("%d incidents, want %d", n, incidents)
	}
	if n := f.open(); n != 0 {
		f.t.Errorf("%d incidents are open in the end", n)
	}
}

// counts fails the test unless the receivers hold exactly so many incidents, none of them open, and Slack so many messages.
func (f *fleet) counts(incidents, messages int) {
	f.t.Helper()
	f.incidents(incidents)
	if n := len(f.slack.Messages("#wallet-alerts")); n != messages {
		f.t.Errorf("%d Slack messages, want %d", n, messages)
	}
}

// settled waits until a replica knows that every delivery was accepted.
func (f *fleet) settled(r *replica) {
	f.t.Helper()
	eventually(f.t, "every delivery is accepted", func() bool { return r.daemon().pendingDeliveries() == 0 })
}

func (r *replica) daemon() *child { return r.proc.Load() }

// ready reports whether the replica says that it is ready. One that is stopped does not answer.
func (r *replica) ready() bool {
	status, _ := r.ask("/-/ready")
	return status == http.StatusOK
}

// ask asks a replica that may not answer: then the status is 0.
func (r *replica) ask(path string) (int, string) {
	client := http.Client{Timeout: 3 * time.Second}
	resp, err := client.Get(r.daemon().url + path)
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, err.Error()
	}
	return resp.StatusCode, string(body)
}

func (b *lockedBuffer) clear() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.b.Reset()
}

// over reports whether the process has ended.
func (c *child) over() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}

// within waits for what may not happen, and reports whether it did in time. Unlike eventually it is for any goroutine.
func within(limit time.Duration, holds func() bool) bool {
	deadline := time.After(limit)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-deadline:
			return false
		case <-tick.C:
		}
	}
	return true
}

// rest lets time pass in which something must not happen.
func rest(d time.Duration) { within(d, func() bool { return false }) }
