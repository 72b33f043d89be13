package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
)

// The limits of one process's use of a PostgreSQL server.
const (
	connectionsAtMost = 8
	connectWithin     = 5 * time.Second
	transactWithin    = 20 * time.Second
	// abandonedAfter is when the server ends a transaction that its client has begun and forgotten: a process that was
	// stopped, or cut off, must not hold an account's row against the others. Working a poll of 10,000 wallets out
	// between two statements takes a fraction of it.
	abandonedAfter = "10s"
)

// migrationLock is the advisory lock of a database that is being migrated: "walletwatch" in ASCII, shortened.
const migrationLock = 0x77616c6c6574

func postgresDialect() *dialect {
	return &dialect{
		goose: goose.DialectPostgres, migrations: "migrations/postgres", numbered: true, patience: transactWithin,
		census: `SELECT COUNT(*), COALESCE(SUM(CASE WHEN table_name = 'spend_minute' THEN 1 ELSE 0 END), 0)
			FROM information_schema.tables WHERE table_schema = current_schema() AND table_name <> 'goose_db_version'`,
		columns: `SELECT table_name::text COLLATE "C", column_name::text COLLATE "C" FROM information_schema.columns
			WHERE table_schema = current_schema() AND table_name <> 'goose_db_version' ORDER BY 1, 2`,
		unhurried: `SET LOCAL idle_in_transaction_session_timeout = 0`,
		reading:   sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true},
		alone:     withAdvisoryLock,
		prepare:   func(context.Context, *sql.DB) error { return nil },
		explain:   explainPostgres,
		outdated:  readOnly,
	}
}

// openPostgres opens a pool of connections to the server that source names. The source is asked again for each new
// connection, so that rotated credentials need no restart. Only a server that takes writes is good: after a failover
// the pool finds the new primary.
func openPostgres(source Source) (*sql.DB, error) {
	url, err := source()
	if err != nil {
		return nil, err
	}
	config, err := parsePostgres(url)
	if err != nil {
		return nil, err
	}
	fresh := func(_ context.Context, c *pgx.ConnConfig) error {
		url, err := source()
		if err != nil {
			return err
		}
		now, err := parsePostgres(url)
		if err != nil {
			return err
		}
		*c = *now
		return nil
	}
	db := stdlib.OpenDB(*config, stdlib.OptionBeforeConnect(fresh))
	db.SetMaxOpenConns(connectionsAtMost)
	db.SetMaxIdleConns(connectionsAtMost)
	db.SetConnMaxIdleTime(5 * time.Minute)
	db.SetConnMaxLifetime(30 * time.Minute)
	return db, nil
}

// parsePostgres reads a URL. What it says of timeouts and of the session holds against our own choices.
func parsePostgres(url string) (*pgx.ConnConfig, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		// pgx's own text repeats the URL; it hides the password, but not one in a place where none is expected.
		return nil, errors.New("the URL cannot be read; it looks like postgres://user:password@host:5432/database?sslmode=verify-full")
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = connectWithin
	}
	for name, value := range map[string]string{"idle_in_transaction_session_timeout": abandonedAfter, "application_name": "walletwatch"} {
		if _, given := config.RuntimeParams[name]; !given {
			config.RuntimeParams[name] = value
		}
	}
	if config.ValidateConnect == nil {
		config.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	}
	return config, nil
}

// withAdvisoryLock runs f while this process alone holds the migration lock. The lock ends with its connection, so a
// process that dies leaves none.
func withAdvisoryLock(ctx context.Context, db *sql.DB, f func() error) error {
	conn, err := db.Conn(ctx)
	if err != nil {
		return explainPostgres(err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, `SELECT pg_advisory_lock($1)`, int64(migrationLock)); err != nil {
		return fmt.Errorf("waiting for others to migrate it: %w", err)
	}
	err = f()
	// The connection goes back to the pool, and a lock that it kept would shut everyone else out.
	if _, unlock := conn.ExecContext(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock($1)`, int64(migrationLock)); unlock != nil {
		err = errors.Join(err, fmt.Errorf("ending the lock of migrations: %w", unlock))
	}
	return err
}

// The SQLSTATEs that somebody can do something about: PostgreSQL's documentation, appendix A.
const (
	readOnlyTransaction  = "25006"
	invalidPassword      = "28P01"
	invalidAuthorization = "28000"
	unknownDatabase      = "3D000"
	insufficientRights   = "42501"
	diskFull             = "53100"
	tooManyConnections   = "53300"
)

// explainPostgres says what a person can do about a server that cannot be used.
func explainPostgres(err error) error {
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		var failed *pgconn.ConnectError
		if errors.As(err, &failed) {
			return fmt.Errorf("the server cannot be reached: its host, port and TLS settings are in the URL (%w)", errors.Unwrap(failed))
		}
		return err
	}
	advice := map[string]string{
		readOnlyTransaction:  "the server takes no writes: give the address of the primary",
		invalidPassword:      "the server rejects the user or the password in the URL",
		invalidAuthorization: "the server does not let this user in: see its pg_hba.conf",
		unknownDatabase:      "there is no such database: create it first (createdb walletwatch)",
		insufficientRights:   "the user may not do this: it needs CREATE and USAGE on its schema, and must own its tables",
		diskFull:             "the server's disk is full",
		tooManyConnections:   "the server has no connection left: each replica uses up to 8",
	}[e.Code]
	if advice == "" {
		return err
	}
	return fmt.Errorf("%s (SQLSTATE %s)", advice, e.Code)
}

// readOnly reports that a server has stopped to take writes, as a primary does that became a standby. A server that
// ends its sessions closes them itself.
func readOnly(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && e.Code == readOnlyTransaction
}
