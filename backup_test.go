package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/shopspring/decimal"

	"walletwatch/store/pgtest"
)

// TestBackupOfARunningDaemon takes backups while orders come in from several sides: each is sound, and has every order that
// was acknowledged before it was asked for.
func TestBackupOfARunningDaemon(t *testing.T) {
	t.Parallel()
	w := hearing(t)
	w.api.SetBalance(1, decimal.NewFromInt(5_000_000))
	d := w.start()
	eventually(t, "the wallet is ok", func() bool { return d.level(1) == "ok" })
	ctx, stop := context.WithCancel(t.Context())
	var mu sync.Mutex
	var acknowledged []string
	var senders sync.WaitGroup
	defer senders.Wait()
	defer stop()
	for range 4 {
		senders.Go(func() {
			for ctx.Err() == nil {
				body := w.order(1, "10", 1)
				d.takes(body)
				var order struct{ ID json.Number }
				if err := json.Unmarshal(body, &order); err != nil {
					t.Error(err)
				}
				mu.Lock()
				acknowledged = append(acknowledged, "order/"+order.ID.String())
				mu.Unlock()
			}
		})
	}
	for round := range 6 {
		eventually(t, "more orders", func() bool {
			mu.Lock()
			defer mu.Unlock()
			return len(acknowledged) > 20*(round+1)
		})
		mu.Lock()
		before := append([]string(nil), acknowledged...)
		mu.Unlock()
		path := filepath.Join(w.dir, fmt.Sprintf("backup-%d.db", round))
		if round%2 == 0 {
			if status, out, complaint := w.command("backup", path, "--database", "sqlite://"+w.stateFile()); status != exitFine || !strings.Contains(out, "wrote "+path) {
				t.Fatalf("%d %s %s", status, out, complaint)
			}
		} else {
			w.env["WALLETWATCH_DATABASE"] = "sqlite://" + w.stateFile()
			status, out, complaint := w.command("backup", "-")
			if status != exitFine || !strings.Contains(complaint, fmt.Sprintf("wrote a backup of %d bytes", len(out))) {
				t.Fatalf("%d %s", status, complaint)
			}
			if err := os.WriteFile(path, []byte(out), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		hasAll(t, path, before)
	}
}

// hasAll fails the test unless a backup is sound and has these keys.
func hasAll(t *testing.T, path string, keys []string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var sound string
	if err := db.QueryRow(`PRAGMA integrity_check`).Scan(&sound); err != nil || sound != "ok" {
		t.Errorf("integrity_check: %s %v", sound, err)
	}
	for _, key := range keys {
		var n int
		if err := db.QueryRow(`SELECT COUNT(*) FROM heard WHERE key = ?`, key).Scan(&n); err != nil || n != 1 {
			t.Fatalf("%s was acknowledged, and the backup has it %d times (%v)", key, n, err)
		}
	}
}

// TestRestore puts a backup in place that has an alert open which ended since, and one ended that is open since. Whatever the
// engine, the restored daemon brings the receivers to what is true.
func TestRestore(t *testing.T) {
	for name, engine := range map[string]func(*testing.T, *world) (database string, backup, restore func()){"sqlite": restorableFile, "postgres": restorableServer} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.spent(1, "USD", "1000", "5000")
			w.spent(2, "EUR", "1000", "5000")
			database, backup, restore := engine(t, w)
			d := w.start("--database", database)
			eventually(t, "the wallets are ok", func() bool { return d.level(1) == "ok" && d.level(2) == "ok" })
			w.api.SetBalance(1, decimal.NewFromInt(10))
			eventually(t, "the page", func() bool { return w.pages("walletwatch/default/1") && d.pendingDeliveries() == 0 })
			backup()
			w.api.TopUp(1, decimal.NewFromInt(9000))
			eventually(t, "the page closes", func() bool { return w.pages() && d.pendingDeliveries() == 0 })
			w.api.SetBalance(2, decimal.NewFromInt(10))
			eventually(t, "the other page", func() bool { return w.pages("walletwatch/default/2") && d.pendingDeliveries() == 0 })
			d.end()
			restore()

			requests := w.pager.Requests()
			d = w.start("--database", database)
			eventually(t, "both are told again", func() bool { return w.pager.Requests() >= requests+2 })
			eventually(t, "what is true is shown", func() bool {
				return w.pages("walletwatch/default/2") && d.level(1) == "ok" && d.level(2) == "critical" && d.pendingDeliveries() == 0
			})
			if n := len(w.pager.Incidents()); n != 2 {
				t.Errorf("%d incidents for two episodes", n)
			}
			w.api.TopUp(2, decimal.NewFromInt(9000))
			eventually(t, "the other page closes", func() bool { return w.pages() && d.pendingDeliveries() == 0 })
			for _, m := range w.slack.Messages("#wallet-alerts") {
				if n := len(w.slack.Messages("#wallet-alerts")); n > 3 || m.Text == "" {
					t.Errorf("%d messages for two episodes, one of which the backup did not know", n)
				}
			}
		})
	}
}

