package store_test

import (
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"walletwatch/store"
	"walletwatch/wallet"
)

type cell struct {
	wallet int64
	minute time.Time
	source wallet.SpendSource
}

// stored reads the sums after one minute and up to another.
func stored(t testing.TB, s *store.Store, after, upTo time.Time) map[cell]decimal.Decimal {
	t.Helper()
	sums := map[cell]decimal.Decimal{}
	edit(t, s, nil, func(_ *wallet.Book, j wallet.Journal) (*wallet.Change, error) {
		return &wallet.Change{}, j.Spend(after, upTo, func(m wallet.MinuteSpend) {
			c := cell{m.Wallet, m.Minute, m.Source}
			if _, twice := sums[c]; twice {
				t.Errorf("%v came twice", c)
			}
			sums[c] = m.Amount
		})
	})
	return sums
}

func spent(t testing.TB, s *store.Store, source wallet.SpendSource) decimal.Decimal {
	t.Helper()
	total := decimal.Zero
	for c, amount := range stored(t, s, time.Time{}, now.AddDate(1, 0, 0)) {
		if c.source == source {
			total = total.Add(amount)
		}
	}
	return total
}

// TestSpendSumsExactly adds 0.1 and 0.2, and what has thirty digits, in one change and over many.
func TestSpendSumsExactly(t *testing.T) {
	forEachStore(t, func(t *testing.T, db database) {
		s := db.open()
		load(t, s, nil)
		add := func(amounts ...string) {
			c := &wallet.Change{}
			for _, a := range amounts {
				c.Spend = append(c.Spend, wallet.MinuteSpend{Wallet: 1, Minute: now, Amount: dec(a), Source: wallet.SpendFromLedger})
			}
			put(t, s, c)
		}
		for _, step := range []struct {
			add  []string
			want string
		}{
			{[]string{"0.1", "0.2"}, "0.3"},
			{[]string{"0.1"}, "0.4"},
			{[]string{"-0.4"}, "0"},
			{[]string{"123456789012345678901234567890", "0.000000000000000000000000000001"}, "123456789012345678901234567890.000000000000000000000000000001"},
		} {
			add(step.add...)
			if got := spent(t, s, wallet.SpendFromLedger); !got.Equal(dec(step.want)) {
				t.Errorf("after adding %v there are %s, want %s", step.add, got, step.want)
			}
		}
	})
}

// TestSpendRange reads after one minute and up to another, both exactly.
func TestSpendRange(t *testing.T) {
	forEachStore(t, func(t *testing.T, db database) {
		s := db.open()
		load(t, s, nil)
		c := &wallet.Change{}
		for m := range 10 {
			c.Spend = append(c.Spend, wallet.MinuteSpend{Wallet: 1, Minute: now.Add(time.Duration(m) * time.Minute), Amount: dec("1"), Source: wallet.SpendFromLedger})
		}
		put(t, s, c)
		got := stored(t, s, now.Add(2*time.Minute), now.Add(5*time.Minute))
		for m := range 10 {
			if _, ok := got[cell{1, now.Add(time.Duration(m) * time.Minute), wallet.SpendFromLedger}]; ok != (m > 2 && m <= 5) {
				t.Errorf("minute %d after 2 and up to 5: %v", m, ok)
			}
		}
	})
}

// TestSpendAddsUp adds random amounts to random minutes, wallets and sources, and compares with adding by hand.
func TestSpendAddsUp(t *testing.T) {
	forEachStore(t, func(t *testing.T, db database) {
		s := db.open()
		load(t, s, nil)
		want := map[cell]decimal.Decimal{}
		rapid.Check(t, func(r *rapid.T) {
			c := &wallet.Change{}
			for range rapid.IntRange(1, 30).Draw(r, "rows") {
				m := wallet.MinuteSpend{
					Wallet: rapid.Int64Range(1, 3).Draw(r, "wallet"), Minute: now.Add(time.Duration(rapid.IntRange(-3, 0).Draw(r, "minute")) * time.Minute),
					Amount: decimal.New(rapid.Int64Range(-10_000, 1_000_000).Draw(r, "amount"), -4),
					Source: rapid.SampledFrom([]wallet.SpendSource{wallet.SpendFromLedger, wallet.SpendFromBalance}).Draw(r, "source"),
				}
				c.Spend = append(c.Spend, m)
				at := cell{m.Wallet, m.Minute, m.Source}
				want[at] = want[at].Add(m.Amount)
			}
			put(t, s, c)
			got := stored(t, s, time.Time{}, now)
			for at, amount := range want {
				if !got[at].Equal(amount) {
					r.Fatalf("%v sums up to %s, want %s", at, got[at], amount)
				}
			}
		})
	})
}
