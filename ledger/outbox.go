package ledger

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/segmentio/ksuid"

	"walletwatch/wallet"
)

// Claim hands out the delivery to one of the receivers that is the most urgent and the longest due, for nobody else
// until a deadline. It returns nil when nothing is due.
func (l *Ledger) Claim(ctx context.Context, receivers []string, until time.Time) (*wallet.Delivery, error) {
	if err := l.refresh(ctx); err != nil {
		return nil, fmt.Errorf("looking for deliveries: %w", err)
	}
	for {
		name, ok := l.candidate(receivers)
		if !ok {
			return nil, nil
		}
		d, err := l.claim(ctx, name, receivers, until.UTC().Truncate(time.Millisecond))
		if d != nil || err != nil {
			return d, err
		}
	}
}

// refresh takes over what another process has stored, and finds out whether a database that failed works again.
func (l *Ledger) refresh(ctx context.Context) error {
	for name, mem := range l.accounts {
		changed, err := l.look(ctx, mem)
		if err != nil {
			return err
		}
		switch {
		case l.speaks(mem):
			err = l.update(ctx, name, func(*edit) error { return nil })
		case changed || mem.failing.Load():
			err = l.transact(ctx, name, func(e *edit) error {
				e.evaluateTouched()
				e.writes = mem.failing.Load()
				return nil
			})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// look reports whether another process has stored something. A database that does not answer in time fails; one that
// could not be asked in time, because somebody else did for long, need not.
func (l *Ledger) look(ctx context.Context, mem *account) (changed bool, err error) {
	mem.mu.Lock()
	defer mem.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return false, err
	}
	book, err := l.cfg.Store.Load(ctx, mem.name, mem.book, l.instant())
	if err != nil && !errors.Is(ctx.Err(), context.Canceled) {
		mem.failing.Store(true)
	}
	return book != mem.book, err
}

// candidate returns the account with the most urgent due delivery, as far as is known in memory.
func (l *Ledger) candidate(receivers []string) (string, bool) {
	now := l.instant()
	var best *wallet.Dispatch
	for _, mem := range l.accounts {
		if mem.standsBy.Load() {
			continue
		}
		mem.mu.Lock()
		d := dueFirst(mem.book, receivers, now)
		mem.mu.Unlock()
		if d != nil && (best == nil || d.Before(best)) {
			best = d
		}
	}
	if best == nil {
		return "", false
	}
	return best.Account, true
}

func dueFirst(b *wallet.Book, receivers []string, now time.Time) *wallet.Dispatch {
	var best *wallet.Dispatch
	for _, d := range b.Dispatches {
		if d.Due(now) && slices.Contains(receivers, d.Receiver) && (best == nil || d.Before(best)) {
			best = d
		}
	}
	return best
}

func (l *Ledger) claim(ctx context.Context, account string, receivers []string, until time.Time) (*wallet.Delivery, error) {
	var delivery *wallet.Delivery
	err := l.transact(ctx, account, func(e *edit) error {
		d := dueFirst(e.book, receivers, e.now)
		if d == nil || e.standsBy {
			return nil
		}
		claimed := d.Claimed(ksuid.New().String(), until)
		e.putDispatch(claimed)
		delivery = e.delivery(claimed)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("claiming a delivery: %w", err)
	}
	return delivery, nil
}

func (e *edit) delivery(d *wallet.Dispatch) *wallet.Delivery {
	delivery := &wallet.Delivery{
		Receiver: d.Receiver, Want: d.Want, Accepted: d.Accepted, Handle: d.Handle,
		Attempts: d.Attempts, DueAt: d.DueAt, Claim: d.Claim, Notice: e.notice(d, d.Want),
	}
	if d.Accepted.Firing && !d.Accepted.Since.Equal(d.Want.Since) {
		over := d.Accepted
		over.Firing = false
		previous := e.notice(d, over)
		previous.Occasion = wallet.Resolved
		delivery.Previous = &previous
	}
	return delivery
}

// Settle records what became of a claimed delivery. When the claim has expired and another has been made, the
// result is ignored, because whoever claimed last decides, and the receiver is told again what it should show.
func (l *Ledger) Settle(ctx context.Context, delivery *wallet.Delivery, r wallet.Result) error {
	r.At = r.At.UTC().Truncate(time.Millisecond)
	n := &delivery.Notice
	err := l.update(ctx, n.Account, func(e *edit) error {
		i := slices.IndexFunc(e.book.Dispatches, func(d *wallet.Dispatch) bool {
			return d.Key == n.Key && d.Receiver == delivery.Receiver
		})
		if i < 0 {
			return nil
		}
		switch d := e.book.Dispatches[i]; {
		case d.Claim != delivery.Claim:
			e.reassert(d, r)
			return nil
		case d.ClaimedUntil.IsZero(): // it was recorded before, by a commit whose outcome was unknown
			return nil
		}
		d := e.book.Dispatches[i].Settle(delivery.Want, r)
		e.settled(d)
		e.outcome(d, delivery.Want.Since)
		if r.Err == "" {
			e.supersede(d)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("recording a delivery: %w", err)
	}
	return nil
}

// reassert has a receiver told once more what it should show, because a delivery that ended after its claim had been
// taken over may have changed that since. A message that it made is the newest there is, and goes on from now on.
func (e *edit) reassert(d *wallet.Dispatch, r wallet.Result) {
	e.l.log.Warn("a delivery ended after its claim was taken over; the receiver is told again", "receiver", d.Receiver, "alert", d.DedupKey())
	again := d.Again(e.now)
	if r.Err == "" && r.Handle != "" {
		again.Handle = r.Handle
	}
	e.settled(again)
	e.due = true
}

// settled replaces the dispatch in the book that is evaluated, so that what follows from its outcome (a receiver
// that refuses, one that does no longer) is decided in the same transaction.
func (e *edit) settled(d *wallet.Dispatch) {
	e.putDispatch(d)
	e.book = e.book.Apply(&wallet.Change{Dispatches: []*wallet.Dispatch{d}}, e.book.Version)
}

// supersede notes that nothing of earlier episodes waits any more: what the receiver has accepted says that they are over.
func (e *edit) supersede(d *wallet.Dispatch) {
	told := *d
	told.Want, told.LastError = told.Accepted, ""
	for _, ep := range e.episodesOf(d.Wallet) {
		waits := func(o wallet.Outcome) bool { return o.Receiver == d.Receiver && o.State != wallet.Accepted }
		if ep.Since.Before(d.Accepted.Since) && slices.ContainsFunc(ep.Outcomes, waits) {
			e.outcome(&told, ep.Since)
		}
	}
}

// pending returns the deliveries that configured receivers have not accepted.
func pending(b *wallet.Book, s *Settings) []wallet.PendingAt {
	var all []wallet.PendingAt
	for _, d := range b.Dispatches {
		if !d.Settled() && slices.Contains(s.Receivers, d.Receiver) {
			all = append(all, wallet.PendingAt{Key: d.Key, Receiver: d.Receiver, DueAt: d.DueAt, Attempts: d.Attempts, LastError: d.LastError, Permanent: d.Permanent, Known: d.Known()})
		}
	}
	return all
}

// release makes jobs and deliveries free again that were claimed by a process that is known to have ended, so that a
// restart need not wait for their deadlines.
func (l *Ledger) release(ctx context.Context) error {
	if !l.cfg.Alone {
		return nil
	}
	for name := range l.accounts {
		if err := l.cfg.Store.Dismiss(ctx, name); err != nil {
			return err
		}
		err := l.transact(ctx, name, func(e *edit) error {
			for _, d := range e.book.Dispatches {
				if !d.ClaimedUntil.IsZero() {
					e.putDispatch(d.Claimed("", time.Time{}))
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("releasing the deliveries of a process that has ended: %w", err)
		}
	}
	return nil
}
