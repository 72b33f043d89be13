package store_test

import (
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"walletwatch/store"
	"walletwatch/store/pgtest"
	"walletwatch/wallet"
)

// contents returns all rows of every table, in an order of their own, each column with its name.
func contents(t testing.TB, db *sql.DB) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	for _, table := range append([]string{"account"}, tables...) {
		rows, err := db.Query(`SELECT * FROM ` + table)
		if err != nil {
			t.Fatal(err)
		}
		columns, err := rows.Columns()
		if err != nil {
			t.Fatal(err)
		}
		all[table] = []string{}
		for rows.Next() {
			values, fields := make([]any, len(columns)), make([]string, len(columns))
			for i := range values {
				values[i] = new(any)
			}
			if err := rows.Scan(values...); err != nil {
				t.Fatal(err)
			}
			for i, v := range values {
				fields[i] = fmt.Sprintf("%s=%q", columns[i], fmt.Sprint(*v.(*any)))
			}
			all[table] = append(all[table], strings.Join(slices.Sorted(slices.Values(fields)), " "))
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		slices.Sort(all[table])
	}
	return all
}

// lived fills a database with an account in which everything has happened, and another with many rows.
func lived(t testing.TB, s *store.Store, samples int) {
	t.Helper()
	load(t, s, nil)
	edit(t, s, nil, func(_ *wallet.Book, j wallet.Journal) (*wallet.Change, error) {
		if _, err := j.Remember([]string{"order/1", "event/ä"}, now); err != nil {
			return nil, err
		}
		_, err := j.Count([]wallet.Movement{{ID: 7, CreatedAt: now, Status: wallet.StatusCompleted}, {ID: 8, CreatedAt: now, Status: wallet.StatusPending}})
		return everything(), err
	})
	const other = "sandbox"
	if _, err := s.Load(t.Context(), other, nil, now); err != nil {
		t.Fatal(err)
	}
	c := &wallet.Change{}
	for i := range samples {
		c.Samples = append(c.Samples, wallet.Sample{Wallet: int64(i % 7), At: now.Add(time.Duration(i) * time.Second), Balance: decimal.New(int64(i), -2)})
		c.Audit = append(c.Audit, wallet.Audit{Wallet: 1, At: now, Event: "level", Detail: "the same again"})
	}
	if _, err := s.Update(t.Context(), other, nil, now, func(*wallet.Book, wallet.Journal) (*wallet.Change, error) { return c, nil }); err != nil {
		t.Fatal(err)
	}
	turn, err := s.Take(t.Context(), wallet.Duty{Account: account, Job: wallet.ReadBalances, Claim: "me", Now: now, Until: now.Add(time.Minute), Latest: now.Add(time.Hour)})
	if err != nil || !turn.Mine() {
		t.Fatalf("%+v %v", turn, err)
	}
}

// TestCopy moves a database to another engine, and back to where it came from.
func TestCopy(t *testing.T) {
	for _, samples := range []int{0, 450, 1000} {
		for name, engines := range map[string][2]func(testing.TB) database{
			"sqlite to postgres": {sqlite, postgres}, "postgres to sqlite": {postgres, sqlite}, "sqlite to sqlite": {sqlite, sqlite}, "postgres to postgres": {postgres, postgres},
		} {
			t.Run(fmt.Sprintf("%s %d", name, samples), func(t *testing.T) {
				from, to := engines[0](t), engines[1](t)
				source, target := from.open(), to.open()
				lived(t, source, samples)
				before := contents(t, from.raw())
				report, err := store.Copy(t.Context(), source, target)
				must(t, err)
				if after := contents(t, from.raw()); !maps.EqualFunc(before, after, slices.Equal) {
					t.Error("the source was changed")
				}
				sameContents(t, contents(t, to.raw()), before)
				for _, c := range report {
					if c.Rows != int64(len(before[c.Table])) {
						t.Errorf("%d rows of %s are reported; there are %d", c.Rows, c.Table, len(before[c.Table]))
					}
				}
				if len(report) != len(tables) || report[0].Table != "account" { // all but the jobs, and the accounts
					t.Errorf("the report is %v", report)
				}
				goesOn(t, source, target)
			})
		}
	}
}

// sameContents compares a copy with what it was made of.
func sameContents(t *testing.T, got, want map[string][]string) {
	t.Helper()
	want["duty"] = []string{}
	for table := range want {
		if table == "dispatch" { // compared by goesOn, which knows what changes
			if len(got[table]) != len(want[table]) {
				t.Errorf("%d deliveries of %d", len(got[table]), len(want[table]))
			}
			continue
		}
		if !slices.Equal(got[table], want[table]) {
			t.Errorf("%s holds\n%.2000s, want\n%.2000s", table, strings.Join(got[table], "\n"), strings.Join(want[table], "\n"))
		}
	}
}

