package ledger_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"walletwatch/wallet"
)

// TestClaimSaysEverything looks at one delivery with all its numbers.
func TestClaimSaysEverything(t *testing.T) {
	w := ready(t)
	w.poll("40")
	began := w.at
	w.at = w.at.Add(3 * time.Second)
	d := w.claim("pagerduty")
	n := d.Notice
	if d.Receiver != "pagerduty" || d.Want != (wallet.Display{Seq: 1, Firing: true, Level: "critical", Since: began}) || d.Accepted != (wallet.Display{}) ||
		d.Handle != "" || d.Attempts != 0 || !d.DueAt.Equal(began) || d.Claim == "" || d.Previous != nil {
		t.Errorf("the delivery is %+v", d)
	}
	if n.DedupKey() != "walletwatch/production/1" || n.Occasion != wallet.Triggered || !n.Firing || n.Level != "critical" || n.Shown != "critical" || n.Rank != 1 || n.Severity != "critical" ||
		!n.Since.Equal(began) || !n.ResolvedAt.IsZero() || !n.At.Equal(w.at) || !n.Confirmed {
		t.Errorf("the notice is %+v", n)
	}
	if n.Name != "USD wallet 1" || n.Currency != "USD" || n.Precision != 2 || !n.Balance.Equal(dec("40")) || !n.ObservedAt.Equal(began) || n.Source != wallet.FromPoll ||
		!n.DailySpend.Equal(dec("1000")) || n.SpendSource != wallet.SpendFromLedger || n.Learning || !n.Threshold.Equal(dec("50")) || !n.RecoverAt.Equal(dec("62.5")) ||
		!n.Percent.Equal(dec("5")) || !n.HasRunway || n.Runway != 3456*time.Second {
		t.Errorf("its numbers are %+v", n)
	}
	if n.StatusURL != "https://watch.example.com/wallets/production/1" || n.SourceHost != "api.example.com" {
		t.Errorf("its links are %q and %q", n.StatusURL, n.SourceHost)
	}
}

// TestNumbersAreOfThisMoment delivers late: the message has the numbers of then.
func TestNumbersAreOfThisMoment(t *testing.T) {
	w := ready(t)
	w.poll("40")
	w.poll("30")
	if d := w.claim("pagerduty"); !d.Notice.Balance.Equal(dec("30")) || !d.DueAt.Equal(w.at.Add(-2*time.Minute)) {
		t.Errorf("the balance is %s, due since %v", d.Notice.Balance, d.DueAt)
	}
}

func TestClaimedOnce(t *testing.T) {
	w := ready(t)
	w.poll("40")
	if first, second := w.claim("slack"), w.claim("slack"); first == nil || second != nil {
		t.Errorf("claimed %s and then %s", says(first), says(second))
	}
	if other := w.claim("pagerduty"); other == nil {
		t.Error("a claim for one receiver keeps the other from its own")
	}
	if stranger := w.claim("pager"); stranger != nil {
		t.Errorf("a receiver with nothing due got %s", says(stranger))
	}
}

// TestUrgency hands out the gravest first, and of those the longest due.
func TestUrgency(t *testing.T) {
	w := newWorld(t)
	w.settings.Policy.Rules = []wallet.Rule{{Match: wallet.Match{Currency: "USD"}, Levels: []wallet.Level{
		{Name: "warning", Floor: ptr("100"), Notify: []string{"slack"}}, {Name: "critical", Floor: ptr("10"), Notify: []string{"slack"}},
	}}}
	w.poll("1000", "1000", "1000", "1000")
	w.record(wallet.Progress{ReadAt: w.at, FillDone: true})
	w.poll("50", "1000", "1000", "1000")
	w.poll("50", "50", "1000", "1000")
	w.poll("50", "50", "5", "1000")
	w.poll("50", "50", "5", "5")
	w.tells("slack: 3 triggered critical", "slack: 4 triggered critical", "slack: 1 triggered warning", "slack: 2 triggered warning")
	w.poll("50", "50", "5", "1000") // what is over is as urgent as it was
	w.poll("5", "50", "5", "1000")
	w.tells("slack: 4 resolved critical", "slack: 1 worsened critical")
}

