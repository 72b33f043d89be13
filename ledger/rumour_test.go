package ledger_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"walletwatch/wallet"
)

// rumours is a world that hears everything there is to hear, in any order and some of it wrong, beside one that is told
// by the same polls alone.
type rumours struct {
	*rapid.T
	hears, polls *world
	truth        decimal.Decimal
	ids          int
	inFlight     []wallet.Observation
	worried      time.Time // since when the hearing world suspects a breach, as far as polls have not settled it
	inVain       bool      // it has asked since, and got no answer
	alerted      bool      // it has alerted unconfirmed
}

// TestRumours: whatever is heard, in whatever order, however often, late or not at all, right or wrong: the level that
// polls give is the one they give alone; nobody is told of a worse one before the API has failed to confirm it for 10 s;
// and a poll that nothing is newer than ends every difference.
func TestRumours(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		m := &rumours{T: r, hears: ready(r), polls: ready(r), truth: dec("5000")}
		m.Repeat(map[string]func(*rapid.T){
			"spend": m.spend,
			"wire": func(r *rapid.T) {
				m.truth = m.truth.Add(decimal.NewFromInt(rapid.Int64Range(1, 6000).Draw(r, "amount")))
			},
			"lie":       m.lie,
			"arrive":    m.arrive,
			"time":      m.time,
			"poll":      m.poll,
			"late poll": m.latePoll,
			"doubt":     m.doubt,
			"fail":      m.fail,
			"restart":   m.restart,
			"":          m.check,
		})
		m.at(m.hears.at.Add(time.Second))
		m.pollOf(m.truth, m.hears.at)
		if heard, polled := m.hears.wallet(1), m.polls.wallet(1); heard.Level != polled.Level || !heard.Balance.Equal(m.truth) || !heard.Confirmed() || len(heard.News) > 0 {
			r.Fatalf("at the end it is at %q with %s, polls alone say %q with %s", heard.Level, heard.Balance, polled.Level, polled.Balance)
		}
	})
}

// at lets both worlds' clocks show a time.
func (m *rumours) at(t time.Time) { m.hears.at, m.polls.at = t, t }

func (m *rumours) observation(r *rapid.T) wallet.Observation {
	m.ids++
	o := wallet.Observation{Key: fmt.Sprint(wallet.OrderKey, m.ids), Source: wallet.FromOrder, At: m.hears.at, Wallet: 1, Currency: "USD"}
	if rapid.Bool().Draw(r, "webhook") {
		o.Key, o.Source = fmt.Sprint(wallet.EventKey, m.ids), wallet.FromWebhook
	}
	return o
}

// spend is an order, which is told of by its response or a webhook, at once, later or never.
func (m *rumours) spend(r *rapid.T) {
	amount := decimal.NewFromInt(rapid.Int64Range(1, 2000).Draw(r, "amount"))
	m.truth = m.truth.Sub(amount)
	o := m.observation(r)
	o.Spent = &amount
	if rapid.Bool().Draw(r, "with balance") {
		balance := m.truth
		o.Balance, o.Spent = &balance, nil
	}
	m.inFlight = append(m.inFlight, o)
}

// lie is an observation that is simply wrong.
func (m *rumours) lie(r *rapid.T) {
	o := m.observation(r)
	amount := decimal.NewFromInt(rapid.Int64Range(-10, 6000).Draw(r, "claim"))
	o.Balance = &amount
	m.inFlight = append(m.inFlight, o)
}

// arrive delivers some of what is in flight, in another order, some of it again.
func (m *rumours) arrive(r *rapid.T) {
	if len(m.inFlight) == 0 {
		r.Skip()
	}
	list := rapid.SliceOfN(rapid.SampledFrom(m.inFlight), 1, 6).Draw(r, "arriving")
	if rapid.Bool().Draw(r, "loses the rest") {
		m.inFlight = nil
	}
	for i := range list {
		if rapid.Bool().Draw(r, "date unknown") {
			list[i].At = m.hears.at
		}
	}
	verdicts, err := m.hears.ledger.Record(context.Background(), account, list)
	check(r, err)
	if again, err := m.hears.ledger.Record(context.Background(), account, list); err != nil || slices.ContainsFunc(again, wallet.Verdict.Accepted) {
		r.Fatalf("%v, heard again %v: %v", verdicts, again, err)
	}
}

