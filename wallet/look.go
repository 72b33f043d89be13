package wallet

import "time"

// Look returns a wallet as people see it at now, under the level it is at, where a is its account. last is what an
// earlier Look of it under the same policy returned, when the account was then; nil: there was none. It changes
// nothing about the result and saves work: what follows from spend alone is taken over while the spend is the same.
func (p *Policy) Look(a *Account, s *State, then *Account, last *Wallet, now time.Time) *Wallet {
	w := &Wallet{State: a.Current(s)}
	if last == nil || last.Currency != s.Currency || last.Type != s.Type {
		w.Terms = p.TermsFor(&w.State)
		w.Assessment = p.Assess(a, &w.State, w.Terms, now)
		return w
	}
	w.Terms = last.Terms
	if !p.sameSpend(a, s, then, &last.State) {
		w.Assessment = p.Assess(a, &w.State, w.Terms, now)
		return w
	}
	w.Assessment = last.Assessment
	if !s.Balance.Equal(last.Balance) || last.ObservedAt.IsZero() {
		w.Runway, w.HasRunway = w.runway(&w.State)
	}
	w.Shown, w.Reason = p.Show(&w.State, w.Terms, &w.Assessment, now)
	return w
}

// sameSpend reports whether a wallet's daily spend is what it was then.
func (p *Policy) sameSpend(a *Account, s *State, then *Account, last *State) bool {
	since, long := a.spendSince(s), max(p.Spend.Window, p.Spend.MinHistory)
	if a.SpendSource != then.SpendSource || a.Fill.Ever != then.Fill.Ever || !s.Spend.same(last.Spend) || !since.Equal(then.spendSince(last)) {
		return false
	}
	// When the history began matters only while it is shorter than the window, or too short.
	return a.SpendEnd.Equal(then.SpendEnd) || since.IsZero() || (a.SpendEnd.Sub(since) >= long && then.SpendEnd.Sub(since) >= long)
}

// same reports whether b and other are one and the same.
func (b Buckets) same(other Buckets) bool {
	return len(b) == len(other) && (len(b) == 0 || &b[0] == &other[0])
}
