package wallet

import (
	"slices"
	"time"

	"github.com/shopspring/decimal"
)

// Minute takes t down to its UTC minute, the resolution of everything about spend.
func Minute(t time.Time) time.Time { return t.UTC().Truncate(time.Minute) }

// MinuteSpend is what left one wallet in one minute: completed debits less refunds, in its currency.
type MinuteSpend struct {
	Wallet int64
	Minute time.Time
	Amount decimal.Decimal
	Source SpendSource // SpendFromLedger or SpendFromBalance
}

// Bucket returns which 24-hour day, counted back from end, a minute falls into: 0 is the day that ends with end
// and includes it. A minute after end has a negative bucket.
func Bucket(minute, end time.Time) int {
	ago := end.Sub(minute)
	if ago < 0 {
		return -1
	}
	return int(ago / Day)
}

// Buckets are the sums of the days of the window, the newest first. They are not changed once they are in a State.
type Buckets []decimal.Decimal

// Add returns b with amount added to bucket i; outside the window nothing is added.
func (b Buckets) Add(i int, amount decimal.Decimal) Buckets {
	if i < 0 || i >= len(b) {
		return b
	}
	out := slices.Clone(b)
	out[i] = out[i].Add(amount)
	return out
}

// Plus returns the sums of b and delta, day by day. A b of another length is given up for delta.
func (b Buckets) Plus(delta Buckets) Buckets {
	out := slices.Clone(delta)
	if len(b) == len(delta) {
		for i := range out {
			out[i] = out[i].Add(b[i])
		}
	}
	return out
}

// Shift records, in a delta that is not yet shared, that amount has grown a day older and moved into bucket i out
// of the one before. Bucket -1 stands for the time after the window, the bucket past the last for the time before it.
func (b Buckets) Shift(i int, amount decimal.Decimal) {
	if i > 0 {
		b[i-1] = b[i-1].Sub(amount)
	}
	if i < len(b) {
		b[i] = b[i].Add(amount)
	}
}

// Zero reports whether every day is zero.
func (b Buckets) Zero() bool {
	return !slices.ContainsFunc(b, func(d decimal.Decimal) bool { return !d.IsZero() })
}

// Daily works out the daily spend from the window's buckets, where end is the minute that the newest bucket ends
// with and since the minute of the first known movement (interfaces.md, Definitions).
//
// The mean is the net sum over max(1 day, min(window, end - since)). Median and max go over the days from the one
// that holds since to now, each at least zero; the median of an even number of days is the mean of the middle two.
func Daily(statistic Statistic, b Buckets, since, end time.Time) decimal.Decimal {
	if len(b) == 0 {
		return decimal.Zero
	}
	if statistic == Mean {
		return mean(b, end.Sub(since))
	}
	days := slices.Clone(b[:min(len(b), max(Bucket(since, end), 0)+1)])
	for i := range days {
		days[i] = decimal.Max(days[i], decimal.Zero)
	}
	slices.SortFunc(days, decimal.Decimal.Cmp)
	n := len(days)
	switch {
	case statistic == Max:
		return days[n-1]
	case n%2 == 1:
		return days[n/2]
	}
	return days[n/2-1].Add(days[n/2]).Div(decimal.NewFromInt(2))
}

func mean(b Buckets, history time.Duration) decimal.Decimal {
	total := decimal.Zero
	for _, d := range b {
		total = total.Add(d)
	}
	if total.Sign() <= 0 {
		return decimal.Zero
	}
	window := time.Duration(len(b)) * Day
	span := max(Day, min(window, history))
	if span%Day == 0 {
		return total.Div(decimal.NewFromInt(int64(span / Day)))
	}
	const minutesPerDay = int64(Day / time.Minute)
	return total.Mul(decimal.NewFromInt(minutesPerDay)).Div(decimal.NewFromInt(int64(span / time.Minute)))
}

// MovementKind is the direction of a transaction.
type MovementKind string

// The directions that the vendor documents; others move nothing that we count.
const (
	Debit  MovementKind = "DEBIT"
	Credit MovementKind = "CREDIT"
)

// Movement is one transaction of the vendor's ledger.
type Movement struct {
	ID        int64
	Wallet    int64
	Kind      MovementKind
	Amount    decimal.Decimal
	Remarks   string
	CreatedAt time.Time
	Status    string
}

// The transaction statuses that the vendor documents: only completed rows count.
const (
	StatusCompleted = "COMPLETED"
	StatusPending   = "PENDING"
	StatusFailed    = "FAILED"
)

// Pending reports whether the movement may still become completed. A status that is not documented may be on its
// way there, so such a row is looked at again as well.
func (m *Movement) Pending() bool { return m.Status != StatusCompleted && m.Status != StatusFailed }

// Counts reports whether the movement moved money.
func (m *Movement) Counts() bool { return m.Status == StatusCompleted }

// Spent returns what a completed movement adds to spend: a debit its amount, a refund minus its amount, any other
// credit (a top-up) nothing.
func (p SpendPolicy) Spent(m *Movement) decimal.Decimal {
	switch {
	case m.Kind == Debit:
		return m.Amount
	case m.Kind == Credit && p.Refunds != nil && p.Refunds.MatchString(m.Remarks):
		return m.Amount.Neg()
	}
	return decimal.Zero
}

// Basis names the settings under which sums of spend are made: sums made under another basis cannot be used.
func (p SpendPolicy) Basis() string {
	refunds := ""
	if p.Refunds != nil {
		refunds = p.Refunds.String()
	}
	return p.Window.String() + " " + refunds
}
