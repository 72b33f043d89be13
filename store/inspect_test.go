package store_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"walletwatch/store"
	"walletwatch/store/pgtest"
)

// hindered fails the test unless an inspection says what is the matter and what to do about it.
func hindered(t *testing.T, err error, want, advice string) {
	t.Helper()
	h, ok := errors.AsType[store.Hindrance](err)
	if !ok || !strings.Contains(h.Error(), want) || !strings.Contains(h.Advice, advice) {
		t.Errorf("it is not hindered by %q with the advice %q: %v; %s", want, advice, err, h.Advice)
	}
	if strings.ContainsAny(h.Error()+h.Advice, "\n") {
		t.Errorf("it takes more than a line: %v", err)
	}
}

// content is a folder's files by name.
func content(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	entries, err := os.ReadDir(dir)
	must(t, err)
	for _, e := range entries {
		if text, err := os.ReadFile(filepath.Join(dir, e.Name())); err == nil {
			files[e.Name()] = string(text)
		}
	}
	return files
}

// sameContent fails the test unless a folder has the same files as before.
func sameContent(t *testing.T, dir string, before map[string]string) {
	t.Helper()
	after := content(t, dir)
	for name, text := range after {
		if was, ok := before[name]; !ok || was != text {
			t.Errorf("%s is new or was changed", name)
		}
	}
	if len(after) != len(before) {
		t.Errorf("there were %d files, and there are %d", len(before), len(after))
	}
}

// TestInspectReleased looks at what every released version left behind, and leaves it to that version.
func TestInspectReleased(t *testing.T) {
	for name, text := range released(t) {
		t.Run(name, func(t *testing.T) {
			db := left(t, name, text)
			path, isFile := strings.CutPrefix(db.url, "sqlite://")
			dir := filepath.Dir(path)
			var files map[string]string
			if isFile {
				files = content(t, dir)
			}
			_, version, _ := strings.Cut(name, "-")
			s, err := store.Inspect(t.Context(), store.At(db.url))
			must(t, err)
			if got := string(rune('0' + s.There)); got != version || s.Known < s.There {
				t.Errorf("found %+v", s)
			}
			if isFile {
				sameContent(t, dir, files)
			}
			raw := db.raw()
			if n := number(t, raw, `SELECT MAX(version_id) FROM goose_db_version`); n != s.There {
				t.Errorf("it was migrated to %d", n)
			}
			if n := number(t, raw, `SELECT COUNT(*) FROM account`); n != 1 {
				t.Errorf("there are %d accounts", n)
			}
			if _, err := raw.Exec(`SELECT n FROM walletwatch_preflight`); err == nil {
				t.Error("a table was left behind")
			}
			must(t, raw.Close())
			must(t, db.open().Writable(t.Context()))
			if again, err := store.Inspect(t.Context(), store.At(db.url)); err != nil || again.There != s.Known || again.Known != s.Known {
				t.Errorf("after the migration, beside who uses it: %+v, %v", again, err)
			}
		})
	}
}

// TestInspectNew: what run would make is not made.
func TestInspectNew(t *testing.T) {
	for name, make := range map[string]func(t *testing.T, path string){
		"no file":                        func(*testing.T, string) {},
		"an empty file":                  write(nil),
		"a database without a table":     foreign(`CREATE TABLE x (n INTEGER)`, `DROP TABLE x`),
		"one whose creation was cut off": foreign(`CREATE TABLE goose_db_version (id INTEGER PRIMARY KEY, version_id INTEGER)`, `INSERT INTO goose_db_version VALUES (1, 0)`),
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			make(t, filepath.Join(dir, "w.db"))
			before := content(t, dir)
			s, err := store.Inspect(t.Context(), store.At("sqlite://"+filepath.Join(dir, "w.db")))
			if err != nil || s.There != 0 || s.Known < 3 {
				t.Errorf("found %+v, %v", s, err)
			}
			sameContent(t, dir, before)
		})
	}
	db := postgres(t)
	if s, err := store.Inspect(t.Context(), store.At(db.url)); err != nil || s.There != 0 || s.Known < 3 {
		t.Errorf("found %+v, %v", s, err)
	}
	if n := number(t, db.raw(), `SELECT COUNT(*) FROM pg_tables WHERE schemaname = 'public'`); n != 0 {
		t.Errorf("it made %d tables", n)
	}
}

