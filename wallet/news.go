package wallet

import (
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"walletwatch/money"
)

// News is what one channel said of a wallet within a moment, put together in the order in which it was true: first
// what was spent is taken from a balance, then the balance is Least at most.
type News struct {
	Channel  Source // FromOrder or FromWebhook
	From, To time.Time
	Spent    decimal.Decimal
	Claimed  bool            // a balance was claimed, so Least counts
	Least    decimal.Decimal // the least balance that was claimed, less what was spent after it
	Exact    bool            // nothing was spent after the claim that Least comes from
	Count    int             // how many observations it was
}

// The limits of what is remembered of a wallet between two polls: news of one moment is put together, and beyond so
// many moments the oldest are. A poll settles whole moments, so the newest must stay apart: those of the seconds that
// a poll takes.
const (
	moment      = 100 * time.Millisecond
	mostMoments = 64
)

// then returns what both say, the other one after n.
func (n News) then(other News) News {
	both := n
	both.From, both.To = earliest(n.From, other.From), latest(n.To, other.To)
	both.Spent = n.Spent.Add(other.Spent)
	both.Count += other.Count
	if n.Claimed {
		both.Least = n.Least.Sub(other.Spent)
		both.Exact = n.Exact && other.Spent.IsZero()
	}
	if other.Claimed && (!n.Claimed || other.Least.LessThanOrEqual(both.Least)) {
		both.Claimed, both.Least, both.Exact = true, other.Least, other.Exact
	}
	return both
}

// after returns the balance that was before, once the news is true, and where that is known from.
func (n News) after(before decimal.Decimal) (decimal.Decimal, Source) {
	left := before.Sub(n.Spent)
	if n.Claimed && n.Least.LessThanOrEqual(left) {
		left = n.Least
		if n.Exact {
			return left, n.Channel
		}
	}
	return left, FromEstimate
}

// newsOf returns an observation as news; false when it says nothing of the balance.
func newsOf(o *Observation, at time.Time) (News, bool) {
	n := News{Channel: o.Source, From: at, To: at, Count: 1}
	switch {
	case o.Balance != nil:
		n.Claimed, n.Least, n.Exact = true, *o.Balance, true
	case o.Spent != nil && o.Spent.Sign() > 0:
		n.Spent = *o.Spent
	default:
		return n, false
	}
	return n, true
}

// withNews puts n in its place in the list, which the caller owns.
func withNews(list []News, n News) []News {
	i := len(list)
	for i > 0 && list[i-1].From.After(n.From) {
		i--
	}
	for j := i - 1; j >= 0; j-- {
		if list[j].Channel != n.Channel {
			continue
		}
		if list[j].To.Truncate(moment).Before(n.From.Truncate(moment)) {
			break
		}
		list[j] = list[j].then(n)
		return list
	}
	return bounded(slices.Insert(list, i, n))
}

// bounded puts the two oldest moments of the channel that has the most together when there are too many.
func bounded(list []News) []News {
	if len(list) <= mostMoments {
		return list
	}
	count := map[Source]int{}
	for _, n := range list {
		count[n.Channel]++
	}
	first, most := -1, FromOrder
	if count[FromWebhook] > count[FromOrder] {
		most = FromWebhook
	}
	for i, n := range list {
		if n.Channel != most {
			continue
		}
		if first >= 0 {
			list[first] = list[first].then(n)
			return slices.Delete(list, i, i+1)
		}
		first = i
	}
	return list
}

// newsAfter returns the news that a balance read at at does not settle: a moment counts until its end.
func newsAfter(list []News, at time.Time) []News {
	if !slices.ContainsFunc(list, func(n News) bool { return !n.To.After(at) }) {
		return list
	}
	left := slices.DeleteFunc(slices.Clone(list), func(n News) bool { return !n.To.After(at) })
	if len(left) == 0 {
		return nil
	}
	return left
}

// believe works out the balance from what was read and what was heard since. Both channels may tell of the same
// debits, so what they say is not added up: the one that leaves less is believed.
func (s *State) believe() {
	s.Balance, s.ObservedAt, s.Source = s.Read, s.ReadAt, FromPoll
	for _, channel := range []Source{FromOrder, FromWebhook} {
		var all News
		for _, n := range s.News {
			if n.Channel == channel {
				all = all.then(n)
			}
		}
		all.Channel = channel
		if left, source := all.after(s.Read); all.Count > 0 && left.LessThan(s.Balance) {
			s.Balance, s.Source = left, source
			s.ObservedAt = latest(s.ReadAt, all.To)
		}
	}
}

// Told names a channel for people.
func (c Source) Told() string {
	if c == FromWebhook {
		return "webhooks"
	}
	return "order responses"
}

// Rumour says in a clause what was heard since the last trusted poll; "" when nothing was.
func (s *State) Rumour() string {
	if len(s.News) == 0 {
		return ""
	}
	return s.News[len(s.News)-1].Channel.Told() + " say that the balance is " + s.Human(s.Balance)
}

// Human writes an amount of the wallet for people.
func (s *State) Human(amount decimal.Decimal) string {
	return money.Human(amount, s.Precision, s.Currency)
}

// Heard returns the balance that the news up to at claimed, and by which channel; false when there was none.
func (s *State) Heard(at time.Time) (decimal.Decimal, Source, bool) {
	past := *s
	past.News = slices.DeleteFunc(slices.Clone(s.News), func(n News) bool { return n.To.After(at) })
	if len(past.News) == 0 {
		return decimal.Decimal{}, "", false
	}
	past.believe()
	return past.Balance, past.News[len(past.News)-1].Channel, true
}

func earliest(a, b time.Time) time.Time {
	if b.Before(a) && !b.IsZero() || a.IsZero() {
		return b
	}
	return a
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
