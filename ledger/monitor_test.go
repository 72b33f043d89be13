package ledger_test

import (
	"strings"
	"testing"
	"time"

	"walletwatch/wallet"
)

// TestBlindMonitor lets the API fail: one alert for the account, milder first, whatever the number of wallets.
func TestBlindMonitor(t *testing.T) {
	w := ready(t)
	w.poll("5000", "5000", "5000")
	last := w.at
	for w.at.Sub(last) < 8*time.Minute {
		w.pollFails(wallet.FaultUnavailable)
		w.tells()
	}
	w.pollFails(wallet.FaultUnavailable)
	w.tells("slack: 0 triggered warning")
	for id := range int64(3) {
		w.shows(id+1, wallet.Unknown)
	}
	for w.at.Sub(last) < 28*time.Minute {
		w.pollFails(wallet.FaultUnavailable)
		w.tells()
	}
	w.pollFails(wallet.FaultUnavailable)
	d := w.claim("pagerduty")
	if d.Notice.DedupKey() != "walletwatch/production/monitor" || !d.Notice.IsMonitor() || d.Notice.Severity != "critical" || d.Notice.Name != "monitor of production" ||
		len(d.Notice.Faults) != 1 || !strings.Contains(d.Notice.Faults[0], "30 min") || !strings.Contains(d.Notice.Faults[0], "the API says no") || d.Notice.StatusURL != "https://watch.example.com/" {
		t.Errorf("the notice is %+v", d.Notice)
	}
	w.settle(d, wallet.Result{})
	w.tells("slack: 0 worsened critical")
	w.poll("5000", "5000", "10")
	w.tells("pagerduty: 0 resolved critical", "slack: 0 resolved critical")
	if got := w.view(); len(got.Faults) != 0 || got.Fault != (wallet.Fault{}) || got.Monitor != (wallet.Monitor{}) {
		t.Errorf("after it: %+v", got)
	}
	if n := len(w.view().Episodes); n != 1 {
		t.Errorf("there were %d episodes", n)
	}
}

// TestEvaluatingAloneNoticesBlindness has no poll finish at all.
func TestEvaluatingAloneNoticesBlindness(t *testing.T) {
	w := ready(t)
	w.pass(10*time.Minute - time.Millisecond)
	w.tells()
	w.pass(time.Millisecond)
	w.tells("slack: 0 triggered warning")
}

// TestCredentials announces a rejected key at the first poll, and pages when it stays rejected.
func TestCredentials(t *testing.T) {
	w := newWorld(t)
	w.tells()
	w.pollFails(wallet.FaultCredentials)
	w.tells("slack: 0 triggered warning")
	since := w.view().Fault.Since
	for range 13 {
		w.pollFails(wallet.FaultCredentials)
		w.tells()
	}
	if f := w.view().Fault; !f.Since.Equal(since) || f.Kind != wallet.FaultCredentials || f.Message == "" {
		t.Errorf("the fault is %+v", f)
	}
	w.pollFails(wallet.FaultCredentials)
	w.tells("pagerduty: 0 triggered critical", "slack: 0 worsened critical")
	w.poll("5000")
	w.tells("pagerduty: 0 resolved critical", "slack: 0 resolved critical")
}

// TestStartWithAnOldDatabase tells nobody of what could not be read while no process ran.
func TestStartWithAnOldDatabase(t *testing.T) {
	for name, before := range map[string]func(*world){
		"all was well":         func(*world) {},
		"the last poll failed": func(w *world) { w.pollFails(wallet.FaultUnavailable) },
	} {
		t.Run(name, func(t *testing.T) {
			w := ready(t)
			before(w)
			w.at = w.at.AddDate(0, 0, 2)
			w.restart()
			w.shows(1, wallet.Unknown)
			w.pass(5 * time.Minute)
			w.tells()
			if name == "all was well" {
				w.poll("5000")
				w.tells()
				return
			}
			w.pollFails(wallet.FaultUnavailable)
			w.tells("pagerduty: 0 triggered critical", "slack: 0 triggered critical")
		})
	}
}

