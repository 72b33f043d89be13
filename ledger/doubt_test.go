package ledger_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"walletwatch/wallet"
)

// TestDoubts reads what cannot be believed of two wallets, one ok and one at its worst level: neither a breach nor a
// recovery follows, it is said to be unknown, and one alert about the monitor opens and closes.
func TestDoubts(t *testing.T) {
	foreign := usd(1, "5000")
	foreign.Currency, foreign.CurrencyID = "EUR", 2
	for name, c := range map[string]struct {
		readings []wallet.Reading
		ok, low  string // what is shown of wallets 1 and 2
		why      string // of wallet 1, or with "" of wallet 2
	}{
		"no wallets at all":   {nil, wallet.Unknown, wallet.Unknown, "lists no wallets at all"},
		"one is gone":         {[]wallet.Reading{usd(2, "10")}, wallet.Unknown, "critical", "no longer lists it"},
		"the low one is gone": {[]wallet.Reading{usd(1, "5000")}, wallet.OK, wallet.Unknown, ""},
		"no amount":           {[]wallet.Reading{usd(1, ""), usd(2, "10")}, wallet.Unknown, "critical", "gives no amount"},
		"no amounts":          {[]wallet.Reading{usd(1, ""), usd(2, "")}, wallet.Unknown, wallet.Unknown, "gives no amount"},
		"all zero":            {[]wallet.Reading{usd(1, "0"), usd(2, "0")}, wallet.Unknown, wallet.Unknown, "every wallet reads zero at once"},
		"another currency":    {[]wallet.Reading{foreign, usd(2, "10")}, wallet.Unknown, "critical", "its currency changed from USD to EUR"},
	} {
		t.Run(name, func(t *testing.T) {
			w := ready(t)
			w.poll("5000", "1000")
			w.history(2, "1000")
			w.poll("5000", "10")
			w.tells("pagerduty: 2 triggered critical", "slack: 2 triggered critical")
			began := w.at.Add(2 * time.Minute)
			for range 3 {
				w.read(c.readings...)
				w.shows(1, c.ok)
				w.shows(2, c.low)
			}
			one, two := w.wallet(1), w.wallet(2)
			if one.Level != "" || two.Level != "critical" || !one.Balance.Equal(dec("5000")) || !two.Balance.Equal(dec("10")) {
				t.Errorf("they are at %q with %s and at %q with %s", one.Level, one.Balance, two.Level, two.Balance)
			}
			if c.why != "" && (!strings.Contains(one.Doubt, c.why) || !one.DoubtSince.Equal(began)) {
				t.Errorf("the doubt is %q since %v, want %q since %v", one.Doubt, one.DoubtSince, c.why, began)
			}
			w.tells("slack: 0 triggered warning")
			if faults := w.view().Faults; len(faults) == 0 || !strings.HasSuffix(faults[0], ".") {
				t.Errorf("the faults are %q", faults)
			}
			w.poll("5000", "10")
			w.tells("slack: 0 resolved warning")
			w.shows(1, wallet.OK)
			w.shows(2, "critical")
			if one := w.wallet(1); one.Doubt != "" || !one.DoubtSince.IsZero() {
				t.Errorf("the doubt stays: %q", one.Doubt)
			}
		})
	}
}

// TestListOfNothing is not the truth about any balance, so the account counts as unread.
func TestListOfNothing(t *testing.T) {
	w := ready(t)
	polled := w.view().PolledAt
	w.read()
	if got := w.view(); !got.PolledAt.Equal(polled) || !got.Polled || !got.Wallets[0].ObservedAt.Equal(polled) {
		t.Errorf("polled at %v, the balance is of %v, want %v", got.PolledAt, got.Wallets[0].ObservedAt, polled)
	}
	empty := newWorld(t)
	empty.read() // an account that never had a wallet
	empty.tells()
	if got := empty.view(); !got.PolledAt.Equal(empty.at) || len(got.Faults) != 0 {
		t.Errorf("an account without wallets was polled at %v, faults %q", got.PolledAt, got.Faults)
	}
}

