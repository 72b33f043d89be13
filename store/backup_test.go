package store_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"walletwatch/store"
)

func refusal(t *testing.T, err error, want string) {
	t.Helper()
	if r, ok := errors.AsType[store.Refusal](err); !ok || !strings.Contains(string(r), want) {
		t.Errorf("it is not refused with %q: %v", want, err)
	}
}

// TestBackupIsTheDatabase takes one of a database in use, and of one that nobody uses.
func TestBackupIsTheDatabase(t *testing.T) {
	dir := t.TempDir()
	url := "sqlite://" + filepath.Join(dir, "w.db")
	s := open(t, url)
	load(t, s, nil)
	want := put(t, s, everything())
	whole := func(name, path string) {
		t.Helper()
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: its mode is %v (%v)", name, info, err)
		}
		copied := open(t, "sqlite://"+path)
		for _, problem := range bookDifferences(load(t, copied, nil), want) {
			t.Errorf("%s: %s", name, problem)
		}
		must(t, copied.Close())
	}
	used := filepath.Join(dir, "used.db")
	must(t, store.Backup(t.Context(), url, used))
	must(t, s.Close())
	unused := filepath.Join(dir, "unused.db")
	must(t, store.Backup(t.Context(), url, unused))
	var out bytes.Buffer
	n, err := store.BackupTo(t.Context(), url, &out)
	if err != nil || n != int64(out.Len()) {
		t.Errorf("%d bytes of %d: %v", n, out.Len(), err)
	}
	streamed := filepath.Join(dir, "streamed.db")
	must(t, os.WriteFile(streamed, out.Bytes(), 0o600))
	whole("of a database in use", used)
	whole("of one nobody uses", unused)
	whole("written out", streamed)
	if left, _ := filepath.Glob(filepath.Join(dir, ".*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// TestBackupWhileOthersWrite: each copy is of one moment, and holds all that was stored before it was asked for.
func TestBackupWhileOthersWrite(t *testing.T) {
	dir := t.TempDir()
	url := "sqlite://" + filepath.Join(dir, "w.db")
	s := open(t, url)
	book := load(t, s, nil)
	ctx, stop := context.WithCancel(t.Context())
	stored, done := make(chan int64, 1), make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			next, err := s.Update(context.Background(), account, book, now, countEverythingUp)
			if err != nil {
				t.Error(err)
				return
			}
			book = next
			select {
			case <-stored:
			default:
			}
			stored <- book.Account.LedgerReadAt.UnixMilli()
		}
	}()
	for _, name := range []string{"1.db", "2.db", "3.db", "4.db"} {
		before := <-stored
		path := filepath.Join(dir, name)
		must(t, store.Backup(t.Context(), url, path))
		if n := whole(t, path); n < before {
			t.Errorf("%d was stored; a backup begun afterwards is at %d", before, n)
		}
	}
	stop()
	<-done
}

// TestBackupAsItIs leaves the schema of what it copies alone, and the lock that says who uses the database.
func TestBackupAsItIs(t *testing.T) {
	path := filepath.Join(t.TempDir(), "w.db")
	newer(t, path)
	copied := path + ".copy"
	must(t, store.Backup(t.Context(), "sqlite://"+path, copied))
	if n := number(t, rawSQLite(t, copied), `SELECT MAX(version_id) FROM goose_db_version`); n != 99 {
		t.Errorf("the copy has schema %d", n)
	}
	must(t, os.Remove(path+".lock"))
	must(t, store.Backup(t.Context(), "sqlite://"+path, copied+"2"))
	if _, err := os.Stat(path + ".lock"); err == nil {
		t.Error("it has taken the lock of those who use the database")
	}
}

func TestBackupRefuses(t *testing.T) {
	dir := t.TempDir()
	url, there := "sqlite://"+filepath.Join(dir, "w.db"), filepath.Join(dir, "there")
	must(t, open(t, url).Close())
	must(t, os.WriteFile(there, []byte("mine"), 0o600))
	must(t, os.WriteFile(filepath.Join(dir, "garbage.db"), bytes.Repeat([]byte("not a database. "), 100), 0o600))
	for _, c := range []struct{ url, to, want string }{
		{url, there, "is there already"},
		{"sqlite://" + filepath.Join(dir, "missing.db"), "x", "there is no database at"},
		{"postgres://user:hunter2@host/db", "x", "pg_dump"},
		{"postgresql://user:hunter2@host/db", "x", "pg_dump"},
		{"mysql://user:hunter2@host/db", "x", `"mysql://…@host/db" is not understood`},
	} {
		err := store.Backup(t.Context(), c.url, c.to)
		refusal(t, err, c.want)
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("it tells the password: %v", err)
		}
	}
	if err := store.Backup(t.Context(), "sqlite://"+filepath.Join(dir, "garbage.db"), filepath.Join(dir, "x")); err == nil || !strings.Contains(err.Error(), "is not a SQLite database") {
		t.Errorf("garbage: %v", err)
	}
	refusal(t, store.Backup(t.Context(), url, filepath.Join(dir, "missing", "x")), "no file can be made in the folder "+filepath.Join(dir, "missing")+": no such file or directory")
	if text, _ := os.ReadFile(there); string(text) != "mine" {
		t.Error("what was there was overwritten")
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// TestBackupsUnderOneName: of several that begin before any has its name, one has it, and the others are told.
func TestBackupsUnderOneName(t *testing.T) {
	dir := t.TempDir()
	url, name := "sqlite://"+filepath.Join(dir, "w.db"), filepath.Join(dir, "b.db")
	s := open(t, url)
	load(t, s, nil)
	put(t, s, everything())
	var wg sync.WaitGroup
	var made atomic.Int32
	for range 8 {
		wg.Go(func() {
			if store.Backup(t.Context(), url, name) == nil {
				made.Add(1)
			}
		})
	}
	wg.Wait()
	if n := made.Load(); n != 1 {
		t.Errorf("%d backups have the name", n)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// TestBackupThatIsInterrupted leaves nothing that could be taken for one.
func TestBackupThatIsInterrupted(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "w.db")
	must(t, open(t, "sqlite://"+path).Close())
	func() {
		raw, err := sql.Open("sqlite", path)
		must(t, err)
		defer raw.Close()
		_, err = raw.Exec(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
			INSERT INTO balance_sample SELECT 'gone', 1, i, '1.00' FROM n`)
		must(t, err)
	}()
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		for ctx.Err() == nil {
			if begun, _ := filepath.Glob(filepath.Join(dir, ".b.db.unfinished-*")); len(begun) > 0 {
				cancel()
			}
		}
	}()
	if err := store.Backup(ctx, "sqlite://"+path, filepath.Join(dir, "b.db")); err == nil {
		t.Error("it was finished")
	}
	cancel()
	left, _ := filepath.Glob(filepath.Join(dir, "*b.db*"))
	hidden, _ := filepath.Glob(filepath.Join(dir, ".*"))
	if len(left)+len(hidden) > 0 {
		t.Errorf("left behind: %v %v", left, hidden)
	}
}