func TestInspectHindered(t *testing.T) {
	const folder = "check the path, and that the user walletwatch runs as may write"
	for name, c := range map[string]struct {
		make         func(t *testing.T, path string)
		path         string
		want, advice string
	}{
		"garbage":                       {write(bytes.Repeat([]byte("not a database. "), 100)), "w.db", "is not a SQLite database", "check the path"},
		"half a database":               {halved, "w.db", "is not a SQLite database", "docs/backup.md"},
		"another program's database":    {foreign(`CREATE TABLE notes (text TEXT)`), "w.db", "belongs to another program", "mend --database"},
		"a newer version's database":    {newer, "w.db", "was written by a newer walletwatch (schema 99", "keep the version that runs"},
		"a folder":                      {func(t *testing.T, path string) { must(t, os.Mkdir(path, 0o755)) }, "w.db", "neither opened nor created", folder},
		"a path below a file":           {write(nil), "w.db/w.db", "neither opened nor created", folder},
		"a directory that is not there": {func(*testing.T, string) {}, "missing/w.db", "none can be made: no such file or directory", folder},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			c.make(t, filepath.Join(dir, "w.db"))
			must(t, os.RemoveAll(filepath.Join(dir, "w.db.lock")))
			before := content(t, dir)
			_, err := store.Inspect(t.Context(), store.At("sqlite://"+filepath.Join(dir, c.path)))
			hindered(t, err, c.want, c.advice)
			sameContent(t, dir, before)
		})
	}
	for url, want := range map[string]string{"": `"" is not understood`, "sqlite://": "is not understood", "mysql://user:hunter2@host/db": `"mysql://…@host/db" is not understood`} {
		_, err := store.Inspect(t.Context(), store.At(url))
		hindered(t, err, want, "give sqlite://PATH")
	}
	_, err := store.Inspect(t.Context(), func() (string, error) { return "", os.ErrPermission })
	hindered(t, err, "reading where the database is", "WALLETWATCH_DATABASE_FILE")
}

// TestInspectBusyFile: somebody who writes for long is the cause, and not the permissions.
func TestInspectBusyFile(t *testing.T) {
	db := sqlite(t)
	must(t, db.open().Close())
	raw := db.raw()
	raw.SetMaxOpenConns(1)
	_, err := raw.Exec(`BEGIN IMMEDIATE`)
	must(t, err)
	_, err = store.Inspect(t.Context(), store.At(db.url))
	hindered(t, err, "locked", "another process")
}

// TestInspectServers: the advice fits the cause, nothing is made, and no password is told.
func TestInspectServers(t *testing.T) {
	const password = "hunter2secret"
	s := private(t)
	ask(t, s, "postgres", "CREATE USER guarded PASSWORD '"+password+"'", "CREATE DATABASE closed", "CREATE DATABASE notes", "CREATE DATABASE frozen",
		"CREATE DATABASE watched", "CREATE DATABASE newer", "CREATE DATABASE older")
	ask(t, s, "notes", "CREATE TABLE notes (text TEXT)", "GRANT ALL ON notes TO guarded")
	ask(t, s, "frozen", "ALTER DATABASE frozen SET default_transaction_read_only = on")
	must(t, s.RequirePassword("guarded"))
	for _, database := range []string{"watched", "newer", "older"} {
		must(t, open(t, pgtest.URL(s.Address(), database)).Close())
	}
	ask(t, s, "newer", "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, true)", "GRANT ALL ON ALL TABLES IN SCHEMA public TO guarded")
	ask(t, s, "older", "DELETE FROM goose_db_version WHERE version_id > 1", "GRANT ALL ON ALL TABLES IN SCHEMA public TO guarded", "GRANT ALL ON SCHEMA public TO guarded")
	ask(t, s, "watched", "GRANT SELECT ON ALL TABLES IN SCHEMA public TO guarded")
	const url, owner, reach = "mend --database or WALLETWATCH_DATABASE", "the owner of the database", "check that the server runs"
	for name, c := range map[string]struct{ url, want, advice string }{
		"no such database":           {as("guarded", password, s, "missing"), "there is no such database", url},
		"a wrong password":           {as("guarded", password+"x", s, "closed"), "rejects the user or the password", url},
		"may create nothing":         {as("guarded", password, s, "closed"), "the user may not do this", owner},
		"may write nothing":          {as("guarded", password, s, "watched"), "the user may not do this", owner},
		"may not migrate":            {as("guarded", password, s, "older"), "not all of its tables belong to this user", owner},
		"nobody listens":             {"postgres://guarded:" + password + "@" + unused(t) + "/closed", "the server cannot be reached", reach},
		"another program's":          {as("guarded", password, s, "notes"), "belongs to another program", url},
		"a newer version's":          {as("guarded", password, s, "newer"), "written by a newer walletwatch (schema 99", "keep the version that runs"},
		"a server that is read-only": {as("guarded", password, s, "frozen"), "takes no writes", "failover"},
		"not a URL":                  {"postgres://guarded:" + password + "@%zz/", "the URL cannot be read", url},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := store.Inspect(t.Context(), store.At(c.url))
			t.Log(err)
			hindered(t, err, c.want, c.advice)
			if err != nil && (strings.Contains(err.Error(), password) || strings.Contains(err.Error(), "guarded")) {
				t.Errorf("it tells too much: %v", err)
			}
		})
	}
	if n, err := s.Run("psql", "-XAt", "-d", "closed", "-c", "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"); err != nil || strings.TrimSpace(n) != "0" {
		t.Errorf("it made %s tables: %v", n, err)
	}
}
