package poller

import (
	"context"
	"time"

	"walletwatch/octopus"
	"walletwatch/wallet"
)

// fill counts the history from where it was left, page by page towards the start of the window, until it is there
// or the deadline has passed. New rows push the pages down meanwhile: rows are then met twice and counted once.
func (r *reader) fill(ctx context.Context, deadline time.Time) error {
	cursor, err := r.cfg.Movements.Cursor(r.name)
	if err != nil || cursor.Fill.Complete {
		return err
	}
	page, err := r.locate(ctx, cursor.Fill.Reached)
	if err != nil {
		return err
	}
	reached := cursor.Fill.Reached
	for ; ; page++ {
		p, err := r.api.Transactions(ctx, page, manyRows)
		if err != nil {
			return err
		}
		progress := wallet.Progress{FillDone: !p.More || len(p.Rows) == 0}
		var known time.Time
		if !reached.IsZero() {
			known = reached.Add(wallet.Overlap)
		}
		if len(p.Rows) > 0 && (reached.IsZero() || oldest(p).Before(reached)) {
			reached = oldest(p)
			progress.FillReached = reached
			progress.FillDone = progress.FillDone || reached.Before(cursor.Fill.Target)
		}
		if err := r.cfg.Movements.RecordMovements(ctx, r.name, movements(p, time.Time{}, known), progress); err != nil || progress.FillDone {
			return err
		}
		if !time.Now().Before(deadline) {
			r.log.Info("still reading the transaction history", "back_to", reached, "needed_back_to", cursor.Fill.Target)
			return nil
		}
	}
}

// locate returns a page at or just before the one that holds the first row created at or before a time, by halving
// the range of pages. The zero time is on the first page.
func (r *reader) locate(ctx context.Context, at time.Time) (int, error) {
	if at.IsZero() {
		return 1, nil
	}
	low, high := 1, 0
	for high == 0 || low < high {
		middle := low
		if high > 0 {
			middle = low + (high-low)/2
		}
		p, err := r.api.Transactions(ctx, middle, manyRows)
		if err != nil {
			return 0, err
		}
		if high == 0 {
			high = max(p.TotalPages, 1)
		}
		if len(p.Rows) > 0 && oldest(p).After(at) && p.More {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return max(low-1, 1), nil
}

// Transactions that stay pending are looked for again every recheckEvery, in at most recheckPlaces of the history
// at a time, so that many of them cannot use up the quota.
const (
	recheckEvery  = 10 * time.Minute
	recheckPlaces = 10
)

// readPending looks again at the transactions that were pending and are too old to be met among the new ones.
func (r *reader) readPending(ctx context.Context) error {
	now := r.cfg.Now()
	if now.Sub(r.recheck) < recheckEvery {
		return nil
	}
	pending, err := r.cfg.Movements.Pending(ctx, r.name)
	if err != nil {
		return err
	}
	r.recheck = now
	for place := 0; len(pending) > 0 && place < recheckPlaces; place++ {
		newest := pending[len(pending)-1].CreatedAt
		page, err := r.locate(ctx, newest)
		if err != nil {
			return err
		}
		// At most the page that was found and its neighbours are read for one row; what else is pending on them is met too.
		left, err := r.settle(ctx, page, pending)
		if err != nil {
			return err
		}
		if len(left) == len(pending) {
			left = pending[:len(pending)-1]
		}
		pending = left
	}
	return nil
}

// settle reads a page and the next two, records what has become of the pending transactions on them, and returns
// those that were not on them.
func (r *reader) settle(ctx context.Context, page int, pending []wallet.PendingMovement) ([]wallet.PendingMovement, error) {
	wanted := make(map[int64]bool, len(pending))
	for _, p := range pending {
		wanted[p.ID] = true
	}
	for range 3 {
		p, err := r.api.Transactions(ctx, page, manyRows)
		if err != nil {
			return nil, err
		}
		var found []octopus.Transaction
		for _, t := range p.Rows {
			if wanted[t.ID] {
				found = append(found, t)
				delete(wanted, t.ID)
			}
		}
		p.Rows = found
		if err := r.cfg.Movements.RecordMovements(ctx, r.name, movements(p, time.Time{}, time.Time{}), wallet.Progress{}); err != nil {
			return nil, err
		}
		if !p.More {
			break
		}
		page++
	}
	left := pending[:0:0]
	for _, p := range pending {
		if wanted[p.ID] {
			left = append(left, p)
		}
	}
	return left, nil
}
