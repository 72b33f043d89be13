package store_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"walletwatch/store"
	"walletwatch/wallet"
)

func remember(t testing.TB, s *store.Store, account string, at time.Time, keys ...string) []bool {
	t.Helper()
	var fresh []bool
	_, err := s.Update(t.Context(), account, nil, at, func(_ *wallet.Book, j wallet.Journal) (_ *wallet.Change, err error) {
		fresh, err = j.Remember(keys, at)
		return &wallet.Change{}, err
	})
	if err != nil {
		t.Fatal(err)
	}
	return fresh
}

func TestKeysAreNewOnce(t *testing.T) {
	forEachStore(t, func(t *testing.T, db database) {
		s := db.open()
		load(t, s, nil)
		if _, err := s.Load(t.Context(), "sandbox", nil, now); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			account string
			keys    []string
			want    []bool
		}{
			{account, nil, []bool{}},
			{account, []string{"order/1", "order/2", "order/1"}, []bool{true, true, false}},
			{account, []string{"order/2", "order/3"}, []bool{false, true}},
			{"sandbox", []string{"order/1"}, []bool{true}},
			{account, []string{"event/1", "topup/1", "ORDER/1", "order/1 "}, []bool{true, true, true, true}},
		} {
			if got := remember(t, s, c.account, now, c.keys...); !slices.Equal(got, c.want) {
				t.Errorf("%s %q: new %v, want %v", c.account, c.keys, got, c.want)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s = db.open()
		if got := remember(t, s, account, now.Add(time.Hour), "order/1", "event/1"); slices.Contains(got, true) {
			t.Errorf("after a restart they were new again: %v", got)
		}
	})
}

// TestKeysAreNewOnceHoweverTheyCome asks in batches of any size, with repetitions within and between them.
func TestKeysAreNewOnceHoweverTheyCome(t *testing.T) {
	forEachStore(t, func(t *testing.T, db database) {
		s := db.open()
		load(t, s, nil)
		known := map[string]bool{}
		rapid.Check(t, func(r *rapid.T) {
			ids := rapid.SliceOfN(rapid.IntRange(0, 3000), 0, 1500).Draw(r, "ids")
			keys := make([]string, len(ids))
			for i, id := range ids {
				keys[i] = fmt.Sprint("order/", id)
			}
			for i, fresh := range remember(t, s, account, now, keys...) {
				if fresh == known[keys[i]] {
					r.Fatalf("%s is new: %v, known before: %v", keys[i], fresh, known[keys[i]])
				}
				known[keys[i]] = true
			}
		})
	})
}
