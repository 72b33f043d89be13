package store

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Hindrance is why a database cannot be used as it is, with what to do about it. It never holds a password.
type Hindrance struct {
	error
	Advice string
}

func (h Hindrance) Unwrap() error { return h.error }

// What to do about a database that cannot be used.
const (
	whereItIs = "mend --database or WALLETWATCH_DATABASE, or the file that WALLETWATCH_DATABASE_FILE names"
	whoseFile = "check the path, and that the user walletwatch runs as may write to the file and to its directory"
)

var (
	errForeign  = errors.New("it belongs to another program: give walletwatch one of its own")
	errNotOwner = errors.New("it is to be migrated, but not all of its tables belong to this user")
)

// hindered explains what went wrong with a database and says what to do about it.
func (s *Store) hindered(err error) error {
	return Hindrance{s.dialect.explain(err), remedy(err)}
}

func remedy(err error) string {
	if errors.Is(err, errForeign) {
		return whereItIs
	}
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return remedySQLite(e.Code() & 0xff)
	}
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return remedyPostgres(e.Code)
	}
	_, connecting := errors.AsType[*pgconn.ConnectError](err)
	switch {
	case errors.Is(err, errNotOwner):
		return remedyPostgres(insufficientRights)
	case errors.Is(err, errReadOnly):
		return remedyPostgres(readOnlyTransaction)
	case connecting, errors.Is(err, context.DeadlineExceeded), broken(err):
		return "check that the server runs, its address, and the firewalls or network policies between here and there"
	}
	return "mend that, then run again"
}

func remedySQLite(code int) string {
	switch code {
	case sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM:
		return whoseFile
	case sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT:
		return "check the path; to restore a backup: docs/backup.md"
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return "another process has been writing for seconds: find out which, then run again"
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR:
		return "check the disk and the space left on it"
	}
	return "mend that, then run again"
}

func remedyPostgres(code string) string {
	switch code {
	case invalidPassword, invalidAuthorization, unknownDatabase:
		return whereItIs
	case insufficientRights:
		return "let an administrator make this user the owner of the database and of its tables"
	case readOnlyTransaction:
		return "during a failover wait for the new primary; otherwise " + whereItIs
	case diskFull:
		return "make room on the server"
	case tooManyConnections:
		return "raise the server's max_connections, or run fewer replicas"
	}
	return "see the server's log"
}