// TestRetries keeps a failed delivery due, not before its time, and counts its attempts.
func TestRetries(t *testing.T) {
	w := ready(t)
	w.poll("150")
	for attempt := range 5 {
		d := w.claim("slack")
		if d == nil || d.Attempts != attempt {
			t.Fatalf("attempt %d is %+v", attempt, d)
		}
		w.settle(d, wallet.Result{Err: "the network is down", Wait: 4 * time.Second})
		w.at = w.at.Add(4*time.Second - time.Millisecond)
		if d := w.claim("slack"); d != nil {
			t.Fatal("claimed before its time")
		}
		w.at = w.at.Add(time.Millisecond)
	}
	p := w.view().Pending[0]
	if p.Attempts != 5 || p.LastError != "the network is down" || p.Permanent || p.Receiver != "slack" || p.Wallet != 1 {
		t.Errorf("pending is %+v", p)
	}
	if o := w.view().Episodes[0].Outcomes[0]; o.State != wallet.Pending || o.Attempts != 5 || o.LastError != "the network is down" {
		t.Errorf("the outcome is %+v", o)
	}
	w.tells("slack: 1 triggered warning")
	if len(w.view().Pending) != 0 {
		t.Errorf("still pending: %+v", w.view().Pending)
	}
	if o := w.view().Episodes[0].Outcomes[0]; o.State != wallet.Accepted || o.LastError != "" || !o.AcceptedAt.Equal(w.at) {
		t.Errorf("the outcome is %+v", o)
	}
}

// TestHandleIsRemembered gives back what a receiver wanted to remember, with what it has accepted.
func TestHandleIsRemembered(t *testing.T) {
	w := ready(t)
	w.poll("150")
	w.news()
	w.restart()
	w.poll("40")
	d := w.claim("slack")
	if d.Handle != "handle of slack" || d.Accepted.Level != "warning" || !d.Accepted.Firing || d.Notice.Occasion != wallet.Worsened {
		t.Errorf("the delivery is %+v", d)
	}
	w.settle(d, wallet.Result{Err: "no"})
	if again := w.claim("slack"); again.Handle != "handle of slack" {
		t.Errorf("after a failure the handle is %q", again.Handle)
	}
}

// TestExpiredClaim lets a claim end by itself: another takes it over, and what the first says then is ignored. But it may
// have changed what the receiver shows, so the receiver is told once more.
func TestExpiredClaim(t *testing.T) {
	w := ready(t)
	w.poll("150")
	first := w.claim("slack")
	w.at = w.at.Add(30*time.Second - time.Millisecond)
	if w.claim("slack") != nil {
		t.Fatal("taken over before it expired")
	}
	w.at = w.at.Add(time.Millisecond)
	second := w.claim("slack")
	if second == nil || second.Claim == first.Claim || second.Want != first.Want {
		t.Fatalf("after it expired: %+v", second)
	}
	w.settle(first, wallet.Result{Handle: "late"})
	if len(w.view().Pending) != 1 || w.claim("slack") != nil {
		t.Fatal("the late result was taken for the second one's")
	}
	w.settle(second, wallet.Result{Handle: "second"})
	again := w.claim("slack")
	if again == nil || again.Handle != "second" || again.Want.Seq <= second.Want.Seq || !again.Want.Firing || again.Want.Level != "warning" {
		t.Fatalf("after the late result the receiver is told %+v", again)
	}
	w.settle(again, wallet.Result{Handle: "second"})
	w.settle(second, wallet.Result{Err: "late failure"})
	if again = w.claim("slack"); again == nil || again.Accepted != second.Want && again.Accepted.Since != second.Want.Since {
		t.Fatalf("after the late failure the receiver is told %+v", again)
	}
	w.settle(again, wallet.Result{Handle: "second"})
	if len(w.view().Pending) != 0 {
		t.Error("it is still pending")
	}
	w.settle(first, wallet.Result{Handle: "newest"}) // a message that nobody else knows of
	w.poll("5000")
	if d := w.claim("slack"); d.Handle != "newest" || d.Want.Firing {
		t.Errorf("the handle is %q, to show %+v", d.Handle, d.Want)
	}
}

// TestLateResult takes a result after the deadline when nobody has taken the claim over.
func TestLateResult(t *testing.T) {
	w := ready(t)
	w.poll("150")
	d := w.claim("slack")
	w.at = w.at.Add(5 * time.Minute)
	w.settle(d, wallet.Result{})
	w.settle(d, wallet.Result{}) // told twice, as after a commit whose outcome was unknown
	if len(w.view().Pending) != 0 {
		t.Error("it is still pending")
	}
}

