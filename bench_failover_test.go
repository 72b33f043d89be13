package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"walletwatch/octopus/octopustest"
)

// What a failover is measured with. Claims last as long as in production.
const (
	failoverReplicas = 3
	failoverWallets  = 1000
	failoverBreaches = 500
	failoverTime     = 50 * time.Second // in which the breaches happen
)

// BenchmarkFailover measures how long after the API shows a breach the page is there, while three replicas are left alone,
// and while one of them is killed every few seconds. Run it once (-benchtime 1x).
func BenchmarkFailover(b *testing.B) {
	for range b.N {
		quiet, killed := failover(b, false), failover(b, true)
		b.ReportMetric(quiet[len(quiet)/2].Seconds(), "s/floor-median")
		b.ReportMetric(percentile(quiet, 99).Seconds(), "s/floor-p99")
		b.ReportMetric(killed[len(killed)/2].Seconds(), "s/killed-median")
		b.ReportMetric(percentile(killed, 99).Seconds(), "s/killed-p99")
		b.ReportMetric((killed[len(killed)/2] - quiet[len(quiet)/2]).Seconds(), "s/added-median")
	}
}

// failover takes wallets down one after the other and up again in the end, and returns how long each page took, sorted. A
// page that is lost, a second one, and one that stays open are errors.
func failover(b *testing.B, kill bool) []time.Duration {
	b.Helper()
	f := newFleet(b, failoverReplicas, 0)
	seen := watch(f.world)
	for id := range int64(failoverWallets) {
		f.api.AddWallet(octopustest.Wallet{ID: id + 1, Currency: "USD", Balance: decimal.NewFromInt(5000)})
		for day := range 8 {
			at := time.Now().Add(-time.Duration(day)*24*time.Hour - time.Duration(id)*time.Second)
			f.api.Debit(id+1, decimal.NewFromInt(1000), at, octopustest.NoBalance())
		}
	}
	f.startAll()
	for _, r := range f.replicas {
		eventually(b, r.name+" knows what is spent", func() bool { return r.ready() && r.daemon().level(failoverWallets) == "ok" })
	}
	lowered := f.breach(kill)
	paged := func(key string) bool { return len(seen.of(key).opened) > 0 }
	within(time.Minute+30*time.Second, func() bool {
		return !slices.ContainsFunc(lowered, func(l loss) bool { return !paged(l.key) })
	})
	var took []time.Duration
	lost := 0
	for _, l := range lowered {
		f.topUp(l.wallet)
		opened := seen.of(l.key).opened
		if len(opened) == 0 {
			lost++
			continue
		}
		took = append(took, opened[0].Sub(l.at))
	}
	closed := within(time.Minute, func() bool { return f.open() == 0 })
	second := len(f.pager.Incidents()) - len(took)
	if lost > 0 || second > 0 || !closed {
		b.Errorf("%d pages are lost, there are %d second ones, %d are open in the end", lost, second, f.open())
	}
	slices.Sort(took)
	b.Logf("killing: %v; %d pages, %d lost, %d second ones; median %v, p99 %v, longest %v", kill, len(took), lost, second,
		took[len(took)/2], percentile(took, 99), took[len(took)-1])
	for _, r := range f.replicas {
		r.daemon().kill()
	}
	return took
}

// loss is a wallet that is nearly empty since some moment.
type loss struct {
	wallet int64
	key    string // of its incident
	at     time.Time
}

// breach takes wallets down at an even pace, and kills a process every two to four seconds meanwhile, at no moment in
// particular. Each is started again a second later.
func (f *fleet) breach(kill bool) []loss {
	var lost []loss
	began := time.Now()
	next := began.Add(rand.N(2 * time.Second))
	var dead *replica
	within(2*failoverTime, func() bool {
		for len(lost) < failoverBreaches && time.Since(began) > failoverTime/failoverBreaches*time.Duration(len(lost)) {
			id := int64(len(lost) + 1)
			f.lower(id)
			lost = append(lost, loss{id, fmt.Sprintf("walletwatch/default/%d", id), time.Now()})
		}
		switch due := time.Now().After(next); {
		case due && dead != nil:
			f.start(dead, time.Duration(rand.IntN(120)-60)*time.Second)
			dead, next = nil, time.Now().Add(time.Second+rand.N(2*time.Second))
		case due && kill:
			dead = f.replicas[rand.IntN(len(f.replicas))]
			dead.daemon().kill()
			next = time.Now().Add(time.Second)
		}
		return len(lost) == failoverBreaches && dead == nil
	})
	return lost
}
