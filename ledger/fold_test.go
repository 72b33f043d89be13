package ledger_test

import (
	"slices"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"walletwatch/wallet"
)

// step is something that happens to a ledger.
type step struct {
	wait     time.Duration
	readings []wallet.Reading
	fails    bool
	policy   *wallet.Policy // nil: no reload
}

// drawStep makes up a poll good or bad, a reload, or only time.
func drawStep(r *rapid.T) step {
	s := step{wait: rapid.SampledFrom([]time.Duration{0, time.Second, 5 * time.Minute, 3 * time.Hour, 30 * time.Hour}).Draw(r, "wait")}
	switch rapid.IntRange(0, 9).Draw(r, "what") {
	case 0:
		s.fails = true
	case 1:
		p := policy()
		p.Levels[0].Percent = ptr(rapid.SampledFrom([]string{"20", "40"}).Draw(r, "percent"))
		p.Levels[1].Floor = ptr(rapid.SampledFrom([]string{"0", "150"}).Draw(r, "floor"))
		p.RecoverAt = dec(rapid.SampledFrom([]string{"1", "1.25", "2"}).Draw(r, "recover"))
		if rapid.Bool().Draw(r, "other names") {
			p.Levels[0].Name, p.StaleAfter[0].Level = "low", "low"
		}
		if rapid.Bool().Draw(r, "mute") {
			p.Rules = []wallet.Rule{{Match: wallet.Match{ID: 1}, Mute: true}}
		}
		s.policy = p
	default:
		for id := range int64(2) {
			reading := usd(id+1, rapid.SampledFrom([]string{"", "-3", "0", "49.99", "50", "62.5", "199.99", "200", "250", "400", "5000"}).Draw(r, "balance"))
			if rapid.IntRange(0, 12).Draw(r, "other currency") == 0 {
				reading.Currency = "EUR"
			}
			if rapid.IntRange(0, 12).Draw(r, "listed") != 0 {
				s.readings = append(s.readings, reading)
			}
		}
		if s.readings == nil {
			s.readings = []wallet.Reading{} // an answer that lists nothing
		}
	}
	return s
}

func (w *world) take(s step) {
	w.Helper()
	w.at = w.at.Add(s.wait)
	switch {
	case s.policy != nil:
		w.apply(func(p *wallet.Policy) { *p = *s.policy })
	case s.fails:
		w.pollFails(wallet.FaultUnavailable)
	case s.readings != nil:
		w.read(s.readings...)
	}
	w.pass(0)
}

// fold is what the pure rules say, step by step.
type fold struct{ states []*wallet.State }

// take applies a step to the states. Spend and the time of the last poll are the ledger's; the rest is worked out here.
func (f *fold) take(w *world, s step) {
	p, a := w.settings.Policy, &w.view().Account
	if s.readings != nil {
		poll := &wallet.Poll{Account: account, SentAt: w.at, Readings: s.readings}
		doubts := wallet.Doubts(f.states, poll, len(wallet.Doubts(f.states, poll, false)) > 0)
		for i, state := range f.states {
			j := slices.IndexFunc(s.readings, func(r wallet.Reading) bool { return r.ID == state.ID })
			if why := doubts[state.ID]; why != "" {
				f.states[i] = state.Doubted(why, w.at)
			} else if j >= 0 {
				f.states[i] = state.Observe(account, &s.readings[j], w.at)
			}
		}
	}
	for i, state := range f.states {
		next := a.Current(state)
		next.Spend, next.FirstMovement = w.wallet(state.ID).Spend, w.wallet(state.ID).FirstMovement
		terms := p.TermsFor(&next)
		v := p.Assess(a, &next, terms, w.at)
		next.Level = p.Decide(&next, terms, &v, w.at)
		f.states[i] = &next
	}
}

