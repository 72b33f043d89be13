package wallet_test

import (
	"maps"
	"slices"
	"testing"
	"time"

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

func TestObserve(t *testing.T) {
	var unknown *wallet.State
	r := reading(7, "0")
	s := unknown.Observe("default", &r, noon)
	want := wallet.State{
		Account: "default", ID: 7, CurrencyID: 1, Currency: "USD", Precision: 2, Type: wallet.Prepaid,
		Balance: s.Balance, ObservedAt: noon, Source: wallet.FromPoll, FirstSeen: noon,
	}
	if !equalStates(s, &want) || !s.Balance.IsZero() {
		t.Errorf("a new wallet is %+v", s)
	}

	old := *s
	later := noon.Add(time.Minute)
	r = reading(7, "5")
	r.Precision, r.Type = 3, wallet.Postpaid
	next := s.Observe("default", &r, later)
	if !equalStates(s, &old) {
		t.Error("the state before was changed")
	}
	if !next.Balance.Equal(dec("5")) || next.ObservedAt != later || !next.EverPositive || next.FirstSeen != noon || next.Precision != 3 || next.Type != wallet.Postpaid {
		t.Errorf("the wallet became %+v", next)
	}

	empty := reading(7, "0")
	if s := next.Observe("default", &empty, later); !s.EverPositive {
		t.Error("an empty wallet forgot that it ever held something")
	}
}

func TestObserveKeepsWhatItDoesNotConcern(t *testing.T) {
	s := state("5000")
	s.Level, s.Since, s.Doubt, s.DoubtSince, s.Source = "warning", noon, "the API no longer lists it", noon, wallet.FromOrder
	r := reading(1, "4000")
	next := s.Observe("default", &r, noon.Add(time.Hour))
	want := *s
	want.Balance, want.ObservedAt, want.Source, want.Doubt, want.DoubtSince = next.Balance, noon.Add(time.Hour), wallet.FromPoll, "", time.Time{}
	if !equalStates(next, &want) || !next.Balance.Equal(dec("4000")) {
		t.Errorf("the wallet became %+v, want %+v", next, want)
	}
}

// TestUnreadableBalance: a wallet whose first balance cannot be read is known, and its balance is not.
func TestUnreadableBalance(t *testing.T) {
	var unknown *wallet.State
	r := unreadable(7, "the amount is null")
	s := unknown.Observe("default", &r, noon)
	if s.ID != 7 || !s.ObservedAt.IsZero() || s.Source != "" || s.EverPositive || s.FirstSeen != noon {
		t.Errorf("the wallet is %+v", s)
	}
	read := state("5000")
	if next := read.Observe("default", &r, noon.Add(time.Hour)); !next.ObservedAt.Equal(noon) || !next.Balance.Equal(dec("5000")) {
		t.Errorf("an unreadable balance was taken over: %+v", next)
	}
}

func TestDoubted(t *testing.T) {
	s := state("5000")
	first := s.Doubted("the amount is null", noon)
	second := first.Doubted("the API no longer lists it", noon.Add(time.Hour))
	if s.Doubt != "" || first.Doubt != "the amount is null" || first.DoubtSince != noon {
		t.Errorf("first %+v, then %+v", s, first)
	}
	if second.Doubt != "the API no longer lists it" || second.DoubtSince != noon {
		t.Errorf("a doubt that changes began at %s with %q", second.DoubtSince, second.Doubt)
	}
	second.Doubt, second.DoubtSince = "", time.Time{}
	if !equalStates(s, second) {
		t.Errorf("a doubt changed more than itself: %+v", second)
	}
}

func TestSame(t *testing.T) {
	same := func(change func(*wallet.State, *wallet.Reading)) bool {
		s, r := state("5000"), reading(1, "5000.00")
		change(s, &r)
		return s.Same(&r)
	}
	if !same(func(*wallet.State, *wallet.Reading) {}) {
		t.Error("the same balance says something new")
	}
	for name, change := range map[string]func(*wallet.State, *wallet.Reading){
		"balance":        func(_ *wallet.State, r *wallet.Reading) { r.Balance = amount("4999.99") },
		"no balance":     func(_ *wallet.State, r *wallet.Reading) { r.Balance = nil },
		"currency":       func(_ *wallet.State, r *wallet.Reading) { r.Currency = "EUR" },
		"currency id":    func(_ *wallet.State, r *wallet.Reading) { r.CurrencyID = 2 },
		"precision":      func(_ *wallet.State, r *wallet.Reading) { r.Precision = 3 },
		"type":           func(_ *wallet.State, r *wallet.Reading) { r.Type = wallet.Postpaid },
		"doubt is over":  func(s *wallet.State, _ *wallet.Reading) { s.Doubt = "the API no longer lists it" },
		"first read":     func(s *wallet.State, _ *wallet.Reading) { s.ObservedAt = time.Time{} },
		"poll confirmed": func(s *wallet.State, _ *wallet.Reading) { s.Source = wallet.FromOrder },
	} {
		if same(change) {
			t.Errorf("%s: nothing new", name)
		}
	}
}

func TestCurrent(t *testing.T) {
	tests := []struct {
		name   string
		change func(*wallet.Account, *wallet.State)
		at     time.Time
		source wallet.Source
	}{
		{"unchanged in the last poll", func(a *wallet.Account, _ *wallet.State) { a.PolledAt = noon.Add(time.Minute) }, noon.Add(time.Minute), wallet.FromPoll},
		{"an order is newer", func(_ *wallet.Account, s *wallet.State) {
			s.ObservedAt, s.Source = noon.Add(time.Second), wallet.FromOrder
		},
			noon.Add(time.Second), wallet.FromOrder},
		{"in doubt", func(a *wallet.Account, s *wallet.State) {
			a.PolledAt, s.Doubt = noon.Add(time.Minute), "the API no longer lists it"
		}, noon, wallet.FromPoll},
		{"never read", func(a *wallet.Account, s *wallet.State) { s.ObservedAt, s.Source = time.Time{}, "" }, time.Time{}, ""},
		{"never polled", func(a *wallet.Account, _ *wallet.State) { a.PolledAt = time.Time{} }, noon, wallet.FromPoll},
	}
	for _, test := range tests {
		a, s := account(), state("5000")
		test.change(a, s)
		before := *s
		got := a.Current(s)
		if !got.ObservedAt.Equal(test.at) || got.Source != test.source {
			t.Errorf("%s: true at %s from %s", test.name, got.ObservedAt, got.Source)
		}
		got.ObservedAt, got.Source = before.ObservedAt, before.Source
		if !equalStates(&got, &before) || !equalStates(s, &before) {
			t.Errorf("%s: more was changed: %+v", test.name, got)
		}
	}
}

// equalStates compares everything but how amounts are written.
func equalStates(a, b *wallet.State) bool {
	x, y := *a, *b
	x.Spend, y.Spend = nil, nil
	x.Balance, y.Balance = dec("0"), dec("0")
	if !a.Balance.Equal(b.Balance) || sums(a.Spend) != sums(b.Spend) {
		return false
	}
	return allFields(x) == allFields(y)
}
