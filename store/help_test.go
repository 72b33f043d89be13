package store_test

import (
	"context"
	"database/sql"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"walletwatch/store"
	"walletwatch/store/pgtest"
	"walletwatch/wallet"
)

// now is the moment at which every test stores and looks.
var now = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

const account = "production"

// database is one database of an engine.
type database struct {
	url  string
	open func() *store.Store // another handle on it, closed with the test
	raw  func() *sql.DB      // the same without the store, for what it has no question for
}

// forEachStore runs a test on a fresh database of every engine.
func forEachStore(t *testing.T, test func(t *testing.T, db database)) {
	engines := map[string]func(testing.TB) database{"sqlite": sqlite, "postgres": postgres}
	for name, engine := range engines {
		t.Run(name, func(t *testing.T) { test(t, engine(t)) })
	}
}

func sqlite(t testing.TB) database {
	path := filepath.Join(t.TempDir(), "w.db")
	return database{
		url:  "sqlite://" + path,
		open: func() *store.Store { return open(t, "sqlite://"+path) },
		raw:  func() *sql.DB { return rawSQLite(t, path) },
	}
}

func postgres(t testing.TB) database {
	url := server.URL(t)
	return database{
		url:  url,
		open: func() *store.Store { return open(t, url) },
		raw: func() *sql.DB {
			db, err := sql.Open("pgx", url)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { db.Close() })
			return db
		},
	}
}

// server is the PostgreSQL server of all these tests.
var server pgtest.Shared

func open(t testing.TB, url string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func rawSQLite(t testing.TB, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func load(t testing.TB, s *store.Store, known *wallet.Book) *wallet.Book {
	t.Helper()
	b, err := s.Load(context.Background(), account, known, now)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// put stores a change that does not depend on the book.
func put(t testing.TB, s *store.Store, c *wallet.Change) *wallet.Book {
	t.Helper()
	return edit(t, s, nil, func(*wallet.Book, wallet.Journal) (*wallet.Change, error) { return c, nil })
}

func edit(t testing.TB, s *store.Store, known *wallet.Book, f func(*wallet.Book, wallet.Journal) (*wallet.Change, error)) *wallet.Book {
	t.Helper()
	b, err := s.Update(context.Background(), account, known, now, f)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func dec(s string) decimal.Decimal { return decimal.RequireFromString(s) }

// number asks a raw database for one number.
func number(t testing.TB, db *sql.DB, query string, args ...any) int64 {
	t.Helper()
	var n int64
	if err := db.QueryRow(query, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// seeded returns the same random numbers in every run.
func seeded(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 1)) }
