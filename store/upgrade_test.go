package store_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/pressly/goose/v3"

	"walletwatch/wallet"
)

// TestUpgradeFromTheFirstSchema: what was read before anything was heard is what was read, and the level was proven.
func TestUpgradeFromTheFirstSchema(t *testing.T) {
	path := filepath.Join(t.TempDir(), "w.db")
	raw := rawSQLite(t, path)
	provider, err := goose.NewProvider(goose.DialectSQLite3, raw, os.DirFS("migrations/sqlite"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := provider.UpTo(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{
		`INSERT INTO account (name, version, created_at) VALUES ('` + account + `', 7, 1000)`,
		`INSERT INTO wallet VALUES ('` + account + `', 1, 7, 1, 'USD', 2, 'PREPAID', '48.50', 2000, 'poll', 1, '', 0, 0, 1500, '["1"]', 'critical', 1800)`,
	} {
		if _, err := raw.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	book := load(t, open(t, "sqlite://"+path), nil)
	s := book.Wallet(1)
	if !s.Read.Equal(dec("48.5")) || s.ReadAt.UnixMilli() != 2000 || s.Proven != "critical" || !s.Confirmed() || len(s.News) != 0 || !s.Suspect.IsZero() || s.Source != wallet.FromPoll {
		t.Errorf("the wallet became %+v", s)
	}
	if _, err := provider.DownTo(t.Context(), 1); err != nil {
		t.Errorf("going back: %v", err)
	}
}
