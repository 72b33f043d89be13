package store_test

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"walletwatch/store"
	"walletwatch/store/pgtest"
)

// private returns a server of a test's own, which it may stop and change.
func private(t *testing.T, settings ...string) *pgtest.Server {
	t.Helper()
	s, err := pgtest.Start(append(settings, "fsync=off")...)
	must(t, err)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// ask carries out statements as an administrator.
func ask(t *testing.T, s *pgtest.Server, database string, statements ...string) {
	t.Helper()
	for _, statement := range statements {
		must(t, s.Ask(database, statement))
	}
}

// as is the URL of a database for a user.
func as(user, password string, s *pgtest.Server, database string) string {
	return "postgres://" + user + ":" + password + "@" + s.Address() + "/" + database + "?sslmode=disable"
}

// TestOpenRefusesServers gives servers that cannot be used. Each must be refused with one sentence for people that
// never says a password.
func TestOpenRefusesServers(t *testing.T) {
	const password = "hunter2secret"
	s := private(t)
	ask(t, s, "postgres", "CREATE USER guarded PASSWORD '"+password+"'", "CREATE USER stranger NOLOGIN", "CREATE DATABASE closed", "CREATE DATABASE watched", "CREATE DATABASE notes", "CREATE DATABASE frozen")
	ask(t, s, "notes", "CREATE TABLE notes (text TEXT)", "CREATE TABLE wallet (id INTEGER)")
	ask(t, s, "frozen", "ALTER DATABASE frozen SET default_transaction_read_only = on")
	must(t, s.RequirePassword("guarded"))
	watched := open(t, pgtest.URL(s.Address(), "watched"))
	load(t, watched, nil)
	must(t, watched.Close())
	ask(t, s, "watched", "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, true)")
	for name, c := range map[string]struct{ url, want string }{
		"no such database":      {as("guarded", password, s, "missing"), "there is no such database: create it first (createdb walletwatch) (SQLSTATE 3D000)"},
		"a wrong password":      {as("guarded", password+"x", s, "closed"), "the server rejects the user or the password in the URL (SQLSTATE 28P01)"},
		"no password":           {as("guarded", "", s, "closed"), "the server rejects the user or the password in the URL"},
		"a user who may not":    {as("stranger", password, s, "closed"), "the server does not let this user in: see its pg_hba.conf (SQLSTATE 28000)"},
		"no rights":             {as("guarded", password, s, "closed"), "the user may not do this: it needs CREATE and USAGE on its schema, and must own its tables (SQLSTATE 42501)"},
		"no TLS":                {strings.Replace(as("guarded", password, s, "closed"), "disable", "require", 1), "the server cannot be reached: its host, port and TLS settings are in the URL ("},
		"nobody listens":        {"postgres://guarded:" + password + "@" + unused(t) + "/closed", "the server cannot be reached: its host, port and TLS settings are in the URL ("},
		"another program's":     {pgtest.URL(s.Address(), "notes"), "it belongs to another program: give walletwatch one of its own"},
		"a newer version's":     {pgtest.URL(s.Address(), "watched"), "it was written by a newer walletwatch (schema 99; this version knows 4): run that version, or restore a backup made before the upgrade"},
		"one that is read-only": {pgtest.URL(s.Address(), "frozen"), "the server takes no writes: give the address of the primary"},
		"not a URL":             {"postgres://guarded:" + password + "@%zz/", "the URL cannot be read; it looks like postgres://user:password@host:5432/database?sslmode=verify-full"},
		"a port that is none":   {"postgres://guarded:" + password + "@host:port/db", "the URL cannot be read; it looks like postgres://user:password@host:5432/database?sslmode=verify-full"},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			opened, err := store.Open(ctx, c.url)
			if err == nil {
				opened.Close()
				t.Fatal("it was opened")
			}
			t.Log(err)
			said := err.Error()
			if !strings.HasPrefix(said, "opening the database postgres://…@") || !strings.Contains(said, ": "+c.want) {
				t.Errorf("the error is\n%s, want\n%s", said, c.want)
			}
			if strings.Contains(said, password) || strings.Contains(said, "guarded") || strings.Contains(said, "\n") {
				t.Errorf("the error tells too much:\n%s", said)
			}
		})
	}
	for database, want := range map[string]string{"closed": "0", "notes": "2", "frozen": "0"} {
		if n, err := s.Run("psql", "-XAt", "-d", database, "-c", "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"); err != nil || strings.TrimSpace(n) != want {
			t.Errorf("%s has %s tables (%v), not %s", database, n, err, want)
		}
	}
}

// unused is an address at which nobody listens.
func unused(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	return l.Addr().String()
}

// TestOpenAsAnOrdinaryUser: whoever owns the database needs no other rights.
func TestOpenAsAnOrdinaryUser(t *testing.T) {
	s := private(t)
	ask(t, s, "postgres", "CREATE USER plain PASSWORD 'pass'", "CREATE DATABASE plain OWNER plain")
	must(t, s.RequirePassword("plain"))
	w := open(t, as("plain", "pass", s, "plain"))
	load(t, w, nil)
	put(t, w, everything())
	must(t, w.Writable(t.Context()))
}

// TestNewPassword: a password that changes needs no restart, and the old one is not asked for again.
func TestNewPassword(t *testing.T) {
	s := private(t)
	ask(t, s, "postgres", "CREATE USER rotated PASSWORD 'first'", "CREATE DATABASE rotated OWNER rotated")
	must(t, s.RequirePassword("rotated"))
	file := filepath.Join(t.TempDir(), "url")
	must(t, os.WriteFile(file, []byte(as("rotated", "first", s, "rotated")), 0o600))
	source := func() (string, error) {
		text, err := os.ReadFile(file)
		return string(text), err
	}
	w, err := store.OpenFrom(t.Context(), source)
	must(t, err)
	defer w.Close()
	load(t, w, nil)
	ask(t, s, "postgres", "ALTER USER rotated PASSWORD 'second'")
	load(t, w, nil) // the connection that is there goes on
	end := "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'rotated'"
	ask(t, s, "postgres", end)
	_, err = w.Load(t.Context(), account, nil, now)
	for range 9 { // each finds one connection broken at the most
		_, err = w.Load(t.Context(), account, nil, now)
	}
	if err == nil || !strings.Contains(err.Error(), "rejects the user or the password") || strings.Contains(err.Error(), "first") {
		t.Errorf("with the old password: %v", err)
	}
	must(t, os.WriteFile(file, []byte(as("rotated", "second", s, "rotated")), 0o600))
	put(t, w, everything())
	must(t, os.Remove(file))
	put(t, w, everything())
	ask(t, s, "postgres", end)
	for range 9 {
		_, err = w.Load(t.Context(), account, nil, now)
	}
	if err == nil || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("without the file: %v", err)
	}
}
