package wallet_test

import (
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"walletwatch/wallet"
)

// TestLevels: a wallet that spends 1000 a day has thresholds 200 and 50, which end at 250 and 62.50.
func TestLevels(t *testing.T) {
	tests := []struct {
		balance, present, want string
	}{
		{"5000", "", ""},
		{"200.01", "", ""},
		{"200", "", ""}, // not below: strictly
		{"199.9999", "", "warning"},
		{"50", "", "warning"},
		{"49.99", "", "critical"}, // skips a level
		{"0.0001", "", "critical"},
		{"0", "", "critical"},
		{"-3", "", "critical"},

		{"200", "warning", "warning"}, // not yet at 125 %
		{"249.9999", "warning", "warning"},
		{"250", "warning", ""},
		{"50", "warning", "warning"},
		{"49.99", "warning", "critical"},

		{"50", "critical", "critical"},
		{"62.49", "critical", "critical"},
		{"62.5", "critical", "warning"},
		{"200", "critical", "warning"},
		{"249.99", "critical", "warning"}, // the milder level ends at its own margin
		{"250", "critical", ""},

		{"62.49", "no longer configured", "warning"}, // nothing holds it
		{"249.99", "no longer configured", ""},
	}
	for _, test := range tests {
		s := state(test.balance)
		s.Level = test.present
		if got, _ := judge(policy(), account(), s, noon); got != test.want {
			t.Errorf("with %s at %q the level is %q, want %q", test.balance, test.present, got, test.want)
		}
	}
}

func TestThresholds(t *testing.T) {
	tests := []struct {
		name  string
		level wallet.Level
		daily string // "" : unknown
		want  string // "" : none
	}{
		{"percentage", wallet.Level{Percent: amount("20")}, "1000", "200"},
		{"part of a percent", wallet.Level{Percent: amount("0.5")}, "1000", "5"},
		{"more than a day", wallet.Level{Percent: amount("150")}, "1000", "1500"},
		{"floor", wallet.Level{Floor: amount("250")}, "1000", "250"},
		{"runway", wallet.Level{Runway: 6 * time.Hour}, "1000", "250"},
		{"floor above the percentage", wallet.Level{Percent: amount("20"), Floor: amount("250")}, "1000", "250"},
		{"percentage above the floor", wallet.Level{Percent: amount("20"), Floor: amount("250")}, "2000", "400"},
		{"runway above both", wallet.Level{Percent: amount("20"), Floor: amount("250"), Runway: 12 * time.Hour}, "1000", "500"},
		{"percentage without spend", wallet.Level{Percent: amount("20")}, "0", "0"},
		{"percentage while learning", wallet.Level{Percent: amount("20")}, "", ""},
		{"runway while learning", wallet.Level{Runway: 6 * time.Hour}, "", ""},
		{"floor while learning", wallet.Level{Percent: amount("20"), Floor: amount("250"), Runway: 6 * time.Hour}, "", "250"},
		{"floor below zero", wallet.Level{Floor: amount("-1000")}, "", "-1000"},
	}
	for _, test := range tests {
		p, s := policy(), state("5000")
		test.level.Name = "low"
		p.Levels = []wallet.Level{test.level}
		s.Spend = nil
		if test.daily != "" {
			s.Spend = buckets(test.daily, 7)
		}
		_, a := judge(p, account(), s, noon)
		got, ok := a.Threshold("low")
		if ok != (test.want != "") || ok && !got.Equal(dec(test.want)) {
			t.Errorf("%s: the threshold is %s, %t; want %q", test.name, got, ok, test.want)
		}
	}
}

