package main_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/shopspring/decimal"

	"walletwatch/alerting/alertingtest"
	"walletwatch/octopus/octopustest"
)

// promptly is how long news may take to a receiver that can be reached: an idle dispatcher looks as often as is
// polled, and a failed delivery waits for at most a minute.
const promptly = monthPoll + 2*time.Minute

// TestMonth watches four busy wallets for thirty days (fewer with the race detector), with sales, late top-ups, lies and outages of the API and of
// both receivers, and judges what people were told by the true balances alone.
func TestMonth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMonth(t)
		defer m.end()
		j := newJudge(m)
		m.start()
		time.Sleep(30 * time.Second) // between the polls, so that balances never change while they are read
		outages := monthOutages()
		for minute := range monthDays * 24 * 60 {
			outages.happen(m, j, minute)
			for _, s := range m.spenders {
				s.Advance(time.Now())
			}
			j.judge()
			time.Sleep(time.Minute)
		}
		m.restore(j)
	})
}

// restore ends all trouble and checks that nobody is still told of any.
func (m *month) restore(j *judge) {
	m.t.Helper()
	m.api.Heal(octopustest.AnyRoute)
	m.slack.Heal()
	m.pager.Heal()
	for _, w := range m.api.Wallets() {
		m.api.TopUp(w.ID, w.Balance.Add(decimal.NewFromInt(10_000_000)))
	}
	for range 40 {
		time.Sleep(time.Minute)
		j.judge()
	}
	if open := m.pager.OpenIncidents(); len(open) != 0 {
		m.t.Errorf("%d incidents are still open: %+v", len(open), open)
	}
	for _, msg := range m.slack.Messages(monthChannel) {
		if !strings.Contains(msg.Text, "Resolved:") {
			m.t.Errorf("a message in Slack still says: %s", msg.Text)
		}
	}
	account := m.ledger.Snapshot().Accounts[0]
	for _, w := range account.Wallets {
		if w.Level != "" {
			m.t.Errorf("%s is still %s", w.Terms.Name, w.Level)
		}
		if got, want := w.DailySpend, j.daily(w.ID, account.SpendEnd); w.ID != 5 && !got.Round(8).Equal(want.Round(8)) {
			m.t.Errorf("the daily spend of %s is %s, want %s", w.Terms.Name, got, want)
		}
	}
	j.verdict()
}

// outage is a time for which somebody cannot be reached, or lies.
type outage struct {
	begin, end int // minutes
	who        string
	api        octopustest.Fault
	receiver   alertingtest.Fault
}

type outages []outage

// monthOutages are the same in every run: short and long ones, every day or two for each party.
func monthOutages() outages {
	random := rand.New(rand.NewPCG(7, 7))
	var all outages
	add := func(who string, every int, lengths []int, o func() outage) {
		for at := 600; at < (monthDays-1)*24*60; {
			next := o()
			next.who, next.begin = who, at
			next.end = at + lengths[random.IntN(len(lengths))]
			all = append(all, next)
			at = next.end + every/2 + random.IntN(every)
		}
	}
	add("api", 30*60, []int{3, 8, 25, 50, 200}, func() outage {
		faults := []octopustest.Fault{octopustest.Answering(503), octopustest.ConnectionReset(), octopustest.Hanging(), octopustest.HTMLBody(), octopustest.RetryAfter(60)}
		return outage{api: faults[random.IntN(len(faults))]}
	})
	add("lies", 20*60, []int{1, 7, 14}, func() outage {
		faults := []octopustest.Fault{octopustest.EmptyList(), octopustest.AllZero(), octopustest.NullAmount(1), octopustest.Missing(2), octopustest.CurrencyChanged(3, "XAU")}
		return outage{api: faults[random.IntN(len(faults))]}
	})
	for _, receiver := range []string{"slack", "pagerduty"} {
		add(receiver, 26*60, []int{2, 20, 90, 400}, func() outage {
			faults := []alertingtest.Fault{{Status: 503}, {Reset: true}, {Hang: true}, {Status: 429, RetryAfter: "30"}, {Body: "<html>", Status: 200}}
			return outage{receiver: faults[random.IntN(len(faults))]}
		})
	}
	return all
}

// happen begins and ends the outages of a minute.
func (all outages) happen(m *month, j *judge, minute int) {
	for _, o := range all {
		begins, ends := o.begin == minute, o.end == minute
		if !begins && !ends {
			continue
		}
		switch o.who {
		case "api", "lies":
			route := octopustest.AnyRoute
			if o.who == "lies" {
				route = octopustest.RouteWallets
			}
			m.api.Heal(route)
			if begins {
				m.api.FailAlways(route, o.api)
			}
		case "slack", "pagerduty":
			faults := map[string]*alertingtest.Faults{"slack": &m.slack.Faults, "pagerduty": &m.pager.Faults}[o.who]
			faults.Heal()
			j.reach(o.who, !begins)
			if begins {
				faults.Always(o.receiver)
			}
		}
	}
}
