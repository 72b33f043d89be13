package store

import (
	"context"
	"embed"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
)

//go:embed migrations
var migrations embed.FS

// migrate brings the schema up to date. It refuses, unchanged, a database of another program and one that a newer
// version has migrated further than this one knows. Processes that start together take turns.
func (s *Store) migrate(ctx context.Context) error {
	return s.dialect.alone(ctx, s.db, func() error {
		if _, err := s.tables(ctx); err != nil {
			return s.dialect.explain(err)
		}
		return s.upgrade(ctx)
	})
}

// tables counts the tables there are. It refuses those of another program, and whatever is no database.
func (s *Store) tables(ctx context.Context) (n int, err error) {
	ours := 0
	if err := s.db.QueryRowContext(ctx, s.dialect.census).Scan(&n, &ours); err != nil {
		return 0, err
	}
	if n > 0 && ours == 0 {
		return 0, errForeign
	}
	return n, nil
}

// known is the newest schema that this version knows.
func (s *Store) known() (version int64, err error) {
	files, err := fs.ReadDir(migrations, s.dialect.migrations)
	if err != nil {
		return 0, err
	}
	for _, f := range files {
		v, err := goose.NumericComponent(f.Name())
		if err != nil {
			return 0, fmt.Errorf("reading the migrations: %w", err)
		}
		version = max(version, v)
	}
	return version, nil
}

// tooNew refuses a database that a newer version has migrated.
func tooNew(there, known int64) error {
	return fmt.Errorf("it was written by a newer walletwatch (schema %d; this version knows %d): run that version, or restore a backup made before the upgrade", there, known)
}

func (s *Store) upgrade(ctx context.Context) error {
	known, err := s.known()
	if err != nil {
		return err
	}
	files, err := fs.Sub(migrations, s.dialect.migrations)
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(s.dialect.goose, s.db, files)
	if err != nil {
		return fmt.Errorf("reading the migrations: %w", err)
	}
	current, err := provider.GetDBVersion(ctx)
	if err != nil {
		return fmt.Errorf("reading the schema's version: %w", s.dialect.explain(err))
	}
	if current > known {
		return tooNew(current, known)
	}
	if err := s.dialect.prepare(ctx, s.db); err != nil {
		return err
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrating the schema: %w", s.dialect.explain(err))
	}
	return nil
}
