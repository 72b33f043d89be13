package octopustest_test

import (
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"walletwatch/octopus/octopustest"
)

func TestCampaigns(t *testing.T) {
	sale := octopustest.Campaign{From: noon().Add(90 * time.Minute), To: noon().Add(210 * time.Minute), Factor: 6}
	spent := func(prepare func(*octopustest.Spending), later ...octopustest.Campaign) func(from, to time.Duration) float64 {
		s := world("USD")
		plan := octopustest.Spending{MeanDaily: dec("100000"), Hours: flat(), Weekdays: [7]float64{1, 1, 1, 1, 1, 1, 1}}
		prepare(&plan)
		p := spender(t, s, plan)
		p.Advance(noon().Add(time.Hour))
		for _, c := range later {
			p.AddCampaign(c)
		}
		p.Advance(noon().Add(day))
		return func(from, to time.Duration) float64 {
			return net(s, noon().Add(from), noon().Add(to)).InexactFloat64() / (to - from).Hours()
		}
	}
	plain := func(*octopustest.Spending) {}
	hourly := 100000.0 / 24
	for name, rate := range map[string]func(from, to time.Duration) float64{
		"planned":        spent(func(p *octopustest.Spending) { p.Campaigns = []octopustest.Campaign{sale} }),
		"announced late": spent(plain, sale),
		"added twice": spent(plain, octopustest.Campaign{From: sale.From, To: sale.To, Factor: 2},
			octopustest.Campaign{From: sale.From, To: sale.To, Factor: 3}),
	} {
		near(t, name+": before", decimal.NewFromFloat(rate(0, 90*time.Minute)), hourly, 0.05)
		near(t, name+": during", decimal.NewFromFloat(rate(90*time.Minute, 210*time.Minute)), 6*hourly, 0.03)
		near(t, name+": after", decimal.NewFromFloat(rate(210*time.Minute, day)), hourly, 0.03)
	}
	closed := spent(plain, octopustest.Campaign{From: noon().Add(2 * time.Hour), To: noon().Add(5 * time.Hour), Factor: 0})
	equal(t, "spent while closed", closed(2*time.Hour, 5*time.Hour), 0)
	near(t, "after reopening", decimal.NewFromFloat(closed(5*time.Hour, day)), hourly, 0.03)
	begun := spent(plain, octopustest.Campaign{From: noon(), To: noon().Add(day), Factor: 4})
	near(t, "begun in the past", decimal.NewFromFloat(begun(time.Hour, day)), 4*hourly, 0.03)
	near(t, "and not in effect then", decimal.NewFromFloat(begun(0, time.Hour)), hourly, 0.05)
}

func TestCampaignsBeginAndEndToTheMinute(t *testing.T) {
	s := world("USD")
	plan := octopustest.Spending{MeanDaily: dec("100"), MinOrder: dec("25"), MaxOrder: dec("25"), Hours: flat()}
	midnight := noon().Truncate(day)
	for d := range 100 {
		opens := midnight.AddDate(0, 0, d).Add(15*time.Hour + 30*time.Minute)
		plan.Campaigns = append(plan.Campaigns, octopustest.Campaign{From: opens.Add(-5 * time.Hour), To: opens})
	}
	spender(t, s, plan).Advance(midnight.AddDate(0, 0, 100))
	early := 0
	for _, tx := range s.Transactions(1) {
		switch at := tx.CreatedAt.Sub(tx.CreatedAt.Truncate(day)); {
		case at >= 10*time.Hour+30*time.Minute && at < 15*time.Hour+30*time.Minute:
			t.Errorf("an order at %s, while closed", tx.CreatedAt)
		case at >= 15*time.Hour+30*time.Minute && at < 16*time.Hour:
			early++
		}
	}
	if early == 0 {
		t.Error("no order in the half hours after opening")
	}
}

func TestCampaignAddedLateMovesNoOrderIntoThePast(t *testing.T) {
	for seed := range uint64(20) {
		s := world("USD")
		p := spender(t, s, octopustest.Spending{MeanDaily: dec("50"), MinOrder: dec("25"), MaxOrder: dec("25"), Seed: seed})
		p.Advance(noon().Add(6 * time.Hour))
		before := len(s.Transactions(1))
		p.AddCampaign(octopustest.Campaign{From: noon().Add(-day), To: noon().Add(day), Factor: 1000})
		p.Advance(noon().Add(7 * time.Hour))
		rows := s.Transactions(1)
		added := rows[:len(rows)-before]
		if len(added) == 0 || added[len(added)-1].CreatedAt.Before(noon().Add(6*time.Hour)) {
			t.Errorf("seed %d: %d orders were added, the first at %v", seed, len(added), added[max(0, len(added)-1):])
		}
	}
}
