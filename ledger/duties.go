package ledger

import (
	"context"
	"fmt"
	"time"

	"walletwatch/wallet"
)

// lookAgain is how long a process that stands by waits until it asks for its turn again.
const lookAgain = 5 * time.Second

// Take claims a job of an account for the one who asks, if it is due and in nobody's hands; a process that stands by gets no
// turn. An account whose balances another process has just read counts as polled.
func (l *Ledger) Take(ctx context.Context, d wallet.Duty) (wallet.Turn, error) {
	mem, err := l.account(d.Account)
	if err != nil {
		return wallet.Turn{}, err
	}
	turn := wallet.Turn{Again: d.Now.Add(lookAgain), Done: true}
	if !mem.standsBy.Load() {
		if turn, err = l.cfg.Store.Take(ctx, d); err != nil {
			return wallet.Turn{}, fmt.Errorf("asking whose turn it is: %w", err)
		}
	}
	mem.mu.Lock()
	news := turn.Done && d.Job == wallet.ReadBalances && !(mem.polled && mem.tried)
	mem.mu.Unlock()
	if !news {
		return turn, nil
	}
	err = l.update(ctx, d.Account, func(e *edit) error {
		e.polled, e.tried = true, true
		return nil
	})
	return turn, err
}

// Finish ends a claim that Take granted: the job is due again at next.
func (l *Ledger) Finish(ctx context.Context, d wallet.Duty, next time.Time) error {
	if err := l.cfg.Store.Finish(ctx, d, next); err != nil {
		return fmt.Errorf("ending a turn: %w", err)
	}
	return nil
}