func (m *rumours) time(r *rapid.T) {
	d := time.Duration(rapid.Int64Range(1, 15_000).Draw(r, "milliseconds")) * time.Millisecond
	if rapid.IntRange(0, 9).Draw(r, "long") == 0 {
		d = 12 * time.Minute
	}
	m.at(m.hears.at.Add(d))
	m.hears.pass(0)
	m.polls.pass(0)
	if heard := m.hears.wallet(1); m.inVain && m.hears.at.Sub(m.worried) >= wallet.ConfirmWithin && !heard.Suspect.IsZero() && heard.Confirmed() {
		r.Fatalf("nobody is told after %v that %s", m.hears.at.Sub(m.worried), heard.Rumour())
	}
}

func (m *rumours) poll(*rapid.T) {
	m.at(m.hears.at.Add(time.Millisecond))
	m.pollOf(m.truth, m.hears.at)
}

// latePoll is answered a while after it was sent: what happened between is not in it.
func (m *rumours) latePoll(r *rapid.T) {
	sent, truth := m.hears.at.Add(time.Millisecond), m.truth
	m.at(sent.Add(time.Millisecond))
	m.spend(r)
	m.arrive(r)
	m.at(m.hears.at.Add(300 * time.Millisecond))
	m.pollOf(truth, sent)
}

func (m *rumours) doubt(*rapid.T) {
	m.at(m.hears.at.Add(time.Millisecond))
	m.inVain = m.inVain || !m.worried.IsZero() && m.hears.at.Sub(m.worried) >= wallet.ConfirmWithin
	m.record(usd(1, ""), m.hears.at)
}

// restart lets the API have its time anew.
func (m *rumours) restart(*rapid.T) {
	m.hears.restart()
	m.inVain = false
	if !m.worried.IsZero() {
		m.worried = m.hears.at
	}
}

func (m *rumours) fail(*rapid.T) {
	m.at(m.hears.at.Add(time.Millisecond))
	m.inVain = m.inVain || !m.worried.IsZero() && m.hears.at.Sub(m.worried) >= wallet.ConfirmWithin
	for _, w := range []*world{m.hears, m.polls} {
		w.at = w.at.Add(-2 * time.Minute)
		w.pollFails(wallet.FaultUnavailable)
	}
}

func (m *rumours) pollOf(truth decimal.Decimal, sent time.Time) {
	m.record(usd(1, truth.String()), sent)
	m.worried, m.inVain, m.alerted = time.Time{}, false, false
}

func (m *rumours) record(reading wallet.Reading, sent time.Time) {
	for _, w := range []*world{m.hears, m.polls} {
		p := &wallet.Poll{Account: account, SentAt: sent, Readings: []wallet.Reading{reading}}
		check(m, w.ledger.RecordPoll(context.Background(), p, true))
	}
}

func (m *rumours) check(r *rapid.T) {
	heard, polled := m.hears.wallet(1), m.polls.wallet(1)
	if heard.Proven != polled.Level {
		r.Fatalf("polls prove %q, alone they say %q", heard.Proven, polled.Level)
	}
	if heard.Balance.GreaterThan(polled.Balance) {
		r.Fatalf("%s is believed, the last poll said %s", heard.Balance, polled.Balance)
	}
	rank := func(level string) int { return heard.Terms.Level(level) }
	if rank(heard.Level) < rank(polled.Level) {
		r.Fatalf("it is at %q, by polls alone at %q", heard.Level, polled.Level)
	}
	if heard.Suspect.IsZero() {
		m.worried, m.inVain = time.Time{}, false
	} else if m.worried.IsZero() {
		m.worried = m.hears.at
	}
	waited := m.hears.at.Sub(m.worried)
	if !heard.Confirmed() && !m.alerted && (!m.inVain || waited < wallet.ConfirmWithin) {
		r.Fatalf("alerted of %q unconfirmed after %v, asked in vain: %v", heard.Level, waited, m.inVain)
	}
	m.alerted = !heard.Confirmed()
	if urgency := m.hears.ledger.Wish(account).Urgency; (urgency == wallet.WishedNow) != !heard.Suspect.IsZero() {
		r.Fatalf("the wish is %d, suspected since %v", urgency, heard.Suspect)
	}
}
