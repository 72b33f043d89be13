package wallet_test

import (
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"walletwatch/wallet"
)

// known is a prepaid wallet with a balance.
func known(id int64, balance string) *wallet.State {
	s := state(balance)
	s.ID = id
	return s
}

func reading(id int64, balance string) wallet.Reading {
	return wallet.Reading{ID: id, CurrencyID: 1, Currency: "USD", Precision: 2, Type: wallet.Prepaid, Balance: amount(balance)}
}

func unreadable(id int64, problem string) wallet.Reading {
	r := reading(id, "1")
	r.Balance, r.Problem = nil, problem
	return r
}

func euros(id int64) wallet.Reading {
	r := reading(id, "100")
	r.Currency = "EUR"
	return r
}

func onCredit(id int64, balance string) wallet.Reading {
	r := reading(id, balance)
	r.Type = wallet.Postpaid
	return r
}

func TestDoubts(t *testing.T) {
	credit := known(3, "100")
	credit.Type = wallet.Postpaid
	unread := &wallet.State{Account: "default", ID: 4, Currency: "USD", Type: wallet.Prepaid}
	const (
		zero   = "it fell to zero and a second read could not confirm it"
		zeroes = "every wallet reads zero at once"
		gone   = "the API no longer lists it"
		empty  = "the API lists no wallets at all"
	)
	type doubts map[int64]string
	tests := []struct {
		name   string
		known  []*wallet.State
		poll   []wallet.Reading
		first  doubts
		second doubts // when it is the second read
	}{
		{"as before", []*wallet.State{known(1, "100")}, []wallet.Reading{reading(1, "100")}, nil, nil},
		{"less", []*wallet.State{known(1, "100")}, []wallet.Reading{reading(1, "0.01")}, nil, nil},
		{"new", nil, []wallet.Reading{reading(1, "0")}, nil, nil},
		{"no wallets, as ever", nil, nil, nil, nil},
		{"no wallets any more", []*wallet.State{known(1, "100"), known(2, "0")}, nil, doubts{1: empty, 2: empty}, doubts{1: empty, 2: empty}},
		{"gone", []*wallet.State{known(1, "100"), known(2, "100")}, []wallet.Reading{reading(2, "100")}, doubts{1: gone}, doubts{1: gone}},
		{"unreadable", []*wallet.State{known(1, "100")}, []wallet.Reading{unreadable(1, "the amount is null")},
			doubts{1: "the amount is null"}, doubts{1: "the amount is null"}},
		{"unreadable for no reason", []*wallet.State{known(1, "100")}, []wallet.Reading{unreadable(1, "")},
			doubts{1: "the API gives no amount"}, doubts{1: "the API gives no amount"}},
		{"new and unreadable", nil, []wallet.Reading{unreadable(1, "the amount is null")},
			doubts{1: "the amount is null"}, doubts{1: "the amount is null"}},
		{"another currency", []*wallet.State{known(1, "100")}, []wallet.Reading{euros(1)},
			doubts{1: "its currency changed from USD to EUR"}, doubts{1: "its currency changed from USD to EUR"}},

		{"fallen to zero", []*wallet.State{known(1, "100")}, []wallet.Reading{reading(1, "0")}, doubts{1: zero}, nil},
		{"fallen below zero", []*wallet.State{known(1, "100")}, []wallet.Reading{reading(1, "-5")}, doubts{1: zero}, nil},
		{"at zero as before", []*wallet.State{known(1, "0")}, []wallet.Reading{reading(1, "0.00")}, nil, nil},
		{"at zero at its first read", []*wallet.State{unread}, []wallet.Reading{reading(4, "0")}, nil, nil},
		{"on credit, at zero", []*wallet.State{credit}, []wallet.Reading{onCredit(3, "0")}, nil, nil},
		{"one of two fallen to zero", []*wallet.State{known(1, "100"), known(2, "100")},
			[]wallet.Reading{reading(1, "0"), reading(2, "100")}, doubts{1: zero}, nil},
		{"the other was at zero already", []*wallet.State{known(1, "100"), known(2, "0")},
			[]wallet.Reading{reading(1, "0"), reading(2, "0")}, doubts{1: zero}, nil},
		{"two of three fallen to zero", []*wallet.State{known(1, "100"), known(2, "100"), known(5, "100")},
			[]wallet.Reading{reading(1, "0"), reading(2, "0"), reading(5, "1")}, doubts{1: zero, 2: zero}, nil},
		{"all fallen to zero at once", []*wallet.State{known(1, "100"), known(2, "100")},
			[]wallet.Reading{reading(1, "0"), reading(2, "0")}, doubts{1: zeroes, 2: zeroes}, doubts{1: zeroes, 2: zeroes}},
		{"all at zero at once, one unreadable", []*wallet.State{known(1, "100"), known(2, "100"), known(5, "100")},
			[]wallet.Reading{reading(1, "0"), reading(2, "0"), unreadable(5, "the amount is null")},
			doubts{1: zeroes, 2: zeroes, 5: "the amount is null"}, doubts{1: zeroes, 2: zeroes, 5: "the amount is null"}},
		{"all fallen below zero", []*wallet.State{known(1, "100"), known(2, "100")},
			[]wallet.Reading{reading(1, "-5"), reading(2, "-0.01")}, doubts{1: zero, 2: zero}, nil},
		{"all but one on credit fallen to zero", []*wallet.State{known(1, "100"), known(2, "100"), credit},
			[]wallet.Reading{reading(1, "0"), reading(2, "0"), onCredit(3, "-500")}, doubts{1: zero, 2: zero}, nil},
	}
	for _, test := range tests {
		poll := &wallet.Poll{Account: "default", SentAt: noon, Readings: test.poll}
		if got := wallet.Doubts(test.known, poll, false); !maps.Equal(got, test.first) {
			t.Errorf("%s: %v, want %v", test.name, got, test.first)
		}
		if got := wallet.Doubts(test.known, poll, true); !maps.Equal(got, test.second) {
			t.Errorf("%s, read twice: %v, want %v", test.name, got, test.second)
		}
	}
}

