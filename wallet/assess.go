package wallet

import (
	"cmp"
	"time"

	"github.com/shopspring/decimal"
)

// Assessment is what follows from a wallet's state and terms at a moment.
type Assessment struct {
	DailySpend  decimal.Decimal
	SpendSource SpendSource // SpendFromNone: DailySpend means nothing
	Learning    bool        // too little history for a daily spend: only floors apply
	Thresholds  []Threshold // one per level that has one at present, mildest first
	Runway      time.Duration
	HasRunway   bool   // false: unknown, which is neither zero nor infinite
	Shown       string // the level for people: a configured name, OK, Learning or Unknown
	Reason      string // one clause that explains Shown
}

// Threshold is the amount below which a wallet is at a level.
type Threshold struct {
	Level  string
	Amount decimal.Decimal
}

// Threshold returns the threshold of the named level; false if it has none at present.
func (a *Assessment) Threshold(level string) (decimal.Decimal, bool) {
	for _, t := range a.Thresholds {
		if t.Level == level {
			return t.Amount, true
		}
	}
	return decimal.Decimal{}, false
}

// Assess works out everything that follows from a wallet's state at now, where a is its account. It does not
// decide the level: Decide does, and Shown says what people see of it.
func (p *Policy) Assess(a *Account, s *State, t *Terms, now time.Time) Assessment {
	var v Assessment
	v.DailySpend, v.SpendSource, v.Learning = p.dailySpend(a, s)
	for i := range t.Levels {
		if amount := t.Levels[i].threshold(v.DailySpend, v.known()); amount != nil {
			v.Thresholds = append(v.Thresholds, Threshold{Level: t.Levels[i].Name, Amount: *amount})
		}
	}
	v.Runway, v.HasRunway = v.runway(s)
	v.Shown, v.Reason = p.Show(s, t, &v, now)
	return v
}

// dailySpend returns a wallet's daily spend, where it was learnt, and whether there is too little history for it.
func (p *Policy) dailySpend(a *Account, s *State) (decimal.Decimal, SpendSource, bool) {
	since := a.spendSince(s)
	if since.IsZero() || len(s.Spend) == 0 {
		return decimal.Zero, SpendFromNone, true
	}
	if a.SpendSource == SpendFromLedger && !a.Fill.Ever {
		return decimal.Zero, SpendFromNone, true
	}
	return Daily(p.Spend.Statistic, s.Spend, since, a.SpendEnd), a.SpendSource, a.SpendEnd.Sub(since) < p.Spend.MinHistory
}

// known reports whether DailySpend may be gone by.
func (v *Assessment) known() bool { return !v.Learning && v.SpendSource != SpendFromNone }

// spendSince returns the time from which on a wallet's spend is known; zero: there was none.
func (a *Account) spendSince(s *State) time.Time {
	// Drops are known since they are recorded and the wallet is known. A history that was not read to its end is not
	// counted, so what it knows of earlier or later days says nothing.
	if a.SpendSource == SpendFromBalance && (s.FirstMovement.IsZero() || !a.Fill.Ever) {
		if a.DropsSince.After(s.FirstSeen) {
			return Minute(a.DropsSince)
		}
		return Minute(s.FirstSeen)
	}
	if s.FirstMovement.IsZero() {
		return time.Time{}
	}
	return s.FirstMovement.Add(a.Gap())
}

// Gap returns how long, in whole minutes, nothing said what was spent before drops between balances took over from
// the transactions: while transactions only failed, or while nobody watched. Sums of transactions count as if they
// were later by the gap, because a time that nothing is known of is not a time in which nothing was spent.
func (a *Account) Gap() time.Duration {
	if a.SpendSource != SpendFromBalance || !a.Fill.Complete || a.LedgerReadAt.IsZero() {
		return 0
	}
	return max(0, Minute(a.DropsSince).Sub(Minute(a.LedgerReadAt)))
}

// longestRunway keeps a runway within what a time.Duration can say; longer ones mean nothing.
const longestRunway = 10 * 365 * Day

func (v *Assessment) runway(s *State) (time.Duration, bool) {
	if !v.known() || v.DailySpend.Sign() <= 0 || s.ObservedAt.IsZero() {
		return 0, false
	}
	if s.Balance.Sign() <= 0 {
		// On credit, nothing left is no end.
		return 0, s.Type != Postpaid
	}
	left := s.Balance.Mul(decimal.NewFromInt(int64(Day / time.Second))).Div(v.DailySpend)
	if left.GreaterThan(decimal.NewFromInt(int64(longestRunway / time.Second))) {
		return longestRunway, true
	}
	return time.Duration(left.IntPart()) * time.Second, true
}

// Show says how people see a wallet: its level, or why there is none.
func (p *Policy) Show(s *State, t *Terms, v *Assessment, now time.Time) (shown, reason string) {
	switch {
	case s.Doubt != "":
		return Unknown, s.Doubt
	case s.ObservedAt.IsZero():
		return Unknown, "its balance was never read"
	case !p.Fresh(s, now):
		return Unknown, "its balance was last read " + Span(now.Sub(s.ObservedAt)) + " ago"
	case !s.Confirmed() && len(s.News) > 0:
		return s.Level, s.Rumour() + ", and the API could not be asked"
	case !s.Suspect.IsZero() && len(s.News) > 0:
		return cmp.Or(s.Level, OK), s.Rumour() + "; the API is being asked"
	case s.Level != "" && s.Exhausted():
		return s.Level, "nothing is left"
	case s.Level != "":
		if amount, ok := v.Threshold(s.Level); ok && s.Balance.LessThan(amount) {
			return s.Level, "the balance is below the threshold"
		}
		return s.Level, "the balance is not yet back at " + p.RecoverAt.Shift(2).String() + " % of the threshold"
	case len(t.Levels) == 0:
		return OK, "no levels apply to this wallet"
	case v.Learning:
		return Learning, "too little spending history yet: only floors apply"
	}
	return OK, "the balance is below no threshold"
}

// Decide returns the configured level a wallet is at, given the level it was at: "" for none. A balance that is in
// doubt, stale or was never read decides nothing: the present level stays.
func (p *Policy) Decide(s *State, t *Terms, v *Assessment, now time.Time) string {
	if !p.Fresh(s, now) {
		return s.Level
	}
	return p.level(s, t, v)
}

// level returns the level that a balance gives, however old it is.
func (p *Policy) level(s *State, t *Terms, v *Assessment) string {
	thresholds := make([]*decimal.Decimal, len(t.Levels))
	for i := range v.Thresholds {
		if rank := t.Level(v.Thresholds[i].Level); rank >= 0 {
			thresholds[rank] = &v.Thresholds[i].Amount
		}
	}
	rank := Rank(s.Balance, s.Exhausted(), thresholds, t.Level(s.Level), p.RecoverAt)
	if rank == AboveAll {
		return ""
	}
	return t.Levels[rank].Name
}
