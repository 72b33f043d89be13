package octopustest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/shopspring/decimal"
)

// Spending describes how a wallet is spent. Wallet, MeanDaily, MinOrder and MaxOrder are required.
type Spending struct {
	Wallet             int64
	MeanDaily          decimal.Decimal // what leaves the wallet on an average day of the week, refunds taken off
	MinOrder, MaxOrder decimal.Decimal // small orders are more frequent; amounts have as many decimals as these two, at least the currency's

	Hours     [24]float64    // weights of the hours of the day; zero: DayRhythm
	Weekdays  [7]float64     // weights of the weekdays, Sunday first; zero: WeekRhythm
	Location  *time.Location // whose hours and days; nil: UTC
	Campaigns []Campaign     // on top of MeanDaily

	FailedShare  float64       // share of orders (0 ≤ x < 1) that fail and are refunded by a credit
	RefundAfter  time.Duration // 0: 10 min, then up to twice that
	PendingShare float64       // share of orders (0 ≤ x ≤ 1) whose ledger row is PENDING at first
	SettleAfter  time.Duration // 0: 3 min, then up to twice that

	AutoTopUp AutoTopUp
	Start     time.Time                 // where Advance begins; zero: the server's now
	Seed      uint64                    // the same seed gives the same orders
	Stamp     func(time.Time) time.Time // the created_at of what happens at a simulated time; nil: that time
}

// AutoTopUp is a wire transfer that is ordered whenever the balance falls below a mark. The zero value is none.
type AutoTopUp struct {
	Below, Amount decimal.Decimal
	After         time.Duration // from falling below to the credit; one at a time is under way
}

func (c *Spending) setDefaults(now time.Time) {
	if c.RefundAfter <= 0 {
		c.RefundAfter = 10 * time.Minute
	}
	if c.SettleAfter <= 0 {
		c.SettleAfter = 3 * time.Minute
	}
	if c.Start.IsZero() {
		c.Start = now
	}
	if c.Stamp == nil {
		c.Stamp = func(t time.Time) time.Time { return t }
	}
}

func (c *Spending) check() error {
	switch {
	case !c.MeanDaily.IsPositive():
		return errors.New("the mean daily spend must be above 0")
	case !c.MinOrder.IsPositive() || c.MaxOrder.LessThan(c.MinOrder):
		return errors.New("order sizes must be above 0, the smallest first")
	case !(c.FailedShare >= 0 && c.FailedShare < 1) || !(c.PendingShare >= 0 && c.PendingShare <= 1):
		return errors.New("the shares of failed and pending orders must be from 0 to 1")
	case c.AutoTopUp.Amount.IsNegative():
		return errors.New("a top-up must be above 0")
	}
	return nil
}

// sizes draws amounts of orders as whole numbers of the smallest unit, so that money never is a float.
type sizes struct {
	least, span int64 // span: the largest minus the least
	digits      int32
}

func newSizes(c Spending, precision int32) (sizes, error) {
	digits := max(precision, -c.MinOrder.Exponent(), -c.MaxOrder.Exponent())
	least, most := c.MinOrder.Shift(digits), c.MaxOrder.Shift(digits)
	if !most.BigInt().IsInt64() {
		return sizes{}, fmt.Errorf("an order of %s is too large to simulate", c.MaxOrder)
	}
	return sizes{least: least.IntPart(), span: most.Sub(least).IntPart(), digits: digits}, nil
}

// draw takes the smaller of two even draws: small orders are the rule, large ones the exception.
func (z sizes) draw(random *rand.Rand) int64 {
	return z.least + min(random.Int64N(z.span+1), random.Int64N(z.span+1))
}

func (z sizes) amount(units int64) decimal.Decimal { return decimal.New(units, -z.digits) }

// mean is the expectation of draw, in units: the smaller of two even draws from 0 to n averages n(2n+1)/6(n+1).
func (z sizes) mean() decimal.Decimal {
	n := decimal.NewFromInt(z.span)
	above := n.Mul(n.Add(n).Add(decimal.NewFromInt(1))).Div(decimal.NewFromInt(6).Mul(n.Add(decimal.NewFromInt(1))))
	return above.Add(decimal.NewFromInt(z.least))
}
