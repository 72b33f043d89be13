package web

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"walletwatch/wallet"
)

// reading is one wallet as it stands at a moment. The snapshot was judged when it was published; time has passed
// since, so freshness is judged again. Page, JSON and metrics all read it, so they cannot disagree.
type reading struct {
	*wallet.Wallet
	fresh bool          // the balance may be shown as current
	shown string        // a configured level, ok, learning, or unknown whenever the balance is not fresh
	why   string        // one clause that explains shown
	age   time.Duration // of the balance; means nothing when it was never read
}

func read(p *wallet.Policy, w *wallet.Wallet, now time.Time) reading {
	r := reading{Wallet: w, fresh: p.Fresh(&w.State, now), shown: w.Shown, why: w.Reason}
	r.age = max(0, now.Sub(w.ObservedAt))
	if r.fresh || w.Shown == wallet.Unknown {
		return r
	}
	r.shown = wallet.Unknown
	switch {
	case w.Doubt != "":
		r.why = w.Doubt
	case r.neverRead():
		r.why = "its balance was never read"
	default:
		r.why = "its balance was last read " + wallet.Span(r.age) + " ago"
	}
	return r
}

func (r reading) neverRead() bool { return r.ObservedAt.IsZero() }

// heard reports whether the balance is from order responses or webhooks rather than from a poll.
func (r reading) heard() bool { return !r.neverRead() && r.Source != wallet.FromPoll }

// asking reports whether news that no poll has confirmed says that the wallet is worse than polls do.
func (r reading) asking() bool { return !r.Suspect.IsZero() }

func (r reading) spendKnown() bool {
	return r.SpendSource != "" && r.SpendSource != wallet.SpendFromNone
}

// runway is unknown for a balance that is not current, whatever it was.
func (r reading) runway() (time.Duration, bool) { return r.Runway, r.fresh && r.HasRunway }

// readings returns every wallet as it stands at now, by account and id.
func readings(source Source, now time.Time) []reading {
	policy, all := source.Policy(), []reading{}
	for _, a := range source.Snapshot().Accounts {
		for _, w := range a.Wallets {
			all = append(all, read(policy, w, now))
		}
	}
	slices.SortFunc(all, func(a, b reading) int {
		return cmp.Or(cmp.Compare(a.Account, b.Account), cmp.Compare(a.ID, b.ID))
	})
	return all
}

// find returns the wallet that a path names; false if there is none.
func find(snapshot *wallet.Snapshot, account, id string) (*wallet.AccountView, *wallet.Wallet, bool) {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return nil, nil, false
	}
	for i := range snapshot.Accounts {
		a := &snapshot.Accounts[i]
		if a.Name != account {
			continue
		}
		for _, w := range a.Wallets {
			if w.ID == n {
				return a, w, true
			}
		}
	}
	return nil, nil, false
}

// episodes returns the alerts of every account: firing first, the newest at the top, then resolved, the last
// resolved at the top.
func episodes(snapshot *wallet.Snapshot) []wallet.Episode {
	var all []wallet.Episode
	for _, a := range snapshot.Accounts {
		all = append(all, a.Episodes...)
	}
	slices.SortStableFunc(all, func(a, b wallet.Episode) int {
		return cmp.Or(
			cmp.Compare(rank(&a), rank(&b)),
			b.ResolvedAt.Compare(a.ResolvedAt),
			b.Since.Compare(a.Since),
			cmp.Compare(a.Account, b.Account),
			cmp.Compare(a.Wallet, b.Wallet),
		)
	})
	return all
}

func firing(e *wallet.Episode) bool { return e.ResolvedAt.IsZero() }

func rank(e *wallet.Episode) int {
	if firing(e) {
		return 0
	}
	return 1
}

// levelNames returns every level that the policy configures for anything, each once, mildest first as far as the
// lists agree.
func levelNames(p *wallet.Policy) []string {
	var names []string
	add := func(name string) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, l := range p.Levels {
		add(l.Name)
	}
	for _, r := range p.Rules {
		for _, l := range r.Levels {
			add(l.Name)
		}
	}
	for _, s := range p.StaleAfter {
		add(s.Level)
	}
	return names
}