// TestLevelsAreAFold compares the stored levels with those of the pure rules after any sequence of polls, time and
// reloads. It also keeps to what must never happen: no level changes while the balance is unknown.
func TestLevelsAreAFold(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		w := newWorld(r)
		w.poll("5000", "5000")
		w.history(1, "1000")
		f := &fold{}
		for _, one := range w.view().Wallets {
			f.states = append(f.states, &one.State)
		}
		for range rapid.IntRange(1, 15).Draw(r, "steps") {
			s := drawStep(r)
			before := []string{w.wallet(1).Level, w.wallet(2).Level}
			w.take(s)
			f.take(w, s)
			for i, want := range f.states {
				got := w.wallet(want.ID)
				if got.Level != want.Level || got.Doubt != want.Doubt || !got.Balance.Equal(want.Balance) {
					r.Fatalf("wallet %d is at %q with %s (doubt %q); the rules say %q with %s (doubt %q)", want.ID, got.Level, got.Balance, got.Doubt, want.Level, want.Balance, want.Doubt)
				}
				if got.Shown == wallet.Unknown && got.Level != before[i] {
					r.Fatalf("the unknown wallet %d went from %q to %q", want.ID, before[i], got.Level)
				}
			}
			w.consistent()
		}
	})
}

// assessed fails the test when what people see differs from what the rules make of the same state, with nothing
// taken over from an earlier look.
func (w *world) assessed() {
	w.Helper()
	a, p := w.view(), w.ledger.Policy()
	for _, one := range a.Wallets {
		terms := p.TermsFor(&one.State)
		want := p.Assess(&a.Account, &one.State, terms, w.at)
		same := slices.EqualFunc(one.Thresholds, want.Thresholds, func(x, y wallet.Threshold) bool { return x.Level == y.Level && x.Amount.Equal(y.Amount) })
		if !same || !one.DailySpend.Equal(want.DailySpend) || one.SpendSource != want.SpendSource || one.Learning != want.Learning ||
			one.Runway != want.Runway || one.HasRunway != want.HasRunway || one.Shown != want.Shown || one.Reason != want.Reason || one.Terms.Name != terms.Name {
			w.Fatalf("wallet %d is seen as\n%+v, want\n%+v", one.ID, one.Assessment, want)
		}
	}
}

// consistent fails the test when state, episodes and dispatches contradict each other.
func (w *world) consistent() {
	w.Helper()
	w.assessed()
	b := w.book()
	for _, s := range b.Wallets {
		open := slices.DeleteFunc(slices.Clone(b.Episodes), func(e *wallet.Episode) bool { return e.Wallet != s.ID || !e.ResolvedAt.IsZero() })
		if (s.Level == "") != (len(open) == 0) || len(open) > 1 {
			w.Fatalf("wallet %d is at %q and has %d open episodes", s.ID, s.Level, len(open))
		}
		if s.Level != "" && (open[0].Level != s.Level || !open[0].Since.Equal(s.Since)) {
			w.Fatalf("wallet %d is at %q since %v; its episode at %q since %v", s.ID, s.Level, s.Since, open[0].Level, open[0].Since)
		}
		for _, d := range b.Dispatches {
			if d.Wallet == s.ID && d.Want.Firing && !d.Want.Since.Equal(s.Since) {
				w.Fatalf("%s is to show wallet %d since %v; it is at %q since %v", d.Receiver, s.ID, d.Want.Since, s.Level, s.Since)
			}
		}
	}
}

// receivers are what people see: by receiver and wallet, what was accepted last.
type receivers map[string]wallet.Display

// deliver sends what is due, of which some fails, and some is sent by a process that ends before it says so.
func (x receivers) deliver(r *rapid.T, w *world) {
	for d := w.claim(); d != nil; d = w.claim() {
		switch rapid.IntRange(0, 3).Draw(r, "outcome of "+says(d)) {
		case 0:
			w.settle(d, wallet.Result{Err: "no", Wait: time.Minute})
		case 1:
			x[d.Receiver+d.Notice.DedupKey()] = d.Want
			w.restart()
		default:
			x[d.Receiver+d.Notice.DedupKey()] = d.Want
			w.settle(d, wallet.Result{})
		}
	}
}

