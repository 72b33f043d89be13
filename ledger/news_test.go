package ledger_test

import (
	"context"
	"database/sql"
	"fmt"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"walletwatch/wallet"
)

// order is what a response to an order says of wallet 1: its balance or, when spent is given, what was spent.
func (w *world) order(id, balance, spent string) wallet.Observation {
	o := wallet.Observation{Key: wallet.OrderKey + id, Source: wallet.FromOrder, At: w.at, Wallet: 1, Currency: "USD"}
	if balance != "" {
		o.Balance = ptr(balance)
	}
	if spent != "" {
		o.Spent = ptr(spent)
	}
	return o
}

// hears records observations a second after whatever was before.
func (w *world) hears(list ...wallet.Observation) []wallet.Verdict {
	w.Helper()
	w.at = w.at.Add(time.Second)
	for i := range list {
		list[i].At = list[i].At.Add(time.Second)
	}
	verdicts, err := w.ledger.Record(context.Background(), account, list)
	check(w, err)
	return verdicts
}

// confirms records a poll that was sent now.
func (w *world) confirms(balance string) {
	w.Helper()
	w.at = w.at.Add(-2*time.Minute + 100*time.Millisecond)
	w.poll(balance)
}

func (w *world) believes(balance string, source wallet.Source) {
	w.Helper()
	one := w.wallet(1)
	if !one.Balance.Equal(dec(balance)) || one.Source != source {
		w.Fatalf("the balance is %s from %s, want %s from %s", one.Balance, one.Source, balance, source)
	}
}

func (w *world) wishes(u wallet.Urgency) {
	w.Helper()
	if got := w.ledger.Wish(account); got.Urgency != u {
		w.Fatalf("the wish is %+v, want urgency %d", got, u)
	}
}

func TestVerdicts(t *testing.T) {
	w := ready(t)
	euros := w.order("9", "10", "")
	euros.Currency = "EUR"
	unknown := w.order("10", "10", "")
	unknown.Wallet = 77
	old := w.order("11", "10", "")
	old.At = old.At.Add(-time.Minute)
	byCurrency := w.order("12", "4980", "")
	byCurrency.Wallet = 0
	nowhere := w.order("13", "4980", "")
	nowhere.Wallet, nowhere.Currency = 0, "CHF"
	failed := w.order("14", "", "")
	failed.Ended = true
	idle := w.order("15", "", "")
	idle.Idle = true
	for name, c := range map[string]struct {
		o       wallet.Observation
		want    wallet.Verdict
		balance string
		source  wallet.Source
		wish    wallet.Urgency
	}{
		"a balance":             {w.order("1", "4990", ""), wallet.HeardClaim, "4990", wallet.FromOrder, wallet.NotWished},
		"the same balance":      {w.order("2", "5000", ""), wallet.HeardClaim, "5000", wallet.FromPoll, wallet.NotWished},
		"a higher balance":      {w.order("3", "5000.01", ""), wallet.HeardClaim, "5000", wallet.FromPoll, wallet.WishedSoon},
		"an amount":             {w.order("4", "", "12.5"), wallet.HeardEstimate, "4987.5", wallet.FromEstimate, wallet.NotWished},
		"no amount":             {w.order("5", "", ""), wallet.HeardUnclear, "5000", wallet.FromPoll, wallet.WishedSoon},
		"nothing spent":         {w.order("6", "", "0"), wallet.HeardEstimate, "5000", wallet.FromPoll, wallet.NotWished},
		"a negative amount":     {w.order("7", "", "-1"), wallet.HeardUnclear, "5000", wallet.FromPoll, wallet.WishedSoon},
		"another currency":      {euros, wallet.HeardUnclear, "5000", wallet.FromPoll, wallet.WishedSoon},
		"a wallet unknown":      {unknown, wallet.UnknownWallet, "5000", wallet.FromPoll, wallet.WishedSoon},
		"older than the poll":   {old, wallet.Outdated, "5000", wallet.FromPoll, wallet.NotWished},
		"no wallet, a currency": {byCurrency, wallet.HeardClaim, "4980", wallet.FromOrder, wallet.NotWished},
		"neither":               {nowhere, wallet.HeardUnclear, "5000", wallet.FromPoll, wallet.WishedSoon},
		"failed":                {failed, wallet.NotCharged, "5000", wallet.FromPoll, wallet.WishedSoon},
		"of no balance":         {idle, wallet.Noted, "5000", wallet.FromPoll, wallet.NotWished},
	} {
		t.Run(name, func(t *testing.T) {
			w := ready(t)
			if got := w.hears(c.o); got[0] != c.want {
				t.Errorf("the verdict is %s, want %s", got[0], c.want)
			}
			w.believes(c.balance, c.source)
			w.wishes(c.wish)
			w.restart()
			w.believes(c.balance, c.source)
			if got := w.hears(c.o); got[0] != wallet.Duplicate {
				t.Errorf("after a restart the verdict is %s", got[0])
			}
			w.believes(c.balance, c.source)
			w.tells()
		})
	}
}

