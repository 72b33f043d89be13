package ledger

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"walletwatch/wallet"
)

// edit is one transaction's work on an account: what the book was, and what changes.
type edit struct {
	l        *Ledger
	mem      *account
	settings *Settings
	policy   *wallet.Policy
	now      time.Time
	clock    time.Time    // now, as it was read: the time between two such is right also when the clock is set
	before   *wallet.Book // what this process knew
	book     *wallet.Book // what there is
	journal  wallet.Journal

	account    wallet.Account                   // as it becomes
	wallets    []*wallet.State                  // all, as they become, sorted by id
	owned      bool                             // wallets is no longer the book's own list
	dispatches map[dispatchKey]*wallet.Dispatch // those that change, as they become
	episodes   map[int64][]*wallet.Episode      // by wallet, as they become; nil: not needed yet
	changed    map[*wallet.Episode]bool         // those of episodes that are to be stored
	change     wallet.Change

	restarted bool                // the transactions are to be read again from the start
	polled    bool                // a poll has finished in this process, well or badly
	tried     bool                // a poll has finished since watching
	watching  time.Time           // since when the account is watched without a gap
	read      time.Time           // when a read of the API was last recorded, well or badly
	observed  map[observation]int // how many balances were learnt

	standsBy    bool // another configuration is in force
	writes      bool // something is stored in any case, to see whether it can be
	touchedOnly bool // only wallets that changed are evaluated

	present map[wallet.Key][]*wallet.Dispatch // those of the book, while evaluating
	view    wallet.AccountView                // what the book means after the change
	decided []decision
	due     bool     // deliveries became due
	told    []string // events that may repeat themselves and are written down
	asked   bool     // a poll is wanted before the next one is due
}

type dispatchKey struct {
	wallet   int64
	receiver string
}

// observation is how the metric tells balances that were learnt apart.
type observation struct {
	source wallet.Source
	result string
}

// update runs f on an account and evaluates it, in one transaction, and publishes what is then known.
func (l *Ledger) update(ctx context.Context, name string, f func(*edit) error) error {
	return l.transact(ctx, name, func(e *edit) error {
		if !e.standsBy {
			e.restart()
			if err := e.advance(); err != nil {
				return err
			}
		}
		if err := f(e); err != nil {
			return err
		}
		e.evaluate()
		return nil
	})
}

// transact runs f on an account in one transaction and publishes what is then known. Only what f changes is stored.
func (l *Ledger) transact(ctx context.Context, name string, f func(*edit) error) error {
	mem, err := l.account(name)
	if err != nil {
		return err
	}
	mem.mu.Lock()
	defer mem.mu.Unlock()
	var e *edit
	known := mem.book.Version
	book, err := l.cfg.Store.Update(ctx, name, mem.book, l.instant(), func(b *wallet.Book, j wallet.Journal) (*wallet.Change, error) {
		// The time is read once the account is ours: what others stored while we waited for it is not from the future.
		clock := l.now()
		now := stored(clock)
		settings := l.settings.Load()
		e = &edit{
			l: l, mem: mem, settings: settings, policy: settings.Policy, now: now, clock: clock, before: mem.book, book: b, journal: j,
			polled: mem.polled, tried: mem.tried, watching: mem.watching, read: mem.read,
			account: b.Account, wallets: b.Wallets, dispatches: map[dispatchKey]*wallet.Dispatch{}, observed: map[observation]int{},
		}
		e.mindTheClock()
		e.standsBy = !e.govern()
		if err := f(e); err != nil {
			return nil, err
		}
		return e.finish(), nil
	})
	switch {
	case err == nil && book.Version != known: // having nothing to store proves nothing
		mem.failing.Store(false)
	case err != nil && !errors.Is(err, wallet.ErrStandsBy) && !errors.Is(ctx.Err(), context.Canceled):
		mem.failing.Store(true)
	}
	if err != nil {
		return fmt.Errorf("recording: %w", err)
	}
	mem.book = recent(book, e.now)
	l.committed(e)
	return nil
}

