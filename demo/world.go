// Package demo is a small simulated world in which walletwatch can be watched at work: an Octopus Cards API with
// wallets that are spent, and a Slack and a PagerDuty to be told. All of it is real HTTP on loopback.
package demo

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/shopspring/decimal"

	"walletwatch/alerting/alertingtest"
	"walletwatch/octopus/octopustest"
)

// The wallet that the story is about, and the secrets of this world.
const (
	StoryWallet = 1
	token       = "xoxb-demo"
	routingKey  = "demodemodemodemodemodemodemodemo"
)

// World is the simulated surroundings of one daemon.
type World struct {
	Clock *octopustest.Clock
	API   *octopustest.Server
	Slack *alertingtest.Slack
	Pager *alertingtest.PagerDuty

	OnTopUp func(text string) // called when money arrives in the story's wallet; set before Run

	spenders  []*octopustest.Spender
	story     *octopustest.Spender
	daily     decimal.Decimal // of the story's wallet
	addresses [3]string       // of the API, Slack and PagerDuty
}

// New makes a world in which speed simulated seconds pass in a real one and a week has already been lived. It
// starts nothing.
func New(start time.Time, speed float64) (*World, error) {
	clock := octopustest.NewClock(start, speed)
	w := &World{
		Clock: clock, API: octopustest.New(octopustest.Config{Now: clock.Now}),
		Slack: alertingtest.NewSlack(), Pager: alertingtest.NewPagerDuty(), daily: decimal.NewFromInt(12_000), OnTopUp: func(string) {},
	}
	w.Slack.Token, w.Pager.RoutingKey = token, routingKey
	wallets := []struct {
		wallet  octopustest.Wallet
		daily   decimal.Decimal
		lo, hi  string
		topUpAt string
	}{
		// 22.5 % of a day's spend: a rush takes it below 20 % and then below 5 %.
		{octopustest.Wallet{ID: StoryWallet, Currency: "USD", Balance: decimal.NewFromInt(2_700)}, w.daily, "5.00", "60.00", ""},
		{octopustest.Wallet{ID: 2, Currency: "EUR", Balance: decimal.RequireFromString("18250.40")}, decimal.NewFromInt(4_000), "5.00", "100.00", "2000"},
		{octopustest.Wallet{ID: 3, Currency: "JPY", Balance: decimal.NewFromInt(2_400_000)}, decimal.NewFromInt(300_000), "500", "5000", "150000"},
		{octopustest.Wallet{ID: 4, Currency: "GBP", Type: octopustest.Postpaid, Balance: decimal.RequireFromString("-840.00")}, decimal.NewFromInt(900), "5.00", "50.00", ""},
	}
	for i, one := range wallets {
		w.API.AddWallet(one.wallet)
		plan := octopustest.Spending{
			Wallet: one.wallet.ID, MeanDaily: one.daily, MinOrder: decimal.RequireFromString(one.lo), MaxOrder: decimal.RequireFromString(one.hi),
			FailedShare: 0.01, PendingShare: 0.05, Start: start, Seed: uint64(i + 1),
		}
		if one.wallet.ID == StoryWallet {
			plan.Hours, plan.Weekdays = even()
		}
		if one.topUpAt != "" {
			plan.AutoTopUp = octopustest.AutoTopUp{Below: decimal.RequireFromString(one.topUpAt), Amount: one.daily.Mul(decimal.NewFromInt(5)), After: time.Hour}
		}
		spender, err := octopustest.NewSpender(w.API, plan)
		if err != nil {
			return nil, fmt.Errorf("planning the spending of wallet %d: %w", one.wallet.ID, err)
		}
		w.spenders = append(w.spenders, spender)
	}
	w.story = w.spenders[0]
	octopustest.Backfill(w.API, start.Add(-8*24*time.Hour), start, w.spenders...)
	return w, nil
}

// even is a shop that is as busy at every hour, so that the story does not depend on when it is told.
func even() (hours [24]float64, weekdays [7]float64) {
	for i := range hours {
		hours[i] = 1
	}
	for i := range weekdays {
		weekdays[i] = 1
	}
	return hours, weekdays
}

// Run serves the world and lets its wallets be spent until ctx ends. It calls ready once everything can be reached.
func (w *World) Run(ctx context.Context, ready func()) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	handlers := [3]http.Handler{w.API, w.Slack, w.Pager}
	failed := make(chan error, len(handlers))
	for i, h := range handlers {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return fmt.Errorf("starting the simulated world: %w", err)
		}
		w.addresses[i] = "http://" + l.Addr().String()
		server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
		go func() {
			if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
				failed <- err
			}
		}()
		defer server.Close()
	}
	ready()
	lived := make(chan error, 1)
	go func() { lived <- w.live(ctx) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serving the simulated world: %w", err)
	case err := <-lived:
		return err
	}
}

// Environment is what a daemon in this world finds in its environment. It is known once the world is ready.
func (w *World) Environment() map[string]string {
	return map[string]string{
		"OCTOPUS_BASE_URL": w.addresses[0], "OCTOPUS_API_KEY": octopustest.DemoKey, "OCTOPUS_API_SECRET": octopustest.DemoSecret,
		"SLACK_BOT_TOKEN": token, "PAGERDUTY_ROUTING_KEY": routingKey,
	}
}

// Thresholds is the shipped policy, polled fast and pointed at this world's receivers. It is known once the world
// is ready.
func (w *World) Thresholds() string {
	return fmt.Sprintf(`poll: "@every %s"
levels:
  - {name: warning, percent_of_daily_spend: 20, notify: [slack]}
  - {name: critical, percent_of_daily_spend: 5, notify: [slack, pagerduty]}
receivers:
  slack: {type: slack, channel: "#wallet-alerts", api_url: %s/api/}
  pagerduty: {type: pagerduty, events_url: %s}
wallets:
  - {match: {id: %d}, name: USD gift cards, runbook: https://wiki.example.com/wallets/usd}
  - {match: {currency: EUR}, name: EUR top-ups}
  - {match: {currency: JPY}, name: JPY eSIMs}
`, PollEvery, w.addresses[1], w.addresses[2], StoryWallet)
}
