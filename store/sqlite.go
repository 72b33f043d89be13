package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite" // also the driver "sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

func sqliteDialect() *dialect {
	return &dialect{
		goose: goose.DialectSQLite3, migrations: "migrations/sqlite", now: "0",
		census: `SELECT COUNT(*), COALESCE(SUM(CASE WHEN name = 'spend_minute' THEN 1 ELSE 0 END), 0)
			FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> 'goose_db_version'`,
		columns: `SELECT t.name, c.name FROM sqlite_master t JOIN pragma_table_info(t.name) c
			WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND t.name <> 'goose_db_version' ORDER BY t.name, c.name`,
		reading:  sql.TxOptions{ReadOnly: true},
		alone:    func(_ context.Context, _ *sql.DB, f func() error) error { return f() },
		prepare:  useWAL,
		explain:  explainSQLite,
		outdated: func(error) bool { return false },
	}
}

// openSQLite opens a SQLite file for one process. Commits reach the disk before they return (synchronous FULL): an
// alert that was recorded survives power loss. There is one connection, so writers never find the file busy.
func openSQLite(path string) (*sql.DB, error) {
	createPrivate(path)
	options := url.Values{
		"_pragma": {"synchronous(FULL)", "busy_timeout(5000)", "foreign_keys(1)"},
		"_txlock": {"immediate"},
	}
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?"+options.Encode())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	return db, nil
}

// createPrivate creates the file, where there is none, for its owner alone: it holds balances. SQLite gives the files
// beside it the same mode. One that is there is not opened: closing it would drop SQLite's own locks on it. What
// fails here fails again when SQLite opens the file, and is explained then.
func createPrivate(path string) {
	if f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600); err == nil {
		f.Close()
	}
}

// useWAL switches to write-ahead logging, which the file remembers. It is done only once the file is known to be
// ours: it changes the file.
func useWAL(ctx context.Context, db *sql.DB) error {
	if _, err := db.ExecContext(ctx, `PRAGMA journal_mode = WAL`); err != nil {
		return fmt.Errorf("switching to write-ahead logging: %w", err)
	}
	return nil
}

// explainSQLite says what a person can do about a file that SQLite cannot use.
func explainSQLite(err error) error {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code() & 0xff { // the rest of the code says more than anyone needs
	case sqlite3.SQLITE_CANTOPEN:
		return errors.New("it can be neither opened nor created: its directory must exist and be writable")
	case sqlite3.SQLITE_READONLY:
		return errors.New("it can only be read: the file and its directory must be writable")
	case sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT:
		return errors.New("it is not a SQLite database, or a damaged one; nothing was changed: restore a backup or give another path")
	}
	return err
}
