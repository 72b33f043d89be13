package main

import (
	"database/sql"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"walletwatch/store/pgtest"
)

// databaseLine runs preflight on a database and returns its exit status and what it says of the database.
func (w *world) databaseLine(url string) (code int, result, text string) {
	w.t.Helper()
	code, stdout, stderr := w.preflight("--timeout", "3s", "--output", "json", "--database", url)
	var rows []struct{ Name, Result, Found, Advice string }
	if err := json.Unmarshal([]byte(stdout), &rows); err != nil {
		w.t.Fatalf("%v in %s%s", err, stdout, stderr)
	}
	if strings.Contains(stdout+stderr, "canary") {
		w.t.Errorf("a password is in %s%s", stdout, stderr)
	}
	last := rows[len(rows)-1]
	if last.Name != "database" || rows[0].Result != "ok" {
		w.t.Errorf("the lines are %+v", rows)
	}
	return code, last.Result, last.Found + "; " + last.Advice
}

func TestPreflightOfDatabases(t *testing.T) {
	w := funded(t)
	server, err := pgtest.Start("fsync=off")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	for _, statement := range []string{"CREATE USER watcher PASSWORD 'canary-password'", "CREATE DATABASE watched OWNER watcher"} {
		if err := server.Ask("postgres", statement); err != nil {
			t.Fatal(err)
		}
	}
	if err := server.RequirePassword("watcher"); err != nil {
		t.Fatal(err)
	}
	for url, want := range map[string][]string{
		"sqlite:///nowhere/at/all/w.db":         {"fail", "there is no database at /nowhere/at/all/w.db, and none can be made", "check the path"},
		"sqlite://" + w.configFile():            {"fail", "is not a SQLite database", "check the path"},
		"sqlite://" + w.dir + "/new.db":         {"warn", "there is no database at " + w.dir + "/new.db yet", "right before the first start", "not the volume"},
		"postgres://canary password@[broken":    {"fail", "the URL cannot be read", "WALLETWATCH_DATABASE"},
		"mysql://walletwatch:canary@db.invalid": {"fail", "is not understood", "give sqlite://PATH"},
		"postgres://walletwatch:canary-password@127.0.0.1:1/walletwatch?sslmode=disable&password=canary-password": {"fail", "cannot be reached", "firewalls"},
		"postgres://watcher:canary-password@" + server.Address() + "/watched?sslmode=disable":                     {"ok", "it is new: `walletwatch run` makes its tables"},
		"postgres://watcher:canary-wrong@" + server.Address() + "/watched?sslmode=disable":                        {"fail", "rejects the user or the password", "mend --database or WALLETWATCH_DATABASE"},
	} {
		code, result, text := w.databaseLine(url)
		if wrong := result == "fail"; result != want[0] || wrong != (code == exitFailed) || wrong && strings.Contains(text, "space left") {
			t.Errorf("%s: exit status %d, %s: %s", url, code, result, text)
		}
		for _, says := range want[1:] {
			if !strings.Contains(text, says) {
				t.Errorf("%s: it does not say %q: %s", url, says, text)
			}
		}
	}
	if left, _ := filepath.Glob(filepath.Join(w.dir, "*new.db*")); len(left) > 0 {
		t.Errorf("it made %v", left)
	}
}

// TestPreflightMigratesNothing: the version that runs can go on with a database of its own schema, whatever was found.
func TestPreflightMigratesNothing(t *testing.T) {
	w := funded(t)
	fixture, err := os.ReadFile("store/testdata/schemas/sqlite-2.sql")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "w.db")
	raw, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := raw.Exec("BEGIN;\n" + string(fixture) + "\nCOMMIT;"); err != nil {
		t.Fatal(err)
	}
	if err := raw.Close(); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	code, result, text := w.databaseLine("sqlite://" + path)
	if code != exitFine || result != "warn" || !strings.Contains(text, "it can be written to; schema 2, which `walletwatch run` brings to ") ||
		!strings.Contains(text, "back up first") {
		t.Errorf("exit status %d, %s: %s", code, result, text)
	}
	after, err := os.ReadFile(path)
	if err != nil || string(after) != string(before) {
		t.Errorf("the file was changed (%v)", err)
	}
	if files, _ := filepath.Glob(path + "*"); len(files) != 1 {
		t.Errorf("left behind: %v", files)
	}
}
