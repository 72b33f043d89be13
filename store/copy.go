package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Refusal is why something did not begin. Nothing was changed.
type Refusal string

func (r Refusal) Error() string { return string(r) }

// Copied is how many rows of a table were copied.
type Copied struct {
	Table string
	Rows  int64
}

// Copy copies everything that one database knows to another that knows nothing yet, on any engine: in one transaction
// on the target, which has everything afterwards, compared with the source row by row, or nothing. What was claimed
// is in nobody's hands there, and every job is due. Neither may be in use; of a server that cannot be told. The source
// is only read. The error is a Refusal when there is nothing to copy, nowhere to copy it to, or somebody at work.
func Copy(ctx context.Context, from, to *Store) ([]Copied, error) {
	source, err := from.atLeisure(ctx, &from.dialect.reading)
	if err != nil {
		return nil, fmt.Errorf("beginning to read the source: %w", from.dialect.explain(err))
	}
	defer source.Rollback()
	target, err := to.atLeisure(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("beginning to write the target: %w", to.dialect.explain(err))
	}
	defer target.Rollback()
	c := copying{ctx: ctx, source: source, target: target, dialect: to.dialect}
	if err := c.refuse(from, to); err != nil {
		return nil, err
	}
	report, err := c.all(from.dialect.columns)
	if err != nil {
		return nil, fmt.Errorf("copying (the target is left empty): %w", to.dialect.explain(from.dialect.explain(err)))
	}
	if err := target.Commit(); err != nil {
		return nil, fmt.Errorf("committing the copy: %w", to.dialect.explain(err))
	}
	return report, nil
}

// atLeisure begins a transaction that may take its time.
func (s *Store) atLeisure(ctx context.Context, options *sql.TxOptions) (*sql.Tx, error) {
	tx, err := s.db.BeginTx(ctx, options)
	if err != nil || s.dialect.unhurried == "" {
		return tx, err
	}
	if _, err := tx.ExecContext(ctx, s.dialect.unhurried); err != nil {
		return nil, errors.Join(err, tx.Rollback())
	}
	return tx, nil
}

// copying is one copy under way.
type copying struct {
	ctx            context.Context
	source, target *sql.Tx
	dialect        *dialect // of the target
}

func (c *copying) refuse(from, to *Store) error {
	if from.clock == nil && !from.alone {
		return Refusal("the source is in use: stop the walletwatch that runs on it first")
	}
	if to.clock == nil && !to.alone {
		return Refusal("the target is in use: stop the walletwatch that runs on it first")
	}
	var read, written int64
	if err := c.source.QueryRowContext(c.ctx, `SELECT COUNT(*) FROM account`).Scan(&read); err != nil {
		return fmt.Errorf("looking for accounts in the source: %w", from.dialect.explain(err))
	}
	if err := c.target.QueryRowContext(c.ctx, `SELECT COUNT(*) FROM account`).Scan(&written); err != nil {
		return fmt.Errorf("looking for accounts in the target: %w", to.dialect.explain(err))
	}
	switch {
	case written > 0:
		return Refusal("the target is not empty: accounts are watched in it already; give an empty database")
	case read == 0:
		return Refusal("the source is empty: no account was ever watched in it")
	}
	return nil
}

// all copies every table but that of the jobs, which are due at once where nobody has done any.
func (c *copying) all(columns string) ([]Copied, error) {
	tables, err := c.tables(c.source, columns)
	if err != nil {
		return nil, err
	}
	there, err := c.tables(c.target, c.dialect.columns)
	if err != nil {
		return nil, err
	}
	if !slices.EqualFunc(tables, there, func(a, b table) bool { return a.name == b.name && slices.Equal(a.columns, b.columns) }) {
		return nil, errors.New("the two databases do not have the same tables")
	}
	var report []Copied
	for _, t := range tables {
		if t.name == "duty" {
			continue
		}
		rows, err := c.table(t)
		if err != nil {
			return nil, fmt.Errorf("table %s: %w", t.name, err)
		}
		report = append(report, Copied{Table: t.name, Rows: rows})
	}
	return report, nil
}

// table is a table of the schema, with its columns by name.
type table struct {
	name    string
	columns []string
}

// tables returns the tables that a database has, by name, but that of the accounts first: the others refer to it.
func (c *copying) tables(tx *sql.Tx, query string) ([]table, error) {
	var all []table
	_, err := collect(c.ctx, tx, func(rows *sql.Rows) (none struct{}, err error) {
		var name, column string
		err = rows.Scan(&name, &column)
		if len(all) == 0 || all[len(all)-1].name != name {
			all = append(all, table{name: name})
		}
		last := &all[len(all)-1]
		last.columns = append(last.columns, column)
		return none, err
	}, query)
	if err != nil {
		return nil, fmt.Errorf("reading the schema: %w", err)
	}
	slices.SortStableFunc(all, func(a, b table) int { return rank(a) - rank(b) })
	return all, nil
}

func rank(t table) int {
	if t.name == "account" {
		return 0
	}
	return 1
}

// table copies one table, reads it back, and returns how many rows it has.
func (c *copying) table(t table) (int64, error) {
	list := strings.Join(t.columns, ", ")
	most := rowsPerStatement(len(t.columns))
	args := make([]any, 0, most*len(t.columns))
	flush := func() error {
		if len(args) == 0 {
			return nil
		}
		_, err := c.target.ExecContext(c.ctx, `INSERT INTO `+t.name+` (`+list+`) VALUES `+
			c.dialect.placeholders(len(args)/len(t.columns), len(t.columns)), args...)
		args = args[:0]
		return err
	}
	sent := newDigest()
	err := eachRow(c.ctx, c.source, `SELECT `+list+` FROM `+t.name, len(t.columns), func(row []any) error {
		if err := t.moved(row); err != nil {
			return err
		}
		sent.add(row)
		args = append(args, row...)
		if len(args) < most*len(t.columns) {
			return nil
		}
		return flush()
	})
	if err == nil {
		err = flush()
	}
	if err != nil {
		return 0, err
	}
	return sent.rows, c.compare(t, list, sent)
}

// moved makes a row one of the target: nobody there holds what was claimed, and text is such that every engine takes
// it, which what an old version stored in a file need not be.
func (t table) moved(row []any) error {
	for i, name := range t.columns {
		switch v := row[i].(type) {
		case string:
			row[i] = clean(v)
		case int64:
		default:
			return fmt.Errorf("column %s holds a %T", name, v)
		}
		switch name {
		case "claim":
			row[i] = ""
		case "claimed_until":
			row[i] = int64(0)
		}
	}
	return nil
}

// compare reads a table of the target and reports whether it holds what was sent there.
func (c *copying) compare(t table, list string, sent *digest) error {
	stored := sent.fresh()
	err := eachRow(c.ctx, c.target, `SELECT `+list+` FROM `+t.name, len(t.columns), func(row []any) error {
		stored.add(row)
		return nil
	})
	if err != nil {
		return fmt.Errorf("reading it back: %w", err)
	}
	if stored.rows != sent.rows || stored.sum != sent.sum {
		return fmt.Errorf("what the target holds (%d rows) is not what the source holds (%d rows)", stored.rows, sent.rows)
	}
	return nil
}
