package wallet

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Trouble is one thing that is wrong with the monitor of an account.
type Trouble struct {
	Rank   int    // of StaleAfter: the level it is reported at
	Kind   string // tells troubles apart: another kind is news, another text is not
	Text   string // one sentence for people
	Except string // the receiver that is itself the trouble and need not be told; "" for none
}

// Refusal is a receiver that refuses deliveries for good.
type Refusal struct {
	Receiver string
	Reason   string
	Waiting  int // deliveries of the account that it has not accepted
}

// Troubles returns what is wrong with the monitor of an account at now, the gravest first. watching is since when
// this process has watched; a balance read before that is not held against an account until it was tried again.
//
// An account without a fresh balance is reported at the level of the longest StaleAfter that has passed; rejected
// credentials, wallets whose balance is in doubt, a transaction history that gets no further and refusing receivers
// at the mildest level.
func (p *Policy) Troubles(a *Account, wallets []*State, refusals []Refusal, watching, now time.Time) []Trouble {
	var found []Trouble
	if t, ok := p.unread(a, watching, now); ok {
		found = append(found, t)
	}
	if t, ok := p.doubtful(a, wallets, now); ok {
		found = append(found, t)
	}
	if t, ok := p.stuck(a, now); ok {
		found = append(found, t)
	}
	for _, r := range refusals {
		found = append(found, Trouble{
			Kind: "refused by " + r.Receiver,
			Text: fmt.Sprintf("The receiver %q refuses deliveries (%s); %d waiting. Mend its settings: it is tried again every 5 minutes.",
				r.Receiver, r.Reason, r.Waiting),
			Except: r.Receiver,
		})
	}
	slices.SortStableFunc(found, func(a, b Trouble) int { return b.Rank - a.Rank })
	return found
}

func (p *Policy) unread(a *Account, watching, now time.Time) (Trouble, bool) {
	last := a.PolledAt
	if last.IsZero() {
		last = a.CreatedAt
	}
	age := now.Sub(last)
	if a.Fault.Kind == NoFault {
		age = min(age, now.Sub(watching))
	}
	rank := p.staleRank(age)
	if rank == AboveAll && a.Fault.Kind == FaultCredentials {
		rank = 0
	}
	if rank == AboveAll {
		return Trouble{}, false
	}
	text := "No balance was ever read"
	if !a.PolledAt.IsZero() {
		text = "No balance was read for " + Span(now.Sub(a.PolledAt))
	}
	if a.Fault.Message != "" {
		text += ": " + strings.TrimSuffix(a.Fault.Message, ".")
	}
	return Trouble{Rank: rank, Kind: strings.TrimSpace("unread " + string(a.Fault.Kind)), Text: text + "."}, true
}

// doubtful reports the account's wallets that cannot be read, in one sentence however many they are. A wallet that
// nobody would be told of is left out.
func (p *Policy) doubtful(a *Account, wallets []*State, now time.Time) (Trouble, bool) {
	rank, count := 0, 0
	var first *State
	for _, s := range wallets {
		if s.Doubt == "" {
			continue
		}
		if t := p.TermsFor(s); t.Mute || len(t.Levels) == 0 {
			continue
		}
		count++
		rank = max(rank, p.staleRank(now.Sub(s.DoubtSince)))
		if first == nil || s.DoubtSince.Before(first.DoubtSince) {
			first = s
		}
	}
	if count == 0 {
		return Trouble{}, false
	}
	text := fmt.Sprintf("The balance of %s is unknown because %s.", p.TermsFor(first).Name, first.Doubt)
	if count > 1 {
		text = fmt.Sprintf("The balances of %d wallets are unknown, that of %s because %s.", count, p.TermsFor(first).Name, first.Doubt)
	}
	if first.Doubt == notListed {
		text += " If the wallet was closed, mute it in thresholds.yaml."
	}
	return Trouble{Rank: rank, Kind: fmt.Sprintf("%d doubtful", count), Text: text}, true
}

// stuck reports a transaction history that cannot be read to its end: until it is, percentages of a day's spend are
// missing or come from drops between balances.
func (p *Policy) stuck(a *Account, now time.Time) (Trouble, bool) {
	still := now.Sub(a.Fill.ProgressAt)
	if a.Fill.Complete || a.Fill.ProgressAt.IsZero() || a.PolledAt.IsZero() || p.staleRank(still) == AboveAll {
		return Trouble{}, false
	}
	return Trouble{Kind: "history stuck", Text: "The transaction history has not got further for " + Span(still) +
		": wallets are learning, or their daily spend comes from drops between balances. The log says why it cannot be read."}, true
}

// staleRank returns the rank of the longest StaleAfter that age has reached, or AboveAll.
func (p *Policy) staleRank(age time.Duration) int {
	rank := AboveAll
	for i, s := range p.StaleAfter {
		if age >= s.Age {
			rank = i
		}
	}
	return rank
}

// MonitorReceivers returns who must be told of the troubles, sorted: the receivers of the gravest one's level, and
// where receivers are themselves what is wrong, every other receiver of the policy. One that is broken is not told
// that it is, but goes on showing what else is wrong.
func (p *Policy) MonitorReceivers(troubles []Trouble) []string {
	var names, broken []string
	for _, t := range troubles {
		if t.Except != "" {
			broken = append(broken, t.Except)
		}
	}
	if len(broken) > 0 {
		names = slices.DeleteFunc(p.Receivers(), func(n string) bool { return slices.Contains(broken, n) })
	}
	if len(broken) < len(troubles) {
		names = append(names, p.StaleLevel(troubles[0].Rank).Notify...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// About says which troubles there are, for Display.
func About(troubles []Trouble) string {
	kinds := make([]string, 0, len(troubles))
	for _, t := range troubles {
		kinds = append(kinds, t.Kind)
	}
	slices.Sort(kinds)
	return strings.Join(kinds, ", ")
}

// StaleLevel returns the level that StaleAfter[rank] names, at which a trouble of that rank is reported.
func (p *Policy) StaleLevel(rank int) *Level {
	if rank < len(p.StaleAfter) {
		for i := range p.Levels {
			if p.Levels[i].Name == p.StaleAfter[rank].Level {
				return &p.Levels[i]
			}
		}
	}
	return &p.Levels[0]
}
