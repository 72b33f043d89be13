package store_test

import (
	"slices"
	"testing"
)

// TestSchema holds the schema to its own words: every table is STRICT, money is text, and there is no type in which an
// amount or an instant could lose a digit.
func TestSchema(t *testing.T) {
	db := sqlite(t)
	db.open()
	raw := db.raw()
	rows, err := raw.Query(`SELECT t.name, t.strict, c.name, c.type, c."notnull" FROM pragma_table_list t JOIN pragma_table_info(t.name) c
		WHERE t.schema = 'main' AND t.name NOT LIKE 'sqlite_%' AND t.name <> 'goose_db_version'`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	money := []string{"wallet.balance", "wallet.read_balance", "wallet.news", "wallet.spend", "spend_minute.amount", "balance_sample.balance"}
	found := map[string]bool{}
	for rows.Next() {
		var table, column, kind string
		var strict, notNull int
		if err := rows.Scan(&table, &strict, &column, &kind, &notNull); err != nil {
			t.Fatal(err)
		}
		found[table] = true
		if strict != 1 {
			t.Errorf("%s is not STRICT", table)
		}
		if notNull != 1 {
			t.Errorf("%s.%s may be NULL", table, column)
		}
		if kind != "TEXT" && kind != "INTEGER" {
			t.Errorf("%s.%s is a %s", table, column, kind)
		}
		if i := slices.Index(money, table+"."+column); i >= 0 {
			money = slices.Delete(money, i, i+1)
			if kind != "TEXT" {
				t.Errorf("the money in %s.%s is kept as %s", table, column, kind)
			}
		}
	}
	if len(money) > 0 {
		t.Errorf("there is no %v", money)
	}
	for _, table := range append([]string{"account"}, tables...) {
		if !found[table] {
			t.Errorf("there is no table %s", table)
		}
	}
	if len(found) != len(tables)+1 {
		t.Errorf("there are %d tables; those of the tests are %d and account", len(found), len(tables))
	}
}