// TestStartWithoutAPoll announces after stale_after that no poll has finished since.
func TestStartWithoutAPoll(t *testing.T) {
	w := ready(t)
	w.at = w.at.AddDate(0, 0, 2)
	w.restart()
	w.pass(10*time.Minute - time.Second)
	w.tells()
	w.pass(time.Second)
	w.tells("slack: 0 triggered warning")
}

// TestStartWhileBlind neither closes nor worsens the alert before something was tried.
func TestStartWhileBlind(t *testing.T) {
	w := ready(t)
	for range 5 {
		w.pollFails(wallet.FaultUnavailable)
	}
	w.tells("slack: 0 triggered warning")
	w.restart()
	w.tells()
	w.at = w.at.Add(time.Hour)
	w.restart()
	w.tells()
	if m := w.view().Monitor; m.Level != "warning" || len(w.view().Faults) == 0 {
		t.Errorf("the monitor is %+v, the faults %q", m, w.view().Faults)
	}
	w.poll("5000")
	w.tells("slack: 0 resolved warning")
}

// TestRefusingReceiver announces a receiver that refuses for good through the other one, until it is mended.
func TestRefusingReceiver(t *testing.T) {
	for broken, other := range map[string]string{"slack": "pagerduty", "pagerduty": "slack"} {
		t.Run(broken, func(t *testing.T) {
			w := ready(t)
			w.poll("10")
			refuse := func() {
				w.settle(w.claim(broken), wallet.Result{Err: "invalid key", Permanent: true, Wait: 5 * time.Minute})
			}
			refuse()
			if o := w.view().Episodes[1].Outcomes; len(o) != 2 || (o[0].State != wallet.Failed && o[1].State != wallet.Failed) {
				t.Errorf("the outcomes are %+v", o)
			}
			w.tells(other+": 1 triggered critical", other+": 0 triggered warning")
			if f := w.view().Faults; len(f) != 1 || !strings.Contains(f[0], broken) || !strings.Contains(f[0], "invalid key") {
				t.Errorf("the faults are %q", f)
			}
			if d := w.claim(broken); d != nil {
				t.Errorf("it is tried at once again: %s", says(d))
			}
			w.poll("9")
			w.poll("8")
			w.poll("7")
			refuse()
			w.tells()
			w.restart()
			w.poll("6")
			w.poll("5")
			w.poll("4")
			w.tells(broken+": 1 triggered critical", other+": 0 resolved warning") // mended
		})
	}
}

// TestRefusingReceiverThatIsTakenAway is no trouble any more.
func TestRefusingReceiverThatIsTakenAway(t *testing.T) {
	w := ready(t)
	w.poll("10")
	w.settle(w.claim("slack"), wallet.Result{Err: "no such channel", Permanent: true, Wait: 5 * time.Minute})
	w.tells("pagerduty: 1 triggered critical", "pagerduty: 0 triggered warning")
	w.settings.Receivers = []string{"pagerduty"}
	p := *w.settings.Policy
	p.Levels = []wallet.Level{{Name: "warning", Percent: ptr("20"), Notify: []string{"pagerduty"}}, {Name: "critical", Percent: ptr("5"), Notify: []string{"pagerduty"}}}
	w.settings.Policy = &p
	check(t, w.ledger.Apply(t.Context(), w.settings))
	w.tells("pagerduty: 0 resolved warning")
	if pending := w.view().Pending; len(pending) != 0 {
		t.Errorf("pending for nobody: %+v", pending)
	}
}

// TestPolledAnswersReadiness says that a first poll has finished, well or badly, in this process.
func TestPolledAnswersReadiness(t *testing.T) {
	w := newWorld(t)
	for _, poll := range []func(){func() { w.poll("1") }, func() { w.pollFails(wallet.FaultUnavailable) }} {
		if w.view().Polled {
			t.Error("polled before a poll")
		}
		poll()
		if w.pass(0); !w.view().Polled {
			t.Error("not polled after a poll")
		}
		w.restart()
	}
}
