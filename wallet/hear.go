package wallet

import (
	"slices"
	"time"

	"github.com/shopspring/decimal"
)

// OnlyOne returns the only wallet of a currency, of which the vendor gives a client one; nil when there is none or more.
func OnlyOne(wallets []*State, currency string) *State {
	var found *State
	for _, s := range wallets {
		if currency == "" || s.Currency != currency {
			continue
		}
		if found != nil {
			return nil
		}
		found = s
	}
	return found
}

// Hearing takes in what is heard of one wallet at one time.
type Hearing struct {
	Ask bool // the API should be asked: something says too little, or would raise the balance, which only a poll may

	was    *State
	next   State
	readAt time.Time       // when the balance was last known from a poll
	lowest decimal.Decimal // about what is believed by now
	own    bool            // next.News is no longer shared with was
}

// Listen begins a hearing about a wallet of the account.
func (a *Account) Listen(s *State) *Hearing {
	return &Hearing{was: s, next: *s, readAt: a.Current(s).ReadAt, lowest: s.Balance}
}

// Hear takes in an observation that came at now, and says what became of it.
func (h *Hearing) Hear(o *Observation, now time.Time) Verdict {
	at := earliest(o.At, now)
	switch {
	case h.was.ReadAt.IsZero():
		h.Ask = true
		return HeardUnclear
	case !at.After(h.readAt):
		return Outdated
	case o.Currency != "" && o.Currency != h.was.Currency, o.Balance == nil && o.Spent == nil, o.Spent != nil && o.Spent.Sign() < 0:
		h.Ask = true
		return HeardUnclear
	}
	n, says := newsOf(o, at)
	if says && !h.own {
		h.next.News, h.own = slices.Clone(h.was.News), true
	}
	if says {
		h.next.News = withNews(h.next.News, n)
	}
	if o.Balance == nil {
		h.lowest = h.lowest.Sub(n.Spent)
		return HeardEstimate
	}
	if o.Balance.GreaterThan(h.lowest) {
		h.Ask = true
	} else {
		h.lowest = *o.Balance
	}
	return HeardClaim
}

// State returns the wallet's state after all that was heard: the one from before when that changed nothing.
func (h *Hearing) State() *State {
	if !h.own {
		return h.was
	}
	next := h.next
	next.believe()
	return &next
}

// NoLaterThan returns the state when a clock was set back to now: what was read in the future was read now at the latest,
// and what was heard since is left to the next poll. false: nothing of it is later.
func (s *State) NoLaterThan(now time.Time) (*State, bool) {
	if !s.ObservedAt.After(now) && !s.ReadAt.After(now) && !s.Suspect.After(now) {
		return s, false
	}
	next := *s
	next.ReadAt, next.Suspect, next.News = earliest(s.ReadAt, now), time.Time{}, nil
	if s.ReadAt.IsZero() {
		next.ReadAt = time.Time{}
	}
	next.believe()
	return &next, true
}

// ConfirmWithin is how long the API may fail to confirm what order responses or webhooks say before an alert goes out
// that says so (interfaces.md, Timing), unless a clock runs at another speed.
const ConfirmWithin = 10 * time.Second

// Judgement is what a wallet's balance means for its level.
type Judgement struct {
	Proven  string    // the level that polls alone give
	Level   string    // Proven, or the worse one that News gives and no poll has settled in time
	Suspect time.Time // since when News says that the wallet is worse than Proven; zero: it does not
}

// Judge decides a wallet's level at now. s is as Account.Current returns it; within is how long a poll may take to
// settle what was heard.
func (p *Policy) Judge(s *State, t *Terms, v *Assessment, now time.Time, within time.Duration) Judgement {
	if len(s.News) == 0 && s.Confirmed() {
		level := p.Decide(s, t, v, now)
		return Judgement{Proven: level, Level: level}
	}
	read := *s
	read.Balance, read.ObservedAt, read.Level = s.Read, s.ReadAt, s.Proven
	j := Judgement{Proven: p.Decide(&read, t, v, now)}
	j.Level = j.Proven
	if len(s.News) == 0 {
		return j
	}
	heard := *s
	heard.Doubt = ""
	if s.Suspect.IsZero() || t.Level(s.Level) < t.Level(j.Proven) {
		heard.Level = j.Proven
	}
	believed := p.Decide(&heard, t, v, now)
	if t.Level(believed) <= t.Level(j.Proven) {
		return j
	}
	j.Suspect = earliest(s.Suspect, now)
	if now.Sub(j.Suspect) >= within {
		j.Level = believed
	}
	return j
}

// Deadlines returns when each of the wallets that are worse off by what was heard is alerted of unconfirmed, the
// earliest first; within is as Judge has it.
func Deadlines(wallets []*State, within time.Duration) []time.Time {
	var deadlines []time.Time
	for _, s := range wallets {
		if !s.Suspect.IsZero() {
			deadlines = append(deadlines, s.Suspect.Add(within))
		}
	}
	slices.SortFunc(deadlines, time.Time.Compare)
	return deadlines
}
