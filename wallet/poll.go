package wallet

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/shopspring/decimal"
)

// Poll is one complete answer of the wallets endpoint: the truth as of the moment its request was sent.
type Poll struct {
	Account  string
	SentAt   time.Time
	Readings []Reading
}

// Reading is one wallet of a Poll.
type Reading struct {
	ID         int64
	CurrencyID int64
	Currency   string
	Precision  int32
	Type       Type
	Balance    *decimal.Decimal // nil: it could not be read
	Problem    string           // why Balance is nil, as a clause
}

// Doubts returns, by wallet id, why a poll cannot be believed, each in one clause: wallets that are gone, amounts that
// cannot be read, currencies that changed, balances that fell to nothing. known is what the account's wallets were
// before, in any order. The second read of the same moment is judged with confirming set: wallets that are still at
// nothing are then believed unless all read zero at once; everything else stays in doubt.
func Doubts(known []*State, poll *Poll, confirming bool) map[int64]string {
	readings := make(map[int64]*Reading, len(poll.Readings))
	for i := range poll.Readings {
		readings[poll.Readings[i].ID] = &poll.Readings[i]
	}
	doubts := map[int64]string{}
	var fallen []int64
	for _, s := range known {
		r := readings[s.ID]
		switch {
		case len(poll.Readings) == 0:
			doubts[s.ID] = "the API lists no wallets at all"
		case r == nil:
			doubts[s.ID] = notListed
		case r.Balance == nil:
			doubts[s.ID] = unreadable(r)
		case s.Currency != "" && r.Currency != s.Currency:
			doubts[s.ID] = fmt.Sprintf("its currency changed from %s to %s", s.Currency, r.Currency)
		case fell(s, r):
			fallen = append(fallen, s.ID)
		}
	}
	for i := range poll.Readings {
		if r := &poll.Readings[i]; r.Balance == nil {
			doubts[r.ID] = unreadable(r)
		}
	}
	for _, id := range fallen {
		switch {
		case len(fallen) > 1 && allZero(poll):
			doubts[id] = "every wallet reads zero at once"
		case !confirming:
			doubts[id] = "it fell to zero and a second read could not confirm it"
		}
	}
	return doubts
}

const notListed = "the API no longer lists it"

func fell(s *State, r *Reading) bool {
	return s.Type != Postpaid && s.Read.Sign() > 0 && r.Balance.Sign() <= 0
}

// allZero reports whether no amount of the poll says anything.
func allZero(poll *Poll) bool {
	return !slices.ContainsFunc(poll.Readings, func(r Reading) bool { return r.Balance != nil && !r.Balance.IsZero() })
}

func unreadable(r *Reading) string { return cmp.Or(r.Problem, "the API gives no amount") }

// Observe returns the wallet's state after a trusted reading that was true at at. What was heard up to then is settled
// by it; news that is newer stands. s is nil for a wallet that was not known; neither is changed.
func (s *State) Observe(account string, r *Reading, at time.Time) *State {
	next := State{Account: account, ID: r.ID, FirstSeen: at}
	if s != nil {
		next = *s
	}
	next.CurrencyID, next.Currency, next.Precision, next.Type = r.CurrencyID, r.Currency, r.Precision, r.Type
	if r.Balance == nil {
		return &next
	}
	next.Read, next.ReadAt = *r.Balance, at
	next.EverPositive = next.EverPositive || r.Balance.Sign() > 0
	next.Doubt, next.DoubtSince, next.Suspect = "", time.Time{}, time.Time{}
	next.News = newsAfter(next.News, at)
	next.believe()
	return &next
}

// Doubted returns the wallet's state when what was read of it at at cannot be trusted: nothing but the doubt is
// taken over.
func (s *State) Doubted(why string, at time.Time) *State {
	next := *s
	next.Doubt = why
	if s.Doubt == "" {
		next.DoubtSince = at
	}
	return &next
}

// Same reports whether a trusted reading says nothing new but that the balance was still so.
func (s *State) Same(r *Reading) bool {
	return s.Doubt == "" && len(s.News) == 0 && r.Balance != nil && !s.ReadAt.IsZero() && s.Read.Equal(*r.Balance) &&
		s.CurrencyID == r.CurrencyID && s.Currency == r.Currency && s.Precision == r.Precision && s.Type == r.Type
}

// Current returns the state with the time at which its balance was last known to be true: a wallet that is not in
// doubt was in its account's last poll, with the same balance if nothing newer was stored.
func (a *Account) Current(s *State) State {
	now := *s
	if s.Doubt != "" || s.ReadAt.IsZero() {
		return now
	}
	if a.PolledAt.After(s.ReadAt) {
		now.ReadAt = a.PolledAt
	}
	if s.Source == FromPoll {
		now.ObservedAt = now.ReadAt
	}
	return now
}
