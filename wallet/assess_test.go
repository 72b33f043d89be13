package wallet_test

import (
	"testing"
	"time"

	"walletwatch/wallet"
)

// TestDailySpendOfAWallet: where daily spend comes from, and when there is too little history for it.
func TestDailySpendOfAWallet(t *testing.T) {
	tests := []struct {
		name     string
		change   func(*wallet.Account, *wallet.State)
		daily    string
		source   wallet.SpendSource
		learning bool
	}{
		{"from the ledger", func(*wallet.Account, *wallet.State) {}, "1000", wallet.SpendFromLedger, false},
		{"nothing has moved yet", func(_ *wallet.Account, s *wallet.State) { s.FirstMovement = time.Time{} }, "0", wallet.SpendFromNone, true},
		{"the history is being read for the first time", func(a *wallet.Account, _ *wallet.State) { a.Fill = wallet.Fill{} }, "0", wallet.SpendFromNone, true},
		{"the history is being read again", func(a *wallet.Account, _ *wallet.State) { a.Fill = wallet.Fill{Ever: true} }, "1000", wallet.SpendFromLedger, false},
		{"no sums yet", func(_ *wallet.Account, s *wallet.State) { s.Spend = nil }, "0", wallet.SpendFromNone, true},
		{"a minute short of a day", func(_ *wallet.Account, s *wallet.State) {
			s.FirstMovement, s.Spend = noon.Add(-wallet.Day+time.Minute), wallet.Buckets{dec("90")}
		}, "90", wallet.SpendFromLedger, true},
		{"a day", func(_ *wallet.Account, s *wallet.State) {
			s.FirstMovement, s.Spend = noon.Add(-wallet.Day), wallet.Buckets{dec("90")}
		}, "90", wallet.SpendFromLedger, false},
		{"idle for longer than the window", func(_ *wallet.Account, s *wallet.State) { s.Spend = buckets("0", 7) }, "0", wallet.SpendFromLedger, false},
		{"from balances, since the wallet is known", func(a *wallet.Account, s *wallet.State) {
			a.SpendSource, a.Fill = wallet.SpendFromBalance, wallet.Fill{}
			s.FirstMovement, s.FirstSeen = time.Time{}, noon.Add(-2*wallet.Day+30*time.Second)
		}, "3500", wallet.SpendFromBalance, false},
		{"from balances of a wallet that is new", func(a *wallet.Account, s *wallet.State) {
			a.SpendSource, a.Fill = wallet.SpendFromBalance, wallet.Fill{}
			s.FirstMovement, s.FirstSeen = time.Time{}, noon.Add(-time.Hour)
		}, "7000", wallet.SpendFromBalance, true},
		{"from balances, with a history that was begun and knows a later day", func(a *wallet.Account, s *wallet.State) {
			a.SpendSource, a.Fill = wallet.SpendFromBalance, wallet.Fill{Reached: noon}
			s.FirstMovement, s.FirstSeen = noon.Add(-time.Hour), noon.Add(-2*wallet.Day)
		}, "3500", wallet.SpendFromBalance, false},
		{"from balances, with a history that was begun and knows an earlier day", func(a *wallet.Account, s *wallet.State) {
			a.SpendSource, a.Fill = wallet.SpendFromBalance, wallet.Fill{Reached: noon}
			s.FirstMovement, s.FirstSeen = noon.Add(-5*wallet.Day), noon.Add(-2*wallet.Day)
		}, "3500", wallet.SpendFromBalance, false},
		{"from balances, with older transactions", func(a *wallet.Account, s *wallet.State) {
			a.SpendSource, s.FirstSeen = wallet.SpendFromBalance, noon
		}, "1000", wallet.SpendFromBalance, false},
	}
	for _, test := range tests {
		a, s := account(), state("5000")
		test.change(a, s)
		_, got := judge(policy(), a, s, noon)
		if !got.DailySpend.Equal(dec(test.daily)) || got.SpendSource != test.source || got.Learning != test.learning {
			t.Errorf("%s: %s from %s, learning: %t", test.name, got.DailySpend, got.SpendSource, got.Learning)
		}
		if test.learning && (len(got.Thresholds) > 0 || got.HasRunway) {
			t.Errorf("%s: thresholds %v and a runway of %s while learning", test.name, got.Thresholds, got.Runway)
		}
	}
}

