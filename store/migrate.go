package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
)

//go:embed migrations
var migrations embed.FS

// migrate brings the schema up to date. It refuses, unchanged, a database of another program and one that a newer
// version has migrated further than this one knows.
func migrate(ctx context.Context, db *sql.DB) error {
	if err := refuseForeign(ctx, db); err != nil {
		return err
	}
	files, err := fs.Sub(migrations, "migrations/sqlite")
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, files)
	if err != nil {
		return fmt.Errorf("reading the migrations: %w", err)
	}
	sources := provider.ListSources()
	known := sources[len(sources)-1].Version
	current, err := provider.GetDBVersion(ctx)
	if err != nil {
		return fmt.Errorf("reading the schema's version: %w", err)
	}
	if current > known {
		return fmt.Errorf("it was written by a newer walletwatch (schema %d; this version knows %d): run that version, or restore a backup made before the upgrade", current, known)
	}
	if err := useWAL(ctx, db); err != nil {
		return err
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrating the schema: %w", err)
	}
	return nil
}