// TestLongDoubt pages when a balance stays unknown.
func TestLongDoubt(t *testing.T) {
	w := ready(t)
	w.poll("")
	w.tells("slack: 0 triggered warning")
	for range 14 {
		w.poll("")
		w.tells()
	}
	w.poll("")
	w.tells("pagerduty: 0 triggered critical", "slack: 0 worsened critical")
	w.poll("5000")
	w.tells("pagerduty: 0 resolved critical", "slack: 0 resolved critical")
}

// TestZeroIsConfirmed believes that a wallet fell to zero when it was read twice.
func TestZeroIsConfirmed(t *testing.T) {
	w := ready(t)
	w.poll("5000", "70")
	zero := &wallet.Poll{Account: account, SentAt: w.at.Add(time.Second), Readings: []wallet.Reading{usd(1, "0"), usd(2, "70")}}
	if !w.ledger.Doubtful(zero) {
		t.Fatal("a fall to zero asks for no second read")
	}
	check(t, w.ledger.RecordPoll(context.Background(), zero, false)) // the second read failed
	w.shows(1, wallet.Unknown)
	w.tells("slack: 0 triggered warning")
	w.poll("0", "70")
	w.shows(1, "critical")
	w.tells("pagerduty: 1 triggered critical", "slack: 1 triggered critical", "slack: 0 resolved warning")
	still := &wallet.Poll{Account: account, SentAt: w.at.Add(time.Second), Readings: []wallet.Reading{usd(1, "0"), usd(2, "70")}}
	if w.ledger.Doubtful(still) {
		t.Error("a wallet that stays at zero is doubted again")
	}
}

// TestDoubtIsNoSpend counts what is missing when a wallet comes back from a doubt, once, while daily spend comes from drops.
func TestDoubtIsNoSpend(t *testing.T) {
	w := ready(t)
	w.movementsFail(true)
	w.poll("")
	w.spends(1, "1000", wallet.SpendFromBalance)
	w.poll("4300")
	w.spends(1, "1100", wallet.SpendFromBalance)
	w.read() // no wallets at all
	w.poll("4300")
	w.spends(1, "1100", wallet.SpendFromBalance)
}

// TestOldPoll is ignored: it knows less.
func TestOldPoll(t *testing.T) {
	w := ready(t)
	w.poll("5000")
	old := &wallet.Poll{Account: account, SentAt: w.at.Add(-time.Second), Readings: []wallet.Reading{usd(1, "10")}}
	check(t, w.ledger.RecordPoll(context.Background(), old, false))
	w.shows(1, wallet.OK)
	check(t, w.ledger.RecordPoll(context.Background(), &wallet.Poll{Account: account, SentAt: w.at, Readings: old.Readings}, false))
	w.shows(1, wallet.OK)
}

// TestClockSetBack goes on after the clock was a year ahead.
func TestClockSetBack(t *testing.T) {
	w := ready(t)
	w.at = w.at.AddDate(1, 0, 0)
	w.poll("4000")
	w.at = w.at.AddDate(-1, 0, 0)
	w.poll("4000")
	if got := w.wallet(1).ObservedAt; !got.Equal(w.at) {
		t.Errorf("the balance was read at %v, now is %v", got, w.at)
	}
	w.poll("10")
	w.shows(1, "critical")
}

// TestNewWalletWithoutAmount is known, and unknown until it has a balance.
func TestNewWalletWithoutAmount(t *testing.T) {
	w := newWorld(t)
	w.poll("")
	w.shows(1, wallet.Unknown)
	if one := w.wallet(1); one.Doubt == "" || !one.ObservedAt.IsZero() || one.EverPositive {
		t.Errorf("it is %+v", one.State)
	}
	w.poll("5")
	w.shows(1, wallet.Learning)
}
