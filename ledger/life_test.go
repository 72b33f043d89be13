package ledger_test

import (
	"testing"
	"time"

	"walletwatch/wallet"
)

// TestLife follows a wallet from its first poll through every level and back.
func TestLife(t *testing.T) {
	w := newWorld(t)
	w.poll("5000")
	w.shows(1, wallet.Learning)
	w.tells()

	w.history(1, "1000")
	w.shows(1, wallet.OK)
	if one := w.wallet(1); !one.DailySpend.Equal(dec("1000")) || one.SpendSource != wallet.SpendFromLedger || len(one.Thresholds) != 2 ||
		!one.Thresholds[0].Amount.Equal(dec("200")) || !one.Thresholds[1].Amount.Equal(dec("50")) || one.Runway != 5*wallet.Day {
		t.Errorf("the wallet is %+v", one.Assessment)
	}
	w.poll("200")
	w.shows(1, wallet.OK) // exactly at the threshold is not below it

	w.poll("199.99")
	since := w.at
	w.shows(1, "warning")
	w.tells("slack: 1 triggered warning")
	w.poll("150")
	w.tells()

	w.poll("49.99")
	w.shows(1, "critical")
	w.tells("pagerduty: 1 triggered critical", "slack: 1 worsened critical")

	w.poll("62.49") // critical ends at 62.50
	w.shows(1, "critical")
	w.tells()
	w.poll("62.50")
	w.shows(1, "warning")
	// What is over is told as gravely as it was begun, so the page closes first.
	w.tells("pagerduty: 1 resolved critical", "slack: 1 improved warning")

	w.poll("249.99") // warning ends at 250
	w.shows(1, "warning")
	w.poll("250")
	w.shows(1, wallet.OK)
	w.tells("slack: 1 resolved warning")
	w.pass(time.Minute)
	w.tells()

	if len(w.view().Episodes) != 1 {
		t.Fatalf("there are %d episodes", len(w.view().Episodes))
	}
	e := w.view().Episodes[0]
	if !e.Since.Equal(since) || !e.ResolvedAt.Equal(w.at.Add(-time.Minute)) || e.Level != "warning" || !e.Confirmed || len(e.Outcomes) != 2 {
		t.Errorf("the episode is %+v", e)
	}
	for _, o := range e.Outcomes {
		if o.State != wallet.Accepted || o.LastError != "" || o.AcceptedAt.IsZero() {
			t.Errorf("its outcome is %+v", o)
		}
	}
	if one := w.wallet(1); one.Level != "" || !one.Since.IsZero() {
		t.Errorf("the wallet is still at %q since %v", one.Level, one.Since)
	}
}

// TestSkippingLevels goes straight to the worst level and straight back: the receivers are those of the level it is at.
func TestSkippingLevels(t *testing.T) {
	w := ready(t)
	w.poll("10")
	w.tells("pagerduty: 1 triggered critical", "slack: 1 triggered critical")
	w.poll("5000")
	w.tells("pagerduty: 1 resolved critical", "slack: 1 resolved critical")
	w.poll("10")
	w.tells("pagerduty: 1 triggered critical", "slack: 1 triggered critical")
	if n := len(w.view().Episodes); n != 2 {
		t.Errorf("there are %d episodes", n)
	}
}

// TestTimeAloneChangesLevels lets spend grow under a balance that stays, and leave the window again.
func TestTimeAloneChangesLevels(t *testing.T) {
	w := ready(t)
	w.poll("220")
	w.shows(1, wallet.OK)
	w.record(wallet.Progress{ReadAt: w.at}, w.debit(1, "1000", time.Minute)) // 8000 in 7 days: 20 % are 228
	w.shows(1, "warning")
	for hour := range 8 * 24 {
		w.at = w.at.Add(58 * time.Minute)
		w.poll([]string{"220", "219"}[hour%2])
		w.record(wallet.Progress{ReadAt: w.at})
	}
	w.shows(1, wallet.OK)
	if got := w.wallet(1).DailySpend; !got.IsZero() {
		t.Errorf("after a week without spend the daily spend is %s", got)
	}
}

func TestExhausted(t *testing.T) {
	w := newWorld(t)
	w.poll("0", "10") // one that never held anything is not in use yet
	w.shows(1, wallet.Learning)
	w.poll("0", "0") // while learning, with no floor and no spend
	w.shows(2, "critical")
	w.tells("pagerduty: 2 triggered critical", "slack: 2 triggered critical")
	w.poll("0", "0.01")
	w.shows(2, wallet.Learning)
	w.tells("pagerduty: 2 resolved critical", "slack: 2 resolved critical")
}

func TestMute(t *testing.T) {
	w := ready(t)
	mute := func(on bool) {
		w.apply(func(p *wallet.Policy) { p.Rules = []wallet.Rule{{Match: wallet.Match{ID: 1}, Mute: on}} })
	}
	w.poll("10")
	w.tells("pagerduty: 1 triggered critical", "slack: 1 triggered critical")
	mute(true)
	w.shows(1, "critical") // it is shown, nobody is notified
	w.tells("pagerduty: 1 resolved critical", "slack: 1 resolved critical")
	w.pass(9 * time.Minute)
	w.poll("9")
	w.tells()
	mute(false)
	w.tells("pagerduty: 1 triggered critical", "slack: 1 triggered critical")
	mute(true)
	mute(false) // before anything could be sent
	if got := w.news(); len(got) != 2 {
		t.Errorf("after muting and unmuting at once: %v", got)
	}
	w.poll("5000")
	w.tells("pagerduty: 1 resolved critical", "slack: 1 resolved critical")
	if n := len(w.view().Episodes); n != 1 {
		t.Errorf("muting made %d episodes of one", n)
	}
}