// goesOn compares the books of a copy and its source, and works with the copy.
func goesOn(t *testing.T, source, target *store.Store) {
	t.Helper()
	want := load(t, source, nil)
	for _, d := range want.Dispatches {
		if d.Claim == "" || d.ClaimedUntil.IsZero() {
			t.Error("the source has nothing claimed")
		}
		d.Claim, d.ClaimedUntil = "", time.Time{}
	}
	got := load(t, target, nil)
	for _, problem := range bookDifferences(got, want) {
		t.Error(problem)
	}
	if next := put(t, target, everything()); next.Version != want.Version+1 {
		t.Errorf("after version %d comes %d", want.Version, next.Version)
	}
	if fresh := remember(t, target, account, now, "order/1", "event/ä", "order/2"); !slices.Equal(fresh, []bool{false, false, true}) {
		t.Errorf("of what was heard, is new: %v", fresh)
	}
	turn, err := target.Take(t.Context(), wallet.Duty{Account: account, Job: wallet.ReadBalances, Claim: "you", Now: now, Until: now.Add(time.Minute), Latest: now.Add(time.Hour)})
	if err != nil || !turn.Mine() {
		t.Errorf("the job is in somebody's hands: %+v %v", turn, err)
	}
}

func TestCopyRefuses(t *testing.T) {
	full, empty := sqlite(t), sqlite(t)
	source := full.open()
	lived(t, source, 1)
	_, err := store.Copy(t.Context(), empty.open(), postgres(t).open())
	refusal(t, err, "the source is empty")

	occupied := postgres(t)
	target := occupied.open()
	load(t, target, nil)
	before := contents(t, occupied.raw())
	_, err = store.Copy(t.Context(), source, target)
	refusal(t, err, "the target is not empty")
	if after := contents(t, occupied.raw()); !maps.EqualFunc(before, after, slices.Equal) {
		t.Error("the target was changed")
	}
	_, err = store.Copy(t.Context(), full.open(), postgres(t).open()) // while the first handle is there
	refusal(t, err, "the source is in use")
	shared := sqlite(t)
	shared.open()
	_, err = store.Copy(t.Context(), source, shared.open())
	refusal(t, err, "the target is in use")
}

// TestCopyMendsText: what an old version stored in a file need not be text that PostgreSQL takes.
func TestCopyMendsText(t *testing.T) {
	from, to := sqlite(t), postgres(t)
	source := from.open()
	load(t, source, nil)
	if _, err := from.raw().Exec(`UPDATE account SET fault_message = CAST(x'41004280ff43' AS TEXT)`); err != nil {
		t.Fatal(err)
	}
	target := to.open()
	_, err := store.Copy(t.Context(), source, target)
	must(t, err)
	if got := load(t, target, nil).Account.Fault.Message; got != "A\uFFFDB\uFFFDC" {
		t.Errorf("the text became %q", got)
	}
}

// TestCopyIsCompared: a target that stores something else than it was given is found out, and has nothing afterwards.
func TestCopyIsCompared(t *testing.T) {
	source := sqlite(t).open()
	lived(t, source, 500)
	for name, becomes := range map[string]string{"another row": "NEW.balance := '0.01'; RETURN NEW;", "a row less": "RETURN NULL;"} {
		db := postgres(t)
		target, raw := db.open(), db.raw()
		_, err := raw.Exec(`CREATE FUNCTION lie() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.balance = '3.33' THEN ` + becomes + ` END IF; RETURN NEW; END $$;
			CREATE TRIGGER lie BEFORE INSERT ON balance_sample FOR EACH ROW EXECUTE FUNCTION lie()`)
		must(t, err)
		if _, err := store.Copy(t.Context(), source, target); err == nil || !strings.Contains(err.Error(), "table balance_sample: what the target holds") {
			t.Errorf("%s: %v", name, err)
		}
		if n := number(t, raw, `SELECT COUNT(*) FROM account`); n != 0 {
			t.Errorf("%s: %d accounts are left", name, n)
		}
	}
}

// TestCopyThatFails breaks the connection ever later, until a copy succeeds: whatever fails leaves nothing behind.
func TestCopyThatFails(t *testing.T) {
	from := sqlite(t)
	source := from.open()
	lived(t, source, 3000)
	direct := postgres(t)
	wire := pgtest.NewWire(t, server.Server(t).Address())
	target := open(t, pgtest.URL(wire.Address(), direct.url[strings.LastIndexByte(direct.url, '/')+1:strings.IndexByte(direct.url, '?')]))
	failures := 0
	for carried := int64(100); ; carried += carried/3 + 500 {
		wire.Carry(carried)
		report, err := store.Copy(t.Context(), source, target)
		wire.Carry(1 << 62)
		if err == nil {
			sameContents(t, contents(t, direct.raw()), contents(t, from.raw()))
			if len(report) == 0 {
				t.Error("no report")
			}
			break
		}
		failures++
		for table, rows := range contents(t, direct.raw()) {
			if len(rows) > 0 {
				t.Fatalf("after %d bytes %d rows are left in %s (%v)", carried, len(rows), table, err)
			}
		}
	}
	if failures < 5 {
		t.Errorf("only %d copies failed", failures)
	}
}
