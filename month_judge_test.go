package main_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/shopspring/decimal"

	"walletwatch/alerting/alertingtest"
	"walletwatch/octopus/octopustest"
	"walletwatch/wallet"
)

// judge knows the true balances and works out by itself who must be told what.
type judge struct {
	*month
	mu        sync.Mutex
	reachable map[string]time.Time           // since when; zero: not at all
	below     map[int64]map[string]time.Time // wallet → level → since which good poll
	spend     map[int64]decimal.Decimal      // daily, as of the last full hour
	hour      time.Time
	deaf      []deafness // of Slack
	episodes  map[string]wallet.Episode
	pages     int
}

// deafness is a time for which a receiver could not be reached.
type deafness struct{ from, to time.Time }

func newJudge(m *month) *judge {
	j := &judge{month: m, reachable: map[string]time.Time{"slack": time.Now(), "pagerduty": time.Now()},
		below: map[int64]map[string]time.Time{}, spend: map[int64]decimal.Decimal{}, episodes: map[string]wallet.Episode{}}
	for id := range int64(4) {
		j.below[id+1] = map[string]time.Time{}
	}
	m.pager.OnEvent = func(e alertingtest.Event, _ *alertingtest.Incident) { j.paged(e) }
	return j
}

func (j *judge) reach(receiver string, yes bool) {
	now := time.Now()
	j.reachable[receiver] = time.Time{}
	if yes {
		j.reachable[receiver] = now
	}
	switch {
	case receiver != "slack":
	case yes:
		j.deaf[len(j.deaf)-1].to = now
	default:
		j.deaf = append(j.deaf, deafness{from: now})
	}
}

// daily is a wallet's daily spend by the definition, from the API's own list. Every wallet here has a history that
// is longer than the window.
func (j *judge) daily(id int64, end time.Time) decimal.Decimal {
	window := j.policy.Spend.Window
	total := decimal.Zero
	for _, r := range j.api.Transactions(id) {
		minute := r.CreatedAt.Truncate(time.Minute)
		if !minute.After(end.Add(-window)) {
			break
		}
		switch {
		case r.Status != octopustest.Completed || minute.After(end):
		case r.Type == octopustest.DebitRow:
			total = total.Add(r.Amount)
		case strings.Contains(r.Remarks, "Refund"):
			total = total.Sub(r.Amount)
		}
	}
	return total.Div(decimal.NewFromInt(int64(window / wallet.Day)))
}

// threshold is a share of the daily spend; its tolerance covers what is spent between the judge's looks at the list and the poller's.
func (j *judge) threshold(id int64, percent, tolerance string) decimal.Decimal {
	return j.spend[id].Mul(decimal.RequireFromString(percent)).Shift(-2).Mul(decimal.RequireFromString(tolerance))
}

// judge looks at everything once a minute.
func (j *judge) judge() {
	j.mu.Lock()
	if now := time.Now(); now.Sub(j.hour) >= time.Hour {
		j.hour = now
		for id := range j.below {
			j.spend[id] = j.daily(id, now)
		}
	}
	j.mu.Unlock()
	for id, below := range j.below {
		for level, percent := range map[string]string{"warning": "20", "critical": "5"} {
			last, ok := j.witness.last(id)
			switch {
			case !ok || last.balance.GreaterThanOrEqual(j.threshold(id, percent, "0.93")):
				delete(below, level)
			case below[level].IsZero():
				below[level] = last.at
			}
		}
		j.mustKnow(j.name(id), "slack", below["warning"], func() bool { return j.messageFires(j.name(id)) })
		j.mustKnow(j.name(id), "pagerduty", below["critical"], func() bool { return j.incidentOpen(id) })
	}
	if seen := j.witness.newest(); !seen.IsZero() {
		j.mustKnow("the monitor", "slack", blind(seen, 10*time.Minute), func() bool { return j.messageFires(j.name(0)) })
		j.mustKnow("the monitor", "pagerduty", blind(seen, 30*time.Minute), func() bool { return j.incidentOpen(0) })
	}
	for _, e := range j.ledger.Snapshot().Accounts[0].Episodes {
		j.episodes[fmt.Sprint(e.Key, e.Since)] = e
	}
}

