package poller_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"walletwatch/octopus/octopustest"
	"walletwatch/wallet"
)

// movement is a row of a random ledger.
type movement struct {
	Wallet  int64
	Ago     time.Duration // before it is listed
	Cents   int64
	Credit  bool
	Remarks string
	Status  string
}

// event is something that happens to a watch.
type event struct {
	Rows    []movement
	Fault   int // which of troubles begins
	On      int // the page that meets it; 0: any
	Times   int
	Heal    bool
	Restart bool
	Settle  int // how many pending rows get their final status
	Wait    time.Duration
}

// troubles are what may go wrong with a request. Each is used as often as an event says.
func troubles() []octopustest.Fault {
	return []octopustest.Fault{
		octopustest.Answering(500), octopustest.ConnectionReset(), octopustest.MalformedJSON(), octopustest.CutOff(),
		octopustest.Forbidden(), octopustest.NotFound(), octopustest.RetryAfter(40), octopustest.Hanging(),
		octopustest.Delayed(45 * time.Second), octopustest.HTMLBody(),
	}
}

func movements(oldest time.Duration, most int) *rapid.Generator[[]movement] {
	one := rapid.Custom(func(t *rapid.T) movement {
		return movement{
			Wallet: rapid.Int64Range(1, 2).Draw(t, "wallet"),
			// Few distinct times, so that there are ties.
			Ago:     time.Duration(rapid.IntRange(0, 60).Draw(t, "ago")) * oldest / 60,
			Cents:   rapid.Int64Range(0, 100_000).Draw(t, "cents"),
			Credit:  rapid.IntRange(0, 4).Draw(t, "credit") == 0,
			Remarks: rapid.SampledFrom([]string{"", "Refund for Order #7", "partial REFUND", "Wire transfer"}).Draw(t, "remarks"),
			Status:  rapid.SampledFrom([]string{octopustest.Completed, octopustest.Completed, octopustest.Pending, octopustest.Failed}).Draw(t, "status"),
		}
	})
	return rapid.SliceOfN(one, 0, most)
}

func events() *rapid.Generator[[]event] {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) event {
		return event{
			Rows:    movements(wallet.Overlap-time.Minute, 12).Draw(t, "rows"),
			Fault:   rapid.IntRange(0, len(troubles())-1).Draw(t, "fault"),
			On:      rapid.IntRange(0, 5).Draw(t, "on"),
			Times:   rapid.IntRange(0, 9).Draw(t, "times"),
			Heal:    rapid.Bool().Draw(t, "heal"),
			Restart: rapid.IntRange(0, 2).Draw(t, "restart") == 0,
			Settle:  rapid.IntRange(0, 3).Draw(t, "settle"),
			Wait:    time.Duration(rapid.IntRange(1, 400).Draw(t, "wait")) * time.Second,
		}
	}), 1, 8)
}

// TestDailySpendProperty: whatever the ledger looks like and whatever goes wrong while it is read, in the end the daily
// spend is what the definition says.
func TestDailySpendProperty(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		pageLimit := rapid.SampledFrom([]int{1, 2, 3, 7, 40, 10_000}).Draw(rt, "page limit")
		history := movements(9*wallet.Day, 40).Draw(rt, "history")
		events := events().Draw(rt, "events")
		var wrong []string
		synctest.Test(t, func(t *testing.T) {
			o := newOffice(t, pageLimit)
			o.api.AddWallet(octopustest.Wallet{ID: 2, Currency: "EUR"})
			p := &play{office: o}
			p.book(history)
			o.open()
			for _, e := range events {
				p.happen(e)
			}
			o.api.Heal(octopustest.AnyRoute)
			p.settle(len(p.pending))
			pass(10 * time.Minute)
			o.filled()
			pass(45 * time.Minute) // pending rows are looked for in few places at a time
			wrong = o.faults()
		})
		if len(wrong) > 0 {
			rt.Fatal(strings.Join(wrong, "\n"))
		}
	})
}

// play is what happens to an office.
type play struct {
	*office
	pending []int64
}

func (p *play) book(rows []movement) {
	for _, m := range rows {
		enter := p.api.Debit
		if m.Credit {
			enter = p.api.Credit
		}
		opts := []octopustest.Option{octopustest.NoBalance(), octopustest.Status(m.Status)}
		if m.Remarks != "" {
			opts = append(opts, octopustest.Remarks(m.Remarks))
		}
		id := enter(m.Wallet, decimal.New(m.Cents, -2), time.Now().Add(-m.Ago), opts...)
		if m.Status == octopustest.Pending {
			p.pending = append(p.pending, id)
		}
	}
}

// settle gives the oldest pending rows their final status: two of three are completed.
func (p *play) settle(n int) {
	for range min(n, len(p.pending)) {
		id := p.pending[0]
		p.pending = p.pending[1:]
		status := octopustest.Completed
		if id%3 == 0 {
			status = octopustest.Failed
		}
		p.api.Settle(id, status)
	}
}

func (p *play) happen(e event) {
	if e.Heal {
		p.api.Heal(octopustest.RouteTransactions)
	}
	if e.Times > 0 {
		fault := troubles()[e.Fault]
		fault.Times = e.Times
		if e.On > 0 {
			fault.Match = func(r *http.Request) bool { return onPage(e.On)(r) }
		}
		p.api.Fail(octopustest.RouteTransactions, fault)
	}
	p.book(e.Rows)
	p.settle(e.Settle)
	if e.Restart {
		p.restart()
	}
	pass(e.Wait)
}
