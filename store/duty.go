package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"walletwatch/wallet"
)

// Take claims a job for the one who asks, if it is due and in nobody's hands. The account must have been loaded once.
func (s *Store) Take(ctx context.Context, d wallet.Duty) (wallet.Turn, error) {
	ctx, done := s.dialect.bounded(ctx)
	defer done()
	var claim string
	err := s.db.QueryRowContext(ctx, `INSERT INTO duty (account, job, next_at, claim, claimed_until) VALUES ($1, $2, 0, $3, $5)
		ON CONFLICT (account, job) DO UPDATE SET claim = excluded.claim, claimed_until = excluded.claimed_until
		WHERE (duty.next_at <= $4 OR duty.next_at > $6) AND (duty.claimed_until <= $4 OR duty.claimed_until > $6) RETURNING claim`,
		d.Account, string(d.Job), d.Claim, instant(d.Now), instant(d.Until), instant(d.Latest)).Scan(&claim)
	if err == nil {
		return wallet.Turn{Claim: claim}, nil
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return wallet.Turn{}, fmt.Errorf("asking who does %s of account %s: %w", d.Job, d.Account, s.judged(err))
	}
	var next, until time.Time
	err = s.db.QueryRowContext(ctx, `SELECT next_at, claimed_until FROM duty WHERE account = $1 AND job = $2`, d.Account, string(d.Job)).
		Scan(timeScanner{&next}, timeScanner{&until})
	if err != nil {
		return wallet.Turn{}, fmt.Errorf("asking when %s of account %s is due: %w", d.Job, d.Account, s.judged(err))
	}
	if until.After(d.Now) && !until.After(d.Latest) {
		return wallet.Turn{Again: until}, nil
	}
	return wallet.Turn{Again: next, Done: true}, nil
}

// Finish ends a claim: the job is due again at next. A claim that has been taken over is left as it is.
func (s *Store) Finish(ctx context.Context, d wallet.Duty, next time.Time) error {
	ctx, done := s.dialect.bounded(ctx)
	defer done()
	_, err := s.db.ExecContext(ctx, `UPDATE duty SET next_at = $4, claim = '', claimed_until = 0 WHERE account = $1 AND job = $2 AND claim = $3`,
		d.Account, string(d.Job), d.Claim, instant(next))
	if err != nil {
		return fmt.Errorf("recording that %s of account %s was done: %w", d.Job, d.Account, s.judged(err))
	}
	return nil
}

// Dismiss makes every job of an account due at once, in nobody's hands.
func (s *Store) Dismiss(ctx context.Context, account string) error {
	ctx, done := s.dialect.bounded(ctx)
	defer done()
	if _, err := s.db.ExecContext(ctx, `UPDATE duty SET next_at = 0, claim = '', claimed_until = 0 WHERE account = $1`, account); err != nil {
		return fmt.Errorf("making the jobs of account %s due: %w", account, s.judged(err))
	}
	return nil
}
