package store_test

import (
	"bytes"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"walletwatch/store"
)

func TestOpenCreates(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for name, c := range map[string]struct{ url, path string }{
		"a relative path":              {"sqlite://w.db", "w.db"},
		"a path in a folder":           {"sqlite://./w2.db", "w2.db"},
		"an absolute path":             {"sqlite://" + filepath.Join(dir, "absolute.db"), "absolute.db"},
		"a name with odd characters":   {"sqlite://a %41?b#c&d.db", "a %41?b#c&d.db"},
		"a name that looks like a URL": {"sqlite://a:b@c.db", "a:b@c.db"},
	} {
		t.Run(name, func(t *testing.T) {
			for range 2 { // the second time it is there
				s := open(t, c.url)
				load(t, s, nil)
				if err := s.Ping(t.Context()); err != nil {
					t.Error(err)
				}
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			}
			if info, err := os.Stat(filepath.Join(dir, c.path)); err != nil || info.Size() == 0 {
				t.Errorf("there is no such file: %v", err)
			}
		})
	}
}

// TestOpenIsPrivate: nobody else may read the balances. The mode of a file that is there was somebody's choice.
func TestOpenIsPrivate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "w.db")
	mode := func(path string) os.FileMode {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		return info.Mode().Perm()
	}
	s := open(t, "sqlite://"+path)
	load(t, s, nil)
	for _, file := range []string{path, path + "-wal", path + "-shm"} {
		if got := mode(file); got != 0o600 {
			t.Errorf("%s has mode %o", filepath.Base(file), got)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	open(t, "sqlite://"+path)
	if got := mode(path); got != 0o640 {
		t.Errorf("the mode of a file that was there is now %o", got)
	}
}

func TestOpenKeepsWhatIsThere(t *testing.T) {
	forEachStore(t, func(t *testing.T, db database) {
		s := db.open()
		load(t, s, nil)
		want := put(t, s, everything())
		s.Close()
		for _, problem := range bookDifferences(load(t, db.open(), nil), want) {
			t.Error(problem)
		}
	})
}

// TestOpenGoesOn opens a database whose creation was interrupted before its first migration.
func TestOpenGoesOn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "w.db")
	foreign(`CREATE TABLE goose_db_version (id INTEGER PRIMARY KEY AUTOINCREMENT, version_id INTEGER NOT NULL, is_applied INTEGER NOT NULL, tstamp TIMESTAMP DEFAULT (datetime('now')))`,
		`INSERT INTO goose_db_version (version_id, is_applied) VALUES (0, 1)`)(t, path)
	load(t, open(t, "sqlite://"+path), nil)
}

// TestOpenIsDurable looks whether a commit is on the disk before it returns.
func TestOpenIsDurable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "w.db")
	s := open(t, "sqlite://"+path)
	for pragma, want := range map[string]string{"synchronous": "2", "journal_mode": "wal", "foreign_keys": "1", "busy_timeout": "5000"} {
		if got := store.Pragma(t, s, pragma); got != want {
			t.Errorf("%s is %s, want %s", pragma, got, want)
		}
	}
}

func TestPingFailsWhenClosed(t *testing.T) {
	forEachStore(t, func(t *testing.T, db database) {
		s := db.open()
		s.Close()
		if s.Ping(t.Context()) == nil {
			t.Error("a closed store answers")
		}
	})
}

