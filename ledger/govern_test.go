package ledger_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"walletwatch/wallet"
)

// floored makes a world's policy one of its own, under a mark.
func floored(mark, floor string) func(*world) {
	return func(w *world) {
		w.settings.Policy.Levels = []wallet.Level{{Name: "warning", Floor: ptr(floor), Notify: []string{"slack", "pagerduty"}}}
		w.settings.Mark = mark
	}
}

// other is another process on the same database, with a configuration of its own.
func (w *world) other(mark, floor string) *world {
	w.Helper()
	other := *w
	other.settings = settings(policy())
	floored(mark, floor)(&other)
	other.start()
	w.Cleanup(func() { other.store.Close() })
	return &other
}

// reload gives a process another configuration while it runs.
func (w *world) reload(mark, floor string) {
	w.Helper()
	w.settings = settings(policy())
	floored(mark, floor)(w)
	check(w, w.ledger.Apply(context.Background(), w.settings))
}

// tick has processes do what they do every second and every poll, a second apart, and returns what was delivered.
func tick(seconds int, processes ...*world) []string {
	var told []string
	for range seconds {
		for _, w := range processes {
			told = append(told, w.news()...)
			check(w, w.ledger.Reevaluate(context.Background()))
		}
		for _, w := range processes {
			w.at = w.at.Add(time.Second)
		}
	}
	return told
}

// TestOneConfigurationIsInForce has two processes with different files: only one decides, and nothing is undone.
func TestOneConfigurationIsInForce(t *testing.T) { forEachEngine(t, oneConfigurationIsInForce) }

func oneConfigurationIsInForce(t *testing.T, engine func(*world)) {
	a := newWorld(t, engine, floored("a", "100"))
	a.poll("500")
	b := a.other("b", "1000")
	b.at = a.at
	if !a.ledger.InForce() || b.ledger.InForce() {
		t.Fatalf("in force: a %t, b %t", a.ledger.InForce(), b.ledger.InForce())
	}
	if told := tick(90, a, b); len(told) != 0 {
		t.Fatalf("by the file in force the wallet is well, and yet was told: %v", told)
	}
	if turn, err := b.ledger.Take(context.Background(), wallet.Duty{Account: account, Job: wallet.ReadBalances, Claim: "b", Now: b.at, Until: b.at.Add(time.Minute), Latest: b.at.Add(time.Hour)}); err != nil || turn.Mine() || !b.view().Polled {
		t.Errorf("a process that stands by got the turn %+v, %v; polled %t", turn, err, b.view().Polled)
	}
	err := b.ledger.RecordPoll(context.Background(), &wallet.Poll{Account: account, SentAt: b.at, Readings: []wallet.Reading{usd(1, "5")}}, false)
	if err == nil || !strings.Contains(err.Error(), "stands by") || b.ledger.Healthy() != nil {
		t.Errorf("a process that stands by recorded a poll: %v; healthy: %v", err, b.ledger.Healthy())
	}

	// A file that is loaded while the process runs comes into force at once, and the other process stands by.
	b.reload("c", "1000")
	told := tick(90, b, a)
	if len(told) != 2 || !b.ledger.InForce() || a.ledger.InForce() {
		t.Fatalf("after a reload: told %v; in force: a %t, b %t", told, a.ledger.InForce(), b.ledger.InForce())
	}
	a.reload("c", "1000")
	if told := tick(90, a, b); len(told) != 0 || !a.ledger.InForce() || !b.ledger.InForce() {
		t.Errorf("when both have the file: told %v; in force: a %t, b %t", told, a.ledger.InForce(), b.ledger.InForce())
	}
}

// TestStandbyTakesOver ends the process that decides: the other one does after 30 s.
func TestStandbyTakesOver(t *testing.T) { forEachEngine(t, standbyTakesOver) }

func standbyTakesOver(t *testing.T, engine func(*world)) {
	a := newWorld(t, engine, floored("a", "100"))
	a.poll("500")
	b := a.other("b", "1000")
	b.at = a.at
	tick(20, a, b)
	if told := tick(14, b); len(told) != 0 || b.ledger.InForce() {
		t.Fatalf("before the other one's time is over: told %v, in force %t", told, b.ledger.InForce())
	}
	if told := tick(20, b); len(told) != 2 || !b.ledger.InForce() {
		t.Fatalf("after it: told %v, in force %t", told, b.ledger.InForce())
	}
	a.at = b.at
	if told := tick(60, a, b); len(told) != 0 || a.ledger.InForce() {
		t.Errorf("when the first one is back: told %v, in force %t", told, a.ledger.InForce())
	}
}

// TestStandbyHears takes an order response in by a process that stands by: the one that decides asks the API about it.
func TestStandbyHears(t *testing.T) {
	a := newWorld(t, floored("a", "100"))
	a.poll("500")
	b := a.other("b", "100")
	a.at = a.at.Add(time.Second)
	b.at = a.at
	balance := dec("5")
	verdicts, err := b.ledger.Record(context.Background(), account, []wallet.Observation{{Wallet: 1, Balance: &balance, At: b.at, Source: wallet.FromOrder, Key: "order/1"}})
	if err != nil || verdicts[0] != wallet.HeardClaim {
		t.Fatalf("recorded %v, %v", verdicts, err)
	}
	if wish := b.ledger.Wish(account); wish.Urgency != wallet.NotWished {
		t.Errorf("a process that stands by wishes %+v", wish)
	}
	tick(1, a)
	if wish := a.ledger.Wish(account); wish.Urgency != wallet.WishedNow {
		t.Errorf("the one that decides wishes %+v", wish)
	}
}

// TestAloneNeedNotSaySo writes nothing to stay in force where no other process can be.
func TestAloneNeedNotSaySo(t *testing.T) {
	w := newWorld(t, floored("a", "100"), func(w *world) { w.asks = true })
	w.poll("500")
	version := w.book().Version
	tick(90, w)
	if got := w.book().Version; got != version || !w.ledger.InForce() {
		t.Errorf("the version went from %d to %d", version, got)
	}
	w.settings.Mark = "b"
	w.restart()
	if !w.ledger.InForce() {
		t.Error("a restart with another file stands by")
	}
}
