package wallet_test

import (
	"math/big"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"walletwatch/wallet"
)

// walk is a random life of one wallet, judged by the rules and by the words of their definitions.
type walk struct {
	policy *wallet.Policy
	state  *wallet.State
	diary  *diary
	now    time.Time
}

func newWalk(t *rapid.T) *walk {
	p := policy()
	p.Spend.Window = time.Duration(rapid.IntRange(1, 4).Draw(t, "days")) * wallet.Day
	p.Spend.Statistic = rapid.SampledFrom([]wallet.Statistic{wallet.Mean, wallet.Median, wallet.Max}).Draw(t, "statistic")
	p.Spend.MinHistory = time.Duration(rapid.IntRange(0, 30).Draw(t, "min_history")) * time.Hour
	p.RecoverAt = decimal.New(rapid.Int64Range(100, 200).Draw(t, "recover_at"), -2)
	p.Levels = nil
	for _, name := range []string{"mild", "bad", "worst"}[rapid.IntRange(0, 2).Draw(t, "first level"):] {
		p.Levels = append(p.Levels, aLevel(t, name))
	}
	return &walk{
		policy: p, diary: newDiary(p.Spend.Days(), noon), now: noon,
		state: &wallet.State{Account: "default", ID: 1, Currency: "USD", Type: wallet.Prepaid, FirstSeen: noon},
	}
}

func aLevel(t *rapid.T, name string) wallet.Level {
	l := wallet.Level{Name: name}
	conditions := rapid.IntRange(1, 7).Draw(t, "conditions")
	if conditions&1 > 0 {
		percent := decimal.New(rapid.Int64Range(1, 150).Draw(t, "percent"), 0)
		l.Percent = &percent
	}
	if conditions&2 > 0 {
		floor := anAmount(t, "floor")
		l.Floor = &floor
	}
	if conditions&4 > 0 {
		l.Runway = time.Duration(rapid.IntRange(1, 3000).Draw(t, "runway_below")) * time.Minute
	}
	return l
}

// thresholds are those of the definitions: nil for a level that has none.
func (w *walk) thresholds() []*big.Rat {
	var daily *big.Rat
	if len(w.diary.entries) > 0 && w.diary.end.Sub(w.diary.first()) >= w.policy.Spend.MinHistory {
		daily = w.diary.daily(w.policy.Spend.Statistic)
	}
	limits := make([]*big.Rat, len(w.policy.Levels))
	for i, l := range w.policy.Levels {
		atLeast := func(r *big.Rat) {
			if limits[i] == nil || r.Cmp(limits[i]) > 0 {
				limits[i] = r
			}
		}
		if l.Floor != nil {
			atLeast(l.Floor.Rat())
		}
		if l.Percent != nil && daily != nil {
			share := new(big.Rat).Mul(daily, l.Percent.Rat())
			atLeast(share.Quo(share, big.NewRat(100, 1)))
		}
		if l.Runway > 0 && daily != nil {
			atLeast(new(big.Rat).Mul(daily, big.NewRat(int64(l.Runway), int64(wallet.Day))))
		}
	}
	return limits
}

// level is where the definitions see the wallet.
func (w *walk) level() string {
	s, p := w.state, w.policy
	if s.Doubt != "" || s.ObservedAt.IsZero() || w.now.Sub(s.ObservedAt) >= 10*time.Minute {
		return s.Level
	}
	worst := ""
	present := false // whether the level that it is at is this one or a worse one
	for i := len(p.Levels) - 1; i >= 0; i-- {
		present = present || p.Levels[i].Name == s.Level
		limit := w.thresholds()[i]
		if limit != nil && present {
			limit = new(big.Rat).Mul(limit, p.RecoverAt.Rat())
		}
		if worst == "" && limit != nil && s.Balance.Rat().Cmp(limit) < 0 {
			worst = p.Levels[i].Name
		}
	}
	if s.EverPositive && !s.Balance.IsPositive() {
		worst = p.Levels[len(p.Levels)-1].Name
	}
	return worst
}

