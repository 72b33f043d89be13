package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"walletwatch/wallet"
)

// querier is what *sql.DB and *sql.Tx have in common.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// Load returns the book of an account, reading only what changed since known (nil: everything). It returns known
// itself when nothing did. An account that was never seen is created with now as the start of its watch.
func (s *Store) Load(ctx context.Context, account string, known *wallet.Book, now time.Time) (*wallet.Book, error) {
	ctx, done := s.dialect.bounded(ctx)
	defer done()
	if s.clock != nil {
		if err := s.clock.follow(ctx, s.db); err != nil {
			return nil, fmt.Errorf("asking the database for the time: %w", s.judged(err))
		}
	}
	book, err := s.read(ctx, account, known, now)
	if !errors.Is(err, sql.ErrNoRows) {
		return book, err
	}
	_, err = s.db.ExecContext(ctx, `INSERT INTO account (name, version, created_at) VALUES ($1, 1, $2) ON CONFLICT (name) DO NOTHING`,
		account, instant(now))
	if err != nil {
		return nil, fmt.Errorf("creating account %s: %w", account, s.judged(err))
	}
	return s.read(ctx, account, nil, now)
}

// read loads in one transaction: what another process stores meanwhile is seen whole or not at all.
func (s *Store) read(ctx context.Context, account string, known *wallet.Book, now time.Time) (*wallet.Book, error) {
	tx, err := s.db.BeginTx(ctx, &s.dialect.reading)
	if err != nil {
		return nil, fmt.Errorf("beginning to read: %w", s.judged(err))
	}
	defer tx.Rollback()
	book, err := load(ctx, tx, account, known, now)
	if err != nil {
		return nil, s.judged(err)
	}
	return book, nil
}

func load(ctx context.Context, q querier, account string, known *wallet.Book, now time.Time) (*wallet.Book, error) {
	if known == nil {
		known = &wallet.Book{}
	}
	a, version, err := loadAccount(ctx, q, account)
	if err != nil {
		return nil, fmt.Errorf("reading account %s: %w", account, err)
	}
	if version == known.Version {
		return known, nil
	}
	if version < known.Version { // a server took over that had not heard everything, or a backup was restored
		known = &wallet.Book{}
	}
	changed := &wallet.Change{Account: a}
	if changed.Wallets, err = loadWallets(ctx, q, account, known.Version); err != nil {
		return nil, fmt.Errorf("reading the wallets of %s: %w", account, err)
	}
	if changed.Dispatches, err = loadDispatches(ctx, q, account, known.Version); err != nil {
		return nil, fmt.Errorf("reading the deliveries of %s: %w", account, err)
	}
	if changed.Episodes, err = loadEpisodes(ctx, q, account, known.Version, now.Add(-wallet.EpisodeMemory)); err != nil {
		return nil, fmt.Errorf("reading the episodes of %s: %w", account, err)
	}
	return known.Apply(changed, version), nil
}

func loadAccount(ctx context.Context, q querier, name string) (*wallet.Account, int64, error) {
	a := wallet.Account{Name: name}
	var version int64
	err := q.QueryRowContext(ctx, `SELECT version, created_at, polled_at, fault_kind, fault_message, fault_since, spend_source,
			spend_basis, spend_end, ledger_read_at, ledger_newest, fill_target, fill_reached, fill_progress_at,
			fill_complete, fill_ever, drops_since, monitor_level, monitor_since, policy, policy_until FROM account WHERE name = $1`, name).Scan(
		&version, timeScanner{&a.CreatedAt}, timeScanner{&a.PolledAt}, &a.Fault.Kind, &a.Fault.Message, timeScanner{&a.Fault.Since},
		&a.SpendSource, &a.SpendBasis, timeScanner{&a.SpendEnd}, timeScanner{&a.LedgerReadAt}, timeScanner{&a.LedgerNewest},
		timeScanner{&a.Fill.Target}, timeScanner{&a.Fill.Reached}, timeScanner{&a.Fill.ProgressAt},
		&a.Fill.Complete, &a.Fill.Ever, timeScanner{&a.DropsSince}, &a.Monitor.Level, timeScanner{&a.Monitor.Since},
		&a.Policy, timeScanner{&a.PolicyUntil})
	return &a, version, err
}

