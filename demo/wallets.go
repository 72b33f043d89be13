package demo

import (
	"fmt"
	"time"

	"github.com/shopspring/decimal"

	"walletwatch/octopus/octopustest"
)

// The wallets that something happens to.
const (
	StoryWallet = 1 // a rush empties it, and polls see it
	shopWallet  = 2 // a burst of orders empties it, and the shop's copies of the answers tell
	hookWallet  = 3 // the vendor's webhooks tell of it, and what pretends to be one
)

// hookName is what thresholds.yaml calls the third wallet.
const hookName = "JPY eSIMs"

// plan is a wallet and how it is spent.
type plan struct {
	wallet         octopustest.Wallet
	daily          decimal.Decimal // mean spend
	least, most    string          // orders
	topUpAt, topUp string          // "": never
}

func plans() []plan {
	return []plan{
		// 22.5 % of a day's spend: a rush takes it below 20 % and then below 5 %.
		{octopustest.Wallet{ID: StoryWallet, Currency: "USD", Balance: decimal.NewFromInt(2_700)}, decimal.NewFromInt(12_000), "5.00", "60.00", "", ""},
		{octopustest.Wallet{ID: shopWallet, Currency: "EUR", Balance: decimal.RequireFromString("3250.40")}, decimal.NewFromInt(4_000), "5.00", "100.00", "1500", "4000"},
		{octopustest.Wallet{ID: hookWallet, Currency: "JPY", Balance: decimal.NewFromInt(2_400_000)}, decimal.NewFromInt(300_000), "500", "5000", "450000", "1500000"},
		{octopustest.Wallet{ID: 4, Currency: "GBP", Type: octopustest.Postpaid, Balance: decimal.RequireFromString("-840.00")}, decimal.NewFromInt(900), "5.00", "50.00", "", ""},
	}
}

// populate adds the wallets, with a week that they have already been spent in.
func (w *World) populate(start time.Time) error {
	for i, p := range plans() {
		w.API.AddWallet(p.wallet)
		spending := octopustest.Spending{
			Wallet: p.wallet.ID, MeanDaily: p.daily, MinOrder: decimal.RequireFromString(p.least), MaxOrder: decimal.RequireFromString(p.most),
			FailedShare: 0.01, PendingShare: 0.05, Start: start, Seed: uint64(i + 1),
		}
		if p.wallet.ID == StoryWallet {
			spending.Hours, spending.Weekdays = even()
		}
		if p.topUpAt != "" {
			spending.AutoTopUp = octopustest.AutoTopUp{Below: decimal.RequireFromString(p.topUpAt), Amount: decimal.RequireFromString(p.topUp), After: time.Hour}
		}
		spender, err := octopustest.NewSpender(w.API, spending)
		if err != nil {
			return fmt.Errorf("planning the spending of wallet %d: %w", p.wallet.ID, err)
		}
		w.spenders = append(w.spenders, spender)
	}
	octopustest.Backfill(w.API, start.Add(-8*24*time.Hour), start, w.spenders...)
	return nil
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