// step lets something happen.
func (w *walk) step(t *rapid.T) {
	switch rapid.SampledFrom([]string{"time", "movement", "balance", "balance", "border", "doubt", "same"}).Draw(t, "step") {
	case "time":
		minutes := rapid.OneOf(rapid.IntRange(0, 20), rapid.IntRange(0, 2*24*60)).Draw(t, "minutes")
		w.now = w.now.Add(time.Duration(minutes) * time.Minute)
		w.diary.advance(w.now)
	case "movement":
		w.diary.add(spending(t, w.policy.Spend, w.now))
	case "balance":
		w.read(anAmount(t, "balance"))
	case "border":
		limit := rapid.SampledFrom(w.thresholds()).Draw(t, "limit")
		if limit == nil {
			return
		}
		if rapid.Bool().Draw(t, "recovered") {
			limit = new(big.Rat).Mul(limit, w.policy.RecoverAt.Rat())
		}
		w.read(dec(limit.FloatString(4)).Add(decimal.New(rapid.Int64Range(-1, 1).Draw(t, "off"), -4)))
	case "doubt":
		w.state = w.state.Doubted("the API no longer lists it", w.now)
	case "same":
		w.read(w.state.Balance)
	}
}

func (w *walk) read(balance decimal.Decimal) {
	r := &wallet.Reading{ID: 1, CurrencyID: 1, Currency: "USD", Precision: 2, Type: wallet.Prepaid, Balance: &balance}
	w.state = w.state.Observe("default", r, w.now)
}

// judge brings the level up to date by the rules.
func (w *walk) judge() (string, wallet.Assessment) {
	s := *w.state
	s.Spend, s.FirstMovement = w.diary.buckets, w.diary.first()
	a := account()
	a.SpendEnd = w.diary.end
	return judge(w.policy, a, &s, w.now)
}

// TestLevelIsWhatItIsDefinedAs: after any sequence of news and time the level is the one that the definitions give for
// the same facts, worked out from the raw movements with exact fractions, and looking again changes nothing.
func TestLevelIsWhatItIsDefinedAs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWalk(t)
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			w.step(t)
			want := w.level()
			got, a := w.judge()
			if got != want {
				t.Fatalf("at %q with %s the level is %q, want %q (thresholds %v)", w.state.Level, w.state.Balance, got, want, a.Thresholds)
			}
			for i, limit := range w.thresholds() {
				have, ok := a.Threshold(w.policy.Levels[i].Name)
				if ok != (limit != nil) || ok && !near(have, limit) {
					t.Fatalf("level %d has the threshold %s, %t; want %v", i, have, ok, limit)
				}
			}
			w.state.Level = got
			if again, _ := w.judge(); again != got {
				t.Fatalf("the level is %q and at once %q", got, again)
			}
		}
	})
}

// TestScale: the same life in a currency whose unit is worth less has thresholds larger by that much, and the same
// levels.
func TestScale(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		one := newWalk(t)
		factor := rapid.SampledFrom([]decimal.Decimal{dec("2"), dec("3"), dec("7"), dec("100"), dec("0.5"), dec("1000000")}).Draw(t, "factor")
		for range rapid.IntRange(1, 15).Draw(t, "steps") {
			one.step(t)
			other := one.scaled(factor)
			level, a := one.judge()
			scaledLevel, b := other.judge()
			if level != scaledLevel {
				t.Fatalf("the level is %q, and %q when all amounts are %s times as large", level, scaledLevel, factor)
			}
			for i, limit := range a.Thresholds {
				if want := new(big.Rat).Mul(one.threshold(limit.Level), factor.Rat()); !near(b.Thresholds[i].Amount, want) {
					t.Fatalf("%s times the threshold %s is %s", factor, limit.Amount, b.Thresholds[i].Amount)
				}
			}
			if (a.Runway-b.Runway).Abs() > time.Second || a.HasRunway != b.HasRunway {
				t.Fatalf("the runway is %s, and %s when all amounts are larger", a.Runway, b.Runway)
			}
			one.state.Level = level
		}
	})
}

func (w *walk) threshold(level string) *big.Rat {
	for i, l := range w.policy.Levels {
		if l.Name == level {
			return w.thresholds()[i]
		}
	}
	return nil
}

// scaled is the walk with all amounts times factor.
func (w *walk) scaled(factor decimal.Decimal) *walk {
	next, p, s := *w, *w.policy, *w.state
	s.Balance = s.Balance.Mul(factor)
	p.Levels = nil
	for _, l := range w.policy.Levels {
		if l.Floor != nil {
			floor := l.Floor.Mul(factor)
			l.Floor = &floor
		}
		p.Levels = append(p.Levels, l)
	}
	next.policy, next.state, next.diary = &p, &s, newDiary(p.Spend.Days(), w.diary.end)
	for _, e := range w.diary.entries {
		next.diary.add(e.minute, e.spent.Mul(factor))
	}
	return &next
}
