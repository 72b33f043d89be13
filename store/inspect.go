package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// Schema is what a database has of walletwatch's, and what this version would bring it to.
type Schema struct {
	There int64 // 0: it has no tables yet, or there is no file
	Known int64
}

// Inspect reports what OpenFrom would find at a URL, and whether it takes writes, without creating or migrating
// anything: what was tried is taken back, and processes of an older version can go on using the database. The error is a
// Hindrance when OpenFrom would fail too, or what is stored afterwards.
func Inspect(ctx context.Context, source Source) (Schema, error) {
	url, err := source()
	if err != nil {
		return Schema{}, Hindrance{fmt.Errorf("reading where the database is: %w", err), whereItIs}
	}
	path, isFile := filePath(url)
	isServer := strings.HasPrefix(url, "postgres://") || strings.HasPrefix(url, "postgresql://")
	switch {
	case isFile:
		return inspectFile(ctx, path)
	case isServer:
		s := &Store{dialect: postgresDialect()}
		if s.db, err = openPostgres(source); err != nil {
			return Schema{}, Hindrance{err, whereItIs}
		}
		defer s.db.Close()
		return s.inspect(ctx)
	}
	return Schema{}, Hindrance{fmt.Errorf("the database %q is not understood", redact(url)),
		"give sqlite://PATH, for example sqlite://walletwatch.db, or postgres://USER:PASSWORD@HOST/DATABASE"}
}

func inspectFile(ctx context.Context, path string) (Schema, error) {
	s := &Store{dialect: sqliteDialect()}
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.Mode().IsRegular() && info.Size() == 0 {
		known, err := s.known()
		if err == nil {
			err = hasRoom(path)
		}
		return Schema{Known: known}, err
	}
	options := url.Values{"mode": {"rw"}, "_pragma": {"busy_timeout(5000)"}, "_txlock": {"immediate"}}
	if s.db, err = sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?"+options.Encode()); err != nil {
		return Schema{}, fmt.Errorf("opening the database: %w", err)
	}
	defer s.db.Close()
	s.db.SetMaxOpenConns(1)
	return s.inspect(ctx)
}

// hasRoom reports whether a file could be made at path, and others beside it as SQLite does. None is left there.
func hasRoom(path string) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".tried-*")
	if err == nil {
		err = errors.Join(f.Close(), os.Remove(f.Name()))
	}
	if err == nil {
		if f, err = os.OpenFile(path, os.O_WRONLY, 0); err == nil {
			err = f.Close()
		} else if errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
	}
	if err != nil {
		return Hindrance{fmt.Errorf("there is no database at %s, and none can be made: %w", path, cause(err)), whoseFile}
	}
	return nil
}

// cause leaves the name of the file away, which is one of our making.
func cause(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	return err
}

// inspect looks at a database that is open, and writes to it on trial.
func (s *Store) inspect(ctx context.Context) (Schema, error) {
	known, err := s.known()
	if err != nil {
		return Schema{}, err
	}
	found := Schema{Known: known}
	if found.There, err = s.there(ctx); err != nil {
		return Schema{}, s.hindered(err)
	}
	if found.There > known {
		return found, Hindrance{tooNew(found.There, known), "nothing was changed; keep the version that runs, or restore a backup made before the upgrade: docs/backup.md"}
	}
	if err := s.try(ctx, found); err != nil {
		return found, s.hindered(err)
	}
	return found, nil
}

// there is the schema that a database has. It refuses that of another program.
func (s *Store) there(ctx context.Context) (version int64, err error) {
	tables, err := s.tables(ctx)
	if err != nil || tables == 0 {
		return 0, err
	}
	err = s.db.QueryRowContext(ctx, `SELECT COALESCE(MAX(version_id), 0) FROM goose_db_version`).Scan(&version)
	return version, err
}

// try does what walletwatch will do, the migration's kind of work only when there is one to come, and takes it back.
func (s *Store) try(ctx context.Context, found Schema) error {
	err := s.transact(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if found.There < found.Known {
			if err := s.tryToMigrate(ctx, tx); err != nil {
				return err
			}
		}
		if found.There > 0 {
			if err := tryToInsert(ctx, tx); err != nil {
				return err
			}
		}
		return errNothing
	})
	if err == errNothing {
		return nil
	}
	return err
}

func (s *Store) tryToMigrate(ctx context.Context, tx *sql.Tx) error {
	if _, err := tx.ExecContext(ctx, `CREATE TABLE walletwatch_preflight (n BIGINT)`); err != nil {
		return err
	}
	if s.dialect.othersTables == "" {
		return nil
	}
	n := 0
	if err := tx.QueryRowContext(ctx, s.dialect.othersTables).Scan(&n); err != nil {
		return err
	}
	if n > 0 {
		return errNotOwner
	}
	return nil
}
