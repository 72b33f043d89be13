package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/shopspring/decimal"

	"walletwatch/octopus/octopustest"
)

const historyDays = 7

// openingHour is the hour of the shop's day at which the program starts, so that a trial at night is not a quiet one.
const openingHour = 11

// The sale that --campaign starts, in time as the orders see it.
const (
	campaignAfter  = 10 * time.Minute
	campaignLength = 4 * time.Hour
	campaignFactor = 5
)

// world is the server and those who spend from its wallets. The server lives in real time, as do its clients; only
// the orders run at --speed, and each is dated with the moment at which it is played.
type world struct {
	server   *octopustest.Server
	clock    *octopustest.Clock
	spenders []*octopustest.Spender
}

func newWorld(o options, logger *slog.Logger) (*world, error) {
	start := time.Now().UTC()
	w := &world{
		server: octopustest.New(octopustest.Config{
			Logger: logger, Quotas: o.Quotas, OrderBalance: o.OrderBalance, Events: o.WebhookURL != "",
		}),
		clock: octopustest.NewClock(start, o.Speed),
	}
	for _, wallet := range wallets() {
		w.server.AddWallet(wallet)
	}
	for _, plan := range plans() {
		plan.Seed, plan.Start, plan.Location = o.Seed, start, shopTime(start)
		plan.Stamp = func(t time.Time) time.Time {
			if t.Before(start) {
				return t // history happened at its own pace
			}
			return w.clock.Wall(t)
		}
		if o.Campaign && plan.Wallet == 1 {
			from := start.Add(campaignAfter)
			plan.Campaigns = []octopustest.Campaign{{From: from, To: from.Add(campaignLength), Factor: campaignFactor}}
		}
		p, err := octopustest.NewSpender(w.server, plan)
		if err != nil {
			return nil, err
		}
		w.spenders = append(w.spenders, p)
	}
	octopustest.Backfill(w.server, start.AddDate(0, 0, -historyDays), start, w.spenders...)
	return w, nil
}

func (w *world) play(ctx context.Context) error {
	return octopustest.Play(ctx, w.clock, playEvery, nil, w.spenders...)
}

func shopTime(start time.Time) *time.Location {
	opening := time.Date(start.Year(), start.Month(), start.Day(), openingHour, 0, 0, 0, time.UTC)
	return time.FixedZone("shop", int(opening.Sub(start).Seconds()))
}

// wallets: the first is short of money and will cross both default thresholds, the second is topped up when low, the
// third is rich, and the fourth is on credit, where a negative balance is normal.
func wallets() []octopustest.Wallet {
	amount := decimal.RequireFromString
	return []octopustest.Wallet{
		{ID: 1, Currency: "USD", Balance: amount("1400.00")},
		{ID: 2, Currency: "EUR", Balance: amount("2600.00")},
		{ID: 3, Currency: "JPY", Balance: amount("1200000")},
		{ID: 4, Currency: "GBP", Balance: amount("-350.00"), Type: octopustest.Postpaid},
	}
}

func plans() []octopustest.Spending {
	plan := func(wallet int64, daily, least, most string) octopustest.Spending {
		return octopustest.Spending{
			Wallet: wallet, MeanDaily: decimal.RequireFromString(daily),
			MinOrder: decimal.RequireFromString(least), MaxOrder: decimal.RequireFromString(most),
			FailedShare: 0.02, PendingShare: 0.05,
		}
	}
	euro := plan(2, "2500", "10", "150")
	euro.AutoTopUp = octopustest.AutoTopUp{
		Below: decimal.RequireFromString("800"), Amount: decimal.RequireFromString("5000"), After: 2 * time.Hour,
	}
	return []octopustest.Spending{
		plan(1, "4000", "5.0000", "60.0000"), // discounts leave four decimals
		euro,
		plan(3, "450000", "500", "10000"),
		plan(4, "900", "10", "100"),
	}
}