// TestRenamedLevels renames the level of an open episode: the episode goes on under the new name.
func TestRenamedLevels(t *testing.T) {
	w := ready(t)
	w.poll("10")
	w.tells("pagerduty: 1 triggered critical", "slack: 1 triggered critical")
	since := w.wallet(1).Since
	w.apply(func(p *wallet.Policy) {
		p.Levels[0].Name, p.Levels[1].Name = "low", "empty"
		p.StaleAfter = []wallet.StaleAfter{{Level: "low", Age: 10 * time.Minute}}
	})
	w.shows(1, "empty")
	if got := w.wallet(1).Since; !got.Equal(since) || len(w.view().Episodes) != 1 {
		t.Errorf("the episode began anew at %v, not %v", got, since)
	}
	if got := w.news(); len(got) != 2 {
		t.Errorf("told %v", got)
	}
	w.poll("5000")
	w.tells("pagerduty: 1 resolved empty", "slack: 1 resolved empty")
}

// TestRenamedLevelOfAnUnknownBalance renames the level while the balance is in doubt: nobody may be told that it is over.
func TestRenamedLevelOfAnUnknownBalance(t *testing.T) {
	w := ready(t)
	w.poll("10")
	w.tells("pagerduty: 1 triggered critical", "slack: 1 triggered critical")
	w.poll("")
	w.shows(1, wallet.Unknown)
	w.news() // of the monitor
	w.apply(func(p *wallet.Policy) { p.Levels[1].Name = "empty" })
	w.tells()
	w.poll("10")
	w.shows(1, "empty")
	w.poll("5000")
	if got := w.news(); len(got) < 2 || w.wallet(1).Level != "" {
		t.Errorf("when it recovered: %v", got)
	}
}

// TestFewerReceivers takes a receiver away from the level of an open episode.
func TestFewerReceivers(t *testing.T) {
	w := ready(t)
	w.poll("10")
	w.tells("pagerduty: 1 triggered critical", "slack: 1 triggered critical")
	w.apply(func(p *wallet.Policy) { p.Levels[1].Notify = []string{"pagerduty"} })
	d := w.claim("slack")
	if d.Notice.Firing || !d.Notice.ResolvedAt.Equal(w.at) || d.Notice.Shown != "critical" {
		t.Errorf("for a receiver that is no longer told, it ended at %v; it shows %q", d.Notice.ResolvedAt, d.Notice.Shown)
	}
	w.settle(d, wallet.Result{})
	w.tells()
	w.apply(func(p *wallet.Policy) { p.Levels[1].Notify = []string{"pagerduty", "slack"} })
	w.tells("slack: 1 triggered critical")
}

func TestFloorOnly(t *testing.T) {
	w := newWorld(t, func(w *world) {
		w.settings.Policy.Rules = []wallet.Rule{{Match: wallet.Match{Currency: "USD"}, Floor: ptr("500")}}
	})
	w.poll("500")
	w.shows(1, wallet.Learning)
	w.poll("499.99") // without any spend known, for every level without a floor of its own
	w.shows(1, "critical")
	w.tells("pagerduty: 1 triggered critical", "slack: 1 triggered critical")
	w.poll("624.99")
	w.shows(1, "critical")
	w.poll("625")
	w.shows(1, wallet.Learning)
	w.tells("pagerduty: 1 resolved critical", "slack: 1 resolved critical")
}

func TestPostpaid(t *testing.T) {
	postpaid := func(balance string) wallet.Reading {
		r := usd(1, balance)
		r.Type = wallet.Postpaid
		return r
	}
	w := newWorld(t)
	w.read(postpaid("100"))
	w.read(postpaid("-5000"))
	w.shows(1, wallet.OK)
	w.tells()
	w.apply(func(p *wallet.Policy) {
		p.Rules = []wallet.Rule{{Match: wallet.Match{Type: wallet.Postpaid}, Levels: []wallet.Level{{Name: "credit", Floor: ptr("100"), Notify: []string{"slack"}}}}}
	})
	w.shows(1, "credit")
	w.tells("slack: 1 triggered credit")
	w.apply(func(p *wallet.Policy) { p.Rules = nil })
	w.shows(1, wallet.OK)
	w.tells("slack: 1 resolved credit")
}

// TestReminders reminds those that want it, only while the balance is known, and counts from what was accepted last.
func TestReminders(t *testing.T) {
	w := ready(t)
	w.poll("10")
	w.news()
	for at := time.Duration(0); at < 4*time.Hour-2*time.Minute; at += 2 * time.Minute {
		w.poll("10")
		w.tells()
	}
	w.poll("10")
	w.tells("slack: 1 reminded critical")
	w.at = w.at.Add(4 * time.Hour)
	w.pollFails(wallet.FaultUnavailable) // the balance is hours old
	for _, told := range w.news() {
		if told == "slack: 1 reminded critical" {
			t.Error("reminded of a balance that is not known")
		}
	}
	w.poll("10")
	if got := w.news(); got[len(got)-1] != "slack: 1 reminded critical" && got[0] != "slack: 1 reminded critical" {
		t.Errorf("when it is known again: %v", got)
	}
}
