package store_test

import (
	"testing"

	"walletwatch/wallet"
)

// TestRoundTrip stores every field of everything and reads it through a handle that knows nothing.
func TestRoundTrip(t *testing.T) {
	forEachStore(t, func(t *testing.T, db database) {
		s := db.open()
		load(t, s, nil)
		for seed := range uint64(8) {
			c := filledChange(&filler{random: seeded(seed), n: int64(seed) * 1000}, now)
			want := put(t, s, c)
			if missing := bookDifferences(want, (&wallet.Book{}).Apply(c, want.Version)); seed == 0 && missing != nil {
				t.Fatalf("the book after the change: %v", missing)
			}
			for _, problem := range bookDifferences(load(t, db.open(), nil), want) {
				t.Errorf("seed %d: %s", seed, problem)
			}
		}
	})
}

func TestLoadCreatesTheAccountOnce(t *testing.T) {
	forEachStore(t, func(t *testing.T, db database) {
		s := db.open()
		first := load(t, s, nil)
		if first.Account.Name != account || !first.Account.CreatedAt.Equal(now) || first.Account.SpendSource != wallet.SpendFromLedger || len(first.Wallets) != 0 {
			t.Errorf("a new account is %+v", first.Account)
		}
		again, err := s.Load(t.Context(), account, nil, now.AddDate(1, 0, 0))
		if err != nil || again.Version != first.Version || !again.Account.CreatedAt.Equal(now) {
			t.Errorf("loaded again: %+v, %v", again, err)
		}
	})
}

func TestLoadKeepsAccountsApart(t *testing.T) {
	forEachStore(t, func(t *testing.T, db database) {
		s := db.open()
		load(t, s, nil)
		put(t, s, filledChange(&filler{random: seeded(1)}, now))
		other, err := s.Load(t.Context(), "sandbox", nil, now)
		if err != nil || len(other.Wallets)+len(other.Dispatches)+len(other.Episodes) != 0 {
			t.Errorf("another account has %+v, %v", other, err)
		}
	})
}

// TestLoadReadsOnlyNews follows one handle's changes through another.
func TestLoadReadsOnlyNews(t *testing.T) {
	forEachStore(t, func(t *testing.T, db database) {
		a, b := db.open(), db.open()
		load(t, a, nil)
		put(t, a, filledChange(&filler{random: seeded(1)}, now))
		known := load(t, b, nil)
		if load(t, b, known) != known {
			t.Error("nothing changed, yet another book was returned")
		}
		changed := *known.Wallets[1]
		changed.Balance = dec("7")
		want := put(t, a, &wallet.Change{Wallets: []*wallet.State{&changed}})
		got := load(t, b, known)
		for _, problem := range bookDifferences(got, want) {
			t.Error(problem)
		}
		if got.Wallets[0] != known.Wallets[0] {
			t.Error("a wallet that did not change was read again")
		}
		if known.Wallets[1].Balance.Equal(dec("7")) {
			t.Error("the known book was changed")
		}
	})
}

// TestLoadLeavesOldEpisodesOut reads those that are firing, however old, and those that ended within a week.
func TestLoadLeavesOldEpisodesOut(t *testing.T) {
	forEachStore(t, func(t *testing.T, db database) {
		s := db.open()
		load(t, s, nil)
		key := wallet.Key{Account: account, Wallet: 1}
		put(t, s, &wallet.Change{Episodes: []*wallet.Episode{
			{Key: key, Since: now.AddDate(-1, 0, 0), Level: "firing for a year"},
			{Key: key, Since: now.AddDate(0, 0, -20), ResolvedAt: now.AddDate(0, 0, -8), Level: "forgotten"},
			{Key: key, Since: now.AddDate(0, 0, -10), ResolvedAt: now.AddDate(0, 0, -6), Level: "ended"},
		}})
		var levels []string
		for _, e := range load(t, db.open(), nil).Episodes {
			levels = append(levels, e.Level)
		}
		if len(levels) != 2 || levels[0] != "ended" || levels[1] != "firing for a year" {
			t.Errorf("read %q, the newest first", levels)
		}
	})
}

// TestMoneyIsExact stores amounts that binary floating point and 64-bit integers cannot hold.
func TestMoneyIsExact(t *testing.T) {
	forEachStore(t, func(t *testing.T, db database) {
		s := db.open()
		load(t, s, nil)
		for _, amount := range []string{"0", "-0.01", "0.1", "12345678901234567.1234", "999999999999999999999999999999", "0.000000000000000000000000000001", "-123456789012345.678901234567890"} {
			put(t, s, &wallet.Change{Wallets: []*wallet.State{{Account: account, ID: 1, Balance: dec(amount), Spend: wallet.Buckets{dec(amount), dec("1")}}}})
			got := load(t, db.open(), nil).Wallets[0]
			if !got.Balance.Equal(dec(amount)) || !got.Spend[0].Equal(dec(amount)) {
				t.Errorf("%s came back as %s and %s", amount, got.Balance, got.Spend[0])
			}
		}
	})
}
