package wallet_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"walletwatch/wallet"
)

// report writes troubles as "level: text", and who is told.
func report(p *wallet.Policy, troubles []wallet.Trouble) string {
	var lines []string
	for _, t := range troubles {
		lines = append(lines, p.StaleLevel(t.Rank).Name+": "+t.Text)
	}
	return strings.Join(append(lines, "told: "+strings.Join(p.MonitorReceivers(troubles), " ")), "\n")
}

func ago(d time.Duration) time.Time { return noon.Add(-d) }

var (
	credentials = wallet.Fault{Kind: wallet.FaultCredentials, Message: "the API rejects us: /auth/login: the API answered 401 Unauthorized"}
	outage      = wallet.Fault{Kind: wallet.FaultUnavailable, Message: "/api/v1/wallets: the API answered 503."}
)

// TestUnread: an account without a fresh balance, watched by a process that began watching long ago or just now.
func TestUnread(t *testing.T) {
	const (
		message  = "/api/v1/wallets: the API answered 503."
		rejected = "the API rejects us: /auth/login: the API answered 401 Unauthorized."
		fine     = "told: "
		slack    = "\ntold: slack"
		everyone = "\ntold: pagerduty slack"
	)
	tests := []struct {
		name     string
		polled   time.Duration // ago; 0: never
		fault    wallet.Fault
		watching time.Duration
		want     string
	}{
		{"fresh", time.Minute, wallet.Fault{}, time.Hour, fine},
		{"failed once", 2 * time.Minute, outage, time.Hour, fine},
		{"just not stale", 10*time.Minute - time.Second, outage, time.Hour, fine},
		{"stale", 10 * time.Minute, outage, time.Hour, "warning: No balance was read for 10 min: " + message + slack},
		{"just not critical", 30*time.Minute - time.Second, outage, time.Hour, "warning: No balance was read for 29 min: " + message + slack},
		{"critical", 30 * time.Minute, outage, time.Hour, "critical: No balance was read for 30 min: " + message + everyone},
		{"for days", 50 * time.Hour, outage, 90 * time.Hour, "critical: No balance was read for 2 d 2 h: " + message + everyone},
		{"credentials at once", 2 * time.Minute, credentials, time.Hour, "warning: No balance was read for 2 min: " + rejected + slack},
		{"credentials at the first poll", 0, credentials, time.Second, "warning: No balance was ever read: " + rejected + slack},
		{"credentials for long", time.Hour, credentials, 2 * time.Hour, "critical: No balance was read for 1 h: " + rejected + everyone},
		{"the process has just started", 5 * time.Hour, wallet.Fault{}, 0, fine},
		{"the process has not read anything yet", 5 * time.Hour, wallet.Fault{}, 10*time.Minute - time.Second, fine},
		{"the process hangs", 5 * time.Hour, wallet.Fault{}, 10 * time.Minute, "warning: No balance was read for 5 h." + slack},
		{"it has just failed after a long pause", 5 * time.Hour, outage, time.Second, "critical: No balance was read for 5 h: " + message + everyone},
		{"never read yet", 0, outage, 12 * time.Minute, "warning: No balance was ever read: " + message + slack},
		{"never read", 0, outage, time.Hour, "critical: No balance was ever read: " + message + everyone},
		{"the clock was set back", -time.Hour, outage, time.Hour, fine},
	}
	for _, test := range tests {
		a := account()
		a.PolledAt, a.Fault = ago(test.polled), test.fault
		if test.polled == 0 {
			a.PolledAt, a.CreatedAt = time.Time{}, ago(test.watching)
		}
		got := policy().Troubles(a, nil, nil, ago(test.watching), noon)
		same(t, test.name, report(policy(), got), test.want)
	}
}

func doubted(id int64, since time.Duration, why string) *wallet.State {
	s := known(id, "5000")
	s.Doubt, s.DoubtSince = why, ago(since)
	return s
}

