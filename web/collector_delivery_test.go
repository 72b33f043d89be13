package web_test

import (
	"slices"
	"testing"
	"time"

	"walletwatch/wallet"
	"walletwatch/web"
)

// TestNotified tells apart who knows of a wallet's level, who does not yet, and that nobody should.
func TestNotified(t *testing.T) {
	const metric = `walletwatch_wallet_notified{account="production",currency="USD",name="US gift cards",receiver=`
	tests := map[string]struct {
		change  func(w *wallet.Wallet, e *wallet.Episode)
		pending []wallet.PendingAt
		want    []string
	}{
		"a reminder waits": {func(*wallet.Wallet, *wallet.Episode) {}, []wallet.PendingAt{{Key: wallet.Key{Account: "production", Wallet: 7}, Receiver: "slack", Known: true}, {Key: wallet.Key{Account: "production", Wallet: 8}, Receiver: "pagerduty", Known: true}},
			[]string{`"pagerduty",wallet_id="7"} 0`, `"slack",wallet_id="7"} 1`}},
		"nobody yet":    {func(*wallet.Wallet, *wallet.Episode) {}, nil, []string{`"pagerduty",wallet_id="7"} 0`, `"slack",wallet_id="7"} 0`}},
		"one":           {func(_ *wallet.Wallet, e *wallet.Episode) { e.Outcomes[1].State = wallet.Accepted }, nil, []string{`"pagerduty",wallet_id="7"} 0`, `"slack",wallet_id="7"} 1`}},
		"never told":    {func(_ *wallet.Wallet, e *wallet.Episode) { e.Outcomes = nil }, nil, []string{`"pagerduty",wallet_id="7"} 0`, `"slack",wallet_id="7"} 0`}},
		"it is over":    {func(w *wallet.Wallet, e *wallet.Episode) { w.Level, e.ResolvedAt = "", now }, nil, nil},
		"muted":         {func(w *wallet.Wallet, _ *wallet.Episode) { terms := *w.Terms; terms.Mute = true; w.Terms = &terms }, nil, nil},
		"another level": {func(w *wallet.Wallet, e *wallet.Episode) { w.Level, e.Outcomes[1].State = "warning", wallet.Accepted }, nil, []string{`"slack",wallet_id="7"} 1`}},
	}
	for name, test := range tests {
		v := newView()
		a := &v.snapshot.Accounts[0]
		if a.Name != "production" {
			a = &v.snapshot.Accounts[1]
		}
		w := a.Wallets[slices.IndexFunc(a.Wallets, func(w *wallet.Wallet) bool { return w.ID == 7 })]
		a.Pending = test.pending
		test.change(w, &a.Episodes[slices.IndexFunc(a.Episodes, func(e wallet.Episode) bool { return e.Wallet == 7 })])
		var want []string
		for _, line := range test.want {
			want = append(want, metric+line)
		}
		got := scrape(t, newServer(t, web.Config{Source: v}), `wallet_notified{`, `wallet_id="7"`)
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

// TestOverdueAndFaults counts what waits too long, and names what keeps an account from being read.
func TestOverdueAndFaults(t *testing.T) {
	v := newView()
	v.snapshot.Accounts[0].Fault.Kind = wallet.FaultCredentials
	v.snapshot.Accounts[0].Pending = []wallet.PendingAt{{Receiver: "slack", DueAt: now.Add(-10 * time.Second)}, {Receiver: "slack", DueAt: now.Add(-9 * time.Second)}}
	v.snapshot.Accounts[1].Pending = nil
	h := newServer(t, web.Config{Source: v})
	name := v.snapshot.Accounts[0].Name
	for _, want := range []string{
		`walletwatch_notifications_overdue{receiver="slack"} 1`, `walletwatch_notifications_pending{receiver="slack"} 2`, `walletwatch_notifications_overdue{receiver="pagerduty"} 0`,
		`walletwatch_poll_fault{account="` + name + `",kind="credentials"} 1`, `walletwatch_poll_fault{account="` + name + `",kind="unavailable"} 0`,
	} {
		if got := scrape(t, h, want); len(got) != 1 {
			t.Errorf("there is no %s", want)
		}
	}
}
