package poller_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"walletwatch/octopus"
	"walletwatch/poller"
	"walletwatch/wallet"
)

func dollars() []octopus.Currency { return []octopus.Currency{{ID: 1, Code: "USD", Precision: 2}} }

func TestCurrenciesAreKeptForADay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &api{}
		run(t, &notebook{}, one(a))
		pass(24*time.Hour - time.Second)
		if n := a.money(); n != 1 {
			t.Errorf("asked %d times within a day, want once", n)
		}
		pass(time.Minute)
		if n := a.money(); n != 2 {
			t.Errorf("asked %d times after a day, want twice", n)
		}
	})
}

// TestUnknownCurrency: a wallet in a currency that is not known makes the list be asked for again, at each poll until
// it is there.
func TestUnknownCurrency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &api{wallets: func(_ context.Context, n int) (octopus.WalletList, error) {
			list := listing("100")
			if n > 1 {
				list.Wallets[0].CurrencyID = 2
			}
			return list, nil
		}}
		a.currencies = func(n int) ([]octopus.Currency, error) {
			if n < 3 {
				return dollars(), nil
			}
			return append(dollars(), octopus.Currency{ID: 2, Code: "JPY"}), nil
		}
		book := &notebook{}
		run(t, book, one(a))
		pass(4*every + time.Second)
		if n := a.money(); n != 3 {
			t.Errorf("asked %d times, want at the start and until the currency was there", n)
		}
		for i, want := range []string{"USD", "", "JPY", "JPY", "JPY"} {
			if r := book.polls[i].Readings[0]; r.Currency != want || (r.Balance == nil) != (want == "") {
				t.Errorf("poll %d reads %+v, want the currency %q", i+1, r, want)
			}
		}
	})
}

// TestCurrenciesOutage: without the list, known currencies serve; nothing known is a failed poll.
func TestCurrenciesOutage(t *testing.T) {
	tests := map[string]struct {
		known    []octopus.Currency
		answer   []octopus.Currency
		err      error
		failures int
	}{
		"known from before the restart": {known: dollars(), err: errDown},
		"nothing known":                 {err: errDown, failures: 2},
		"another one known":             {known: []octopus.Currency{{ID: 7, Code: "EUR"}}, err: errDown, failures: 2},
		"a list with a gap":             {known: dollars(), answer: []octopus.Currency{{ID: 7, Code: "EUR"}}},
		"an empty list":                 {known: dollars(), answer: []octopus.Currency{}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := &api{currencies: func(int) ([]octopus.Currency, error) { return test.answer, test.err }}
				book := &notebook{}
				run(t, book, one(a), func(c *poller.Config) { c.Accounts[0].Currencies = test.known })
				pass(every + time.Second)
				if len(book.failures) != test.failures || len(book.polls) != 2-test.failures {
					t.Fatalf("%d failures and %d polls, want %d and %d", len(book.failures), len(book.polls), test.failures, 2-test.failures)
				}
				for _, f := range book.failures {
					if f.kind != wallet.FaultUnavailable || f.message != "reading the currencies: the API is down" {
						t.Errorf("the failure is %+v", f)
					}
				}
				for _, poll := range book.polls {
					if r := poll.Readings[0]; r.Balance == nil || r.Currency != "USD" || r.Precision != 2 {
						t.Errorf("read %+v, want a balance in USD", r)
					}
				}
			})
		})
	}
}

// TestCurrencyRenamed: a fresh list wins over what was known, also over what was known before the restart.
func TestCurrencyRenamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		book := &notebook{}
		run(t, book, one(&api{}), func(c *poller.Config) {
			c.Accounts[0].Currencies = []octopus.Currency{{ID: 1, Code: "XXX", Precision: 4}}
		})
		pass(time.Second)
		if r := book.polls[0].Readings[0]; r.Currency != "USD" || r.Precision != 2 {
			t.Errorf("read %+v, want what the API says now", r)
		}
	})
}