// TestThresholdIsExact: a day's spend that does not come out even must not make a wallet low that is not.
func TestThresholdIsExact(t *testing.T) {
	for _, test := range []struct {
		week, percent string
		runway        time.Duration
		exact         string
	}{
		{"200", "105", 0, "30"}, // 200 ÷ 7 is rounded up …
		{"100", "105", 0, "15"}, // … and 100 ÷ 7 down
		{"200", "21", 0, "6"},
		{"1000", "7", 0, "10"},
		{"1000", "0", 168 * time.Hour, "1000"},
		{"1000", "0", 7 * time.Hour, "41.666666666667"},
		{"999999999.9999", "70", 0, "99999999.99999"},
	} {
		p, s := policy(), state(test.exact)
		p.Levels = []wallet.Level{{Name: "low", Percent: amount(test.percent), Runway: test.runway}}
		s.Spend = make(wallet.Buckets, 7)
		s.Spend[3] = dec(test.week)
		level, a := judge(p, account(), s, noon)
		if got, _ := a.Threshold("low"); !got.Equal(dec(test.exact)) || level != "" {
			t.Errorf("%s a week, %s %%, %s: the threshold is %s and the wallet %q at %s", test.week, test.percent, test.runway, got, level, test.exact)
		}
		s.Balance = s.Balance.Sub(dec("0.0001"))
		if level, _ := judge(p, account(), s, noon); level != "low" {
			t.Errorf("%s a week, %s %%, %s: the wallet is %q at %s", test.week, test.percent, test.runway, level, s.Balance)
		}
	}
}

func TestExhausted(t *testing.T) {
	tests := []struct {
		name    string
		change  func(*wallet.State)
		balance string
		want    bool
	}{
		{"empty", func(*wallet.State) {}, "0", true},
		{"overdrawn", func(*wallet.State) {}, "-0.01", true},
		{"not empty", func(*wallet.State) {}, "0.01", false},
		{"never used", func(s *wallet.State) { s.EverPositive = false }, "0", false},
		{"on credit", func(s *wallet.State) { s.Type = wallet.Postpaid }, "-500", false},
		{"of an unknown type", func(s *wallet.State) { s.Type = "VOUCHER" }, "0", true},
	}
	for _, test := range tests {
		s := state(test.balance)
		s.Spend, s.FirstMovement = nil, time.Time{} // no threshold at all
		test.change(s)
		same(t, test.name, s.Exhausted(), test.want)
		level, a := judge(policy(), account(), s, noon)
		if (level == "critical") != test.want || len(a.Thresholds) > 0 {
			t.Errorf("%s: the level is %q with thresholds %v", test.name, level, a.Thresholds)
		}
	}
}

// TestExhaustedEnds: what an empty wallet was at ends by the thresholds it has once it holds something again.
func TestExhaustedEnds(t *testing.T) {
	s := state("0.01")
	s.Level = "critical"
	if level, _ := judge(policy(), account(), s, noon); level != "critical" {
		t.Errorf("a cent ends the level: %q", level)
	}
	s.Spend = nil
	if level, _ := judge(policy(), account(), s, noon); level != "" {
		t.Errorf("without thresholds a cent does not end the level: %q", level)
	}
	s.Balance, s.Spend = dec("0"), buckets("0", 7)
	if level, _ := judge(policy(), account(), s, noon); level != "critical" {
		t.Errorf("an empty wallet without spend is %q", level)
	}
}

// TestLevelsNeverOscillate: whatever the thresholds and the level before, a second look at the same facts changes
// nothing, and a level that begins holds at least until the balance rises.
func TestLevelsNeverOscillate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limits := make([]*decimal.Decimal, rapid.IntRange(0, 5).Draw(t, "levels"))
		for i := range limits {
			if rapid.IntRange(0, 4).Draw(t, "has one") > 0 {
				d := decimal.New(rapid.Int64Range(-20, 300).Draw(t, "threshold"), 0)
				limits[i] = &d
			}
		}
		present := rapid.IntRange(wallet.AboveAll, len(limits)-1).Draw(t, "present")
		recoverAt := decimal.New(rapid.Int64Range(100, 300).Draw(t, "recover_at"), -2)
		balance := decimal.New(rapid.Int64Range(0, 400).Draw(t, "balance"), 0)
		exhausted := balance.IsZero() && rapid.Bool().Draw(t, "exhausted")
		rank := wallet.Rank(balance, exhausted, limits, present, recoverAt)
		if again := wallet.Rank(balance, exhausted, limits, rank, recoverAt); again != rank {
			t.Fatalf("first %d, then %d", rank, again)
		}
		less := balance.Sub(decimal.New(rapid.Int64Range(0, 50).Draw(t, "less"), 0))
		if lower := wallet.Rank(less, exhausted, limits, rank, recoverAt); lower < rank {
			t.Fatalf("%d improves to %d although the balance falls from %s to %s", rank, lower, balance, less)
		}
	})
}
