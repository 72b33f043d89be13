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
	db      *sql.DB
	dialect *dialect
	clock   *clock   // of the server; nil: a file has none
	lock    *os.File // says to other processes that this one uses the file; nil: there are no locks
	alone   bool
}

// Source returns the URL of a database. It may be asked again at any time, and may then name other credentials.
type Source func() (string, error)

// At is the source of a URL that never changes.
func At(url string) Source { return func() (string, error) { return url, nil } }

// Open opens the database at a URL: see OpenFrom.
func Open(ctx context.Context, url string) (*Store, error) { return OpenFrom(ctx, At(url)) }

// OpenFrom opens the database at a URL such as sqlite://walletwatch.db (a relative path), sqlite:///var/lib/w.db (an
// absolute one) or postgres://user:password@host/database, creates the file where there is none and brings the schema
// up to date. A database that is not one of walletwatch, that cannot be read or that a newer version wrote is
// refused and left as it is. Several processes may open a PostgreSQL database together.
func OpenFrom(ctx context.Context, source Source) (*Store, error) {
	url, err := source()
	if err != nil {
		return nil, fmt.Errorf("reading where the database is: %w", err)
	}
	scheme, rest, _ := strings.Cut(url, "://")
	switch {
	case scheme == "sqlite" && rest != "":
		return openFile(ctx, rest)
	case (scheme == "postgres" || scheme == "postgresql") && rest != "":
		return openServer(ctx, source, redact(url))
	}
	return nil, fmt.Errorf("the database %q is not understood; give sqlite://PATH, for example sqlite://walletwatch.db, or postgres://USER:PASSWORD@HOST/DATABASE", redact(url))
}

func openFile(ctx context.Context, path string) (*Store, error) {
	s := &Store{dialect: sqliteDialect()}
	var err error
	if s.db, err = openSQLite(path); err != nil {
		return nil, fmt.Errorf("opening the database %s: %w", path, err)
	}
	if err := s.migrate(ctx); err != nil {
		s.db.Close()
		return nil, fmt.Errorf("opening the database %s: %w", path, err)
	}
	s.lock, s.alone = join(path)
	return s, nil
}

func openServer(ctx context.Context, source Source, name string) (*Store, error) {
	s := &Store{dialect: postgresDialect(), clock: &clock{}}
	var err error
	if s.db, err = openPostgres(source); err != nil {
		return nil, fmt.Errorf("opening the database %s: %w", name, err)
	}
	if err = s.migrate(ctx); err == nil {
		err = s.clock.follow(ctx, s.db)
	}
	if err != nil {
		s.db.Close()
		return nil, fmt.Errorf("opening the database %s: %w", name, s.dialect.explain(err))
	}
	return s, nil
}

// redact keeps a URL's password, and whatever else it says in confidence, out of messages.
func redact(url string) string {
	scheme, rest, ok := strings.Cut(url, "://")
	if !ok && strings.ContainsAny(url, "@=:") {
		return "…"
	}
	if !ok {
		return url
	}
	rest, _, asks := strings.Cut(rest, "?")
	if i := strings.LastIndexByte(rest, '@'); i >= 0 {
		rest = "…" + rest[i:]
	}
	if asks {
		rest += "?…"
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
		return fmt.Errorf("asking the database: %w", s.judged(err))
	}
	return nil
}

// Writable reports whether the database takes writes. It leaves nothing behind.
func (s *Store) Writable(ctx context.Context) error {
	err := s.inTx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if err := tryToInsert(ctx, tx); err != nil {
			return err
		}
		return errNothing
	})
	if err == errNothing {
		return nil
	}
	return fmt.Errorf("trying to write to the database: %w", s.dialect.explain(err))
}

// tryToInsert writes what every schema has room for. No account has an empty name.
func tryToInsert(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO account (name, version, created_at) VALUES ('', 1, 0)`)
	return err
}

// inTx runs f in a transaction that is committed when f returns nil and rolled back otherwise. f must use the context that
// it is given: it ends when the transaction's time is over.
func (s *Store) inTx(ctx context.Context, f func(ctx context.Context, tx *sql.Tx) error) error {
	return s.judged(s.transact(ctx, f))
}

// judged explains what went wrong. After what every connection may meet, all are made anew, which finds the server that
// takes writes now.
func (s *Store) judged(err error) error {
	if err == nil {
		return nil
	}
	if s.dialect.outdated(err) {
		s.db.SetMaxIdleConns(0)
		s.db.SetMaxIdleConns(connectionsAtMost)
	}
	return s.dialect.explain(err)
}

func (s *Store) transact(ctx context.Context, f func(ctx context.Context, tx *sql.Tx) error) error {
	ctx, done := s.dialect.bounded(ctx)
	defer done()
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("beginning a transaction: %w", err)
	}
	defer tx.Rollback()
	if err := f(ctx, tx); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("committing: %w", err)
	}
	return nil
}
