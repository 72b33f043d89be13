package web_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"walletwatch/wallet"
	"walletwatch/web"
)

// now is the moment at which every test looks.
var now = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func clock() time.Time { return now }

// ago is in another zone: answers must be in UTC.
func ago(d time.Duration) time.Time { return now.Add(-d).In(time.FixedZone("elsewhere", 5400)) }

func dec(s string) decimal.Decimal { return decimal.RequireFromString(s) }

func ptr(s string) *decimal.Decimal { return new(dec(s)) }

// view is a Source written by hand.
type view struct {
	snapshot *wallet.Snapshot
	policy   *wallet.Policy
}

func (v *view) Snapshot() *wallet.Snapshot { return v.snapshot }
func (v *view) Policy() *wallet.Policy     { return v.policy }

func newPolicy() *wallet.Policy {
	return &wallet.Policy{
		Spend: wallet.SpendPolicy{Window: 7 * wallet.Day, Statistic: wallet.Mean, MinHistory: wallet.Day},
		Levels: []wallet.Level{
			{Name: "warning", Percent: ptr("20"), Notify: []string{"slack"}},
			{Name: "critical", Percent: ptr("5"), Floor: ptr("40"), Runway: 6 * time.Hour, Notify: []string{"pagerduty", "slack"}},
		},
		RecoverAt:  dec("1.25"),
		StaleAfter: []wallet.StaleAfter{{Level: "warning", Age: 10 * time.Minute}, {Level: "critical", Age: 30 * time.Minute}},
	}
}

// newWallet is an ok wallet of production with 5000 USD and 1000 USD of daily spend, read 40 s ago.
func newWallet(p *wallet.Policy, id int64) *wallet.Wallet {
	w := &wallet.Wallet{
		State: wallet.State{
			Account: "production", ID: id, Currency: "USD", Precision: 2, Type: wallet.Prepaid,
			Balance: dec("5000"), ObservedAt: ago(40 * time.Second), Source: wallet.FromPoll, EverPositive: true,
			Read: dec("5000"), ReadAt: ago(40 * time.Second),
		},
		Assessment: wallet.Assessment{
			DailySpend: dec("1000"), SpendSource: wallet.SpendFromLedger,
			Thresholds: []wallet.Threshold{{Level: "warning", Amount: dec("200")}, {Level: "critical", Amount: dec("50")}},
			Runway:     5 * wallet.Day, HasRunway: true,
			Shown: wallet.OK, Reason: "the balance is above every threshold",
		},
	}
	w.Terms = p.TermsFor(&w.State)
	return w
}

// newView is two accounts with a wallet of every kind: critical, ok, stale, learning and never read.
func newView() *view {
	p := newPolicy()
	critical := newWallet(p, 7)
	critical.Balance, critical.Runway, critical.Source = dec("48.5"), 69*time.Minute+50*time.Second, wallet.FromOrder
	critical.Read, critical.ReadAt, critical.Suspect = dec("120.75"), ago(110*time.Second), ago(35*time.Second)
	critical.DailySpend, critical.Thresholds[0].Amount = dec("1000.3333333333333333"), dec("200.0666666666666667")
	critical.Level, critical.Shown, critical.Since = "critical", "critical", ago(3*time.Minute)
	critical.Reason = "the balance is below the threshold"
	critical.Terms = &wallet.Terms{Name: "US gift cards", Runbook: "https://wiki.example.com/usd", Levels: p.Levels}

	stale := newWallet(p, 8)
	stale.Currency, stale.Precision, stale.ObservedAt = "JPY", 0, ago(35*time.Minute)
	stale.Level, stale.Since, stale.Shown = "warning", ago(2*time.Hour), "warning"
	stale.Terms = &wallet.Terms{Name: "JPY wallet 8", Levels: p.Levels, Mute: true}

	learning := newWallet(p, 9)
	learning.DailySpend, learning.SpendSource, learning.Learning = dec("0"), wallet.SpendFromNone, true
	learning.Thresholds, learning.HasRunway = learning.Thresholds[:0], false
	learning.Shown, learning.Reason = wallet.Learning, "too little spending history yet: only floors apply"

	unread := newWallet(p, 1)
	unread.Account, unread.ObservedAt, unread.Source, unread.HasRunway = "sandbox", time.Time{}, "", false
	unread.Balance, unread.SpendSource, unread.Thresholds = dec("0"), wallet.SpendFromNone, nil
	unread.Shown, unread.Reason = wallet.Unknown, "its balance was never read"

	return &view{policy: p, snapshot: &wallet.Snapshot{
		At: ago(5 * time.Second),
		Accounts: []wallet.AccountView{
			{
				Account: wallet.Account{Name: "sandbox", Fault: wallet.Fault{
					Kind: wallet.FaultCredentials, Message: "the API rejects the key", Since: ago(35 * time.Minute)}},
				Polled: true, Faults: []string{"No balance was ever read: the API rejects the key"},
				Wallets: []*wallet.Wallet{unread},
				Episodes: []wallet.Episode{{Key: wallet.Key{Account: "sandbox"}, Since: ago(5 * time.Minute), Level: "warning", Confirmed: true,
					Outcomes: []wallet.Outcome{{Receiver: "slack", State: wallet.Accepted, Attempts: 1, AcceptedAt: ago(4 * time.Minute)}}}},
			},
			{
				Account:  wallet.Account{Name: "production", PolledAt: ago(40 * time.Second)},
				Polled:   true,
				Wallets:  []*wallet.Wallet{critical, stale, learning, newWallet(p, 10)},
				Episodes: productionEpisodes(),
				Pending: []wallet.PendingAt{{Key: wallet.Key{Account: "production", Wallet: 7}, Receiver: "pagerduty",
					DueAt: ago(3 * time.Minute), Attempts: 3, LastError: "invalid key", Permanent: true}},
			},
		},
	}}
}

func productionEpisodes() []wallet.Episode {
	key := func(id int64) wallet.Key { return wallet.Key{Account: "production", Wallet: id} }
	return []wallet.Episode{
		{Key: key(7), Since: ago(3 * time.Minute), Level: "critical", Outcomes: []wallet.Outcome{
			{Receiver: "pagerduty", State: wallet.Failed, Attempts: 3, LastError: "invalid key"},
			{Receiver: "slack", State: wallet.Pending, Attempts: 1, LastError: "time-out"},
		}},
		{Key: key(8), Since: ago(2 * time.Hour), Level: "warning", Confirmed: true},
		{Key: key(10), Since: ago(26 * time.Hour), Level: "warning", ResolvedAt: ago(25 * time.Hour), Confirmed: true},
		{Key: key(99), Since: ago(50 * time.Hour), Level: "critical", ResolvedAt: ago(24 * time.Hour), Confirmed: true},
	}
}

func newServer(t testing.TB, c web.Config) http.Handler {
	t.Helper()
	if c.Now == nil {
		c.Now = clock
	}
	if c.Source == nil {
		c.Source = newView()
	}
	s, err := web.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return s.Handler()
}

// do sends one request without a body; headers come in pairs of name and value.
func do(h http.Handler, method, target string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}
