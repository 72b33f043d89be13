package poller

import (
	"context"
	"slices"
	"time"

	"walletwatch/octopus"
	"walletwatch/wallet"
)

// Transactions that stay pending are looked for again every recheckEvery, in at most recheckPlaces of the history
// at a time, so that many of them cannot use up the quota.
const (
	recheckEvery  = 10 * time.Minute
	recheckPlaces = 10
)

// recheck remembers when and where pending transactions were looked for last.
type recheck struct {
	at   time.Time
	upTo time.Time // those created up to then come next; zero: all of them
}

// readPending looks again at the transactions that were pending and are too old to be met among the new ones, from the
// newest back. Those for which there were too many places come first the next time.
func (r *reader) readPending(ctx context.Context) error {
	now := r.cfg.Now()
	if now.Sub(r.recheck.at) < recheckEvery {
		return nil
	}
	pending, err := r.cfg.Movements.Pending(ctx, r.name)
	if err != nil {
		return err
	}
	left := createdUpTo(pending, r.recheck.upTo)
	if r.recheck.upTo.IsZero() || len(left) == 0 {
		left = pending
	}
	r.recheck = recheck{at: now}
	for range recheckPlaces {
		if len(left) == 0 {
			return nil
		}
		end, err := r.settle(ctx, left[len(left)-1].CreatedAt, pending)
		if err != nil {
			return err
		}
		left = createdUpTo(left, end)
	}
	if len(left) > 0 {
		r.recheck.upTo = left[len(left)-1].CreatedAt
	}
	return nil
}

// createdUpTo returns the first of the pending transactions, which are sorted by time.
func createdUpTo(pending []wallet.PendingMovement, at time.Time) []wallet.PendingMovement {
	i := slices.IndexFunc(pending, func(p wallet.PendingMovement) bool { return p.CreatedAt.After(at) })
	if i < 0 {
		return pending
	}
	return pending[:i]
}

// settle reads the pages that hold what was created at a time, records what has become of the pending transactions on
// them, and returns the earlier time up to which others may still be found on the pages behind.
func (r *reader) settle(ctx context.Context, at time.Time, pending []wallet.PendingMovement) (time.Time, error) {
	wanted := make(map[int64]bool, len(pending))
	for _, p := range pending {
		wanted[p.ID] = true
	}
	page, err := r.locate(ctx, at)
	if err != nil {
		return at, err
	}
	gone := at.Add(-time.Nanosecond)
	for ; ; page++ {
		p, err := r.api.Transactions(ctx, page, manyRows)
		if err != nil || len(p.Rows) == 0 {
			return gone, err
		}
		end := oldest(p)
		p.Rows = slices.DeleteFunc(p.Rows, func(t octopus.Transaction) bool { return !wanted[t.ID] })
		err = r.cfg.Movements.RecordMovements(ctx, r.name, movements(p, time.Time{}, time.Time{}), wallet.Progress{})
		if err != nil || end.Before(at) {
			return end, err
		}
		if !p.More {
			return gone, nil
		}
	}
}