func TestDoubtfulWallets(t *testing.T) {
	const hint = " If the wallet was closed, mute it in thresholds.yaml.\ntold: "
	muted, credit, watchedCredit := doubted(1, time.Hour, "gone"), doubted(1, time.Hour, "gone"), doubted(9, 0, "the amount is null")
	muted.Currency, credit.Type, watchedCredit.Type = "JPY", wallet.Postpaid, wallet.Postpaid
	tests := []struct {
		name    string
		wallets []*wallet.State
		want    string
	}{
		{"none", []*wallet.State{known(1, "5000")}, "told: "},
		{"at once", []*wallet.State{known(1, "5000"), doubted(2, 0, "the API no longer lists it")},
			"warning: The balance of USD wallet 2 is unknown because the API no longer lists it." + hint + "slack"},
		{"for a while", []*wallet.State{doubted(2, 29*time.Minute, "the amount is null")},
			"warning: The balance of USD wallet 2 is unknown because the amount is null.\ntold: slack"},
		{"for long", []*wallet.State{doubted(2, 30*time.Minute, "its currency changed from USD to EUR")},
			"critical: The balance of USD wallet 2 is unknown because its currency changed from USD to EUR.\ntold: pagerduty slack"},
		{"several: the longest decides", []*wallet.State{doubted(2, 0, "the amount is null"), doubted(3, time.Hour, "the API no longer lists it"), doubted(4, 0, "the amount is null")},
			"critical: The balances of 3 wallets are unknown, that of USD wallet 3 because the API no longer lists it." + hint + "pagerduty slack"},
		{"muted", []*wallet.State{muted}, "told: "},
		{"on credit without levels", []*wallet.State{credit}, "told: "},
		{"on credit with levels", []*wallet.State{watchedCredit}, "warning: The balance of Lent is unknown because the amount is null.\ntold: slack"},
		{"the muted one does not count", []*wallet.State{muted, doubted(2, 0, "the amount is null")},
			"warning: The balance of USD wallet 2 is unknown because the amount is null.\ntold: slack"},
	}
	for _, test := range tests {
		p := policy()
		p.Rules = []wallet.Rule{
			{Match: wallet.Match{Currency: "JPY"}, Mute: true},
			{Match: wallet.Match{ID: 9}, Name: "Lent", Levels: p.Levels},
		}
		same(t, test.name, report(p, p.Troubles(account(), test.wallets, nil, ago(time.Hour), noon)), test.want)
	}
}

// TestRefusals: a receiver that refuses is announced through the others.
func TestRefusals(t *testing.T) {
	const refused = "warning: The receiver \"slack\" refuses deliveries (channel_not_found); 2 waiting. Mend its settings: it is tried again every 5 minutes."
	slack := wallet.Refusal{Receiver: "slack", Reason: "channel_not_found", Waiting: 2}
	pager := wallet.Refusal{Receiver: "pagerduty", Reason: "bad key", Waiting: 1}
	refusedToo := strings.NewReplacer("slack", "pagerduty", "channel_not_found", "bad key", "2 waiting", "1 waiting").Replace(refused)
	tests := []struct {
		name     string
		refusals []wallet.Refusal
		wallets  []*wallet.State
		want     string
	}{
		{"Slack", []wallet.Refusal{slack}, nil, refused + "\ntold: pagerduty treasury"},
		{"PagerDuty", []wallet.Refusal{pager}, nil, refusedToo + "\ntold: slack treasury"},
		{"both", []wallet.Refusal{slack, pager}, nil, refused + "\n" + refusedToo + "\ntold: treasury"},
		{"Slack, and a wallet is in doubt", []wallet.Refusal{slack}, []*wallet.State{doubted(2, 0, "gone")},
			"warning: The balance of USD wallet 2 is unknown because gone.\n" +
				refused + "\ntold: pagerduty slack treasury"},
		{"PagerDuty, and a wallet is in doubt for long", []wallet.Refusal{pager}, []*wallet.State{doubted(2, time.Hour, "gone")},
			"critical: The balance of USD wallet 2 is unknown because gone.\n" +
				refusedToo + "\ntold: pagerduty slack treasury"},
	}
	for _, test := range tests {
		p := policy()
		p.Rules = []wallet.Rule{{Match: wallet.Match{Currency: "CHF"}, Levels: []wallet.Level{{Name: "low", Notify: []string{"treasury"}}}}}
		same(t, test.name, report(p, p.Troubles(account(), test.wallets, test.refusals, ago(time.Hour), noon)), test.want)
	}
}

