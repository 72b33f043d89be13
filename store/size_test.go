package store_test

import (
	"database/sql"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"walletwatch/store"
	"walletwatch/wallet"
)

// busy is a wallet that spends in every minute: how much it keeps after a while is how large the database gets.
type busy struct {
	store *store.Store
	raw   *sql.DB
	row   int64
}

func newBusy(t testing.TB) *busy {
	db := sqlite(t)
	s := db.open()
	load(t, s, nil)
	put(t, s, &wallet.Change{Wallets: []*wallet.State{{Account: account, ID: 1, Balance: dec("5000")}}})
	return &busy{store: s, raw: db.raw()}
}

// days lets days pass with a sum of spend every so often, a sample every 15 minutes, two episodes a day and, near
// the end of each day, transactions whose ids are still remembered. What the ledger forgets is forgotten.
func (b *busy) days(t testing.TB, from, to int, every time.Duration) {
	for day := from; day < to; day++ {
		at := now.Add(time.Duration(day) * wallet.Day)
		edit(t, b.store, nil, func(_ *wallet.Book, j wallet.Journal) (*wallet.Change, error) {
			c := &wallet.Change{}
			var movements []wallet.Movement
			for m := time.Duration(0); m < wallet.Day; m += every {
				b.row++
				c.Spend = append(c.Spend, wallet.MinuteSpend{Wallet: 1, Minute: at.Add(m), Amount: decimal.New(12_345+b.row%1000, -2), Source: wallet.SpendFromLedger})
				movements = append(movements, wallet.Movement{ID: b.row, CreatedAt: at.Add(m), Status: wallet.StatusCompleted})
			}
			for m := time.Duration(0); m < wallet.Day; m += 15 * time.Minute {
				c.Samples = append(c.Samples, wallet.Sample{Wallet: 1, At: at.Add(m), Balance: decimal.New(500_000-b.row%1000, -2)})
			}
			for i := range 2 {
				since := at.Add(time.Duration(i) * time.Hour)
				c.Episodes = append(c.Episodes, &wallet.Episode{
					Key: wallet.Key{Account: account, Wallet: 1}, Since: since, ResolvedAt: since.Add(time.Hour), Level: "critical",
					Outcomes: []wallet.Outcome{{Receiver: "pagerduty", State: wallet.Accepted, AcceptedAt: since}, {Receiver: "slack", State: wallet.Accepted, AcceptedAt: since}},
				})
				for range 2 {
					c.Audit = append(c.Audit, wallet.Audit{Wallet: 1, At: since, Event: "level", Detail: "ok to critical: the balance is below the threshold"})
				}
			}
			_, err := j.Count(movements)
			return c, err
		})
		end := at.Add(wallet.Day)
		forget(t, b.store, wallet.Retention{
			SpendBefore: end.Add(-8 * wallet.Day), SeenUpTo: end.Add(-20 * time.Minute), PendingBefore: end.Add(-8 * wallet.Day),
			SamplesBefore: end.Add(-90 * wallet.Day), ThinBefore: end.Add(-7 * wallet.Day), EpisodesBefore: end.Add(-90 * wallet.Day),
		})
	}
}

// bytes returns how large a table and its indexes are, or with "" everything.
func (b *busy) bytes(t testing.TB, table string) int64 {
	if table == "" {
		return number(t, b.raw, `SELECT page_count * page_size FROM pragma_page_count, pragma_page_size`)
	}
	return number(t, b.raw, `SELECT COALESCE(SUM(pgsize), 0) FROM dbstat WHERE name IN (SELECT name FROM sqlite_master WHERE tbl_name = $1)`, table)
}

// TestSizeIsBounded looks whether a database that has reached its retention still grows.
func TestSizeIsBounded(t *testing.T) {
	b := newBusy(t)
	b.days(t, 0, 95, 2*time.Hour)
	full := b.bytes(t, "")
	b.days(t, 95, 125, 2*time.Hour)
	if later := b.bytes(t, ""); later > full*105/100 {
		t.Errorf("the database went from %d to %d bytes in a month of the same", full, later)
	}
	for table, most := range map[string]int64{"spend_minute": 8 * 12, "movement": 1, "balance_sample": 7*96 + 83*24, "episode": 181, "audit": 362} {
		if n := number(t, b.raw, `SELECT COUNT(*) FROM `+table); n > most {
			t.Errorf("%s has %d rows, want at most %d", table, n, most)
		}
	}
}

// BenchmarkYear reports how many bytes a wallet that spends in every minute takes, and where, after a hundred days: when
// everything has reached its retention, so that a year is no larger.
func BenchmarkYear(b *testing.B) {
	for b.Loop() {
		w := newBusy(b)
		w.days(b, 0, 100, time.Minute)
		for _, table := range tables {
			b.ReportMetric(float64(w.bytes(b, table))/1024, table+"-KiB")
		}
		b.ReportMetric(float64(w.bytes(b, ""))/1024, "file-KiB")
	}
}
