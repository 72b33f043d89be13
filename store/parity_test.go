package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/shopspring/decimal"

	"walletwatch/store"
	"walletwatch/wallet"
)

// described lists what query says of a schema, one line a row.
func described(t *testing.T, db *sql.DB, query string) []string {
	t.Helper()
	rows, err := db.Query(query)
	must(t, err)
	defer rows.Close()
	var all []string
	for rows.Next() {
		var line string
		must(t, rows.Scan(&line))
		all = append(all, line)
	}
	must(t, rows.Err())
	slices.Sort(all)
	return all
}

// TestSchemasAgree: both engines have the same tables with the same columns, keys, indexes and defaults, and whatever tells
// rows apart or is sorted by is compared byte by byte on PostgreSQL too.
func TestSchemasAgree(t *testing.T) {
	file, server := sqlite(t), postgres(t)
	file.open()
	server.open()
	lite, post := file.raw(), server.raw()
	for what, queries := range map[string][2]string{
		"columns": {
			`SELECT t.name || '.' || c.name || ' ' || c.type || ' ' || c."notnull" || ' ' || COALESCE(c.dflt_value, 'none') FROM sqlite_master t JOIN pragma_table_info(t.name) c
				WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND t.name <> 'goose_db_version'`,
			`SELECT table_name || '.' || column_name || ' ' || CASE data_type WHEN 'text' THEN 'TEXT' WHEN 'bigint' THEN 'INTEGER' ELSE data_type END || ' ' ||
				CASE is_nullable WHEN 'NO' THEN 1 ELSE 0 END || ' ' || COALESCE(replace(column_default, '::text', ''), 'none') FROM information_schema.columns
				WHERE table_schema = 'public' AND table_name <> 'goose_db_version'`},
		"primary keys": {
			`SELECT t.name || ' ' || c.name || ' ' || c.pk FROM sqlite_master t JOIN pragma_table_info(t.name) c
				WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND t.name <> 'goose_db_version' AND c.pk > 0`,
			`SELECT k.table_name || ' ' || k.column_name || ' ' || k.ordinal_position FROM information_schema.table_constraints c
				JOIN information_schema.key_column_usage k USING (constraint_schema, constraint_name)
				WHERE c.constraint_type = 'PRIMARY KEY' AND k.table_schema = 'public' AND k.table_name <> 'goose_db_version'`},
		"references": {
			`SELECT t.name || '.' || f."from" || ' to ' || f."table" || '.' || f."to" FROM sqlite_master t JOIN pragma_foreign_key_list(t.name) f WHERE t.type = 'table'`,
			`SELECT k.table_name || '.' || k.column_name || ' to ' || u.table_name || '.' || u.column_name FROM information_schema.table_constraints c
				JOIN information_schema.key_column_usage k USING (constraint_schema, constraint_name)
				JOIN information_schema.constraint_column_usage u USING (constraint_schema, constraint_name) WHERE c.constraint_type = 'FOREIGN KEY'`},
		"indexes": {
			`SELECT name || ' on ' || tbl_name || substr(sql, instr(sql, ' (')) FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL`,
			`SELECT indexname || ' on ' || tablename || substring(indexdef FROM ' \([a-z_, ]*\)$') FROM pg_indexes WHERE schemaname = 'public' AND indexname NOT LIKE '%_pkey'`},
	} {
		one, other := described(t, lite, queries[0]), described(t, post, queries[1])
		if len(one) < 2 || !slices.Equal(one, other) {
			t.Errorf("the %s differ:\n%s\n\n%s", what, strings.Join(one, "\n"), strings.Join(other, "\n"))
		}
	}
	loose := described(t, post, `SELECT k.table_name || '.' || k.column_name FROM information_schema.key_column_usage k JOIN information_schema.columns c USING (table_schema, table_name, column_name)
		WHERE k.table_schema = 'public' AND c.data_type = 'text' AND c.collation_name IS DISTINCT FROM 'C'`)
	if len(loose) > 0 {
		t.Errorf("as people sort, and not byte by byte, are compared: %v", loose)
	}
}

// TestMigrationsAgree: a schema has the same number on both engines.
func TestMigrationsAgree(t *testing.T) {
	numbers := func(engine string) (all []string) {
		files, err := filepath.Glob("migrations/" + engine + "/*.sql")
		must(t, err)
		for _, f := range files {
			all = append(all, filepath.Base(f))
		}
		return all
	}
	if one, other := numbers("sqlite"), numbers("postgres"); len(one) < 3 || !slices.Equal(one, other) {
		t.Errorf("%v and %v", one, other)
	}
}

