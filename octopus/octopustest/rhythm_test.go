package octopustest_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"walletwatch/octopus/octopustest"
)

// net is debits less refunds from one time to another.
func net(s *octopustest.Server, from, to time.Time) decimal.Decimal {
	sum := decimal.Zero
	for _, tx := range s.Transactions(1) {
		switch {
		case tx.CreatedAt.Before(from) || !tx.CreatedAt.Before(to):
		case tx.Type == octopustest.DebitRow:
			sum = sum.Add(tx.Amount)
		case strings.Contains(tx.Remarks, "Refund"):
			sum = sum.Sub(tx.Amount)
		}
	}
	return sum
}

// near fails unless got is within a share of want.
func near(t *testing.T, what string, got decimal.Decimal, want, share float64) {
	t.Helper()
	if g := got.InexactFloat64(); math.Abs(g-want) > want*share {
		t.Errorf("%s: %s, want %.2f ± %.0f %%", what, got, want, share*100)
	}
}

func TestMeanOfAWeekIsTheMeanAskedFor(t *testing.T) {
	for name, c := range map[string]struct {
		currency string
		plan     octopustest.Spending
		share    float64
	}{
		"plain":            {"USD", octopustest.Spending{}, 0.02},
		"few large orders": {"USD", octopustest.Spending{MinOrder: dec("100"), MaxOrder: dec("1000")}, 0.15},
		"one size":         {"USD", octopustest.Spending{MinOrder: dec("25"), MaxOrder: dec("25")}, 0.02},
		"yen":              {"JPY", octopustest.Spending{MeanDaily: dec("900000"), MinOrder: dec("500"), MaxOrder: dec("10000")}, 0.02},
		"refunds":          {"USD", octopustest.Spending{FailedShare: 0.2}, 0.04},
		"flat":             {"USD", octopustest.Spending{Hours: flat(), Weekdays: [7]float64{1, 1, 1, 1, 1, 1, 1}}, 0.02},
		"busy":             {"USD", octopustest.Spending{MeanDaily: dec("40000")}, 0.01},
		"odd time zone":    {"USD", octopustest.Spending{Location: time.FixedZone("", 5*3600+45*60)}, 0.02},
	} {
		for seed := range uint64(5) {
			t.Run(fmt.Sprint(name, seed), func(t *testing.T) {
				s := world(c.currency)
				plan := c.plan
				plan.Seed = seed
				spender(t, s, plan).History(noon().Add(-7*day), noon())
				mean := 5000.0
				if !plan.MeanDaily.IsZero() {
					mean = plan.MeanDaily.InexactFloat64()
				}
				near(t, "daily mean", net(s, noon().Add(-7*day), noon()).Div(dec("7")), mean, c.share)
			})
		}
	}
}

func flat() (hours [24]float64) {
	for i := range hours {
		hours[i] = 3
	}
	return hours
}

func TestOrdersFollowTheRhythm(t *testing.T) {
	s := world("USD")
	spender(t, s, octopustest.Spending{MeanDaily: dec("50000")}).History(noon().Add(-28*day), noon())
	hours, weekdays := [24]int{}, [7]int{}
	rows := s.Transactions(1)
	for _, tx := range rows {
		hours[tx.CreatedAt.Hour()]++
		weekdays[tx.CreatedAt.Weekday()]++
	}
	within := func(what string, got, weight, all float64) {
		if want := float64(len(rows)) * weight / all; math.Abs(got-want) > 0.1*want+3*math.Sqrt(want) {
			t.Errorf("%s has %.0f orders, want about %.0f", what, got, want)
		}
	}
	sum := 0.0
	for _, w := range octopustest.DayRhythm() {
		sum += w
	}
	for hour, w := range octopustest.DayRhythm() {
		within(fmt.Sprint(hour, " o'clock"), float64(hours[hour]), w, sum)
	}
	for weekday, w := range octopustest.WeekRhythm() {
		within(time.Weekday(weekday).String(), float64(weekdays[weekday]), w, 7)
	}
}
