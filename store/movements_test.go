package store_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"walletwatch/store"
	"walletwatch/wallet"
)

func row(id int64, status string) wallet.Movement {
	return wallet.Movement{ID: id, Wallet: 1, Kind: wallet.Debit, Amount: dec("1"), CreatedAt: now.Add(-time.Duration(id) * time.Minute), Status: status}
}

// count counts pages, each in a transaction of its own, and returns what each gave.
func count(t testing.TB, s *store.Store, pages ...[]wallet.Movement) [][]int64 {
	t.Helper()
	counted := make([][]int64, len(pages))
	for i, page := range pages {
		edit(t, s, nil, func(_ *wallet.Book, j wallet.Journal) (*wallet.Change, error) {
			rows, err := j.Count(page)
			for _, m := range rows {
				counted[i] = append(counted[i], m.ID)
			}
			slices.Sort(counted[i])
			return &wallet.Change{Audit: []wallet.Audit{{At: now, Event: "counted"}}}, err
		})
	}
	return counted
}

func TestCount(t *testing.T) {
	const completed, pending, failed = wallet.StatusCompleted, wallet.StatusPending, "FAILED"
	for name, c := range map[string]struct {
		pages [][]wallet.Movement
		want  [][]int64
	}{
		"nothing":                         {[][]wallet.Movement{nil}, [][]int64{nil}},
		"once":                            {[][]wallet.Movement{{row(1, completed), row(2, completed)}}, [][]int64{{1, 2}}},
		"the same page again":             {[][]wallet.Movement{{row(1, completed)}, {row(1, completed)}}, [][]int64{{1}, nil}},
		"twice on a page":                 {[][]wallet.Movement{{row(1, completed), row(2, completed), row(1, completed)}}, [][]int64{{1, 2}}},
		"a page that shifted by two":      {[][]wallet.Movement{{row(3, completed), row(4, completed), row(5, completed)}, {row(4, completed), row(5, completed), row(6, completed)}}, [][]int64{{3, 4, 5}, {6}}},
		"pending, then completed":         {[][]wallet.Movement{{row(1, pending)}, {row(1, pending)}, {row(1, completed)}, {row(1, completed)}}, [][]int64{nil, nil, {1}, nil}},
		"pending, then failed":            {[][]wallet.Movement{{row(1, pending)}, {row(1, failed)}, {row(1, failed)}}, [][]int64{nil, {1}, nil}},
		"completed, then an older answer": {[][]wallet.Movement{{row(1, completed)}, {row(1, pending)}, {row(1, completed)}}, [][]int64{{1}, nil, nil}},
		"both states on a page":           {[][]wallet.Movement{{row(1, completed), row(1, pending)}, {row(2, pending), row(2, completed)}}, [][]int64{{1}, {2}}},
	} {
		t.Run(name, func(t *testing.T) {
			forEachStore(t, func(t *testing.T, db database) {
				s := db.open()
				load(t, s, nil)
				for i, got := range count(t, s, c.pages...) {
					if !slices.Equal(got, c.want[i]) {
						t.Errorf("page %d gave %v, want %v", i+1, got, c.want[i])
					}
				}
			})
		})
	}
}

// TestCountOnce cuts a list into pages that overlap, repeat and shift in any way, with rows that settle meanwhile: every
// movement comes out once it has settled, and once.
func TestCountOnce(t *testing.T) {
	forEachStore(t, func(t *testing.T, db database) {
		s := db.open()
		load(t, s, nil)
		first := int64(0)
		rapid.Check(t, func(r *rapid.T) {
			first += 1000 // ids of its own
			settled, got := map[int64]bool{}, map[int64]int{}
			for range rapid.IntRange(1, 6).Draw(r, "pages") {
				var page []wallet.Movement
				for _, id := range rapid.SliceOfN(rapid.Int64Range(1, 30), 0, 25).Draw(r, "ids") {
					status := wallet.StatusCompleted
					if !settled[id] && rapid.Bool().Draw(r, "pending") {
						status = wallet.StatusPending
					}
					settled[id] = settled[id] || status == wallet.StatusCompleted
					page = append(page, row(first+id, status))
				}
				for _, id := range count(t, s, page)[0] {
					got[id-first]++
				}
			}
			for id := range int64(31) {
				if want := settled[id]; want != (got[id] == 1) || got[id] > 1 {
					r.Fatalf("movement %d came out %d times; settled: %v", id, got[id], want)
				}
			}
		})
	})
}