// mindTheClock notices that time has jumped. After a jump ahead (the machine slept, or its clock was wrong), nobody
// could have read anything: the account counts as watched from now. After a jump back, what was noted in the future
// happened now at the latest.
func (e *edit) mindTheClock() {
	patience := e.policy.StaleAfter
	if last := e.mem.lastEdit; !last.IsZero() && len(patience) > 0 && e.now.Sub(last) >= patience[0].Age {
		e.tried, e.watching = false, e.now
	}
	if !e.setBack() {
		return
	}
	e.account.PolledAt = wallet.JustBefore(e.now)
	for _, at := range []*time.Time{&e.account.LedgerReadAt, &e.account.Fill.ProgressAt, &e.account.DropsSince} {
		if at.After(e.now) {
			*at = e.now
		}
	}
	for _, s := range e.wallets {
		if next, moved := s.NoLaterThan(e.now); moved {
			e.put(next)
		}
	}
}

// slack is how much the clocks may differ of processes that share a database: they go by the database's, which each
// knows but for the time that a question takes.
const slack = time.Second

// setBack reports whether the clock was set back: what was read last is from a time to come.
func (e *edit) setBack() bool { return e.account.PolledAt.After(e.now.Add(slack)) }

// same reports whether two lists are one and the same.
func same[T any](a, b []T) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}

// committed makes known what was stored.
func (l *Ledger) committed(e *edit) {
	for _, d := range e.decided {
		d.log(l.log)
	}
	for o, n := range e.observed {
		l.observations.WithLabelValues(e.account.Name, string(o.source), o.result).Add(float64(n))
	}
	for _, s := range e.change.Samples {
		e.mem.sampled[s.Wallet] = s.At
	}
	e.mem.polled, e.mem.tried, e.mem.watching, e.mem.lastEdit, e.mem.read = e.polled, e.tried, e.watching, e.now, e.read
	if e.view.Wallets != nil {
		e.mem.seen = seen{policy: e.policy, account: e.account, wallets: e.view.Wallets, states: e.wallets}
	}
	e.view.Account = e.mem.book.Account
	e.view.Polled = e.mem.polled
	if e.view.Wallets == nil {
		if last := e.mem.view.Load(); last != nil {
			e.view.Wallets, e.view.Faults = last.Wallets, last.Faults
		}
	}
	if last := e.mem.view.Load(); e.touchedOnly && same(e.before.Dispatches, e.mem.book.Dispatches) && same(e.before.Episodes, e.mem.book.Episodes) {
		e.view.Episodes, e.view.Pending = last.Episodes, last.Pending
	} else {
		e.view.Episodes, e.view.Pending = episodes(e.mem.book), pending(e.mem.book, e.settings)
	}
	e.mem.view.Store(&e.view)
	e.governed()
	l.publish()
	e.remember()
	if e.due {
		l.signal()
	}
}

// wallet returns the state of a wallet as it becomes, or nil.
func (e *edit) wallet(id int64) *wallet.State {
	if i, ok := e.position(id); ok {
		return e.wallets[i]
	}
	return nil
}

func (e *edit) position(id int64) (int, bool) {
	return slices.BinarySearchFunc(e.wallets, id, func(s *wallet.State, id int64) int { return cmp.Compare(s.ID, id) })
}

// put makes s the new state of its wallet.
func (e *edit) put(s *wallet.State) {
	if !e.owned {
		e.wallets, e.owned = slices.Clone(e.wallets), true
	}
	i, ok := e.position(s.ID)
	if !ok {
		e.wallets = slices.Insert(e.wallets, i, s)
		return
	}
	e.wallets[i] = s
}

// putDispatch makes d the new state of its wallet's dispatch to its receiver.
func (e *edit) putDispatch(d *wallet.Dispatch) { e.dispatches[dispatchKey{d.Wallet, d.Receiver}] = d }

// finish returns what is to be stored.
func (e *edit) finish() *wallet.Change {
	if e.writes || e.account != e.book.Account {
		e.change.Account = &e.account
	}
	before := e.book.Wallets
	for _, s := range e.wallets {
		if len(before) > 0 && before[0].ID == s.ID {
			old := before[0]
			if before = before[1:]; old == s {
				continue
			}
		}
		e.change.Wallets = append(e.change.Wallets, s)
	}
	for _, d := range e.dispatches {
		e.change.Dispatches = append(e.change.Dispatches, d)
	}
	for ep := range e.changed {
		e.change.Episodes = append(e.change.Episodes, ep)
	}
	return &e.change
}

func (e *edit) audit(id int64, event, detail string) {
	e.change.Audit = append(e.change.Audit, wallet.Audit{Wallet: id, At: e.now, Event: event, Detail: detail})
}

func (e *edit) observe(source wallet.Source, result string, n int) {
	e.observed[observation{source, result}] += n
}
