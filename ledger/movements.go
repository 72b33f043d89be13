package ledger

import (
	"context"
	"fmt"
	"time"

	"walletwatch/wallet"
)

// pendingKept is how long a pending transaction is looked at again beyond the window: afterwards it could no longer
// change the daily spend.
const pendingKept = wallet.Day

// Cursor returns how far the transactions of an account have been read.
func (l *Ledger) Cursor(name string) (wallet.Cursor, error) {
	mem, err := l.account(name)
	if err != nil {
		return wallet.Cursor{}, err
	}
	mem.mu.Lock()
	defer mem.mu.Unlock()
	a := &mem.book.Account
	return wallet.Cursor{Ready: len(mem.book.Wallets) > 0, Newest: a.LedgerNewest, Fill: a.Fill}, nil
}

// RecordMovements counts transactions, each at most once however often it is read, and notes the progress made.
func (l *Ledger) RecordMovements(ctx context.Context, name string, movements []wallet.Movement, p wallet.Progress) error {
	err := l.record(ctx, name, func(e *edit) error {
		if e.restarted {
			return nil // they are read again
		}
		if err := e.progress(p); err != nil {
			return err
		}
		counted, err := e.journal.Count(movements)
		if err != nil {
			return err
		}
		for i := range counted {
			if counted[i].Counts() {
				e.count(&counted[i])
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("recording transactions of %s: %w", name, err)
	}
	return nil
}

func (e *edit) count(m *wallet.Movement) {
	minute := wallet.Minute(m.CreatedAt)
	row := wallet.MinuteSpend{Wallet: m.Wallet, Minute: minute, Amount: e.policy.Spend.Spent(m), Source: wallet.SpendFromLedger}
	s := e.wallet(m.Wallet)
	if s == nil {
		// A wallet that no poll has listed yet: its sums are kept and found when it is.
		e.change.Spend = append(e.change.Spend, row)
		return
	}
	if s.FirstMovement.IsZero() || minute.Before(s.FirstMovement) {
		next := *s
		next.FirstMovement = minute
		s = &next
		e.put(s)
	}
	if minute.Before(e.account.Fill.Target) {
		return
	}
	if next := e.spend(s, row); next != s {
		e.put(next)
	}
}

// progress notes what a page completes, and moves the window on accordingly.
func (e *edit) progress(p wallet.Progress) error {
	a := &e.account
	// A page of a fill that a restart has overtaken completes nothing: the rows before it were forgotten.
	filling := p.FillTarget.Equal(a.Fill.Target)
	if filling && !p.FillReached.IsZero() {
		a.Fill.Reached, a.Fill.ProgressAt = p.FillReached.UTC().Truncate(time.Millisecond), e.now
	}
	if !p.ReadAt.IsZero() {
		e.readable()
		a.LedgerReadAt = p.ReadAt.UTC().Truncate(time.Millisecond)
	}
	// A row from the future must not hide those that come before it.
	if newest := earlier(p.Newest, e.now); newest.After(a.LedgerNewest) {
		a.LedgerNewest = newest.UTC().Truncate(time.Millisecond)
	}
	filled := filling && p.FillDone && !a.Fill.Complete
	if filled {
		a.Fill.Complete, a.Fill.Ever = true, true
		e.audit(0, "spend", "the transactions of the whole window are counted")
	}
	back := a.SpendSource == wallet.SpendFromBalance && a.Fill.Complete && (filled || !p.ReadAt.IsZero())
	if back {
		a.SpendSource, a.DropsSince = wallet.SpendFromLedger, time.Time{}
		e.change.DropSpend = append(e.change.DropSpend, wallet.SpendFromBalance)
		e.audit(0, "spend", "transactions can be read again: daily spend comes from them")
		e.l.log.Info("daily spend comes from the vendor's transactions again", "account", a.Name)
	}
	if filled || back {
		return e.rebuild()
	}
	return e.advance()
}

// readable begins the fill's time or, after a pause in which nothing could be read, goes on with it: the history
// could not get on meanwhile.
func (e *edit) readable() {
	a := &e.account
	switch {
	case a.Fill.ProgressAt.IsZero() || a.LedgerReadAt.IsZero():
		a.Fill.ProgressAt = e.now
	case !a.Fill.Complete && e.stale(a.LedgerReadAt):
		a.Fill.ProgressAt = earlier(a.Fill.ProgressAt.Add(e.now.Sub(a.LedgerReadAt)), e.now)
	}
}

// stale reports whether what was read last at a time is out of date by the mildest stale_after.
func (e *edit) stale(last time.Time) bool {
	patience := e.policy.StaleAfter
	return len(patience) > 0 && e.now.Sub(last) >= patience[0].Age
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// MovementsFailed records that transactions could not be read. Where they are not available at all, or the reading got
// no further for as long as the mildest stale_after, daily spend comes from drops between balances until it does:
// until new transactions are read or, where the history is not complete, until that is.
func (l *Ledger) MovementsFailed(ctx context.Context, name string, unavailable bool, why string) error {
	err := l.record(ctx, name, func(e *edit) error {
		a := &e.account
		last := a.LedgerReadAt
		if !a.Fill.Complete && !a.Fill.ProgressAt.IsZero() {
			last = a.Fill.ProgressAt
		}
		if last.IsZero() {
			last = a.CreatedAt
		}
		stale := e.stale(last)
		if a.SpendSource == wallet.SpendFromBalance || (!unavailable && !stale) {
			return nil
		}
		a.SpendSource, a.DropsSince = wallet.SpendFromBalance, e.now
		e.audit(0, "spend", "transactions cannot be read: daily spend comes from drops between balances")
		e.l.log.Warn("transactions cannot be read: daily spend comes from drops between balances", "account", a.Name, "why", why)
		return e.rebuild()
	})
	if err != nil {
		return fmt.Errorf("recording that the transactions of %s cannot be read: %w", name, err)
	}
	return nil
}

// Pending returns the transactions of an account that may still become completed, the oldest first.
func (l *Ledger) Pending(ctx context.Context, name string) ([]wallet.PendingMovement, error) {
	return l.cfg.Store.Pending(ctx, name)
}

// Forget deletes what is no longer needed of every account.
func (l *Ledger) Forget(ctx context.Context) error {
	now := l.instant()
	policy := l.Policy()
	for name, mem := range l.accounts {
		mem.mu.Lock()
		a := mem.book.Account
		mem.mu.Unlock()
		if err := l.cfg.Store.Forget(ctx, name, retention(&a, policy, now)); err != nil {
			return err
		}
	}
	return nil
}

// retention keeps spend for the window, a gap in it and a day, samples for 90 days (one an hour after a week), and the ids of
// transactions only where pages are read again: near the newest row, and near the row a fill has reached.
func retention(a *wallet.Account, p *wallet.Policy, now time.Time) wallet.Retention {
	const kept = 90 * wallet.Day
	r := wallet.Retention{
		SpendBefore:    wallet.Minute(now).Add(-p.Spend.Window - a.Gap() - wallet.Day),
		PendingBefore:  now.Add(-p.Spend.Window - pendingKept),
		SamplesBefore:  now.Add(-kept),
		ThinBefore:     now.Add(-7 * wallet.Day),
		EpisodesBefore: now.Add(-kept),
		OrdersBefore:   now.Add(-wallet.OrderMemory),
		EventsBefore:   now.Add(-wallet.EventMemory),
	}
	if !a.LedgerNewest.IsZero() {
		r.SeenUpTo = a.LedgerNewest.Add(-2 * wallet.Overlap)
	}
	if !a.Fill.Complete && !a.Fill.Reached.IsZero() {
		r.SeenFrom = a.Fill.Reached.Add(2 * wallet.Overlap)
	}
	if !a.Fill.Complete && a.Fill.Reached.IsZero() {
		r.SeenUpTo = time.Time{}
	}
	return r
}