// TestOpenTogether lets replicas start at the same moment on an empty database: each finds the schema, which one made.
func TestOpenTogether(t *testing.T) {
	for range 5 {
		url := server.URL(t)
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				s, err := store.Open(context.Background(), url)
				if err != nil {
					t.Error(err)
					return
				}
				defer s.Close()
				if _, err := s.Load(context.Background(), account, nil, now); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		s := open(t, url)
		put(t, s, everything())
		must(t, s.Close())
	}
}

// TestReplicasLoseNothing counts up on eight handles at once, each of which knows an old book most of the time.
func TestReplicasLoseNothing(t *testing.T) {
	const handles, rounds = 8, 30
	forEachStore(t, func(t *testing.T, db database) {
		load(t, db.open(), nil)
		var wg sync.WaitGroup
		for range handles {
			s := db.open()
			wg.Go(func() {
				var known *wallet.Book
				for i := range rounds {
					b, err := s.Update(context.Background(), account, known, now, countUp)
					if err != nil {
						t.Error(err)
						return
					}
					if i%3 == 0 {
						known = b
					}
				}
			})
		}
		wg.Wait()
		s := db.open()
		if got := load(t, s, nil); !got.Wallets[0].Balance.Equal(decimal.NewFromInt(handles*rounds)) || got.Version != handles*rounds+1 {
			t.Errorf("counted up to %s in version %d, want %d", got.Wallets[0].Balance, got.Version, handles*rounds)
		}
		if got := spent(t, s, wallet.SpendFromLedger); !got.Equal(decimal.New(handles*rounds, -1)) {
			t.Errorf("the sum of the spend is %s, want %d tenths", got, handles*rounds)
		}
	})
}

// TestTextFromOutside: both engines store the same text, whatever comes, and tell the same keys apart.
func TestTextFromOutside(t *testing.T) {
	texts := []string{"a\x00b", "\xff\xfe", "half \xe2\x82", "", "ünï 漢字 🔴", "'; DROP TABLE wallet; --", strings.Repeat("x", 100_000), "\\x00", "a\uFFFDb"}
	kept := map[string]map[string][]string{}
	for name, engine := range map[string]func(testing.TB) database{"sqlite": sqlite, "postgres": postgres} {
		db := engine(t)
		s := db.open()
		load(t, s, nil)
		fresh := remember(t, s, account, now, texts...)
		if want := []bool{true, true, true, true, true, true, true, true, false}; !slices.Equal(fresh, want) {
			t.Errorf("%s: as keys, are new: %v, want %v", name, fresh, want) // the last is what the first became
		}
		c := &wallet.Change{}
		for i, text := range texts {
			c.Account = &wallet.Account{Name: account, CreatedAt: now, Fault: wallet.Fault{Message: text}}
			id := int64(i + 1)
			c.Wallets = append(c.Wallets, &wallet.State{Account: account, ID: id, Currency: text, Type: wallet.Type(text), Doubt: text})
			c.Dispatches = append(c.Dispatches, &wallet.Dispatch{Key: wallet.Key{Account: account, Wallet: id}, Receiver: "slack", Handle: text, LastError: text})
			c.Episodes = append(c.Episodes, &wallet.Episode{Key: wallet.Key{Account: account, Wallet: id}, Since: now, Outcomes: []wallet.Outcome{{Receiver: "slack", LastError: text}}})
			c.Audit = append(c.Audit, wallet.Audit{Wallet: id, At: now, Event: "level", Detail: text})
			put(t, s, c)
			c = &wallet.Change{}
		}
		book := load(t, db.open(), nil)
		for i, text := range texts {
			want := strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", "\uFFFD"), "\uFFFD")
			w, d := book.Wallets[i], book.Dispatches[i]
			for what, got := range map[string]string{"currency": w.Currency, "type": string(w.Type), "doubt": w.Doubt, "handle": d.Handle, "error": d.LastError} {
				if got != want {
					t.Errorf("%s: the %s %.30q became %.30q", name, what, text, got)
				}
			}
		}
		kept[name] = contents(t, db.raw())
	}
	if !maps.EqualFunc(kept["sqlite"], kept["postgres"], slices.Equal) {
		for table := range kept["sqlite"] {
			if !slices.Equal(kept["sqlite"][table], kept["postgres"][table]) {
				t.Errorf("%s differs:\n%.3000s\n\n%.3000s", table, fmt.Sprint(kept["sqlite"][table]), fmt.Sprint(kept["postgres"][table]))
			}
		}
	}
}