// TestFloorsApplyWhileLearning: what cannot be said without spend is left out, not guessed.
func TestFloorsApplyWhileLearning(t *testing.T) {
	p, s := policy(), state("99.99")
	p.Levels[1].Floor = amount("100")
	s.FirstMovement = noon.Add(-time.Hour)
	level, a := judge(p, account(), s, noon)
	same(t, "thresholds", thresholds(&a), "critical 100; ")
	same(t, "level", level, "critical")
	s.Balance = dec("100")
	level, a = judge(p, account(), s, noon)
	same(t, "level at the floor", level, "")
	same(t, "shown", a.Shown, wallet.Learning)
	s.Level = "critical"
	level, _ = judge(p, account(), s, noon)
	same(t, "level at the floor when it was below", level, "critical")
	s.Balance = dec("125")
	level, _ = judge(p, account(), s, noon)
	same(t, "level at 125 % of the floor", level, "")
}

func TestRunway(t *testing.T) {
	tests := []struct {
		name    string
		balance string
		change  func(*wallet.State)
		want    time.Duration
		unknown bool
	}{
		{"a day", "1000", func(*wallet.State) {}, 24 * time.Hour, false},
		{"whole seconds, rounded down", "1", func(*wallet.State) {}, 86 * time.Second, false},
		{"a third", "1", func(s *wallet.State) { s.Spend = buckets("3", 7) }, 8 * time.Hour, false},
		{"empty", "0", func(*wallet.State) {}, 0, false},
		{"overdrawn", "-10", func(*wallet.State) {}, 0, false},
		{"without spend", "1000", func(s *wallet.State) { s.Spend = buckets("0", 7) }, 0, true},
		{"never read", "0", func(s *wallet.State) { s.ObservedAt = time.Time{} }, 0, true},
		{"learning", "1000", func(s *wallet.State) { s.FirstMovement = noon }, 0, true},
		{"ten years at most", "999999999999999999999999999999", func(*wallet.State) {}, 3650 * wallet.Day, false},
	}
	for _, test := range tests {
		s := state(test.balance)
		test.change(s)
		_, a := judge(policy(), account(), s, noon)
		if a.Runway != test.want || a.HasRunway == test.unknown {
			t.Errorf("%s: the runway is %s, known: %t", test.name, a.Runway, a.HasRunway)
		}
	}
}