// TestOrderOfWalletsDoesNotMatter to what is believed of a poll, and a second read never raises new doubts.
func TestOrderOfWalletsDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		amounts := rapid.SampledFrom([]string{"-1", "0", "0", "0", "5"})
		var before []*wallet.State
		poll := &wallet.Poll{Account: "default", SentAt: noon}
		for id := range int64(rapid.IntRange(0, 5).Draw(t, "wallets")) {
			switch rapid.SampledFrom([]string{"gone", "new", "unreadable", "currency", "read", "read", "read"}).Draw(t, "what") {
			case "gone":
				before = append(before, known(id, amounts.Draw(t, "before")))
			case "new":
				poll.Readings = append(poll.Readings, reading(id, amounts.Draw(t, "now")))
			case "unreadable":
				before = append(before, known(id, amounts.Draw(t, "before")))
				poll.Readings = append(poll.Readings, unreadable(id, "the amount is null"))
			case "currency":
				before = append(before, known(id, amounts.Draw(t, "before")))
				poll.Readings = append(poll.Readings, euros(id))
			case "read":
				before = append(before, known(id, amounts.Draw(t, "before")))
				poll.Readings = append(poll.Readings, reading(id, amounts.Draw(t, "now")))
			}
		}
		first, second := wallet.Doubts(before, poll, false), wallet.Doubts(before, poll, true)
		for id, why := range second {
			if first[id] != why {
				t.Fatalf("only the second read doubts wallet %d: %s", id, why)
			}
		}
		slices.Reverse(before)
		other := &wallet.Poll{Account: "default", SentAt: noon, Readings: slices.Clone(poll.Readings)}
		slices.Reverse(other.Readings)
		if got := wallet.Doubts(before, other, false); !maps.Equal(got, first) {
			t.Fatalf("the doubts are %v, in another order %v", first, got)
		}
	})
}
