package main

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"walletwatch/alerting/alertingtest"
)

const (
	// breachEvery keeps the samples apart: each needs a confirmation read, of which an account gets 2 a second.
	breachEvery = 550 * time.Millisecond
	// breachWallets is how many of the wallets may breach, one a sample; the rest take the background load.
	breachWallets = 300
	// breachLoad is the background load in orders per second, each in a post of its own.
	breachLoad = 5000
)

// BenchmarkPage measures the time from an order response being sent to the page being accepted, the confirmation read
// included: with a thousand wallets at rest, and while others of them are spent by 5,000 orders a second. An iteration
// is a sample, of a wallet of its own. reads/page tells how many confirmation reads there were for each: up to 1.1, none
// of them had to wait for the limit of 2 a second.
func BenchmarkPage(b *testing.B) {
	for _, load := range []float64{0, breachLoad} {
		b.Run(fmt.Sprintf("load=%.0f", load), func(b *testing.B) {
			s := newBreaches(b)
			stop := s.background(b, load)
			var took []time.Duration
			turn := time.NewTicker(breachEvery)
			defer turn.Stop()
			for b.Loop() {
				<-turn.C
				took = append(took, s.sample(b))
			}
			reads := s.reads(b) / float64(len(took))
			rate := stop()
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(ms(percentile(took, 50)), "ms/p50")
			b.ReportMetric(ms(percentile(took, 99)), "ms/p99")
			b.ReportMetric(ms(percentile(took, 100)), "ms/max")
			b.ReportMetric(reads, "reads/page")
			b.ReportMetric(rate, "orders/s")
		})
	}
}

// breaches is a rush in which one wallet after the other breaches.
type breaches struct {
	*rush
	orders *atomic.Int64
	pages  chan page
	next   int64           // the wallet that breaches next
	left   decimal.Decimal // in each wallet that does not
}

type page struct {
	key, details string
	at           time.Time
}

func newBreaches(b *testing.B) *breaches {
	b.Helper()
	s := &breaches{orders: &atomic.Int64{}, pages: make(chan page, 16), next: rushFirst, left: decimal.NewFromInt(1_000_000_000)}
	s.orders.Store(firstOrder)
	s.rush = newRush(b, func(w *world) {
		w.pager.OnEvent = func(e alertingtest.Event, _ *alertingtest.Incident) {
			p := page{key: e.DedupKey, at: time.Now()}
			if e.Payload != nil {
				p.details = string(e.Payload.Details)
			}
			s.pages <- p
		}
	})
	return s
}

// background begins the load of the wallets that do not breach. The returned function ends it and returns how many
// orders per second it was.
func (s *breaches) background(b *testing.B, load float64) (stop func() float64) {
	b.Helper()
	if load == 0 {
		return func() float64 { return 0 }
	}
	ctx, cancel := context.WithCancel(context.Background())
	l := newLetter(s.line, 1)
	l.want = []byte(`{"accepted":`) // an order that came just before a confirmation read was sent is older news than that
	v := &volley{
		to: strings.TrimPrefix(s.daemon.url, "http://"), letter: l, orders: s.orders, rate: load,
		lowest: rushFirst + breachWallets, wallets: rushWallets - breachWallets, connections: 64,
	}
	var out *outcome
	var err error
	done := make(chan struct{})
	go func() {
		defer close(done)
		out, err = v.fire(ctx)
	}()
	end := func() {
		cancel()
		<-done
	}
	b.Cleanup(end)
	return func() float64 {
		end()
		if err != nil {
			b.Fatal(err)
		}
		return out.orders
	}
}

// sample empties a wallet, tells the daemon so and returns how long it took until the page was accepted.
func (s *breaches) sample(b *testing.B) time.Duration {
	b.Helper()
	if s.next == rushFirst+breachWallets {
		b.Fatalf("there are no more than %d wallets to breach", breachWallets)
	}
	s.spendOthers()
	id := s.next
	s.next++
	s.api.SetBalance(id, decimal.NewFromInt(10))
	body := fmt.Appendf(nil, `{"id":%d,"wallet_id":%d,"wallet_balance":10,"status":"DELIVERED"}`, s.orders.Add(1), id)
	sent := time.Now()
	s.daemon.takes(body)
	select {
	case p := <-s.pages:
		if p.key != fmt.Sprintf("walletwatch/default/%d", id) || !strings.Contains(p.details, `"confirmed":true`) {
			b.Fatalf("the page for wallet %d is %+v", id, p)
		}
		return p.at.Sub(sent)
	case <-time.After(30 * time.Second):
		b.Fatalf("no page for wallet %d", id)
		return 0
	}
}

// spendOthers takes more from the other wallets at the API than the background's orders do: where the API had more than
// was heard, the daemon would have to explain every one of them.
func (s *breaches) spendOthers() {
	s.left = s.left.Sub(decimal.NewFromInt(1000))
	for id := int64(rushFirst + breachWallets); id < rushFirst+rushWallets; id++ {
		s.api.SetBalance(id, s.left)
	}
}

// reads returns how many confirmation reads there were.
func (s *breaches) reads(b *testing.B) float64 {
	b.Helper()
	var metrics string
	s.daemon.get("/metrics", &metrics)
	sum := 0.0
	for line := range strings.Lines(metrics) {
		var n float64
		if name, value, found := strings.Cut(line, "} "); found && strings.HasPrefix(name, "walletwatch_confirmations_total{") {
			if _, err := fmt.Sscan(value, &n); err != nil {
				b.Fatal(err)
			}
			sum += n
		}
	}
	return sum
}