// TestRefusalsWithNobodyElse: where the only receiver is the broken one, there is nobody to tell.
func TestRefusalsWithNobodyElse(t *testing.T) {
	p := policy()
	p.Levels = p.Levels[:1]
	troubles := p.Troubles(account(), nil, []wallet.Refusal{{Receiver: "slack", Reason: "channel_not_found", Waiting: 1}}, ago(time.Hour), noon)
	if got := p.MonitorReceivers(troubles); len(got) > 0 {
		t.Errorf("told: %v", got)
	}
}

// TestTheGravestTroubleComesFirst, and decides the level and who is told, whatever else is wrong.
func TestTheGravestTroubleComesFirst(t *testing.T) {
	a := account()
	a.PolledAt, a.Fault = ago(12*time.Minute), outage
	troubles := policy().Troubles(a, []*wallet.State{doubted(2, time.Hour, "gone")}, []wallet.Refusal{{Receiver: "x"}}, ago(time.Hour), noon)
	var got []string
	for _, trouble := range troubles {
		first, _, _ := strings.Cut(trouble.Text, " is ")
		got = append(got, first[:12])
	}
	same(t, "order", strings.Join(got, "|"), "The balance |No balance w|The receiver")
	same(t, "told", strings.Join(policy().MonitorReceivers(troubles), " "), "pagerduty slack")
}

// TestTroublesAreSentences: whatever is wrong is said in sentences that end.
func TestTroublesAreSentences(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := account()
		a.PolledAt = ago(time.Duration(rapid.Int64Range(0, int64(3*wallet.Day)).Draw(t, "age")))
		a.Fault = rapid.SampledFrom([]wallet.Fault{{}, outage, credentials}).Draw(t, "fault")
		var wallets []*wallet.State
		for id := range int64(rapid.IntRange(0, 3).Draw(t, "wallets")) {
			wallets = append(wallets, doubted(id+1, time.Duration(id+1)*time.Duration(rapid.IntRange(0, 3600).Draw(t, "seconds"))*time.Second, "the amount is null"))
		}
		troubles := policy().Troubles(a, wallets, nil, ago(wallet.Day), noon)
		for i, trouble := range troubles {
			if !strings.HasSuffix(trouble.Text, ".") || strings.Contains(trouble.Text, "..") || strings.Contains(trouble.Text, "0m") {
				t.Fatalf("not a sentence: %s", trouble.Text)
			}
			if i > 0 && trouble.Rank > troubles[i-1].Rank {
				t.Fatalf("a graver trouble comes later: %v", troubles)
			}
		}
		slices.Reverse(wallets)
		if again := policy().Troubles(a, wallets, nil, ago(wallet.Day), noon); len(again) != len(troubles) || len(again) > 0 && again[0].Rank != troubles[0].Rank {
			t.Fatalf("with the wallets in another order %v became %v", troubles, again)
		}
	})
}

func TestStaleLevel(t *testing.T) {
	p := policy()
	same(t, "rank 0", p.StaleLevel(0).Name, "warning")
	same(t, "rank 1", p.StaleLevel(1).Name, "critical")
	p.StaleAfter = []wallet.StaleAfter{{Level: "critical", Age: time.Minute}}
	same(t, "the only one", p.StaleLevel(0).Name, "critical")
	p.StaleAfter = nil
	same(t, "none", p.StaleLevel(0).Name, "warning")
	a := account()
	a.PolledAt, a.Fault = ago(time.Hour), credentials
	same(t, "credentials without stale_after", len(p.Troubles(a, nil, nil, ago(time.Hour), noon)), 1)
	a.Fault = outage
	same(t, "an outage without stale_after", len(p.Troubles(a, nil, nil, ago(time.Hour), noon)), 0)
}
