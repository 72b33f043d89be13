package store_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"walletwatch/store"
	"walletwatch/wallet"
)

// released returns the databases that earlier versions left behind, by engine and schema: an account "default" with an open
// episode of wallet 1, that everybody knows of, and one of wallet 2 that is over. Since schema 2, orders 65 and 66 were heard.
func released(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("testdata/schemas/*.sql")
	must(t, err)
	all := map[string]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		must(t, err)
		all[strings.TrimSuffix(filepath.Base(file), ".sql")] = string(text)
	}
	return all
}

// TestEverySchemaHasAFixture asks for a database of each schema that a version may have left behind. A new one is made by
// running that version, and written out with "sqlite3 FILE .dump" or "pg_dump --inserts --no-owner".
func TestEverySchemaHasAFixture(t *testing.T) {
	there := released(t)
	for engine, first := range map[string]string{"sqlite": "00001", "postgres": "00003"} {
		migrations, err := filepath.Glob("migrations/" + engine + "/*.sql")
		must(t, err)
		for _, migration := range migrations {
			number, _, _ := strings.Cut(filepath.Base(migration), "_")
			name := engine + "-" + strings.TrimLeft(number, "0")
			if _, ok := there[name]; !ok && number >= first {
				t.Errorf("%s brings a schema of which there is no testdata/schemas/%s.sql", migration, name)
			}
		}
	}
	if len(there) < 4 {
		t.Errorf("there are only %d", len(there))
	}
}

// left is a database that an earlier version left behind.
func left(t *testing.T, name, text string) database {
	t.Helper()
	db := sqlite(t)
	if strings.HasPrefix(name, "postgres") {
		db = postgres(t)
	}
	raw := db.raw()
	_, err := raw.Exec("BEGIN;\n" + text + "\nCOMMIT;")
	must(t, err)
	if strings.HasPrefix(name, "sqlite") {
		must(t, raw.Close()) // it is in nobody's use
	}
	return db
}

// TestUpgrade opens what every released version left behind, finds everything, and goes on with it.
func TestUpgrade(t *testing.T) {
	for name, text := range released(t) {
		t.Run(name, func(t *testing.T) {
			db := left(t, name, text)
			raw := db.raw()
			before := rowCounts(t, raw)
			s := db.open()
			for table, n := range before {
				if after := rowCounts(t, raw)[table]; after != n {
					t.Errorf("%s had %d rows and has %d", table, n, after)
				}
			}
			if before["spend_minute"] < 50 || before["movement"] < 50 || before["audit"] < 4 || before["balance_sample"] < 2 {
				t.Errorf("there was too little to lose: %v", before)
			}
			knows(t, s, strings.HasSuffix(name, "-1"))
			_, err := s.Update(t.Context(), "default", nil, now, func(b *wallet.Book, _ wallet.Journal) (*wallet.Change, error) {
				next := *b.Wallet(1)
				next.Level = "warning"
				return &wallet.Change{Wallets: []*wallet.State{&next}, Audit: []wallet.Audit{{Wallet: 1, At: now, Event: "level"}}}, nil
			})
			must(t, err)
		})
	}
}

func rowCounts(t *testing.T, raw *sql.DB) map[string]int64 {
	t.Helper()
	counts := map[string]int64{}
	for _, table := range append([]string{"account"}, tables...) {
		var n int64
		if err := raw.QueryRow(`SELECT COUNT(*) FROM ` + table).Scan(&n); err == nil { // it had not all of them from the start
			counts[table] = n
		}
	}
	return counts
}

// knows fails the test unless a store knows what the fixtures hold.
func knows(t *testing.T, s *store.Store, deaf bool) {
	t.Helper()
	book, err := s.Load(t.Context(), "default", nil, now)
	must(t, err)
	poor, mended := book.Wallet(1), book.Wallet(2)
	if poor == nil || poor.Level != "critical" || poor.Proven != "critical" || !poor.Balance.Equal(dec("49")) || !poor.Read.Equal(dec("49")) || len(poor.Spend) < 7 || poor.Since.IsZero() {
		t.Errorf("the wallet with the alert is %+v", poor)
	}
	if mended == nil || mended.Level != "" || mended.Proven != "" || !mended.Read.Equal(dec("4079.5")) || deaf != (len(mended.News) == 0) {
		t.Errorf("the other is %+v", mended)
	}
	for _, d := range book.Dispatches {
		firing := d.Wallet == 1
		if d.Want != d.Accepted || d.Accepted.Firing != firing || d.AcceptedAt.IsZero() || d.Receiver == "slack" && !strings.Contains(d.Handle, `"ts":"17954`) {
			t.Errorf("a delivery is %+v", d)
		}
	}
	open, over := 0, 0
	for _, e := range book.Episodes {
		if e.ResolvedAt.IsZero() && e.Wallet == 1 && e.Level == "critical" && e.Confirmed && len(e.Outcomes) == 2 && e.Since.Equal(poor.Since) {
			open++
		}
		if !e.ResolvedAt.IsZero() && e.Wallet == 2 && e.Level == "warning" {
			over++
		}
	}
	if open != 1 || over != 1 || len(book.Dispatches) != 3 || book.Account.PolledAt.IsZero() || !book.Account.Fill.Complete {
		t.Errorf("%d open and %d ended episodes, %d deliveries, the account %+v", open, over, len(book.Dispatches), book.Account)
	}
	if deaf {
		return
	}
	fresh := remember(t, s, "default", now, "order/65", "order/66", "order/67")
	if fresh[0] || fresh[1] || !fresh[2] {
		t.Errorf("of the orders, are new: %v", fresh)
	}
}

// TestNewerSchemasAreRefused: what a newer version wrote is left as it is, with one sentence.
func TestNewerSchemasAreRefused(t *testing.T) {
	for name, text := range released(t) {
		t.Run(name, func(t *testing.T) {
			db := left(t, name, text+"\nINSERT INTO goose_db_version (version_id, is_applied) VALUES (99, "+map[bool]string{true: "true", false: "1"}[strings.HasPrefix(name, "postgres")]+");")
			before := rowCounts(t, db.raw())
			s, err := store.Open(context.Background(), db.url)
			if err == nil {
				s.Close()
				t.Fatal("it was opened")
			}
			if !strings.Contains(err.Error(), ": it was written by a newer walletwatch (schema 99; this version knows 4): run that version, or restore a backup made before the upgrade") || errors.Unwrap(err) == nil {
				t.Error(err)
			}
			if after := rowCounts(t, db.raw()); len(after) != len(before) {
				t.Errorf("it had the tables %v and has %v", before, after)
			}
		})
	}
}
