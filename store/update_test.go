package store_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/shopspring/decimal"

	"walletwatch/store"
	"walletwatch/wallet"
)

// everything changes every table.
func everything() *wallet.Change {
	c := filledChange(&filler{random: seeded(3)}, now)
	c.Spend = []wallet.MinuteSpend{{Wallet: 1, Minute: now, Amount: dec("1"), Source: wallet.SpendFromLedger}}
	c.Samples = []wallet.Sample{{Wallet: 1, At: now, Balance: dec("1")}}
	c.Audit = []wallet.Audit{{Wallet: 1, At: now, Event: "level", Detail: "ok to warning"}}
	return c
}

var tables = []string{"wallet", "dispatch", "episode", "spend_minute", "movement", "heard", "balance_sample", "audit", "duty"}

// TestUpdateIsWhole lets an update fail after it has done all it can do.
func TestUpdateIsWhole(t *testing.T) {
	failing := errors.New("failing")
	for name, fail := range map[string]func() (*wallet.Change, error){
		"error": func() (*wallet.Change, error) { return everything(), failing },
		"panic": func() (*wallet.Change, error) { panic(failing) },
		"statement": func() (*wallet.Change, error) {
			c := everything()
			c.Audit = append(c.Audit, wallet.Audit{Detail: "not text: \x00\xff"})
			c.Episodes[1].Outcomes[0].AcceptedAt = now.AddDate(10_000, 0, 0) // JSON has no such year
			return c, nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			forEachStore(t, func(t *testing.T, db database) {
				s := db.open()
				known := load(t, s, nil)
				got, err := updateRecovering(s, known, func(_ *wallet.Book, j wallet.Journal) (*wallet.Change, error) {
					if _, err := j.Count([]wallet.Movement{{ID: 1, CreatedAt: now, Status: wallet.StatusCompleted}}); err != nil {
						t.Error(err)
					}
					return fail()
				})
				if err == nil {
					t.Fatal("no error")
				}
				if name == "error" && (!errors.Is(err, failing) || got != known) {
					t.Errorf("returned %v and the error %v", got, err)
				}
				for _, table := range tables {
					if n := number(t, db.raw(), `SELECT COUNT(*) FROM `+table); n != 0 {
						t.Errorf("%d rows in %s", n, table)
					}
				}
				if again := load(t, s, known); again != known {
					t.Errorf("the version went from %d to %d", known.Version, again.Version)
				}
				if after := put(t, s, everything()); after.Version != known.Version+1 {
					t.Errorf("the next update made version %d of %d", after.Version, known.Version)
				}
			})
		})
	}
}

// updateRecovering updates and turns a panic into an error.
func updateRecovering(s *store.Store, known *wallet.Book, f func(*wallet.Book, wallet.Journal) (*wallet.Change, error)) (b *wallet.Book, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = p.(error)
		}
	}()
	return s.Update(context.Background(), account, known, now, f)
}

func TestUpdateWithoutChangeStoresNothing(t *testing.T) {
	forEachStore(t, func(t *testing.T, db database) {
		s := db.open()
		known := load(t, s, nil)
		if got := put(t, s, &wallet.Change{}); got.Version != known.Version || load(t, s, known) != known {
			t.Errorf("an empty change made version %d of %d", got.Version, known.Version)
		}
	})
}

func TestUpdateOfAnUnknownAccountFails(t *testing.T) {
	forEachStore(t, func(t *testing.T, db database) {
		if _, err := db.open().Update(t.Context(), account, nil, now, nil); err == nil {
			t.Error("an account that was never loaded was updated")
		}
	})
}

// TestUpdateStartsFromWhatIsStored gives an update a book that another process has overtaken.
func TestUpdateStartsFromWhatIsStored(t *testing.T) {
	forEachStore(t, func(t *testing.T, db database) {
		a, b := db.open(), db.open()
		old := load(t, b, nil)
		load(t, a, nil)
		want := put(t, a, everything())
		for name, known := range map[string]*wallet.Book{"nothing": nil, "an older book": old, "the present book": want} {
			got := edit(t, b, known, func(book *wallet.Book, _ wallet.Journal) (*wallet.Change, error) {
				for _, problem := range bookDifferences(book, want) {
					t.Errorf("knowing %s, f sees: %s", name, problem)
				}
				return &wallet.Change{}, nil
			})
			for _, problem := range bookDifferences(got, want) {
				t.Errorf("knowing %s, returned: %s", name, problem)
			}
		}
	})
}

// TestConcurrentUpdatesLoseNothing counts up in many goroutines on several handles, as replicas would.
func TestConcurrentUpdatesLoseNothing(t *testing.T) {
	const handles, workers, rounds = 3, 3, 15
	forEachStore(t, func(t *testing.T, db database) {
		load(t, db.open(), nil)
		var wg sync.WaitGroup
		for range handles {
			s := db.open()
			for range workers {
				wg.Go(func() {
					var known *wallet.Book
					for range rounds {
						b, err := s.Update(context.Background(), account, known, now, countUp)
						if err != nil {
							t.Error(err)
							return
						}
						known = b
					}
				})
			}
		}
		wg.Wait()
		const want = handles * workers * rounds
		s := db.open()
		if got := load(t, s, nil).Wallets[0].Balance; !got.Equal(decimal.NewFromInt(want)) {
			t.Errorf("counted up to %s, want %d", got, want)
		}
		if got := spent(t, s, wallet.SpendFromLedger); !got.Equal(decimal.New(want, -1)) {
			t.Errorf("the sum of the spend is %s, want %d tenths", got, want)
		}
	})
}

func countUp(b *wallet.Book, _ wallet.Journal) (*wallet.Change, error) {
	next := &wallet.State{Account: account, ID: 1}
	if s := b.Wallet(1); s != nil {
		*next = *s
	}
	next.Balance = next.Balance.Add(decimal.NewFromInt(1))
	return &wallet.Change{
		Wallets: []*wallet.State{next},
		Spend:   []wallet.MinuteSpend{{Wallet: 1, Minute: now, Amount: dec("0.1"), Source: wallet.SpendFromLedger}},
	}, nil
}

// TestManyRows goes over the number of rows that one statement takes.
func TestManyRows(t *testing.T) {
	forEachStore(t, func(t *testing.T, db database) {
		s := db.open()
		load(t, s, nil)
		for _, n := range []int64{1, 199, 200, 201, 400, 999} {
			c := &wallet.Change{}
			for id := range n {
				c.Wallets = append(c.Wallets, &wallet.State{Account: account, ID: id + 1, Balance: decimal.NewFromInt(n*1000 + id)})
			}
			put(t, s, c)
			got := load(t, db.open(), nil).Wallets
			if int64(len(got)) < n {
				t.Fatalf("%d of %d wallets", len(got), n)
			}
			for id := range n {
				if !got[id].Balance.Equal(decimal.NewFromInt(n*1000 + id)) {
					t.Fatalf("wallet %d of %d has %s", id+1, n, got[id].Balance)
				}
			}
		}
	})
}
