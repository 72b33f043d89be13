package main

import (
	"database/sql"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"walletwatch/store/pgtest"
)

func (w *world) stateFile() string { return filepath.Join(w.dir, "state.db") }

// pages reports whether the open incidents are those of these wallets.
func (w *world) pages(keys ...string) bool {
	var open []string
	for _, i := range w.pager.OpenIncidents() {
		open = append(open, i.DedupKey)
	}
	slices.Sort(open)
	return slices.Equal(open, keys)
}

// TestMigrateAnInstallation moves a daemon with open alerts to PostgreSQL and back again: every alert goes on where its
// receivers know it, and none is told anew.
func TestMigrateAnInstallation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.spent(1, "USD", "1000", "5000")
	w.spent(2, "EUR", "1000", "5000")
	file, server := "sqlite://"+w.stateFile(), cluster.URL(t)

	d := w.start()
	eventually(t, "the wallets are ok", func() bool { return d.level(1) == "ok" && d.level(2) == "ok" })
	w.api.SetBalance(1, decimal.NewFromInt(10))
	w.api.SetBalance(2, decimal.NewFromInt(150))
	eventually(t, "the alerts", func() bool {
		return d.level(1) == "critical" && d.level(2) == "warning" && w.pages("walletwatch/default/1") && len(w.slack.Messages("#wallet-alerts")) == 2 && d.pendingDeliveries() == 0
	})
	if status, out, complaint := w.command("migrate", "--from", file, "--to", server); status != exitRefused || out != "" || !strings.Contains(complaint, "in use: stop the walletwatch") {
		t.Errorf("while it runs: %d %s %s", status, out, complaint)
	}
	d.end()
	if status, out, complaint := w.command("migrate", "--from", file, "--to", server); status != exitFine || !strings.Contains(out, "dispatch        3\n") || !strings.Contains(out, "Next: start walletwatch") {
		t.Fatalf("migrate: %d %s %s", status, out, complaint)
	}

	d = w.start("--database", server)
	eventually(t, "the alerts are known", func() bool { return d.level(1) == "critical" && d.level(2) == "warning" })
	w.api.SetBalance(2, decimal.NewFromInt(20))
	eventually(t, "what was a warning is a page", func() bool {
		return w.pages("walletwatch/default/1", "walletwatch/default/2") && d.pendingDeliveries() == 0
	})
	w.api.TopUp(1, decimal.NewFromInt(9000))
	eventually(t, "the first page closes", func() bool { return w.pages("walletwatch/default/2") && d.pendingDeliveries() == 0 })
	d.end()

	back := "sqlite://" + filepath.Join(w.dir, "back.db")
	w.env["WALLETWATCH_DATABASE"] = server
	if status, out, complaint := w.command("migrate", "--to", back); status != exitFine {
		t.Fatalf("the way back: %d %s %s", status, out, complaint)
	}
	d = w.start("--database", back)
	w.api.TopUp(2, decimal.NewFromInt(9000))
	eventually(t, "the other page closes", func() bool { return w.pages() && d.pendingDeliveries() == 0 })
	if n := len(w.pager.Incidents()); n != 2 {
		t.Errorf("%d incidents for two episodes", n)
	}
	messages := w.slack.Messages("#wallet-alerts")
	for _, m := range messages {
		if m.Edits == 0 || !strings.Contains(m.Text, "ecovered") {
			t.Errorf("a message was edited %d times and says %q", m.Edits, m.Text)
		}
	}
	if len(messages) != 2 {
		t.Errorf("%d messages for two episodes", len(messages))
	}
}

// TestMigrateRefuses copies nothing where that would be wrong, and says why.
func TestMigrateRefuses(t *testing.T) {
	w := newWorld(t)
	w.spent(1, "USD", "1000", "5000")
	d := w.start()
	eventually(t, "the wallet is ok", func() bool { return d.level(1) == "ok" })
	d.end()
	file, used := "sqlite://"+w.stateFile(), cluster.URL(t)
	if status, _, complaint := w.command("migrate", "--from", file, "--to", used); status != exitFine {
		t.Fatal(complaint)
	}
	secret := strings.Replace(used, "@", ":hunter2@", 1)
	empty := cluster.URL(t)
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"no flags":             {nil, "give --from, --to, or both"},
		"no target":            {[]string{"--from", file}, "--to is missing, and the environment has neither WALLETWATCH_DATABASE nor WALLETWATCH_DATABASE_FILE"},
		"no source":            {[]string{"--to", used}, "--from is missing"},
		"no such source":       {[]string{"--from", "sqlite://" + w.dir + "/typo.db", "--to", empty}, "there is no database at " + w.dir + "/typo.db"},
		"a target with alerts": {[]string{"--from", file, "--to", secret}, "the target is not empty"},
		"itself":               {[]string{"--from", file, "--to", file}, "in use"},
		"an empty source":      {[]string{"--from", empty, "--to", cluster.URL(t)}, "the source is empty"},
		"another kind":         {[]string{"--from", file, "--to", "mysql://u:hunter2@host/db"}, "not understood"},
		"nobody listens":       {[]string{"--from", file, "--to", "postgres://u:hunter2@" + freeAddress(t) + "/db"}, "cannot be reached"},
	} {
		status, out, complaint := w.command(append([]string{"migrate"}, c.args...)...)
		if status != exitRefused || out != "" || !strings.Contains(complaint, c.want) || strings.Contains(complaint, "hunter2") || strings.Count(complaint, "\n") != 1 {
			t.Errorf("%s: %d %q %q, want %q", name, status, out, complaint, c.want)
		}
	}
	if _, err := os.Stat(w.dir + "/typo.db"); err == nil {
		t.Error("a mistyped source was created")
	}
}

// TestMigrateThatFails breaks the connection ever later: while it copies that is exit status 1, and the target is left
// empty, until one attempt succeeds.
func TestMigrateThatFails(t *testing.T) {
	w := newWorld(t)
	w.spent(1, "USD", "1000", "5000")
	d := w.start()
	eventually(t, "the wallet is ok", func() bool { return d.level(1) == "ok" })
	d.end()
	server := cluster.Server(t)
	name, err := server.Create()
	if err != nil {
		t.Fatal(err)
	}
	raw, err := sql.Open("pgx", pgtest.URL(server.Address(), name))
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	wire := pgtest.NewWire(t, server.Address())
	failed := 0
	for carried := int64(3000); ; carried += 400 {
		wire.Carry(carried)
		status, out, complaint := w.command("migrate", "--from", "sqlite://"+w.stateFile(), "--to", pgtest.URL(wire.Address(), name))
		if status == exitFine {
			break
		}
		if out != "" {
			t.Errorf("it failed, and printed %q", out)
		}
		if status == exitFailed {
			failed++
			if strings.Count(complaint, "\n") != 1 || !strings.Contains(complaint, "copy") {
				t.Errorf("it says %q", complaint)
			}
		}
		var accounts int
		if err := raw.QueryRow(`SELECT COUNT(*) FROM account`).Scan(&accounts); err == nil && accounts != 0 {
			t.Fatalf("after %d bytes and %q the target has %d accounts", carried, complaint, accounts)
		}
	}
	if failed < 3 {
		t.Errorf("only %d copies failed", failed)
	}
}
