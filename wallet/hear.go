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

// NoLaterThan returns the state when a clock was set back to now: what was read in the future was read just before now,
// and what was heard since is from now. false: nothing of it is later.
func (s *State) NoLaterThan(now time.Time) (*State, bool) {
	later := func(n News) bool { return n.To.After(now) }
	if !s.ReadAt.After(now) && !s.Suspect.After(now) && !slices.ContainsFunc(s.News, later) {
		return s, false
	}
	next := *s
	if s.ReadAt.After(now) {
		next.ReadAt = JustBefore(now)
	}
	if s.Suspect.After(now) {
		next.Suspect = now
	}
	next.News = slices.Clone(s.News)
	for i := range next.News {
		n := &next.News[i]
		n.From, n.To = earliest(n.From, now), earliest(n.To, now)
		if n.Claimed {
			n.LeastAt, n.LastAt = earliest(n.LeastAt, now), earliest(n.LastAt, now)
		}
	}
	next.believe()
	return &next, true
}

// JustBefore is a time that whatever happens at now comes after.
func JustBefore(now time.Time) time.Time { return now.Add(-time.Millisecond) }

// ConfirmWithin is how long the API may fail to confirm what order responses or webhooks say before an alert goes out
// that says so (interfaces.md, Timing), unless a clock runs at another speed.
const ConfirmWithin = 10 * time.Second

// Judgement is what a wallet's balance means for its level.
type Judgement struct {
	Proven  string    // the level that polls alone give
	Level   string    // Proven, or the worse one that News gives and the API failed to confirm in time
	Suspect time.Time // since when News says that the wallet is worse than Proven; zero: it does not
}

// Judge decides a wallet's level at now. s is as Account.Current returns it; failed says that the API was asked about
// what made the wallet Suspect and did not answer in time. Only a trusted poll, or another policy, lets a wallet be no
// longer Suspect: news that grows old is still the newest there is.
func (p *Policy) Judge(s *State, t *Terms, v *Assessment, now time.Time, failed bool) Judgement {
	if len(s.News) == 0 && s.Confirmed() {
		level := p.Decide(s, t, v, now)
		return Judgement{Proven: level, Level: level}
	}
	read := s.AsRead()
	j := Judgement{Proven: p.Decide(&read, t, v, now)}
	j.Level = j.Proven
	if len(s.News) == 0 || t.Mute {
		return j
	}
	heard := *s
	if s.Suspect.IsZero() || t.Level(s.Level) < t.Level(j.Proven) {
		heard.Level = j.Proven
	}
	believed := p.level(&heard, t, v)
	if t.Level(believed) <= t.Level(j.Proven) {
		return j
	}
	j.Suspect = earliest(s.Suspect, now)
	// An alert that has gone out unconfirmed stays until a poll settles the matter.
	if failed || !s.Suspect.IsZero() && !s.Confirmed() {
		j.Level = believed
	}
	return j
}

// AsRead returns the wallet as polls alone show it.
func (s *State) AsRead() State {
	read := *s
	read.Balance, read.ObservedAt, read.Source = s.Read, s.ReadAt, FromPoll
	read.Level, read.News, read.Suspect = s.Proven, nil, time.Time{}
	return read
}