func restorableFile(t *testing.T, w *world) (database string, backup, restore func()) {
	path, copied := w.stateFile(), filepath.Join(w.dir, "backup.db")
	backup = func() {
		if status, _, complaint := w.command("backup", copied, "--database", "sqlite://"+path); status != exitFine {
			t.Fatal(complaint)
		}
	}
	restore = func() {
		for _, beside := range []string{path + "-wal", path + "-shm"} {
			if err := os.Remove(beside); err != nil && !os.IsNotExist(err) {
				t.Fatal(err)
			}
		}
		if err := os.Rename(copied, path); err != nil {
			t.Fatal(err)
		}
	}
	return "sqlite://" + path, backup, restore
}

func restorableServer(t *testing.T, w *world) (database string, backup, restore func()) {
	server := cluster.Server(t)
	name, err := server.Create()
	if err != nil {
		t.Fatal(err)
	}
	run := func(program string, args ...string) string {
		text, err := server.Run(program, args...)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	// As docs/backup.md says. walletwatch's user owns its database and nothing else, as on most servers.
	owner := name + "owner"
	run("createuser", owner)
	empty := func() {
		run("dropdb", "--force", name)
		run("createdb", "--owner="+owner, name)
	}
	empty()
	database = strings.Replace(pgtest.URL(server.Address(), name), "//"+pgtest.Superuser+"@", "//"+owner+"@", 1)
	dump := filepath.Join(server.Folder(), name+".dump")
	backup = func() { run("pg_dump", "--format=custom", "--file="+dump, database) }
	restore = func() {
		empty()
		run("pg_restore", "--exit-on-error", "--no-owner", "--dbname="+database, dump)
	}
	return database, backup, restore
}

func TestBackupRefuses(t *testing.T) {
	w := newWorld(t)
	w.env["WALLETWATCH_DATABASE"] = "postgres://user:hunter2@host/db"
	there := filepath.Join(w.dir, "there.db")
	if err := os.WriteFile(there, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"PostgreSQL":        {[]string{there + "2"}, "pg_dump"},
		"PostgreSQL, out":   {[]string{"-"}, "pg_dump"},
		"no database":       {[]string{there + "2", "--database", "sqlite://" + w.dir + "/typo.db"}, "there is no database at"},
		"a file that is in": {[]string{there, "--database", "sqlite://" + there}, "is there already"},
		"no destination":    {nil, "expected"},
	} {
		status, out, complaint := w.command(append([]string{"backup"}, c.args...)...)
		if status != exitRefused || !strings.Contains(complaint, c.want) || strings.Contains(out+complaint, "hunter2") {
			t.Errorf("%s: %d %s %s", name, status, out, complaint)
		}
	}
	if text, _ := os.ReadFile(there); string(text) != "mine" {
		t.Error("a backup has overwritten a file")
	}
}