// TestShow reads aloud what people are told about a wallet's level.
func TestShow(t *testing.T) {
	tests := []struct {
		name    string
		balance string
		change  func(*wallet.Policy, *wallet.State)
		shown   string
		reason  string
	}{
		{"fine", "200", func(*wallet.Policy, *wallet.State) {}, "ok", "the balance is below no threshold"},
		{"low", "199", func(_ *wallet.Policy, s *wallet.State) { s.Level = "warning" }, "warning", "the balance is below the threshold"},
		{"recovering", "200", func(_ *wallet.Policy, s *wallet.State) { s.Level = "warning" }, "warning",
			"the balance is not yet back at 125 % of the threshold"},
		{"recovering by another margin", "50.1", func(p *wallet.Policy, s *wallet.State) { s.Level, p.RecoverAt = "critical", dec("1.505") },
			"critical", "the balance is not yet back at 150.5 % of the threshold"},
		{"empty", "0", func(_ *wallet.Policy, s *wallet.State) { s.Level = "critical" }, "critical", "nothing is left"},
		{"learning", "5000", func(_ *wallet.Policy, s *wallet.State) { s.FirstMovement = noon }, "learning",
			"too little spending history yet: only floors apply"},
		{"on credit", "-5000", func(_ *wallet.Policy, s *wallet.State) { s.Type = wallet.Postpaid }, "ok", "no levels apply to this wallet"},
		{"in doubt", "5000", func(_ *wallet.Policy, s *wallet.State) { s.Doubt, s.Level = "the API no longer lists it", "warning" },
			"unknown", "the API no longer lists it"},
		{"never read", "0", func(_ *wallet.Policy, s *wallet.State) { s.ObservedAt, s.EverPositive = time.Time{}, false },
			"unknown", "its balance was never read"},
		{"stale", "5000", func(_ *wallet.Policy, s *wallet.State) { s.ObservedAt, s.Level = noon.Add(-12*time.Minute), "warning" },
			"unknown", "its balance was last read 12 min ago"},
		{"stale for hours", "5000", func(_ *wallet.Policy, s *wallet.State) { s.ObservedAt = noon.Add(-5*time.Hour - 59*time.Second) },
			"unknown", "its balance was last read 5 h ago"},
		{"stale for more hours", "5000", func(_ *wallet.Policy, s *wallet.State) { s.ObservedAt = noon.Add(-200 * time.Minute) },
			"unknown", "its balance was last read 3 h 20 min ago"},
		{"stale for days", "5000", func(_ *wallet.Policy, s *wallet.State) { s.ObservedAt = noon.Add(-52*time.Hour - 59*time.Minute) },
			"unknown", "its balance was last read 2 d 4 h ago"},
		{"stale soon", "5000", func(p *wallet.Policy, s *wallet.State) {
			p.StaleAfter[0].Age, s.ObservedAt = 30*time.Second, noon.Add(-40*time.Second)
		}, "unknown", "its balance was last read 40 s ago"},
	}
	for _, test := range tests {
		p, s := policy(), state(test.balance)
		test.change(p, s)
		_, a := judge(p, account(), s, noon)
		if a.Shown != test.shown || a.Reason != test.reason {
			t.Errorf("%s: %s because %s; want %s because %s", test.name, a.Shown, a.Reason, test.shown, test.reason)
		}
	}
}

// TestUnknownDecidesNothing: a balance that is not known to be true is never a breach and never a recovery.
func TestUnknownDecidesNothing(t *testing.T) {
	unknown := map[string]func(*wallet.State){
		"in doubt":   func(s *wallet.State) { s.Doubt = "the API no longer lists it" },
		"stale":      func(s *wallet.State) { s.ObservedAt = noon.Add(-10 * time.Minute) },
		"never read": func(s *wallet.State) { s.ObservedAt = time.Time{} },
	}
	for name, change := range unknown {
		for _, level := range []string{"", "warning", "critical"} {
			for _, balance := range []string{"-1", "0", "49", "199", "5000"} {
				s := state(balance)
				s.Level = level
				change(s)
				if got, a := judge(policy(), account(), s, noon); got != level || a.Shown != wallet.Unknown {
					t.Errorf("%s with %s at %q: decided %q, shown %s", name, balance, level, got, a.Shown)
				}
			}
		}
	}
	s := state("49")
	s.ObservedAt = noon.Add(-10*time.Minute + time.Millisecond)
	if got, _ := judge(policy(), account(), s, noon); got != "critical" {
		t.Errorf("a balance that is not quite stale decides %q", got)
	}
	p := policy()
	p.StaleAfter = nil
	s.ObservedAt = noon.Add(-90 * wallet.Day)
	if got, _ := judge(p, account(), s, noon); got != "critical" {
		t.Errorf("without stale_after an old balance decides %q", got)
	}
}

func TestThresholdOfALevelThatHasNone(t *testing.T) {
	a := wallet.Assessment{Thresholds: []wallet.Threshold{{Level: "warning", Amount: dec("5")}}}
	if got, ok := a.Threshold("critical"); ok || !got.IsZero() {
		t.Errorf("got %s, %t", got, ok)
	}
}
