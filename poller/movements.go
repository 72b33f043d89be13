package poller

import (
	"context"
	"errors"
	"fmt"
	"time"

	"walletwatch/octopus"
	"walletwatch/wallet"
)

// Rows asked for at once: few when only what is new is wanted, many when much is missing. The vendor allows 10,000.
const (
	newRows  = 500
	manyRows = 5000
)

// readMovements reads the account's new transactions, then goes on with its history and looks again at those that
// were pending. What it could not read is left to the next run.
func (r *reader) readMovements(ctx context.Context) {
	deadline := time.Now().Add(r.cfg.allowance())
	if r.read && !sleep(ctx, r.cfg.grace()) {
		return
	}
	r.read = true
	r.inTurn(ctx, wallet.ReadMovements, func() outcome { return r.sync(ctx, deadline) })
}

// sync reads what there is to read until a deadline.
func (r *reader) sync(ctx context.Context, deadline time.Time) outcome {
	err := r.syncMovements(ctx, deadline)
	switch {
	case err == nil:
		return done
	case ctx.Err() != nil:
		return unstored
	case errors.Is(err, wallet.ErrStandsBy):
		return failed
	}
	unavailable := octopus.IsUnavailable(err)
	r.log.Warn("reading transactions failed", "unavailable", unavailable, "error", err)
	if err := r.cfg.Movements.MovementsFailed(ctx, r.name, unavailable, err.Error()); err != nil && ctx.Err() == nil {
		r.log.Error("recording that transactions cannot be read failed", "error", err)
		return unstored
	}
	return failed
}

func (r *reader) syncMovements(ctx context.Context, deadline time.Time) error {
	cursor, err := r.awaitWallets(ctx, deadline)
	if err != nil || !cursor.Ready {
		return err
	}
	if err := r.readNew(ctx, cursor); err != nil {
		return fmt.Errorf("reading new transactions: %w", err)
	}
	if !cursor.Fill.Complete {
		if err := r.fill(ctx, deadline); err != nil {
			return fmt.Errorf("reading the transaction history: %w", err)
		}
	}
	if err := r.readPending(ctx); err != nil {
		return fmt.Errorf("looking again at pending transactions: %w", err)
	}
	return nil
}

// awaitWallets waits for the first poll to say which wallets there are.
func (r *reader) awaitWallets(ctx context.Context, deadline time.Time) (wallet.Cursor, error) {
	for {
		cursor, err := r.cfg.Movements.Cursor(r.name)
		if err != nil || cursor.Ready || !time.Now().Before(deadline) || !sleep(ctx, 20*time.Millisecond) {
			return cursor, err
		}
	}
}

// readNew counts every transaction that is newer than the newest known. On the very first run there is no such
// thing: it notes the newest, and everything older is the fill's.
func (r *reader) readNew(ctx context.Context, cursor wallet.Cursor) error {
	from := cursor.Newest.Add(-wallet.Overlap)
	limit := newRows
	var progress wallet.Progress
	for page := 1; ; page++ {
		p, err := r.page(ctx, page, limit)
		if err != nil {
			return err
		}
		if progress.ReadAt.IsZero() {
			progress.ReadAt = p.SentAt
		}
		if len(p.Rows) > 0 && p.Rows[0].CreatedAt.After(progress.Newest) {
			progress.Newest = p.Rows[0].CreatedAt
		}
		if cursor.Newest.IsZero() && !cursor.Fill.Complete {
			return r.cfg.Movements.RecordMovements(ctx, r.name, nil, progress)
		}
		done := !p.More || len(p.Rows) == 0 || oldest(p).Before(from)
		seen := wallet.Progress{}
		if done {
			seen = progress
		}
		if err := r.cfg.Movements.RecordMovements(ctx, r.name, movements(p, from, time.Time{}), seen); err != nil || done {
			return err
		}
		if limit != manyRows {
			limit, page = manyRows, 0
		}
	}
}

// page reads one page. An empty one ends the list, so it is believed only when it is empty twice.
func (r *reader) page(ctx context.Context, page, limit int) (octopus.TransactionPage, error) {
	p, err := r.api.Transactions(ctx, page, limit)
	if err != nil || len(p.Rows) > 0 {
		return p, err
	}
	return r.api.Transactions(ctx, page, limit)
}

func oldest(p octopus.TransactionPage) time.Time { return p.Rows[len(p.Rows)-1].CreatedAt }

// movements returns a page's rows that were created from one time and up to another (zero: any).
func movements(p octopus.TransactionPage, from, upTo time.Time) []wallet.Movement {
	list := make([]wallet.Movement, 0, len(p.Rows))
	for _, t := range p.Rows {
		if t.CreatedAt.Before(from) || (!upTo.IsZero() && t.CreatedAt.After(upTo)) {
			continue
		}
		list = append(list, wallet.Movement{
			ID: t.ID, Wallet: t.WalletID, Kind: wallet.MovementKind(t.Kind), Amount: t.Amount, Remarks: t.Remarks,
			CreatedAt: t.CreatedAt, Status: t.Status,
		})
	}
	return list
}
