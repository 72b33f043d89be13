// Package store keeps what the ledger decides in a SQL database. It knows no rules: it stores books, hands them
// out as they were, and makes each change whole or not at all.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"
)

// Store is a database of walletwatch. It is safe for concurrent use.
type Store struct {
	db    *sql.DB
	lock  *os.File // says to other processes that this one uses the database; nil: there are no locks
	alone bool
}

// Open opens the database at a URL such as sqlite://walletwatch.db (a relative path) or sqlite:///var/lib/w.db (an
// absolute one), creates it where there is none and brings its schema up to date. A file that is not a database
// of walletwatch, that cannot be read or that a newer version wrote is refused and left as it is.
func Open(ctx context.Context, url string) (*Store, error) {
	path, ok := strings.CutPrefix(url, "sqlite://")
	if !ok || path == "" {
		return nil, fmt.Errorf("the database %q is not understood; give sqlite://PATH, for example sqlite://walletwatch.db", redact(url))
	}
	db, err := openSQLite(path)
	if err != nil {
		return nil, fmt.Errorf("opening the database %s: %w", path, err)
	}
	if err := migrate(ctx, db); err != nil {
		db.Close()
		return nil, fmt.Errorf("opening the database %s: %w", path, err)
	}
	lock, alone := join(path)
	return &Store{db: db, lock: lock, alone: alone}, nil
}

// redact keeps a URL's password out of error messages.
func redact(url string) string {
	scheme, rest, ok := strings.Cut(url, "://")
	if !ok {
		return url
	}
	if i := strings.LastIndexByte(rest, '@'); i >= 0 {
		rest = "…" + rest[i:]
	}
	return scheme + "://" + rest
}

// Close ends all use of the database.
func (s *Store) Close() error {
	err := s.db.Close()
	if s.lock != nil {
		err = errors.Join(err, s.lock.Close())
	}
	return err
}

// Ping reports whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	var one int
	if err := s.db.QueryRowContext(ctx, `SELECT 1`).Scan(&one); err != nil {
		return fmt.Errorf("asking the database: %w", err)
	}
	return nil
}

// inTx runs f in a transaction that is committed when f returns nil and rolled back otherwise.
func (s *Store) inTx(ctx context.Context, f func(tx *sql.Tx) error) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("beginning a transaction: %w", err)
	}
	defer tx.Rollback()
	if err := f(tx); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("committing: %w", err)
	}
	return nil
}