func TestCountManyRows(t *testing.T) {
	forEachStore(t, func(t *testing.T, db database) {
		s := db.open()
		load(t, s, nil)
		var page []wallet.Movement
		for id := range int64(1001) {
			page = append(page, row(id+1, wallet.StatusCompleted))
		}
		if got := count(t, s, page, page); len(got[0]) != 1001 || len(got[1]) != 0 {
			t.Errorf("counted %d, then %d of 1001", len(got[0]), len(got[1]))
		}
	})
}

func TestPending(t *testing.T) {
	forEachStore(t, func(t *testing.T, db database) {
		s := db.open()
		load(t, s, nil)
		count(t, s, []wallet.Movement{row(1, wallet.StatusPending), row(2, wallet.StatusCompleted), row(3, wallet.StatusPending), row(4, wallet.StatusPending)},
			[]wallet.Movement{row(4, "FAILED")})
		got, err := s.Pending(t.Context(), account)
		want := []wallet.PendingMovement{{ID: 3, CreatedAt: row(3, "").CreatedAt}, {ID: 1, CreatedAt: row(1, "").CreatedAt}}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("pending are %v, %v; want %v", got, err, want)
		}
		if other, err := s.Pending(t.Context(), "sandbox"); err != nil || len(other) != 0 {
			t.Errorf("pending of another account are %v, %v", other, err)
		}
	})
}

// TestDropSpend forgets sums of one source, and with those of the transactions which of them were counted.
func TestDropSpend(t *testing.T) {
	forEachStore(t, func(t *testing.T, db database) {
		s := db.open()
		load(t, s, nil)
		both := func() {
			put(t, s, &wallet.Change{Spend: []wallet.MinuteSpend{
				{Wallet: 1, Minute: now, Amount: dec("3"), Source: wallet.SpendFromLedger}, {Wallet: 1, Minute: now, Amount: dec("5"), Source: wallet.SpendFromBalance},
			}})
			count(t, s, []wallet.Movement{row(1, wallet.StatusCompleted)})
		}
		both()
		put(t, s, &wallet.Change{DropSpend: []wallet.SpendSource{wallet.SpendFromBalance}})
		if l, b := spent(t, s, wallet.SpendFromLedger), spent(t, s, wallet.SpendFromBalance); !l.Equal(dec("3")) || !b.IsZero() {
			t.Errorf("without drops there are %s from the ledger and %s from drops", l, b)
		}
		if again := count(t, s, []wallet.Movement{row(1, wallet.StatusCompleted)}); again[0] != nil {
			t.Error("dropping the other source made transactions count again")
		}
		// What is dropped goes before what is added.
		put(t, s, &wallet.Change{DropSpend: []wallet.SpendSource{wallet.SpendFromLedger}, Spend: []wallet.MinuteSpend{{Wallet: 1, Minute: now, Amount: dec("2"), Source: wallet.SpendFromLedger}}})
		if l := spent(t, s, wallet.SpendFromLedger); !l.Equal(dec("2")) {
			t.Errorf("after starting anew with 2 there are %s", l)
		}
		if again := count(t, s, []wallet.Movement{row(1, wallet.StatusCompleted)}); again[0] == nil {
			t.Error("a transaction that was forgotten did not count again")
		}
	})
}

// TestPendingAloneIsRemembered counts a page that holds nothing but a pending row, which changes nothing else.
func TestPendingAloneIsRemembered(t *testing.T) {
	s := sqlite(t).open()
	load(t, s, nil)
	edit(t, s, nil, func(_ *wallet.Book, j wallet.Journal) (*wallet.Change, error) {
		_, err := j.Count([]wallet.Movement{{ID: 7, CreatedAt: now, Status: wallet.StatusPending}})
		return &wallet.Change{}, err
	})
	pending, err := s.Pending(t.Context(), account)
	if err != nil || len(pending) != 1 || pending[0].ID != 7 {
		t.Errorf("pending are %v (%v)", pending, err)
	}
}
