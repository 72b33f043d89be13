package main_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/robfig/cron/v3"
	"github.com/shopspring/decimal"

	"walletwatch/alerting"
	"walletwatch/alerting/alertingtest"
	"walletwatch/config"
	"walletwatch/ledger"
	"walletwatch/octopus"
	"walletwatch/octopus/octopustest"
	"walletwatch/poller"
	"walletwatch/secret"
	"walletwatch/store"
	"walletwatch/wallet"
)

const (
	monthPoll    = 5 * time.Minute
	monthChannel = "#wallet-alerts"
)

// month is a watch of several wallets under the shipped policy, with the vendor's API, Slack and PagerDuty simulated.
// It lives in a synctest bubble.
type month struct {
	t        *testing.T
	api      *octopustest.Server
	slack    *alertingtest.Slack
	pager    *alertingtest.PagerDuty
	spenders []*octopustest.Spender
	policy   *wallet.Policy
	witness  *witness
	store    *store.Store
	ledger   *ledger.Ledger
	stop     context.CancelFunc
	working  sync.WaitGroup
}

func newMonth(t *testing.T) *month {
	t.Helper()
	m := &month{t: t, api: octopustest.New(octopustest.Config{PageLimit: 50}), slack: alertingtest.NewSlack(), pager: alertingtest.NewPagerDuty()}
	m.witness = &witness{api: m.api, answers: m.api.Transport(), seen: map[int64]sighting{}}
	m.wallets()
	file, err := config.Load("thresholds.yaml", config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	m.policy = file.Policy
	if m.store, err = store.Open(t.Context(), "sqlite://"+t.TempDir()+"/state.db"); err != nil {
		t.Fatal(err)
	}
	m.ledger, err = ledger.Open(t.Context(), ledger.Config{
		Store: m.store, Accounts: []string{"default"},
		Settings: ledger.Settings{Policy: m.policy, Receivers: []string{"pagerduty", "slack"}, Reminded: []string{"slack"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// wallets makes wallets that are topped up too late, soon enough to keep pagers silent, in time, and never used, with
// sales and closed days on the way.
func (m *month) wallets() {
	now := time.Now()
	day := func(n int) time.Time { return now.AddDate(0, 0, n) }
	plans := []struct {
		currency               string
		daily, least, most     int64
		below, amount, balance int64
		after                  time.Duration
		campaigns              []octopustest.Campaign
	}{
		{"USD", 5000, 20, 400, 1500, 20_000, 14_000, 20 * time.Hour, []octopustest.Campaign{{From: day(10), To: day(12), Factor: 4}}},
		{"EUR", 800, 5, 60, 240, 3000, 2000, 3 * time.Hour, []octopustest.Campaign{{From: day(17), To: day(18), Factor: 0}}},
		{"JPY", 300_000, 2000, 20_000, 60_000, 900_000, 700_000, 9 * time.Hour, []octopustest.Campaign{{From: day(20), To: day(21), Factor: 6}}},
		{"GBP", 2000, 10, 200, 1500, 12_000, 9000, time.Hour, nil},
	}
	for i, p := range plans {
		id := m.api.AddWallet(octopustest.Wallet{Currency: p.currency, Balance: decimal.NewFromInt(p.balance)})
		s, err := octopustest.NewSpender(m.api, octopustest.Spending{
			Wallet: id, MeanDaily: decimal.NewFromInt(p.daily), MinOrder: decimal.NewFromInt(p.least), MaxOrder: decimal.NewFromInt(p.most),
			Campaigns: p.campaigns, FailedShare: 0.02, PendingShare: 0.1, Seed: uint64(i + 1),
			AutoTopUp: octopustest.AutoTopUp{Below: decimal.NewFromInt(p.below), Amount: decimal.NewFromInt(p.amount), After: p.after},
		})
		if err != nil {
			m.t.Fatal(err)
		}
		m.spenders = append(m.spenders, s)
	}
	octopustest.Backfill(m.api, now.AddDate(0, 0, -9), now, m.spenders...)
	m.api.AddWallet(octopustest.Wallet{Currency: "KWD", Balance: decimal.NewFromInt(7)})
}

// start polls and delivers until end.
func (m *month) start() {
	m.t.Helper()
	client, err := octopus.New(octopus.Config{
		Account: "default", BaseURL: "https://api.example.com", Transport: m.witness,
		Key: secret.Literal(octopustest.DemoKey), Secret: secret.Literal(octopustest.DemoSecret),
	})
	if err != nil {
		m.t.Fatal(err)
	}
	polling := poller.New(poller.Config{
		Accounts: []poller.Account{{Name: "default", API: client}}, Schedule: cron.Every(monthPoll), Every: monthPoll,
		Balances: m.ledger, Movements: m.ledger, Upkeep: m.ledger,
	})
	delivering := alerting.New(alerting.Config{
		Outbox: m.ledger, Wake: m.ledger.Wake(), Idle: monthPoll,
		Receivers: map[string]alerting.Receiver{
			"slack": alerting.NewSlack(alerting.SlackConfig{
				Channel: monthChannel, Token: secret.Literal("xoxb-month"), Transport: alertingtest.Transport(m.slack), Logger: slog.New(slog.DiscardHandler),
			}),
			"pagerduty": alerting.NewPagerDuty(alerting.PagerDutyConfig{
				RoutingKey: secret.Literal("month"), Transport: alertingtest.Transport(m.pager),
			}),
		},
	})
	ctx, cancel := context.WithCancel(m.t.Context())
	m.stop = cancel
	m.working.Go(func() { _ = polling.Run(ctx) })    // returns nil
	m.working.Go(func() { _ = delivering.Run(ctx) }) // returns nil
}

func (m *month) end() {
	m.stop()
	m.working.Wait()
	if err := m.store.Close(); err != nil {
		m.t.Error(err)
	}
}

// witness notes what the API has told of balances, as far as it is true.
type witness struct {
	api     *octopustest.Server
	answers http.RoundTripper

	mu   sync.Mutex
	seen map[int64]sighting
}

// sighting is what the last good poll has seen of a wallet.
type sighting struct {
	balance decimal.Decimal
	at      time.Time
}

// RoundTrip passes a request on and notes the true balances in a list of wallets.
func (w *witness) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := w.answers.RoundTrip(r)
	if err != nil || r.URL.Path != "/api/v1/wallets" || res.StatusCode != http.StatusOK {
		return res, err
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	res.Body = io.NopCloser(bytes.NewReader(body))
	var list []struct {
		ID       int64
		Currency int64 `json:"currency_id"`
		Amount   decimal.Decimal
	}
	if json.Unmarshal(body, &list) != nil {
		return res, nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, told := range list {
		// The n-th wallet is in the n-th currency.
		if told.Currency == told.ID && told.Amount.Equal(w.api.Balance(told.ID)) {
			w.seen[told.ID] = sighting{told.Amount, time.Now()}
		}
	}
	return res, nil
}

func (w *witness) last(id int64) (sighting, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	s, ok := w.seen[id]
	return s, ok
}

func (w *witness) newest() (at time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range w.seen {
		if s.at.After(at) {
			at = s.at
		}
	}
	return at
}

func (w *witness) oldest() time.Time {
	at := time.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range w.seen {
		if s.at.Before(at) {
			at = s.at
		}
	}
	return at
}
