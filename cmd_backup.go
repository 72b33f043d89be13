package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"walletwatch/store"
)

type backupCommand struct {
	databaseFlag
	Destination string `arg:"" help:"The new file to write; - writes to the standard output." placeholder:"FILE"`
}

// Help is what "walletwatch backup --help" says beside the flags.
func (c *backupCommand) Help() string {
	return `Copies a SQLite database, as it is at one moment, while walletwatch goes on running and writing. A file that is there already is not
overwritten. With - the copy goes to the standard output, by way of a file beside the database, which needs the room for it:
  kubectl exec deployment/walletwatch -- walletwatch backup - > walletwatch-backup.db
To restore: stop walletwatch, put the file in the database's place, delete what is beside it with -wal and -shm at the end, start.

A PostgreSQL database is backed up with PostgreSQL's own pg_dump.`
}

// Run writes a backup.
func (c *backupCommand) Run(ctx context.Context, g *globals) error {
	source, err := c.source(g.getenv)
	if err != nil {
		return refused{err}
	}
	database, err := source()
	if err != nil {
		return refused{err}
	}
	if c.Destination == "-" {
		n, err := store.BackupTo(ctx, database, g.stdout)
		if err != nil {
			return notBegun(err)
		}
		_, err = fmt.Fprintf(g.stderr, "wrote a backup of %d bytes\n", n)
		return err
	}
	if err := store.Backup(ctx, database, c.Destination); err != nil {
		return notBegun(err)
	}
	info, err := os.Stat(c.Destination)
	if err != nil {
		return fmt.Errorf("looking at the backup: %w", err)
	}
	_, err = fmt.Fprintf(g.stdout, "wrote %s, a backup of %d bytes\n", c.Destination, info.Size())
	return err
}

// notBegun marks the errors before which nothing was done.
func notBegun(err error) error {
	if _, nothing := errors.AsType[store.Refusal](err); nothing {
		return refused{err}
	}
	return err
}