func loadWallets(ctx context.Context, q querier, account string, after int64) ([]*wallet.State, error) {
	return collect(ctx, q, func(rows *sql.Rows) (*wallet.State, error) {
		s := wallet.State{Account: account}
		err := rows.Scan(&s.ID, &s.CurrencyID, &s.Currency, &s.Precision, &s.Type, amountScanner{&s.Balance}, timeScanner{&s.ObservedAt},
			&s.Source, amountScanner{&s.Read}, timeScanner{&s.ReadAt}, &s.EverPositive, newsScanner{&s.News}, timeScanner{&s.Suspect}, &s.Doubt, timeScanner{&s.DoubtSince}, timeScanner{&s.FirstMovement}, timeScanner{&s.FirstSeen},
			jsonScanner{&s.Spend}, &s.Level, timeScanner{&s.Since}, &s.Proven)
		return &s, err
	}, `SELECT id, currency_id, currency, scale, type, balance, observed_at, source, read_balance, read_at, ever_positive, news, suspect,
			doubt, doubt_since, first_movement, first_seen, spend, level, since, proven FROM wallet WHERE account = $1 AND version > $2 ORDER BY id`, account, after)
}

func loadDispatches(ctx context.Context, q querier, account string, after int64) ([]*wallet.Dispatch, error) {
	return collect(ctx, q, func(rows *sql.Rows) (*wallet.Dispatch, error) {
		d := wallet.Dispatch{Key: wallet.Key{Account: account}}
		err := rows.Scan(&d.Wallet, &d.Receiver, &d.Want.Seq, &d.Want.Firing, &d.Want.Level, &d.Want.About, timeScanner{&d.Want.Since},
			&d.Accepted.Seq, &d.Accepted.Firing, &d.Accepted.Level, &d.Accepted.About, timeScanner{&d.Accepted.Since}, timeScanner{&d.AcceptedAt},
			&d.Handle, timeScanner{&d.DueAt}, &d.Attempts, timeScanner{&d.NextAt}, &d.LastError, &d.Permanent, &d.Urgency,
			&d.Claim, timeScanner{&d.ClaimedUntil})
		return &d, err
	}, `SELECT wallet_id, receiver, want_seq, want_firing, want_level, want_about, want_since, accepted_seq, accepted_firing, accepted_level, accepted_about,
			accepted_since, accepted_at, handle, due_at, attempts, next_at, last_error, permanent, urgency, claim, claimed_until
		FROM dispatch WHERE account = $1 AND version > $2 ORDER BY wallet_id, receiver`, account, after)
}

func loadEpisodes(ctx context.Context, q querier, account string, after int64, endedAfter time.Time) ([]*wallet.Episode, error) {
	return collect(ctx, q, func(rows *sql.Rows) (*wallet.Episode, error) {
		e := wallet.Episode{Key: wallet.Key{Account: account}}
		err := rows.Scan(&e.Wallet, timeScanner{&e.Since}, &e.Level, timeScanner{&e.ResolvedAt}, &e.Confirmed, jsonScanner{&e.Outcomes})
		return &e, err
	}, `SELECT wallet_id, since, level, resolved_at, confirmed, outcomes FROM episode
		WHERE account = $1 AND version > $2 AND (resolved_at = 0 OR resolved_at > $3) ORDER BY since DESC, wallet_id`,
		account, after, instant(endedAfter))
}

// collect runs a query and scans every row.
func collect[T any](ctx context.Context, q querier, scan func(*sql.Rows) (T, error), query string, args ...any) ([]T, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}
