package poller

import (
	"context"
	"time"

	"walletwatch/wallet"
)

// fill counts the history from where it was left, page by page towards the start of the window, until it is there
// or the deadline has passed. However long everything else took, it gets half an interval and some way ahead, so that
// it comes to an end. New rows push the pages down meanwhile: rows are then met twice and counted once.
func (r *reader) fill(ctx context.Context, deadline time.Time) error {
	cursor, err := r.cfg.Movements.Cursor(r.name)
	if err != nil || cursor.Fill.Complete {
		return err
	}
	page, err := r.resume(ctx, cursor.Fill.Reached)
	if err != nil {
		return err
	}
	deadline = latest(deadline, time.Now().Add(r.cfg.Every/2))
	for fill := cursor.Fill; ; page++ {
		r.filling = page
		done, err := r.fillPage(ctx, page, &fill)
		if err != nil || done {
			return err
		}
		if !time.Now().Before(deadline) && fill.Reached != cursor.Fill.Reached {
			r.log.Info("still reading the transaction history", "back_to", fill.Reached, "needed_back_to", fill.Target)
			return nil
		}
	}
}

// resume returns the page where the history goes on: the one that this process asked for last if the place is still
// there, which saves looking for it.
func (r *reader) resume(ctx context.Context, reached time.Time) (int, error) {
	if !reached.IsZero() && r.filling > 0 {
		p, err := r.api.Transactions(ctx, r.filling, manyRows)
		if err != nil {
			return 0, err
		}
		if len(p.Rows) > 0 && !p.Rows[0].CreatedAt.Before(reached) && !oldest(p).After(reached) {
			return r.filling, nil
		}
	}
	return r.locate(ctx, reached)
}

// fillPage counts one page of the history, takes fill along, and reports whether there is nothing more to do.
func (r *reader) fillPage(ctx context.Context, page int, fill *wallet.Fill) (done bool, err error) {
	p, err := r.page(ctx, page, manyRows)
	if err != nil {
		return false, err
	}
	progress := wallet.Progress{FillTarget: fill.Target, FillDone: !p.More || len(p.Rows) == 0}
	var known time.Time
	if !fill.Reached.IsZero() {
		known = fill.Reached.Add(wallet.Overlap)
	}
	if len(p.Rows) > 0 && (fill.Reached.IsZero() || oldest(p).Before(fill.Reached)) {
		fill.Reached = oldest(p)
		progress.FillReached = fill.Reached
		progress.FillDone = progress.FillDone || fill.Reached.Before(fill.Target)
	}
	return progress.FillDone, r.cfg.Movements.RecordMovements(ctx, r.name, movements(p, time.Time{}, known), progress)
}

// locate returns a page at or just before the one that holds the first row created at or before a time, by halving
// the range of pages. The zero time is on the first page.
func (r *reader) locate(ctx context.Context, at time.Time) (int, error) {
	if at.IsZero() {
		return 1, nil
	}
	low, high := 1, 0 // the page lies between them; high 0: there is no end yet
	for middle := 1; high == 0 || low < high; middle = between(low, high) {
		p, err := r.api.Transactions(ctx, middle, manyRows)
		if err != nil {
			return 0, err
		}
		if len(p.Rows) == 0 || !p.More || !oldest(p).After(at) {
			high = middle
			continue
		}
		low = middle + 1
		if high == 0 && p.TotalPages >= low {
			high = p.TotalPages
		}
	}
	return max(low-1, 1), nil
}

// between returns the page to look at next: the one in the middle or, without an end, one twice as far.
func between(low, high int) int {
	if high == 0 {
		return 2 * (low - 1)
	}
	return low + (high-low)/2
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
