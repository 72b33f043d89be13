package ledger

import (
	"context"
	"time"

	"walletwatch/wallet"
)

// Processes that share a database may go by different configurations: a changed file reaches one before the other, a
// canary tries another one, a new version comes while the old one runs. If each decided by its own, they would undo each
// other's levels, and every change would be told. So one configuration is in force for an account, and whoever goes by
// another stands by: it takes in what it hears and shows what is known, but does not read the API, decide or deliver.
//
// A configuration stays in force while any process that goes by it says so, and comes into force when it is loaded by a
// process that runs (Apply), or when the one before has not been spoken for any more.

// leaseFor is how long a configuration stays in force after a process that goes by it said so last.
const leaseFor = 30 * time.Second

// govern reports whether this process goes by the configuration in force, and sees to it that it stays in force.
func (e *edit) govern() bool {
	a, mine := &e.account, e.settings.Mark
	left := a.PolicyUntil.Sub(e.now)
	switch {
	case mine == "":
		return true
	case a.Policy == mine && (e.l.cfg.Alone || left >= leaseFor/2 && left <= leaseFor+slack):
		return true
	case a.Policy == mine, e.l.cfg.Alone, e.mem.adopts, expired(a, e.now):
		a.Policy, a.PolicyUntil = mine, e.now.Add(leaseFor)
		return true
	}
	return false
}

// expired reports whether nobody speaks for the configuration in force any more. What was written by a clock that has
// been set back since holds nothing up.
func expired(a *wallet.Account, now time.Time) bool {
	return !a.PolicyUntil.After(now) || a.PolicyUntil.Sub(now) > leaseFor+slack
}

// speaks reports whether it is time for this process to say that its configuration is in force, or to make it so.
func (l *Ledger) speaks(mem *account) bool {
	mark, now := l.settings.Load().Mark, l.instant()
	if mark == "" || l.cfg.Alone {
		return false
	}
	mem.mu.Lock()
	defer mem.mu.Unlock()
	a := &mem.book.Account
	return expired(a, now) || a.Policy == mark && a.PolicyUntil.Sub(now) < leaseFor/2
}

// InForce reports whether this process goes by the configuration that is in force for all its accounts.
func (l *Ledger) InForce() bool {
	for _, mem := range l.accounts {
		if mem.standsBy.Load() {
			return false
		}
	}
	return true
}

// governed notes whether the process stands by after an edit, and tells when that changes.
func (e *edit) governed() {
	e.mem.adopts = false
	switch was := e.mem.standsBy.Swap(e.standsBy); {
	case e.standsBy && !was:
		e.l.log.Warn("another thresholds.yaml, or another version of walletwatch, is in force: this process stands by until nobody goes by that one any more", "account", e.account.Name)
	case was && !e.standsBy:
		e.l.log.Info("this process decides again: its thresholds.yaml and version are in force", "account", e.account.Name)
	}
}

// record is update for what only a process may record that goes by the configuration in force.
func (l *Ledger) record(ctx context.Context, name string, f func(*edit) error) error {
	return l.update(ctx, name, func(e *edit) error {
		if e.standsBy {
			return wallet.ErrStandsBy
		}
		return f(e)
	})
}
