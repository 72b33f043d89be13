package wallet

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/shopspring/decimal"
)

// EpisodeMemory is how long an episode that has ended stays in a Book; older ones are only in the database.
const EpisodeMemory = 7 * Day

// Book is everything that is stored of one account, but for sums per minute and samples. It is immutable: a
// Change makes a new one.
type Book struct {
	Version    int64 // grows with every change
	Account    Account
	Wallets    []*State // sorted by id
	Dispatches []*Dispatch
	Episodes   []*Episode // firing, and resolved recently; newest first
}

// Wallet returns the state of a wallet, or nil.
func (b *Book) Wallet(id int64) *State {
	i, ok := slices.BinarySearchFunc(b.Wallets, id, func(s *State, id int64) int { return cmp.Compare(s.ID, id) })
	if !ok {
		return nil
	}
	return b.Wallets[i]
}

// Episode returns the episode of a wallet (0: of the monitor) that began at since, or nil.
func (b *Book) Episode(wallet int64, since time.Time) *Episode {
	for _, e := range b.Episodes {
		if e.Wallet == wallet && e.Since.Equal(since) {
			return e
		}
	}
	return nil
}

// Change is what one transaction changes in a Book. All of it is stored, or none.
type Change struct {
	Account    *Account // nil: as it was
	Wallets    []*State // new and changed ones
	Dispatches []*Dispatch
	Episodes   []*Episode
	Spend      []MinuteSpend // to be added to the stored sums
	DropSpend  []SpendSource // sources whose stored sums are dropped first
	Samples    []Sample
	Audit      []Audit
}

// Sample is a balance at a moment, kept for people who look back.
type Sample struct {
	Wallet  int64
	At      time.Time
	Balance decimal.Decimal
}

// Audit is one line of the trail that says why something was decided.
type Audit struct {
	Wallet int64 // 0: the account
	At     time.Time
	Event  string // one or two words, e.g. "level"
	Detail string // one clause, without secrets
}

// Empty reports whether there is nothing to store.
func (c *Change) Empty() bool {
	return c.Account == nil && len(c.Wallets) == 0 && len(c.Dispatches) == 0 && len(c.Episodes) == 0 &&
		len(c.Spend) == 0 && len(c.DropSpend) == 0 && len(c.Samples) == 0 && len(c.Audit) == 0
}

// Apply returns the book after the change, at the given version.
func (b *Book) Apply(c *Change, version int64) *Book {
	next := *b
	next.Version = version
	if c.Account != nil {
		next.Account = *c.Account
	}
	next.Wallets = merge(b.Wallets, c.Wallets, func(s *State) int64 { return s.ID }, cmp.Compare[int64])
	next.Dispatches = merge(b.Dispatches, c.Dispatches, dispatchKey, compareDispatchKeys)
	next.Episodes = merge(b.Episodes, c.Episodes, episodeKey, compareEpisodeKeys)
	return &next
}

type dispatchID struct {
	wallet   int64
	receiver string
}

func dispatchKey(d *Dispatch) dispatchID { return dispatchID{d.Wallet, d.Receiver} }

func compareDispatchKeys(a, b dispatchID) int {
	return cmp.Or(cmp.Compare(a.wallet, b.wallet), cmp.Compare(a.receiver, b.receiver))
}

type episodeID struct {
	since  int64
	wallet int64
}

func episodeKey(e *Episode) episodeID { return episodeID{e.Since.UnixMilli(), e.Wallet} }

// compareEpisodeKeys puts the newest first.
func compareEpisodeKeys(a, b episodeID) int {
	return cmp.Or(cmp.Compare(b.since, a.since), cmp.Compare(a.wallet, b.wallet))
}

// merge returns old with the changed ones put in, sorted by key. Neither argument is changed.
func merge[T any, K comparable](old, changed []T, key func(T) K, compare func(a, b K) int) []T {
	if len(changed) == 0 {
		return old
	}
	byKey := make(map[K]T, len(changed))
	for _, c := range changed {
		byKey[key(c)] = c
	}
	out := make([]T, 0, len(old)+len(changed))
	for _, o := range old {
		k := key(o)
		if c, ok := byKey[k]; ok {
			o = c
			delete(byKey, k)
		}
		out = append(out, o)
	}
	if len(byKey) == 0 {
		return out
	}
	out = slices.AppendSeq(out, maps.Values(byKey))
	slices.SortFunc(out, func(a, b T) int { return compare(key(a), key(b)) })
	return out
}