// TestConcurrentOrders: responses arrive in any order, and only the least balance counts.
func TestConcurrentOrders(t *testing.T) {
	w := ready(t)
	w.hears(w.order("3", "4970", ""), w.order("1", "4990", ""), w.order("2", "4980", ""))
	w.believes("4970", wallet.FromOrder)
	w.wishes(wallet.WishedSoon)
	w.hears(w.order("4", "", "5"))
	w.believes("4965", wallet.FromEstimate)
	w.confirms("4960")
	w.believes("4960", wallet.FromPoll)
	w.wishes(wallet.NotWished)
}

// TestRepeatedFailures: an order that was counted and then failed asks for a poll; a webhook does so once.
func TestRepeatedFailures(t *testing.T) {
	w := ready(t)
	w.hears(w.order("1", "", "10"))
	failed := w.order("1", "", "")
	failed.Ended = true
	w.hears(failed)
	w.wishes(wallet.WishedSoon)
	w.confirms("5000")
	hook := failed
	hook.Key, hook.Source = wallet.EventKey+"1", wallet.FromWebhook
	again := failed
	again.Source = wallet.FromWebhook
	w.hears(hook, again)
	w.wishes(wallet.WishedSoon)
	w.confirms("5000")
	w.hears(hook, again)
	w.wishes(wallet.NotWished)
}

// TestBothChannels tell of the same debits, which count once.
func TestBothChannels(t *testing.T) {
	w := ready(t)
	hook := w.order("1", "", "10")
	hook.Key, hook.Source = wallet.EventKey+"1", wallet.FromWebhook
	more := hook
	more.Key = wallet.EventKey + "2"
	w.hears(w.order("1", "", "10"), hook)
	w.believes("4990", wallet.FromEstimate)
	w.hears(more)
	w.believes("4980", wallet.FromEstimate)
	w.hears(w.order("2", "4970", ""))
	w.believes("4970", wallet.FromOrder)
}

// TestBearing: how a poll bears on what was heard.
func TestBearing(t *testing.T) {
	credit := func(w *world, balance string) wallet.Observation {
		o := w.order("9", balance, "")
		o.Key, o.Source = wallet.EventKey+"9", wallet.FromWebhook
		return o
	}
	for name, c := range map[string]struct {
		heard func(*world) []wallet.Observation
		polls string
		want  string
	}{
		"as said":                  {func(w *world) []wallet.Observation { return []wallet.Observation{w.order("1", "4990", "")} }, "4990", "confirmed"},
		"less than said":           {func(w *world) []wallet.Observation { return []wallet.Observation{w.order("1", "4990", "")} }, "4980", "confirmed"},
		"more than said":           {func(w *world) []wallet.Observation { return []wallet.Observation{w.order("1", "4990", "")} }, "4991", "contradicted"},
		"a credit":                 {func(w *world) []wallet.Observation { return []wallet.Observation{credit(w, "6000")} }, "6000", "confirmed"},
		"a credit and less":        {func(w *world) []wallet.Observation { return []wallet.Observation{credit(w, "6000")} }, "5900", "confirmed"},
		"a credit that is not one": {func(w *world) []wallet.Observation { return []wallet.Observation{w.order("1", "9000", "")} }, "5000", "contradicted"},
		"an estimate":              {func(w *world) []wallet.Observation { return []wallet.Observation{w.order("1", "", "10")} }, "4990", "confirmed"},
		"an estimate too low":      {func(w *world) []wallet.Observation { return []wallet.Observation{w.order("1", "", "10")} }, "5000", "contradicted"},
		"a wrong one in between": {func(w *world) []wallet.Observation {
			return []wallet.Observation{w.order("1", "-7", ""), w.order("2", "4990", "")}
		}, "4980", "contradicted"},
		"interleaved": {func(w *world) []wallet.Observation {
			return []wallet.Observation{w.order("2", "4980", ""), w.order("1", "4990", "")}
		}, "4980", "confirmed"},
	} {
		t.Run(name, func(t *testing.T) {
			w := ready(t)
			w.hears(c.heard(w)...)
			w.confirms(c.polls)
			w.counts(c.want, 1)
		})
	}
}

// TestQuietWallet: a claim that says nothing new does not make a balance older than it is.
func TestQuietWallet(t *testing.T) {
	w := ready(t)
	for range 30 {
		w.poll("5000")
	}
	w.hears(w.order("1", "5000", ""))
	w.shows(1, wallet.OK)
	if got := w.wallet(1); !got.ObservedAt.Equal(w.at.Add(-time.Second)) {
		t.Errorf("known of %v, polled at %v", got.ObservedAt, w.at.Add(-time.Second))
	}
}

