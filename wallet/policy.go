package wallet

import (
	"regexp"
	"slices"
	"time"

	"github.com/shopspring/decimal"
)

// Day is the length of a spending bucket.
const Day = 24 * time.Hour

// Statistic says how the days of the spending window become one daily spend.
type Statistic string

// The statistics of interfaces.md, thresholds.yaml, spend.statistic.
const (
	Mean   Statistic = "mean"
	Median Statistic = "median"
	Max    Statistic = "max"
)

// Policy is what the operator asked for in thresholds.yaml, checked and with every default filled in.
// It is immutable: a reload makes a new one.
type Policy struct {
	Spend       SpendPolicy
	Levels      []Level         // mildest first, at least one
	RecoverAt   decimal.Decimal // ≥ 1: a level ends at this multiple of its threshold
	RemindEvery time.Duration   // 0: never
	StaleAfter  []StaleAfter    // mildest first
	Rules       []Rule          // first match wins
}

// SpendPolicy says how daily spend is worked out.
type SpendPolicy struct {
	Window     time.Duration // a whole number of days
	Statistic  Statistic
	MinHistory time.Duration  // younger wallets are learning: only floors apply
	Refunds    *regexp.Regexp // credits whose remarks match lower the spend; nil: none do
}

// Days returns the number of 24-hour buckets in the window.
func (p SpendPolicy) Days() int { return int(p.Window / Day) }

// Level is one rung: a wallet is at the worst level whose condition holds.
type Level struct {
	Name     string
	Percent  *decimal.Decimal // of daily spend; nil: not by percentage
	Floor    *decimal.Decimal // absolute, in the wallet's currency; nil: none
	Runway   time.Duration    // below this much time left at the present spend; 0: not by runway
	Severity string           // PagerDuty severity; "" : critical for the worst level, warning for the others
	Notify   []string         // receivers by name
}

// StaleAfter says that an account without a fresh balance for Age is announced to the receivers of Level.
type StaleAfter struct {
	Level string
	Age   time.Duration
}

// Rule changes the policy for the wallets it matches.
type Rule struct {
	Match   Match
	Name    string
	Runbook string
	Levels  []Level // nil: the policy's
	Floor   *decimal.Decimal
	Mute    bool
}

// Match selects wallets; an empty field matches everything.
type Match struct {
	Account  string
	ID       int64 // 0: any; the vendor's ids start at 1
	Currency string
	Type     Type
}

func (m Match) matches(s *State) bool {
	return (m.Account == "" || m.Account == s.Account) &&
		(m.ID == 0 || m.ID == s.ID) &&
		(m.Currency == "" || m.Currency == s.Currency) &&
		(m.Type == "" || m.Type == s.Type)
}

// Terms are the rules that hold for one wallet.
type Terms struct {
	Name    string
	Runbook string
	Levels  []Level // mildest first, floors filled in; empty: never below anything
	Mute    bool    // levels are worked out and shown, nobody is notified
}

// Level returns the rank of the named level, or -1.
func (t *Terms) Level(name string) int {
	return slices.IndexFunc(t.Levels, func(l Level) bool { return l.Name == name })
}

// Severity returns the PagerDuty severity of the level at rank: its own, or "critical" for the worst level and
// "warning" for the others.
func Severity(levels []Level, rank int) string {
	switch {
	case levels[rank].Severity != "":
		return levels[rank].Severity
	case rank == len(levels)-1:
		return "critical"
	}
	return "warning"
}

// TermsFor returns the rules for one wallet. A POSTPAID wallet has no levels unless the rule that matches it
// gives some: a low or negative balance is normal there.
func (p *Policy) TermsFor(s *State) *Terms {
	t := &Terms{Name: s.defaultName(), Levels: p.Levels}
	if s.Type == Postpaid {
		t.Levels = nil
	}
	i := slices.IndexFunc(p.Rules, func(r Rule) bool { return r.Match.matches(s) })
	if i < 0 {
		return t
	}
	r := p.Rules[i]
	if r.Name != "" {
		t.Name = r.Name
	}
	t.Runbook, t.Mute = r.Runbook, r.Mute
	if r.Levels != nil {
		t.Levels = r.Levels
	}
	if r.Floor != nil {
		t.Levels = withFloor(t.Levels, r.Floor)
	}
	return t
}

func withFloor(levels []Level, floor *decimal.Decimal) []Level {
	out := slices.Clone(levels)
	for i := range out {
		if out[i].Floor == nil {
			out[i].Floor = floor
		}
	}
	return out
}

// Receivers returns the names of every receiver that some level of the policy notifies, sorted.
func (p *Policy) Receivers() []string {
	var names []string
	add := func(levels []Level) {
		for _, l := range levels {
			names = append(names, l.Notify...)
		}
	}
	add(p.Levels)
	for _, r := range p.Rules {
		add(r.Levels)
	}
	slices.Sort(names)
	return slices.Compact(names)
}
