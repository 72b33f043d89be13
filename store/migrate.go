package store

import (
	"context"
	"embed"
	"errors"
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
		if err := s.refuseForeign(ctx); err != nil {
			return err
		}
		return s.upgrade(ctx)
	})
}

// refuseForeign refuses a database of another program, and whatever is none.
func (s *Store) refuseForeign(ctx context.Context) error {
	var tables, ours int
	if err := s.db.QueryRowContext(ctx, s.dialect.census).Scan(&tables, &ours); err != nil {
		return s.dialect.explain(err)
	}
	if tables > 0 && ours == 0 {
		return errors.New("it belongs to another program: give walletwatch one of its own")
	}
	return nil
}

func (s *Store) upgrade(ctx context.Context) error {
	files, err := fs.Sub(migrations, s.dialect.migrations)
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(s.dialect.goose, s.db, files)
	if err != nil {
		return fmt.Errorf("reading the migrations: %w", err)
	}
	sources := provider.ListSources()
	known := sources[len(sources)-1].Version
	current, err := provider.GetDBVersion(ctx)
	if err != nil {
		return fmt.Errorf("reading the schema's version: %w", s.dialect.explain(err))
	}
	if current > known {
		return fmt.Errorf("it was written by a newer walletwatch (schema %d; this version knows %d): run that version, or restore a backup made before the upgrade", current, known)
	}
	if err := s.dialect.prepare(ctx, s.db); err != nil {
		return err
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrating the schema: %w", s.dialect.explain(err))
	}
	return nil
}