// TestRumoursName the channel they come from, and what is only worked out.
func TestRumoursName(t *testing.T) {
	w := ready(t)
	hook := w.order("2", "", "5")
	hook.Key, hook.Source = wallet.EventKey+"2", wallet.FromWebhook
	w.hears(w.order("1", "40", ""), hook)
	if got := w.wallet(1).Rumour(); got != "order responses say that the balance is 40.00 USD" {
		t.Errorf("the rumour is %q", got)
	}
	hook.Key, hook.Spent = wallet.EventKey+"3", ptr("4990")
	w.hears(hook)
	if got := w.wallet(1).Rumour(); got != "webhooks suggest that 5.00 USD is left" {
		t.Errorf("the rumour is %q", got)
	}
}

// TestOtherProcessDelivers: what another process has delivered is not shown as pending.
func TestOtherProcessDelivers(t *testing.T) {
	w := ready(t)
	w.poll("40")
	other := w.replica()
	other.news()
	w.hears(w.order("1", "39", ""))
	if n := len(w.view().Pending); n != 0 {
		t.Errorf("%d deliveries are pending", n)
	}
}

// TestLiarIsWrittenDownSparingly but counted always.
func TestLiarIsWrittenDownSparingly(t *testing.T) {
	w := ready(t)
	for i := range 50 {
		w.hears(w.order(fmt.Sprint(i), "40", ""))
		w.confirms("5000")
	}
	w.counts("contradicted", 50)
	db, err := sql.Open("sqlite", w.path)
	check(w, err)
	defer db.Close()
	var n int
	check(w, db.QueryRow("SELECT COUNT(*) FROM audit WHERE event IN ('suspected', 'contradicted')").Scan(&n))
	if n > 4 {
		t.Errorf("%d lines in the trail", n)
	}
}

// TestNewsDuringAPoll: a poll is the truth of when it was sent. What was heard after that stands.
func TestNewsDuringAPoll(t *testing.T) {
	w := ready(t)
	sent := w.at.Add(time.Second)
	w.hears(w.order("1", "", "10"))
	w.at = w.at.Add(time.Second)
	w.hears(w.order("2", "", "20"))
	p := &wallet.Poll{Account: account, SentAt: sent.Add(500 * time.Millisecond), Readings: []wallet.Reading{usd(1, "4990")}}
	check(w, w.ledger.RecordPoll(context.Background(), p, false))
	w.believes("4970", wallet.FromEstimate)
	if got := w.wallet(1); !got.Read.Equal(dec("4990")) || !got.ObservedAt.Equal(w.at) {
		t.Errorf("read %s, true at %v", got.Read, got.ObservedAt)
	}
	w.restart()
	w.believes("4970", wallet.FromEstimate)
}

// TestDropsAreReadNotHeard: spend comes from what polls read, whatever was heard between them.
func TestDropsAreReadNotHeard(t *testing.T) {
	w := newWorld(t)
	w.poll("1000")
	check(w, w.ledger.MovementsFailed(context.Background(), account, true, "there are none"))
	w.poll("1000")
	w.hears(w.order("1", "", "30"))
	w.poll("990")
	if got := w.wallet(1).Spend[0]; !got.Equal(dec("10")) {
		t.Errorf("spent %s, want 10", got)
	}
}

// TestUnstored: what could not be stored was not heard.
func TestUnstored(t *testing.T) {
	w := ready(t)
	w.store.Close()
	_, err := w.ledger.Record(context.Background(), account, []wallet.Observation{w.order("1", "40", "")})
	if err == nil {
		t.Fatal("it was recorded")
	}
	if w.ledger.Healthy() == nil {
		t.Error("the ledger is healthy")
	}
	w.start()
	if got := w.hears(w.order("1", "40", "")); got[0] != wallet.HeardClaim {
		t.Errorf("afterwards the verdict is %s", got[0])
	}
}

func (w *world) counts(result string, want float64) {
	w.Helper()
	n, err := testutil.GatherAndCount(w.registry, "walletwatch_observations_total")
	check(w, err)
	families, err := w.registry.Gather()
	check(w, err)
	for _, f := range families {
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				if f.GetName() == "walletwatch_observations_total" && l.GetName() == "result" && l.GetValue() == result {
					if got := m.GetCounter().GetValue(); got != want {
						w.Fatalf("%s was counted %v times, want %v", result, got, want)
					}
					return
				}
			}
		}
	}
	w.Fatalf("%s was not counted, among %d", result, n)
}

// audited is the detail of the last line of the trail about an event.
func (w *world) audited(event string) string {
	w.Helper()
	db, err := sql.Open("sqlite", w.path)
	check(w, err)
	defer db.Close()
	var detail string
	check(w, db.QueryRow("SELECT detail FROM audit WHERE event = ? ORDER BY rowid DESC LIMIT 1", event).Scan(&detail))
	return detail
}