// TestReceiversComeToShowTheTruth delivers with failures and crashes in between. Whatever happened: when everything
// works again, every receiver shows exactly the levels that name it.
func TestReceiversComeToShowTheTruth(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		w := newWorld(r)
		w.poll("5000", "5000")
		w.history(1, "1000")
		shown := receivers{}
		for range rapid.IntRange(1, 10).Draw(r, "steps") {
			w.take(drawStep(r))
			shown.deliver(r, w)
		}
		w.at = w.at.Add(time.Minute) // claims and waits are over
		w.take(step{readings: []wallet.Reading{usd(1, rapid.SampledFrom([]string{"10", "190", "9000"}).Draw(r, "balance")), usd(2, "9000")}})
		for d := w.claim(); d != nil; d = w.claim() {
			shown[d.Receiver+d.Notice.DedupKey()] = d.Want
			w.settle(d, wallet.Result{})
		}
		for _, one := range w.view().Wallets {
			for _, name := range w.settings.Receivers {
				rank := one.Terms.Level(one.Level)
				named := rank >= 0 && !one.Terms.Mute && slices.Contains(one.Terms.Levels[rank].Notify, name)
				got := shown[name+one.Key().DedupKey()]
				if got.Firing != named || (named && (got.Level != one.Level || !got.Since.Equal(one.Since))) {
					r.Fatalf("%s shows %+v of wallet %d, which is at %q since %v", name, got, one.ID, one.Level, one.Since)
				}
			}
		}
		if len(w.view().Pending) != 0 {
			r.Fatalf("pending: %+v", w.view().Pending)
		}
	})
}

// TestCrashesChangeNothing runs the same steps in a process that lives and in processes that are thrown away between
// any two: what is stored of the wallets is the same.
func TestCrashesChangeNothing(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		living, dying := newWorld(r), newWorld(r)
		for _, w := range []*world{living, dying} {
			w.poll("5000", "5000")
			w.history(1, "1000")
		}
		for range rapid.IntRange(1, 10).Draw(r, "steps") {
			s := drawStep(r)
			living.take(s)
			dying.take(s)
			if rapid.Bool().Draw(r, "crash") {
				dying.restart()
			}
			if rapid.Bool().Draw(r, "deliver") {
				living.news()
				dying.news()
			}
		}
		a, b := living.book(), dying.book()
		for i, s := range a.Wallets {
			other := *b.Wallets[i]
			if !slices.EqualFunc(s.Spend, other.Spend, decimal.Decimal.Equal) {
				r.Fatalf("the days of wallet %d sum up to %v and %v", s.ID, s.Spend, other.Spend)
			}
			mine := *s
			mine.Spend, other.Spend = nil, nil
			if !mine.Balance.Equal(other.Balance) {
				r.Fatalf("the balance of wallet %d is %s and %s", s.ID, mine.Balance, other.Balance)
			}
			mine.Balance, other.Balance = decimal.Zero, decimal.Zero
			if !equalStates(mine, other) {
				r.Fatalf("wallet %d is\n%+v and\n%+v", s.ID, mine, other)
			}
		}
		if x, y := describe(a), describe(b); !slices.Equal(x, y) {
			r.Fatalf("what is to be told is\n%v and\n%v", x, y)
		}
	})
}

// equalStates compares all but amounts.
func equalStates(a, b wallet.State) bool {
	return a.Level == b.Level && a.Since.Equal(b.Since) && a.Doubt == b.Doubt && a.DoubtSince.Equal(b.DoubtSince) && a.ObservedAt.Equal(b.ObservedAt) &&
		a.Source == b.Source && a.EverPositive == b.EverPositive && a.FirstMovement.Equal(b.FirstMovement) && a.FirstSeen.Equal(b.FirstSeen) && a.Type == b.Type && a.Currency == b.Currency
}

// describe lists what the receivers are to show about wallets, and what they have accepted.
func describe(b *wallet.Book) []string {
	var lines []string
	for _, d := range b.Dispatches {
		if d.Wallet != 0 {
			lines = append(lines, d.Receiver, d.DedupKey(), d.Want.Level, d.Want.Since.String(), d.Accepted.Level, d.Accepted.Since.String(), d.DueAt.String(), d.LastError)
		}
	}
	return lines
}
