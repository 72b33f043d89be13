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
	connectNextWithin = 2 * time.Second // when there are several servers: who asks has 5 s for all of them
	transactWithin    = 20 * time.Second
	migratedWithin    = time.Minute // how long others may take to migrate the database
	// abandonedAfter is when the server ends a transaction that its client has begun and forgotten: a process that was
	// stopped, or cut off, must not hold an account's row against the others. Working a poll of 10,000 wallets out
	// between two statements takes a fraction of it.
	abandonedAfter = "10s"
	// unreadAfter is when the server gives a client up that takes nothing in, be it stopped in the middle of an answer or
	// gone without a word. In milliseconds.
	unreadAfter = "10000"
)

// migrationLock is the advisory lock of a database that is being migrated: "walletwatch" in ASCII, shortened.
const migrationLock = 0x77616c6c6574

func postgresDialect() *dialect {
	return &dialect{
		goose: goose.DialectPostgres, migrations: "migrations/postgres", now: serverTime, numbered: true, columnwise: true, patience: transactWithin,
		census: `SELECT COUNT(*), COALESCE(SUM(CASE WHEN table_name = 'spend_minute' THEN 1 ELSE 0 END), 0)
			FROM information_schema.tables WHERE table_schema = current_schema() AND table_name <> 'goose_db_version'`,
		columns: `SELECT table_name::text COLLATE "C", column_name::text COLLATE "C" FROM information_schema.columns
			WHERE table_schema = current_schema() AND table_name <> 'goose_db_version' ORDER BY 1, 2`,
		othersTables: `SELECT COUNT(*) FROM pg_tables WHERE schemaname = current_schema() AND NOT pg_has_role(tableowner, 'USAGE')`,
		unhurried:    `SET LOCAL idle_in_transaction_session_timeout = 0`,
		reading:      sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true},
		alone:        withAdvisoryLock,
		prepare:      func(context.Context, *sql.DB) error { return nil },
		explain:      explainPostgres,
		outdated:     lost,
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
		if len(config.Fallbacks) > 0 {
			config.ConnectTimeout = connectNextWithin
		}
	}
	session := map[string]string{"idle_in_transaction_session_timeout": abandonedAfter, "tcp_user_timeout": unreadAfter, "application_name": "walletwatch"}
	for name, value := range session {
		if _, given := config.RuntimeParams[name]; !given {
			config.RuntimeParams[name] = value
		}
	}
	config.ValidateConnect = takesWrites // whatever target_session_attrs says: no other server is of use
	return config, nil
}

// takesWrites refuses a server that is only read, such as a standby.
func takesWrites(ctx context.Context, c *pgconn.PgConn) error {
	result, err := c.Exec(ctx, "SHOW transaction_read_only").ReadAll()
	if err != nil {
		return err
	}
	if len(result) == 1 && len(result[0].Rows) == 1 && string(result[0].Rows[0][0]) == "on" {
		return errReadOnly
	}
	return nil
}

// withAdvisoryLock runs f while this process alone holds the migration lock. The lock ends with its connection, so a
// process that dies leaves none.
func withAdvisoryLock(ctx context.Context, db *sql.DB, f func() error) error {
	conn, err := db.Conn(ctx)
	if err != nil {
		return explainPostgres(err)
	}
	defer conn.Close()
	waiting, enough := context.WithTimeout(ctx, migratedWithin)
	defer enough()
	if _, err := conn.ExecContext(waiting, `SELECT pg_advisory_lock($1)`, int64(migrationLock)); err != nil {
		if waiting.Err() != nil && ctx.Err() == nil {
			return fmt.Errorf("another walletwatch has been migrating it for %s: let it finish, or end it if it hangs, and start again", migratedWithin)
		}
		return fmt.Errorf("waiting for others to migrate it: %w", err)
	}
	err = f()
	// The connection goes back to the pool, and a lock that it kept would shut everyone else out.
	if _, unlock := conn.ExecContext(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock($1)`, int64(migrationLock)); unlock != nil {
		err = errors.Join(err, fmt.Errorf("ending the lock of migrations: %w", unlock))
	}
	return err
}