// blind returns since when a monitor that has last seen a balance then must know that it is blind; zero: not yet.
func blind(seen time.Time, staleAfter time.Duration) time.Time {
	if at := seen.Add(staleAfter + monthPoll); at.Before(time.Now()) {
		return at
	}
	return time.Time{}
}

// mustKnow fails when trouble since a time has not reached a receiver promptly.
func (j *judge) mustKnow(what, receiver string, since time.Time, told func() bool) {
	reachable := j.reachable[receiver]
	if since.IsZero() || reachable.IsZero() || time.Since(since) < promptly || time.Since(reachable) < promptly || told() {
		return
	}
	j.t.Errorf("%s: trouble with %s since %s; %s could be reached since %s and does not show it", time.Now(), what, since, receiver, reachable)
}

func (j *judge) messageFires(name string) bool {
	return slices.ContainsFunc(j.slack.Messages(monthChannel), func(m alertingtest.Message) bool {
		return strings.Contains(m.Text, name) && !strings.Contains(m.Text, "Resolved:")
	})
}

func (j *judge) name(id int64) string {
	if id == 0 {
		return "monitor of default"
	}
	return fmt.Sprintf("%s wallet %d", j.api.Wallets()[id-1].Currency, id)
}

func (j *judge) incidentOpen(id int64) bool {
	key := wallet.Key{Account: "default", Wallet: id}.DedupKey()
	return slices.ContainsFunc(j.pager.OpenIncidents(), func(i alertingtest.Incident) bool { return i.DedupKey == key })
}

// paged judges a page at the moment it is accepted: the last good poll must have seen the wallet below the critical
// threshold; for the monitor's, there must have been none for half an hour.
func (j *judge) paged(e alertingtest.Event) {
	if e.Action != "trigger" {
		return
	}
	if e.DedupKey == "walletwatch/default/monitor" {
		if age := time.Since(j.witness.oldest()); age < 30*time.Minute {
			j.t.Errorf("%s: a page for the monitor although every balance was read within %s", time.Now(), age)
		}
		return
	}
	var id int64
	if _, err := fmt.Sscanf(e.DedupKey, "walletwatch/default/%d", &id); err != nil {
		j.t.Errorf("a page for %q", e.DedupKey)
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.pages++
	j.spend[id] = j.daily(id, time.Now())
	last, _ := j.witness.last(id)
	if limit := j.threshold(id, "5", "1.05"); last.balance.GreaterThanOrEqual(limit) {
		j.t.Errorf("%s: a page for wallet %d whose balance was %s at %s, above %s", time.Now(), id, last.balance, last.at, limit)
	}
}

// verdict judges the month as a whole: each episode that Slack could be told of has one message there, and there was
// enough of everything to judge by.
func (j *judge) verdict() {
	j.t.Helper()
	messages, most, least := map[string]int{}, map[string]int{}, map[string]int{}
	for _, m := range j.slack.Messages(monthChannel) {
		_, rest, _ := strings.Cut(m.Text, "Resolved: ")
		name, _, _ := strings.Cut(rest, "\n")
		messages[name]++
	}
	for _, e := range j.episodes {
		most[j.name(e.Wallet)]++
		if j.couldTell(e) {
			least[j.name(e.Wallet)]++
		}
	}
	j.t.Logf("%d days: messages %v for episodes %v, of which Slack could be told of %v; %d pages", monthDays, messages, most, least, j.pages)
	for name := range most {
		if messages[name] > most[name] || messages[name] < least[name] {
			j.t.Errorf("%d messages about %s, want one for each of %d to %d episodes", messages[name], name, least[name], most[name])
		}
	}
	if j.pages < monthDays/6 || least[j.name(0)] < monthDays/2 || least[j.name(1)] == 0 || least[j.name(2)] == 0 || most[j.name(4)] != 0 || most[j.name(5)] != 0 {
		j.t.Error("the month was not what it is meant to be")
	}
}

// couldTell reports whether Slack could be reached for long enough while an episode lasted.
func (j *judge) couldTell(e wallet.Episode) bool {
	from := e.Since
	for _, d := range j.deaf {
		if d.from.Sub(from) >= promptly || e.ResolvedAt.Before(d.from) {
			break
		}
		if d.to.After(from) {
			from = d.to
		}
	}
	return e.ResolvedAt.Sub(from) >= promptly
}
