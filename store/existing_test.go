package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"walletwatch/store"
)

func TestOpenExisting(t *testing.T) {
	path := filepath.Join(t.TempDir(), "w.db")
	_, err := store.OpenExisting(t.Context(), store.At("sqlite://"+path))
	refusal(t, err, "there is no database at "+path)
	if left, _ := filepath.Glob(path + "*"); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	s := open(t, "sqlite://"+path)
	want := load(t, s, nil)
	_, err = store.OpenExisting(t.Context(), store.At("sqlite://"+path))
	refusal(t, err, "is in use")
	must(t, s.Close())
	s, err = store.OpenExisting(t.Context(), store.At("sqlite://"+path))
	must(t, err)
	if !s.Alone() {
		t.Error("it is not alone")
	}
	for _, problem := range bookDifferences(load(t, s, nil), want) {
		t.Error(problem)
	}
	must(t, s.Close())
	must(t, os.Truncate(path, 0))
	_, err = store.OpenExisting(t.Context(), store.At("sqlite://"+path))
	refusal(t, err, "there is no database at "+path)
	failing := errors.New("failing")
	if _, err := store.OpenExisting(t.Context(), func() (string, error) { return "", failing }); !errors.Is(err, failing) {
		t.Errorf("the source's error became %v", err)
	}
}

// TestOpenExistingInUse leaves the schema of a file as it is while another process, of an older version, uses it.
func TestOpenExistingInUse(t *testing.T) {
	db := sqlite(t)
	db.open()
	raw := db.raw()
	_, err := raw.Exec(`DELETE FROM goose_db_version WHERE version_id > 2; DROP TABLE duty`)
	must(t, err)
	_, err = store.OpenExisting(t.Context(), store.At(db.url))
	refusal(t, err, "is in use")
	if n := number(t, raw, `SELECT COUNT(*) FROM sqlite_master WHERE name = 'duty'`); n != 0 {
		t.Error("the schema was brought up to date")
	}
}
