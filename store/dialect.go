package store

import (
	"context"
	"database/sql"
	"strconv"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
)

// dialect is where the engines differ. Everything else is one SQL text.
type dialect struct {
	goose      goose.Dialect
	migrations string // the folder of its migrations
	// census counts the tables there are, other than goose's, and those of them that are ours.
	census string
	// columns lists the tables there are, other than goose's, and their columns, both by name.
	columns string
	// othersTables counts the tables that the user may not alter; "": whoever may write may alter.
	othersTables string
	// unhurried lets a transaction take its time, where something would end it; "": nothing would.
	unhurried string
	// now is the server's time in Unix microseconds, as it is when it is asked for; 0 where there is no server.
	now string
	// numbered says that the parameters of many rows are $1, $2, …; otherwise they are nameless, because the SQLite
	// driver takes $1 for a name and looks for the name of every parameter it binds among all of them.
	numbered bool
	// columnwise says that many rows are sent as an array for each column, which the server takes apart: a parameter for
	// each value costs more than all it does with them.
	columnwise bool
	// reading makes several SELECTs see one moment.
	reading sql.TxOptions
	// patience bounds a transaction: 0 for a file, which answers or fails. A server may be gone without a word.
	patience time.Duration
	// alone runs f while no other process migrates the database.
	alone func(ctx context.Context, db *sql.DB, f func() error) error
	// prepare is called once the database is known to be ours.
	prepare func(ctx context.Context, db *sql.DB) error
	// explain says what a person can do about an error.
	explain func(error) error
	// outdated reports an error after which every connection must be made anew.
	outdated func(error) bool
}

// placeholders writes rows tuples of columns parameters: (?,?),(?,?) or ($1,$2),($3,$4).
func (d *dialect) placeholders(rows, columns int) string {
	if !d.numbered {
		tuple := "(?" + strings.Repeat(",?", columns-1) + ")"
		return tuple + strings.Repeat(","+tuple, rows-1)
	}
	b := make([]byte, 0, rows*columns*6)
	for i := range rows * columns {
		switch {
		case i == 0:
			b = append(b, "($"...)
		case i%columns == 0:
			b = append(b, "),($"...)
		default:
			b = append(b, ",$"...)
		}
		b = strconv.AppendInt(b, int64(i+1), 10)
	}
	return string(append(b, ')'))
}

// bounded gives a transaction its time.
func (d *dialect) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	if d.patience == 0 {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, d.patience)
}
