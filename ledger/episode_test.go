package ledger_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"walletwatch/wallet"
)

// TestNewEpisodeBeforeTheResolveWasDelivered says how the old one ended along with the new one.
func TestNewEpisodeBeforeTheResolveWasDelivered(t *testing.T) {
	w := ready(t)
	w.poll("10")
	w.news()
	w.poll("5000")
	ended := w.at
	w.poll("150")
	second := w.at
	d := w.claim("slack")
	if d.Previous == nil || d.Notice.Occasion != wallet.Triggered || !d.Notice.Since.Equal(second) {
		t.Fatalf("the delivery is %+v", d)
	}
	if p := d.Previous; p.Firing || p.Occasion != wallet.Resolved || p.Level != "critical" || !p.ResolvedAt.Equal(ended) || !p.Since.Equal(ended.Add(-2*time.Minute)) || p.Key != d.Notice.Key {
		t.Errorf("the one before is %+v", p)
	}
	w.settle(d, wallet.Result{Err: "no"})
	d = w.claim("slack")
	if d.Previous == nil {
		t.Fatal("after a failure the one before is forgotten")
	}
	w.settle(d, wallet.Result{})
	w.tells("pagerduty: 1 resolved critical")
	for _, e := range w.view().Episodes {
		for _, o := range e.Outcomes {
			if o.State != wallet.Accepted {
				t.Errorf("of the episode since %v: %+v", e.Since, o)
			}
		}
	}
}

// TestEpisodesThatPassedUnseen lets episodes come and go while a receiver does not answer. When it does, nothing of
// them waits any more.
func TestEpisodesThatPassedUnseen(t *testing.T) {
	w := ready(t)
	for range 3 {
		w.poll("150")
		w.settle(w.claim("slack"), wallet.Result{Err: "the network is down"})
		w.poll("5000")
	}
	w.poll("150")
	w.tells("slack: 1 triggered warning")
	for _, e := range w.view().Episodes {
		if len(e.Outcomes) != 1 || e.Outcomes[0].State != wallet.Accepted || e.Outcomes[0].LastError != "" {
			t.Errorf("of the episode since %v: %+v", e.Since, e.Outcomes)
		}
	}
	w.poll("5000")
	w.tells("slack: 1 resolved warning")
}

// TestEpisodesInOneInstant opens episodes faster than the clock ticks: each still has a time of its own.
func TestEpisodesInOneInstant(t *testing.T) {
	w := ready(t)
	low, high := w.settings.Policy, *w.settings.Policy
	high.Levels = []wallet.Level{{Name: "warning", Floor: ptr("9999"), Notify: []string{"slack"}}}
	for range 3 {
		check(t, w.ledger.Apply(context.Background(), settings(&high)))
		w.tells("slack: 1 triggered warning")
		check(t, w.ledger.Apply(context.Background(), settings(low)))
		w.tells("slack: 1 resolved warning")
	}
	if n := len(w.view().Episodes); n != 3 {
		t.Errorf("there are %d episodes", n)
	}
}

// TestOldEpisodesLeaveMemory keeps what ended in the last week at hand, in a process that runs on.
func TestOldEpisodesLeaveMemory(t *testing.T) {
	w := newWorld(t, func(w *world) {
		w.settings.Policy.Levels = []wallet.Level{{Name: "warning", Floor: ptr("100"), Notify: []string{"slack"}}}
		w.settings.Policy.StaleAfter[1].Level = "warning"
	})
	w.poll("1000")
	w.poll("50")
	w.poll("1000")
	for range 6 {
		w.at = w.at.Add(wallet.Day)
		w.poll("1000")
	}
	has := func() bool {
		return slices.ContainsFunc(w.view().Episodes, func(e wallet.Episode) bool { return e.Wallet == 1 })
	}
	if !has() {
		t.Error("an episode of this week is not at hand")
	}
	w.at = w.at.Add(wallet.Day + time.Minute)
	w.poll("1000")
	if has() {
		t.Error("an episode that ended more than a week ago is still at hand")
	}
}