// TestNewsDuringFlight changes what is to be shown while it is being sent. The news waits until the first is through,
// so that nothing overtakes, and is then told.
func TestNewsDuringFlight(t *testing.T) {
	for name, result := range map[string]wallet.Result{"accepted": {Handle: "h"}, "failed": {Err: "no", Wait: time.Minute}} {
		t.Run(name, func(t *testing.T) {
			w := ready(t)
			w.poll("10")
			trigger := w.claim("pagerduty")
			w.at = w.at.Add(time.Second)
			p := &wallet.Poll{Account: account, SentAt: w.at, Readings: []wallet.Reading{usd(1, "5000")}}
			check(t, w.ledger.RecordPoll(context.Background(), p, false))
			if d := w.claim("pagerduty"); d != nil {
				t.Fatalf("%s overtook the trigger", says(d))
			}
			w.settle(trigger, result)
			d := w.claim("pagerduty")
			if d == nil || d.Notice.Occasion != wallet.Resolved || d.Want.Firing || d.Attempts != 0 {
				t.Fatalf("then came %s", says(d))
			}
			if d.Accepted.Firing != (name == "accepted") {
				t.Errorf("it was said to have accepted %+v", d.Accepted)
			}
			w.settle(d, wallet.Result{})
			if w.claim("pagerduty") != nil || slices.ContainsFunc(w.view().Pending, func(p wallet.PendingAt) bool { return p.Receiver == "pagerduty" }) {
				t.Error("there is more to tell")
			}
		})
	}
}

// TestRestartBetweenSteps throws the process away between any two steps of a delivery.
func TestRestartBetweenSteps(t *testing.T) {
	w := ready(t)
	w.restart()
	w.poll("10")
	w.restart()
	d := w.claim("pagerduty")
	w.restart() // it was sent, and nobody knows
	if w.claim("pagerduty") != nil {
		t.Fatal("a restart ends a claim")
	}
	w.at = w.at.Add(30 * time.Second)
	again := w.claim("pagerduty")
	if again == nil || again.Want != d.Want || again.Notice.DedupKey() != d.Notice.DedupKey() {
		t.Fatalf("after the claim expired: %+v", again)
	}
	w.restart()
	w.settle(again, wallet.Result{Handle: "h"})
	w.restart()
	w.tells("slack: 1 triggered critical")
	w.restart()
	w.poll("5000")
	w.restart()
	w.tells("pagerduty: 1 resolved critical", "slack: 1 resolved critical")
	w.restart()
	w.tells()
	if e := w.view().Episodes; len(e) != 1 || e[0].ResolvedAt.IsZero() || len(e[0].Outcomes) != 2 {
		t.Errorf("the episodes are %+v", e)
	}
}

// TestRestartAlone frees what a process had claimed that has ended, and leaves alone what one has claimed that runs.
func TestRestartAlone(t *testing.T) {
	w := ready(t, func(w *world) { w.asks = true })
	w.poll("10")
	first := w.claim("pagerduty")
	other := w.replica()
	if d := other.claim("pagerduty"); d != nil {
		t.Fatalf("the other process claimed %s", says(d))
	}
	w.restart()
	if d := w.claim("pagerduty"); d != nil {
		t.Fatalf("while another process may be delivering it, %s was claimed again", says(d))
	}
	check(t, other.store.Close())
	w.restart()
	again := w.claim("pagerduty")
	if again == nil || again.Want != first.Want || again.Claim == first.Claim {
		t.Fatalf("alone, it claimed %+v", again)
	}
	w.settle(first, wallet.Result{Err: "late"})
	if p := w.view().Pending; len(p) != 2 || p[0].Attempts != 0 {
		t.Errorf("a late result counted: %+v", p)
	}
	w.tells("slack: 1 triggered critical")
}

// TestWake is sent to when something becomes due, and not otherwise.
func TestWake(t *testing.T) {
	w := ready(t)
	woken := func() bool {
		select {
		case <-w.ledger.Wake():
			return true
		default:
			return false
		}
	}
	if woken() {
		t.Error("woken for nothing")
	}
	w.poll("10")
	w.poll("9")
	if !woken() || woken() {
		t.Error("not woken once")
	}
	w.news()
	w.pass(time.Minute)
	if woken() {
		t.Error("woken for nothing new")
	}
}
