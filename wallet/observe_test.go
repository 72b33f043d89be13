package wallet_test

import (
	"testing"
	"time"

	"walletwatch/wallet"
)

func TestObserve(t *testing.T) {
	var unknown *wallet.State
	r := reading(7, "0")
	s := unknown.Observe("default", &r, noon)
	want := wallet.State{
		Account: "default", ID: 7, CurrencyID: 1, Currency: "USD", Precision: 2, Type: wallet.Prepaid,
		Balance: s.Balance, ObservedAt: noon, Source: wallet.FromPoll, Read: s.Read, ReadAt: noon, FirstSeen: noon,
	}
	if !equalStates(s, &want) || !s.Balance.IsZero() || !s.Read.IsZero() {
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
	s.Level, s.Since, s.Proven, s.Doubt, s.DoubtSince, s.Source = "warning", noon, "warning", "the API no longer lists it", noon, wallet.FromOrder
	r := reading(1, "4000")
	next := s.Observe("default", &r, noon.Add(time.Hour))
	want := *s
	want.Balance, want.ObservedAt, want.Source, want.Doubt, want.DoubtSince = next.Balance, noon.Add(time.Hour), wallet.FromPoll, "", time.Time{}
	want.Read, want.ReadAt = next.Read, noon.Add(time.Hour)
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
		"balance":       func(_ *wallet.State, r *wallet.Reading) { r.Balance = amount("4999.99") },
		"no balance":    func(_ *wallet.State, r *wallet.Reading) { r.Balance = nil },
		"currency":      func(_ *wallet.State, r *wallet.Reading) { r.Currency = "EUR" },
		"currency id":   func(_ *wallet.State, r *wallet.Reading) { r.CurrencyID = 2 },
		"precision":     func(_ *wallet.State, r *wallet.Reading) { r.Precision = 3 },
		"type":          func(_ *wallet.State, r *wallet.Reading) { r.Type = wallet.Postpaid },
		"doubt is over": func(s *wallet.State, _ *wallet.Reading) { s.Doubt = "the API no longer lists it" },
		"first read":    func(s *wallet.State, _ *wallet.Reading) { s.ReadAt = time.Time{} },
		"news settled":  func(s *wallet.State, _ *wallet.Reading) { s.News = []wallet.News{{Count: 1}} },
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
			s.ObservedAt, s.Source, s.News = noon.Add(time.Second), wallet.FromOrder, []wallet.News{{Count: 1}}
		}, noon.Add(time.Second), wallet.FromOrder},
		{"in doubt", func(a *wallet.Account, s *wallet.State) {
			a.PolledAt, s.Doubt = noon.Add(time.Minute), "the API no longer lists it"
		}, noon, wallet.FromPoll},
		{"never read", func(a *wallet.Account, s *wallet.State) {
			s.ObservedAt, s.ReadAt, s.Source = time.Time{}, time.Time{}, ""
		}, time.Time{}, ""},
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
		got.ObservedAt, got.ReadAt, got.Source = before.ObservedAt, before.ReadAt, before.Source
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
