package store_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"walletwatch/store"
	"walletwatch/wallet"
)

func forget(t testing.TB, s *store.Store, r wallet.Retention) {
	t.Helper()
	if err := s.Forget(t.Context(), account, r); err != nil {
		t.Fatal(err)
	}
}

func ago(d time.Duration) time.Time { return now.Add(-d) }

// TestForget has in every table what must go, what lies exactly on the line and what must stay, in two accounts.
func TestForget(t *testing.T) {
	line := ago(time.Hour)
	around := []time.Time{line.Add(-time.Minute), line, line.Add(time.Minute)}
	fill := func(t *testing.T, s *store.Store, account string) {
		if _, err := s.Load(t.Context(), account, nil, now); err != nil {
			t.Fatal(err)
		}
		_, err := s.Update(t.Context(), account, nil, now, func(_ *wallet.Book, j wallet.Journal) (*wallet.Change, error) {
			c := &wallet.Change{}
			var movements []wallet.Movement
			for i, at := range around {
				key := wallet.Key{Account: account, Wallet: 1}
				c.Spend = append(c.Spend, wallet.MinuteSpend{Wallet: 1, Minute: at, Amount: dec("1"), Source: wallet.SpendFromLedger})
				c.Samples = append(c.Samples, wallet.Sample{Wallet: 1, At: at, Balance: dec("1")})
				c.Audit = append(c.Audit, wallet.Audit{Wallet: 1, At: at, Event: "e"})
				c.Episodes = append(c.Episodes, &wallet.Episode{Key: key, Since: at.Add(-time.Hour), ResolvedAt: at})
				movements = append(movements, wallet.Movement{ID: int64(i), CreatedAt: at, Status: wallet.StatusCompleted}, wallet.Movement{ID: int64(10 + i), CreatedAt: at, Status: wallet.StatusPending})
			}
			c.Episodes = append(c.Episodes, &wallet.Episode{Key: wallet.Key{Account: account, Wallet: 1}, Since: ago(1000 * time.Hour), Level: "firing"})
			if _, err := j.Count(movements); err != nil {
				return nil, err
			}
			for i, at := range around {
				if _, err := j.Remember([]string{fmt.Sprint(wallet.OrderKey, i), fmt.Sprint(wallet.TopupKey, i), fmt.Sprint(wallet.EventKey, i)}, at); err != nil {
					return nil, err
				}
			}
			return c, nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		retention wallet.Retention
		table     string
		want      int64
	}{
		"nothing":              {wallet.Retention{}, "", 0},
		"spend":                {wallet.Retention{SpendBefore: line}, "spend_minute", 2},
		"settled movements":    {wallet.Retention{SeenUpTo: line}, "movement", 5},
		"settled from a time":  {wallet.Retention{SeenFrom: line, SeenUpTo: line.Add(time.Minute)}, "movement", 5},
		"pending movements":    {wallet.Retention{PendingBefore: line}, "movement", 5},
		"orders heard of":      {wallet.Retention{OrdersBefore: line}, "heard", 7},
		"events heard of":      {wallet.Retention{EventsBefore: line}, "heard", 8},
		"samples":              {wallet.Retention{SamplesBefore: line}, "balance_sample", 2},
		"episodes":             {wallet.Retention{EpisodesBefore: line}, "episode", 3},
		"audit with episodes":  {wallet.Retention{EpisodesBefore: line}, "audit", 2},
		"everything that ends": {wallet.Retention{EpisodesBefore: now}, "episode", 1},
	} {
		t.Run(name, func(t *testing.T) {
			forEachStore(t, func(t *testing.T, db database) {
				s := db.open()
				fill(t, s, account)
				fill(t, s, "sandbox")
				raw := db.raw()
				before := map[string]int64{}
				for _, table := range tables {
					before[table] = number(t, raw, `SELECT COUNT(*) FROM `+table+` WHERE account = $1`, account)
				}
				forget(t, s, c.retention)
				for _, table := range tables {
					want := before[table]
					if table == c.table {
						want = c.want
					}
					mayDiffer := c.retention.EpisodesBefore.IsZero() || (table != "audit" && table != "episode")
					if got := number(t, raw, `SELECT COUNT(*) FROM `+table+` WHERE account = $1`, account); got != want && (mayDiffer || table == c.table) {
						t.Errorf("%s has %d rows, want %d", table, got, want)
					}
					if got := number(t, raw, `SELECT COUNT(*) FROM `+table+` WHERE account <> $1`, account); got != before[table] {
						t.Errorf("%s of another account went from %d to %d rows", table, before[table], got)
					}
				}
			})
		})
	}
}

// TestForgetThinsSamples keeps the first sample of every hour and wallet before a time, and all after it.
func TestForgetThinsSamples(t *testing.T) {
	forEachStore(t, func(t *testing.T, db database) {
		s := db.open()
		load(t, s, nil)
		c := &wallet.Change{}
		for minute := 0; minute < 6*60; minute += 15 {
			for id := range int64(2) {
				c.Samples = append(c.Samples, wallet.Sample{Wallet: id, At: now.Add(time.Duration(minute+int(id)*5) * time.Minute), Balance: dec("1")})
			}
		}
		put(t, s, c)
		line := now.Add(3*time.Hour + 20*time.Minute)
		for range 2 { // doing it again changes nothing
			forget(t, s, wallet.Retention{ThinBefore: line})
			rows, err := db.raw().Query(`SELECT wallet_id, at FROM balance_sample ORDER BY wallet_id, at`)
			if err != nil {
				t.Fatal(err)
			}
			kept := map[int64][]int{}
			for rows.Next() {
				var id, at int64
				if err := rows.Scan(&id, &at); err != nil {
					t.Fatal(err)
				}
				kept[id] = append(kept[id], int(time.UnixMilli(at).Sub(now)/time.Minute))
			}
			late := []int{210, 225, 240, 255, 270, 285, 300, 315, 330, 345}
			if want := append([]int{0, 60, 120, 180}, late...); !slices.Equal(kept[0], want) {
				t.Errorf("kept the minutes %v, want %v", kept[0], want)
			}
			for i := range late {
				late[i] += 5
			}
			if want := append([]int{5, 65, 125, 185, 200}, late...); !slices.Equal(kept[1], want) {
				t.Errorf("kept the minutes %v of the other wallet, want %v", kept[1], want)
			}
		}
	})
}