// TestOpenRefuses gives what cannot be a database of this version. Each must be refused with a sentence for people and
// be left as it was.
func TestOpenRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		make func(t *testing.T, path string)
		want string
	}{
		"garbage":                       {write(bytes.Repeat([]byte("not a database. "), 100)), "is not a SQLite database, or a damaged one; nothing was changed: restore a backup or give another path"},
		"a short text":                  {write([]byte("hello")), "is not a SQLite database, or a damaged one; nothing was changed: restore a backup or give another path"},
		"half a database":               {halved, "is not a SQLite database, or a damaged one; nothing was changed: restore a backup or give another path"},
		"another program's database":    {foreign(`CREATE TABLE notes (text TEXT)`), "belongs to another program: give walletwatch one of its own"},
		"one that also uses goose":      {foreign(`CREATE TABLE goose_db_version (id INTEGER PRIMARY KEY AUTOINCREMENT, version_id INTEGER)`, `INSERT INTO goose_db_version VALUES (1, 7)`, `CREATE TABLE wallet (id INTEGER)`), "belongs to another program: give walletwatch one of its own"},
		"a newer version's database":    {newer, "was written by a newer walletwatch (schema 99; this version knows 4): run that version, or restore a backup made before the upgrade"},
		"a folder":                      {func(t *testing.T, path string) { must(t, os.Mkdir(path, 0o755)) }, "can be neither opened nor created: its directory must exist and be writable"},
		"a path below a file":           {nil, "can be neither opened nor created: its directory must exist and be writable"},
		"a directory that is not there": {nil, "can be neither opened nor created: its directory must exist and be writable"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "w.db")
			switch name {
			case "a path below a file":
				must(t, os.WriteFile(path, nil, 0o644))
				path = filepath.Join(path, "w.db")
			case "a directory that is not there":
				path = filepath.Join(dir, "missing", "w.db")
			default:
				c.make(t, path)
			}
			before, _ := os.ReadFile(path)
			s, err := store.Open(t.Context(), "sqlite://"+path)
			if err == nil {
				s.Close()
				t.Fatal("it was opened")
			}
			if want := "opening the database " + path + ": it " + c.want; err.Error() != want {
				t.Errorf("the error is\n%s, want\n%s", err, want)
			}
			if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
				t.Error("the file was changed")
			}
			if left, _ := filepath.Glob(path + "-*"); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

// TestOpenRefusesAnUnwritableDirectory is apart because root may write almost everywhere.
func TestOpenRefusesAnUnwritableDirectory(t *testing.T) {
	dir := t.TempDir()
	must(t, os.Chmod(dir, 0o555))
	t.Cleanup(func() { os.Chmod(dir, 0o755) })
	if os.Geteuid() == 0 {
		dir = "/proc"
	}
	s, err := store.Open(t.Context(), "sqlite://"+dir+"/w.db")
	if err == nil {
		s.Close()
		t.Fatal("it was opened")
	}
	if !strings.HasSuffix(err.Error(), "w.db: it can be neither opened nor created: its directory must exist and be writable") {
		t.Error(err)
	}
}

func TestOpenRefusesOtherURLs(t *testing.T) {
	for url, want := range map[string]string{
		"":                              `the database "" is not understood`,
		"sqlite://":                     `the database "sqlite://" is not understood`,
		"w.db":                          `the database "w.db" is not understood`,
		"SQLITE://w.db":                 `the database "SQLITE://w.db" is not understood`,
		"mysql://user:hunter2@host/db":  `the database "mysql://…@host/db" is not understood`,
		"mysql://host/db?password=x":    `the database "mysql://host/db?…" is not understood`,
		"mysql://user:p@ss@host/db?x=1": `the database "mysql://…@host/db?…" is not understood`,
	} {
		s, err := store.Open(t.Context(), url)
		if err == nil {
			s.Close()
			t.Errorf("%q was opened", url)
			continue
		}
		if want += "; give sqlite://PATH, for example sqlite://walletwatch.db, or postgres://USER:PASSWORD@HOST/DATABASE"; err.Error() != want {
			t.Errorf("%q: %s, want %s", url, err, want)
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func write(content []byte) func(*testing.T, string) {
	return func(t *testing.T, path string) { must(t, os.WriteFile(path, content, 0o644)) }
}

func foreign(statements ...string) func(*testing.T, string) {
	return func(t *testing.T, path string) {
		db, err := sql.Open("sqlite", path)
		must(t, err)
		defer db.Close()
		for _, s := range statements {
			_, err := db.Exec(s)
			must(t, err)
		}
	}
}

func newer(t *testing.T, path string) {
	must(t, open(t, "sqlite://"+path).Close())
	foreign(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, 1)`)(t, path)
}

func halved(t *testing.T, path string) {
	must(t, open(t, "sqlite://"+path).Close())
	content, err := os.ReadFile(path)
	must(t, err)
	must(t, os.WriteFile(path, content[:len(content)/2], 0o644))
}
