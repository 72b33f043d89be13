package ledger_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"walletwatch/wallet"
)

// TestReplicaSeesWhatTheOtherWrote has one process poll and another deliver.
func TestReplicaSeesWhatTheOtherWrote(t *testing.T) {
	a := newWorld(t)
	b := a.replica()
	a.poll("5000")
	a.history(1, "1000")
	a.poll("40")
	b.at = a.at
	d := b.claim("pagerduty")
	if d == nil || d.Notice.Occasion != wallet.Triggered || !d.Notice.Balance.Equal(dec("40")) || !d.Notice.DailySpend.Equal(dec("1000")) {
		t.Fatalf("the other process claimed %+v", d)
	}
	b.shows(1, "critical")
	if own := a.claim("pagerduty"); own != nil {
		t.Errorf("both claimed %s", says(own))
	}
	b.settle(d, wallet.Result{Handle: "of b"})
	a.poll("30")
	a.poll("5000")
	if d := a.claim("pagerduty"); d == nil || d.Handle != "of b" || d.Notice.Occasion != wallet.Resolved {
		t.Errorf("the first process then claimed %+v", d)
	}
}

// TestReplicasStayQuiet has two processes evaluate in turn, their clocks a little apart: when nothing happens, nothing
// is stored for the other to read.
func TestReplicasStayQuiet(t *testing.T) {
	a := ready(t)
	b := a.replica()
	a.at = a.at.Truncate(time.Minute).Add(time.Minute)
	b.at = a.at.Add(-time.Second) // still in the minute before
	a.pass(0)
	version := a.book().Version
	for range 5 {
		b.pass(0)
		a.pass(0)
		a.claim()
		b.claim()
	}
	if got := a.book().Version; got != version {
		t.Errorf("the version went from %d to %d", version, got)
	}
}

// TestReplicasNeverDeliverTheSameTwice has two processes with several workers each deliver a storm.
func TestReplicasNeverDeliverTheSameTwice(t *testing.T) {
	const wallets = 25
	a := newWorld(t, func(w *world) {
		w.settings.Policy.Levels = []wallet.Level{{Name: "warning", Floor: ptr("100"), Notify: []string{"slack", "pagerduty"}}}
	})
	b := a.replica()
	var full, low []wallet.Reading
	for id := range int64(wallets) {
		full, low = append(full, usd(id+1, "1000")), append(low, usd(id+1, fmt.Sprint(id+1)))
	}
	a.read(full...)
	a.read(low...)
	b.at = a.at

	var mu sync.Mutex
	claimed := map[string]int{}
	var wg sync.WaitGroup
	for _, w := range []*world{a, b, a, b} {
		wg.Go(func() {
			for {
				d, err := w.ledger.Claim(context.Background(), w.settings.Receivers, w.at.Add(time.Hour))
				if err != nil || d == nil {
					if err != nil {
						t.Error(err)
					}
					return
				}
				mu.Lock()
				claimed[says(d)]++
				mu.Unlock()
				if err := w.ledger.Settle(context.Background(), d, wallet.Result{At: w.at}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if len(claimed) != 2*wallets {
		t.Errorf("%d deliveries were claimed, want %d", len(claimed), 2*wallets)
	}
	for what, n := range claimed {
		if n != 1 {
			t.Errorf("%s was claimed %d times", what, n)
		}
	}
}

// TestReplicasRecordAlike lets two processes record the same polls and transactions in turn: nothing counts twice and
// no episode opens twice.
func TestReplicasRecordAlike(t *testing.T) {
	a := ready(t)
	b := a.replica()
	rows := []wallet.Movement{a.debit(1, "700", time.Minute)}
	for _, w := range []*world{a, b} {
		w.record(wallet.Progress{ReadAt: w.at}, rows...)
	}
	a.poll("40")
	b.poll("40") // read at the same time
	if got := b.wallet(1); !got.DailySpend.Equal(dec("1100")) || len(b.view().Episodes) != 1 {
		t.Errorf("the daily spend is %s, there are %d episodes", got.DailySpend, len(b.view().Episodes))
	}
	if told := append(b.news(), a.news()...); len(told) != 2 {
		t.Errorf("told %v", told)
	}
}
