package wallet

import (
	"math"
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
	Claimed  bool            // a balance was claimed, so what follows counts
	Least    decimal.Decimal // the least balance that was claimed, less what was spent after it
	LeastAt  time.Time       // when that was claimed
	Exact    bool            // nothing was spent after it
	Last     decimal.Decimal // the balance that was claimed last, less what was spent after it
	LastAt   time.Time       // when that was claimed
	Count    int             // how many observations it was
}

// The limits of what is remembered of a wallet between two polls, per channel: news of one moment is put together, and
// when there are too many moments, those that are close to each other for their age. A poll settles whole moments, so
// the newest must stay apart: those of the seconds that a poll takes.
const (
	moment      = 100 * time.Millisecond
	mostMoments = 20
)

// then returns what both say, the other one after n.
func (n News) then(other News) News {
	both := n
	both.From, both.To = earliest(n.From, other.From), latest(n.To, other.To)
	both.Spent = n.Spent.Add(other.Spent)
	both.Count += other.Count
	if n.Claimed {
		both.Least, both.Last = n.Least.Sub(other.Spent), n.Last.Sub(other.Spent)
		both.Exact = n.Exact && other.Spent.IsZero()
	}
	if !other.Claimed {
		return both
	}
	if !n.Claimed || other.Least.LessThanOrEqual(both.Least) {
		both.Least, both.LeastAt, both.Exact = other.Least, other.LeastAt, other.Exact
	}
	both.Claimed, both.Last, both.LastAt = true, other.Last, other.LastAt
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

// said returns the balance that the news comes to without regard to what was known before it claimed one.
func (n News) said(before decimal.Decimal) decimal.Decimal {
	if n.Claimed {
		return n.Last
	}
	return before.Sub(n.Spent)
}

// newsOf returns an observation as news; false when it says nothing of the balance.
func newsOf(o *Observation, at time.Time) (News, bool) {
	n := News{Channel: o.Source, From: at, To: at, Count: 1}
	switch {
	case o.Balance != nil:
		n.Claimed, n.Exact = true, true
		n.Least, n.LeastAt, n.Last, n.LastAt = *o.Balance, at, *o.Balance, at
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
	return bounded(slices.Insert(list, i, n), n.Channel)
}

// bounded puts two moments of a channel together when it has too many: the two next to each other that are together
// the shortest for how long ago they were.
func bounded(list []News, channel Source) []News {
	var mine []int
	for i := range list {
		if list[i].Channel == channel {
			mine = append(mine, i)
		}
	}
	if len(mine) <= mostMoments {
		return list
	}
	newest := list[mine[len(mine)-1]].To
	best, least := 0, math.Inf(1)
	for k := range len(mine) - 1 {
		from, to := list[mine[k]].From, list[mine[k+1]].To
		if width := to.Sub(from).Seconds() / (newest.Sub(from) + moment).Seconds(); width < least {
			best, least = k, width
		}
	}
	list[mine[best]] = list[mine[best]].then(list[mine[best+1]])
	return slices.Delete(list, mine[best+1], mine[best+1]+1)
}

// newsAfter returns the news that a balance read at at does not settle.
func newsAfter(list []News, at time.Time) []News {
	var left []News
	for _, n := range list {
		if n.To.After(at) {
			left = append(left, n.since(at))
		}
	}
	return left
}

// since returns what is left of news when a balance read at at has settled what was before. Of a stretch of time that at
// falls into, all that was spent counts again, so that nothing is lost: the next poll settles it. A claim from before
// counts no more.
func (n News) since(at time.Time) News {
	if n.From.After(at) {
		return n
	}
	n.From = at.Add(time.Millisecond)
	switch {
	case !n.Claimed || n.LeastAt.After(at):
	case n.LastAt.After(at):
		n.Least, n.LeastAt, n.Exact = n.Last, n.LastAt, false
	default:
		n.Claimed, n.Exact = false, false
		n.Least, n.Last, n.LeastAt, n.LastAt = decimal.Zero, decimal.Zero, time.Time{}, time.Time{}
	}
	return n
}

// belief is what follows from a balance that was read and news of it.
type belief struct {
	balance decimal.Decimal
	source  Source
	channel Source // that tells of it; "" for none
	at      time.Time
}

// believed works out the balance from what was read and what was heard since. Both channels may tell of the same
// debits, so what they say is not added up: the one that leaves less is believed.
func (s *State) believed(news []News) belief {
	b := belief{balance: s.Read, source: FromPoll, at: s.ReadAt}
	for _, channel := range []Source{FromOrder, FromWebhook} {
		all := joined(news, channel)
		if left, source := all.after(s.Read); all.Count > 0 && left.LessThan(b.balance) {
			b = belief{balance: left, source: source, channel: channel, at: latest(s.ReadAt, all.To)}
		}
	}
	return b
}

// joined returns everything that a channel says.
func joined(news []News, channel Source) News {
	var all News
	for _, n := range news {
		if n.Channel == channel {
			all = all.then(n)
		}
	}
	all.Channel = channel
	return all
}

func (s *State) believe() {
	b := s.believed(s.News)
	s.Balance, s.ObservedAt, s.Source = b.balance, b.at, b.source
}

// Told names a channel for people.
func (c Source) Told() string {
	if c == FromWebhook {
		return "webhooks"
	}
	return "order responses"
}

// Rumour says in a clause what was heard since the last trusted poll; "" when nothing lowers the balance.
func (s *State) Rumour() string {
	switch b := s.believed(s.News); {
	case b.channel == "":
		return ""
	case b.source == FromEstimate:
		return b.channel.Told() + " suggest that " + s.Human(b.balance) + " is left"
	default:
		return b.channel.Told() + " say that the balance is " + s.Human(b.balance)
	}
}

// Human writes an amount of the wallet for people.
func (s *State) Human(amount decimal.Decimal) string {
	return money.Human(amount, s.Precision, s.Currency)
}

// Bearing is how a trusted poll bears on what was heard before it.
type Bearing struct {
	Channel Source
	Borne   bool            // the poll bears it out
	Said    decimal.Decimal // what the channel said
}

// Bear compares a balance that was read at at with what was heard up to then; false when nothing was. Whatever was
// heard is borne out by the balance it came to, or by less: more was spent since.
func (s *State) Bear(read decimal.Decimal, at time.Time) (Bearing, bool) {
	past := slices.DeleteFunc(slices.Clone(s.News), func(n News) bool { return n.To.After(at) })
	if len(past) == 0 {
		return Bearing{}, false
	}
	channel := past[len(past)-1].Channel
	said := joined(past, channel).said(s.Read)
	low := s.believed(past)
	switch {
	case read.Equal(said):
		return Bearing{Channel: channel, Borne: true, Said: said}, true
	case low.channel != "" && read.GreaterThan(low.balance):
		return Bearing{Channel: low.channel, Said: low.balance}, true
	case said.GreaterThan(s.Read) && !read.GreaterThan(s.Read):
		return Bearing{Channel: channel, Said: said}, true
	}
	return Bearing{Channel: channel, Borne: true, Said: said}, true
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
