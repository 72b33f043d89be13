package ledger

import (
	"context"
	"fmt"
	"time"

	"walletwatch/wallet"
)

// sampleEvery is how often a changing balance is kept for people who look back.
const sampleEvery = 15 * time.Minute

// Doubtful reports whether a poll says something that a second read must confirm before it is recorded.
func (l *Ledger) Doubtful(poll *wallet.Poll) bool {
	mem, err := l.account(poll.Account)
	if err != nil {
		return false
	}
	mem.mu.Lock()
	defer mem.mu.Unlock()
	return len(wallet.Doubts(mem.book.Wallets, poll, false)) > 0
}

// RecordPoll records a complete answer of the wallets endpoint. Set confirming when it is the second read of a
// Doubtful one. What cannot be believed is recorded as unknown: never a breach, never a recovery. A poll older
// than the last one recorded is ignored.
func (l *Ledger) RecordPoll(ctx context.Context, poll *wallet.Poll, confirming bool) error {
	err := l.record(ctx, poll.Account, func(e *edit) error {
		e.polled, e.tried = true, true
		sent := poll.SentAt.UTC().Truncate(time.Millisecond)
		clockSetBack := e.book.Account.PolledAt.After(e.now.Add(slack))
		if !sent.After(e.account.PolledAt) && !clockSetBack {
			e.observe(wallet.FromPoll, "ignored", len(poll.Readings))
			return nil
		}
		e.read = e.clock
		doubts := wallet.Doubts(e.book.Wallets, poll, confirming)
		if len(poll.Readings) > 0 || len(e.book.Wallets) == 0 {
			e.account.PolledAt = sent
		}
		e.account.Fault = wallet.Fault{}
		if len(poll.Readings) == 0 && len(e.book.Wallets) > 0 {
			e.account.Fault = e.fault(wallet.FaultUnavailable, "the API lists no wallets")
		}
		created := false
		for i := range poll.Readings {
			r := &poll.Readings[i]
			created = created || e.book.Wallet(r.ID) == nil
			if why := doubts[r.ID]; why == "" || e.book.Wallet(r.ID) == nil {
				e.believe(r, sent)
			}
		}
		e.doubt(doubts)
		if created {
			return e.rebuild()
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("recording a poll of %s: %w", poll.Account, err)
	}
	return nil
}

// believe takes over a trusted reading. A wallet whose balance is as it was costs no write: the account's time of
// the last poll says that it is fresh.
func (e *edit) believe(r *wallet.Reading, sent time.Time) {
	old := e.wallet(r.ID)
	if r.Balance == nil {
		e.put(old.Observe(e.account.Name, r, sent))
		return
	}
	e.observe(wallet.FromPoll, "accepted", 1)
	if old != nil && old.Same(r) && !old.ObservedAt.After(sent) {
		return
	}
	next := old.Observe(e.account.Name, r, sent)
	if old != nil && !old.ReadAt.IsZero() && e.account.SpendSource == wallet.SpendFromBalance {
		if drop := old.Read.Sub(next.Read); drop.Sign() > 0 {
			next = e.spend(next, wallet.MinuteSpend{Wallet: r.ID, Minute: wallet.Minute(sent), Amount: drop, Source: wallet.SpendFromBalance})
		}
	}
	if old != nil && len(old.News) > 0 {
		e.compare(old, r, next)
	}
	if old != nil && old.Doubt != "" {
		e.audit(r.ID, "trusted", "the balance can be read again")
	}
	e.put(next)
	if last, ok := e.mem.sampled[r.ID]; !ok || sent.Sub(last).Abs() >= sampleEvery {
		e.change.Samples = append(e.change.Samples, wallet.Sample{Wallet: r.ID, At: sent, Balance: next.Read})
	}
}

func (e *edit) doubt(doubts map[int64]string) {
	for id, why := range doubts {
		s := e.wallet(id)
		if s == nil {
			continue
		}
		e.observe(wallet.FromPoll, "doubted", 1)
		if s.Doubt == why {
			continue
		}
		e.put(s.Doubted(why, e.now))
		e.audit(id, "doubted", why)
		e.l.log.Warn("balance in doubt", "account", e.account.Name, "wallet", id, "why", why)
	}
}

// fault is a fault that began with the first failure in a row.
func (e *edit) fault(kind wallet.FaultKind, message string) wallet.Fault {
	since := e.book.Account.Fault.Since
	if e.book.Account.Fault.Kind == wallet.NoFault {
		since = e.now
	}
	return wallet.Fault{Kind: kind, Message: message, Since: since}
}

// PollFailed records that an account could not be read by a request that was sent at a time. A failure that is older than
// a good answer, which another process may have had, says nothing. The first failure in a row keeps its time.
func (l *Ledger) PollFailed(ctx context.Context, name string, sent time.Time, kind wallet.FaultKind, message string) error {
	err := l.record(ctx, name, func(e *edit) error {
		e.polled, e.tried = true, true
		if e.account.PolledAt.After(stored(sent)) && !e.setBack() {
			return nil
		}
		e.read = e.clock
		e.account.Fault = e.fault(kind, message)
		return nil
	})
	if err != nil {
		return fmt.Errorf("recording a failed poll of %s: %w", name, err)
	}
	return nil
}
