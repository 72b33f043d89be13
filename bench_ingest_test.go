package main

import (
	"context"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// The load of BenchmarkIngest, bounded in time and in number.
const (
	ingestConnections = 64
	ingestTime        = 2 * time.Second
	ingestMost        = 200_000 // requests
	ingestRate        = 5000    // requests per second of the part in which both have the same to do
	ingestBatch       = 100     // orders
	ingestWallets     = 10      // that pay for them: a client has one for each currency
)

// BenchmarkIngest measures what taking in order responses costs: the daemon in a process of its own, which records
// them in a SQLite file before it answers, against a bare net/http handler in another that only reads and decodes the
// same body. An iteration is a round: both get single posts, as fast as they are answered and then 5,000 a second, and
// the daemon gets batches of a hundred. The load comes from this process and takes its part of the same processors.
//
// The ratios are medians over the rounds: x_bare of requests per second (the goal is 0.8 or more), x_p99 of the 99th
// percentiles of their latencies (2 or less), x_batch of orders per second in batches to the bare handler's requests
// per second (10 or more). x_batch-1000w is the same with the orders spread over a hundred times as many wallets.
func BenchmarkIngest(b *testing.B) {
	if address := os.Getenv(asBare); address != "" {
		serveBare(b, address)
	}
	r := newRush(b, nil)
	ours, bare := strings.TrimPrefix(r.daemon.url, "http://"), spawnBare(b)
	orders := &atomic.Int64{}
	orders.Store(firstOrder)
	single, batch := newLetter(r.line, 1), newLetter(r.line, ingestBatch)
	fireOver := func(to string, l *letter, rate float64, wallets int64) *outcome {
		ctx, cancel := context.WithTimeout(context.Background(), ingestTime)
		defer cancel()
		v := &volley{to: to, letter: l, orders: orders, lowest: rushFirst, wallets: wallets, connections: ingestConnections, rate: rate, most: ingestMost}
		out, err := v.fire(ctx)
		if err != nil {
			b.Fatal(err)
		}
		return out
	}
	fire := func(to string, l *letter, rate float64) *outcome { return fireOver(to, l, rate, ingestWallets) }
	var rounds figures
	for b.Loop() {
		rounds.add("B/order", float64(len(r.line)))
		floor, flood := fire(bare, single, 0), fire(ours, single, 0)
		even, calm := fire(ours, single, ingestRate), fire(bare, single, ingestRate)
		rounds.add("single/s", flood.requests)
		rounds.add("bare/s", floor.requests)
		rounds.add("x_bare", flood.requests/floor.requests)
		rounds.add("ms/p99", ms(flood.percentile(99)))
		rounds.add("ms/p99-bare", ms(floor.percentile(99)))
		rounds.add("x_p99", float64(flood.percentile(99))/float64(floor.percentile(99)))
		rounds.add("ms/p99-5k", ms(even.percentile(99)))
		rounds.add("ms/p99-5k-bare", ms(calm.percentile(99)))
		rounds.add("x_p99-5k", float64(even.percentile(99))/float64(calm.percentile(99)))
		batches := fire(ours, batch, 0)
		rounds.add("batch-orders/s", batches.orders)
		rounds.add("x_batch", batches.orders/floor.requests)
		spread := fireOver(ours, batch, 0, rushWallets)
		rounds.add("x_batch-1000w", spread.orders/floor.requests)
	}
	rounds.report(b)
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// figures are what rounds came to, by unit.
type figures map[string][]float64

func (f *figures) add(unit string, value float64) {
	if *f == nil {
		*f = figures{}
	}
	(*f)[unit] = append((*f)[unit], value)
}

// report reports medians.
func (f figures) report(b *testing.B) {
	b.ReportMetric(0, "ns/op")
	for unit, values := range f {
		slices.Sort(values)
		b.ReportMetric(values[len(values)/2], unit)
	}
}
