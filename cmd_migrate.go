package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"walletwatch/store"
)

type migrateCommand struct {
	From string `help:"The database to copy, such as sqlite://walletwatch.db; without it, that of the environment." placeholder:"URL"`
	To   string `help:"The empty database to copy it to, such as postgres://USER:PASSWORD@HOST/DATABASE; without it, that of the environment." placeholder:"URL"`
}

// Help is what "walletwatch migrate --help" says beside the flags.
func (c *migrateCommand) Help() string {
	return `Copies everything that walletwatch knows from one database to another, empty one, in one transaction, and compares the two: open
alerts go on under their dedup keys and in their Slack messages. It works in both directions, from SQLite to PostgreSQL and back.

Stop walletwatch first. One that runs on a SQLite file is noticed and nothing is copied; one that runs on PostgreSQL cannot be seen
from here, so make sure that every replica has stopped. The source is only read, after it was brought up to this version's schema.

The flag that is left out is $WALLETWATCH_DATABASE or the file named by $WALLETWATCH_DATABASE_FILE, so that no password need stand
in the arguments.`
}

// Run copies one database to another.
func (c *migrateCommand) Run(ctx context.Context, g *globals) error {
	source, target, err := c.ends(g.getenv)
	if err != nil {
		return refused{err}
	}
	from, err := store.OpenExisting(ctx, source)
	if err != nil {
		return refused{err}
	}
	defer from.Close()
	to, err := store.OpenFrom(ctx, target)
	if err != nil {
		return refused{err}
	}
	defer to.Close()
	report, err := store.Copy(ctx, from, to)
	if err != nil {
		return notBegun(err)
	}
	return c.tell(g.stdout, report)
}

// ends returns where to copy from and to.
func (c *migrateCommand) ends(getenv func(string) (string, bool)) (from, to store.Source, err error) {
	if c.From == "" && c.To == "" {
		return nil, nil, errors.New("give --from, --to, or both; the one left out is the database of the environment")
	}
	if from, err = end("--from", c.From, getenv); err != nil {
		return nil, nil, err
	}
	to, err = end("--to", c.To, getenv)
	return from, to, err
}

// end is the database that a flag names, or without it the environment.
func end(flag, url string, getenv func(string) (string, bool)) (store.Source, error) {
	if url != "" {
		return store.At(url), nil
	}
	url, _ = getenv("WALLETWATCH_DATABASE")
	if file, _ := getenv("WALLETWATCH_DATABASE_FILE"); url == "" && file == "" {
		return nil, fmt.Errorf("%s is missing, and the environment has neither WALLETWATCH_DATABASE nor WALLETWATCH_DATABASE_FILE", flag)
	}
	return databaseFlag{Database: url}.source(getenv)
}

// tell prints what was copied, and what to do next.
func (c *migrateCommand) tell(out io.Writer, report []store.Copied) error {
	for _, t := range report {
		if _, err := fmt.Fprintf(out, "%-15s %d\n", t.Table, t.Rows); err != nil {
			return err
		}
	}
	_, err := fmt.Fprint(out, `Everything was copied and compared. Next: start walletwatch on the new database (--database or WALLETWATCH_DATABASE). The old one is as
it was: keep it until the new one has proved itself, and do not run on both, or each pages for itself.
`)
	return err
}
