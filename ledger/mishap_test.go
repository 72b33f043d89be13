package ledger_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"walletwatch/ledger"
	"walletwatch/store"
	"walletwatch/wallet"
)

// TestJumpAhead lets the machine sleep for an hour: nobody could have read anything, so nobody is told of it unless
// the next poll fails too.
func TestJumpAhead(t *testing.T) {
	w := ready(t)
	w.poll("5000")
	w.pass(time.Hour)
	w.record(wallet.Progress{ReadAt: w.at})
	w.tells()
	w.poll("5000")
	w.tells()

	w.pass(time.Hour)
	w.pollFails(wallet.FaultUnavailable)
	w.tells("pagerduty: 0 triggered critical", "slack: 0 triggered critical")
}

// TestJumpBack corrects a clock that was a day ahead: what was due is delivered, and blindness is noticed.
func TestJumpBack(t *testing.T) {
	w := ready(t)
	w.at = w.at.Add(24 * time.Hour)
	w.poll("1")
	for range 2 {
		w.settle(w.claim(), wallet.Result{Err: "down", Wait: 15 * time.Second})
	}
	w.at = w.at.Add(-24 * time.Hour)
	w.tells("pagerduty: 1 triggered critical", "slack: 1 triggered critical")
	w.poll("1")
	w.shows(1, "critical")
	last := w.at
	for w.at.Sub(last) < 11*time.Minute {
		w.pollFails(wallet.FaultUnavailable)
	}
	w.tells("slack: 0 triggered warning")
}

// TestAnotherTroubleIsNews: what goes wrong while something else already is, at the same level, is told as well.
func TestAnotherTroubleIsNews(t *testing.T) {
	w := ready(t)
	w.poll("5000", "5000")
	w.poll("5000", "")
	w.tells("slack: 0 triggered warning")
	w.poll("5000", "")
	w.tells()
	w.pollFails(wallet.FaultCredentials)
	d := w.claim("slack")
	if d == nil || d.Notice.Occasion != wallet.Changed || len(d.Notice.Faults) != 2 {
		t.Fatalf("credentials are rejected while a wallet is unreadable: %+v", d)
	}
	w.settle(d, wallet.Result{})
	w.pollFails(wallet.FaultCredentials)
	w.tells()
}

// TestCurrencyListedLater: a wallet that was first seen before its currency was listed can be read once it is.
func TestCurrencyListedLater(t *testing.T) {
	w := ready(t)
	stranger := wallet.Reading{ID: 2, CurrencyID: 9, Type: wallet.Prepaid, Problem: "the API does not list its currency (id 9)"}
	w.read(usd(1, "5000"), stranger)
	w.shows(2, wallet.Unknown)
	known := usd(2, "70")
	known.CurrencyID, known.Currency = 9, "EUR"
	w.read(usd(1, "5000"), known)
	if got := w.wallet(2); got.Doubt != "" || got.Currency != "EUR" {
		t.Errorf("the wallet is %+v", got.State)
	}
}

// full is a store whose disk is full.
type full struct {
	*store.Store
	is *bool
}

func (f full) Update(ctx context.Context, account string, known *wallet.Book, now time.Time,
	do func(*wallet.Book, wallet.Journal) (*wallet.Change, error)) (*wallet.Book, error) {
	if *f.is {
		return known, errors.New("the disk is full")
	}
	return f.Store.Update(ctx, account, known, now, do)
}

// TestHealthy: a store that cannot be written is no health, and it heals.
func TestHealthy(t *testing.T) {
	broken := false
	w := newWorld(t, func(w *world) { w.wrap = func(s *store.Store) ledger.Store { return full{s, &broken} } })
	check(t, w.ledger.Healthy())
	broken = true
	if w.ledger.Reevaluate(t.Context()) == nil || w.ledger.Healthy() == nil {
		t.Error("nobody noticed")
	}
	broken = false
	w.pass(time.Minute)
	if w.ledger.Healthy() == nil {
		t.Error("an evaluation that had nothing to store passes for one that was stored")
	}
	w.heal()
	check(t, w.ledger.Healthy())
}
