package wallet_test

import (
	"maps"
	"math/big"
	"slices"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"walletwatch/wallet"
)

// entry is one movement of money as the definitions see it.
type entry struct {
	minute time.Time
	spent  decimal.Decimal
}

// diary keeps a wallet's spend twice: as raw entries, and in buckets that are moved along with time.
type diary struct {
	entries []entry
	sums    map[time.Time]decimal.Decimal // by minute, as they are stored
	buckets wallet.Buckets
	end     time.Time
}

func newDiary(days int, end time.Time) *diary {
	return &diary{sums: map[time.Time]decimal.Decimal{}, buckets: make(wallet.Buckets, days), end: end}
}

func (d *diary) add(at time.Time, spent decimal.Decimal) {
	minute := wallet.Minute(at)
	d.entries = append(d.entries, entry{minute, spent})
	d.sums[minute] = d.sums[minute].Add(spent)
	d.buckets = d.buckets.Add(wallet.Bucket(minute, d.end), spent)
}

// advance moves sums from bucket to bucket: those of the minutes that have passed a day's border since the last time.
func (d *diary) advance(to time.Time) {
	delta := make(wallet.Buckets, len(d.buckets))
	for i := range len(d.buckets) + 1 {
		ago := time.Duration(i) * wallet.Day
		for minute, sum := range d.sums {
			if minute.After(d.end.Add(-ago)) && !minute.After(to.Add(-ago)) {
				delta.Shift(i, sum)
			}
		}
	}
	d.buckets, d.end = d.buckets.Plus(delta), to
}

func (d *diary) first() time.Time {
	if len(d.entries) == 0 {
		return time.Time{}
	}
	return slices.MinFunc(d.entries, func(a, b entry) int { return a.minute.Compare(b.minute) }).minute
}

// between sums the entries after one moment and up to another.
func (d *diary) between(after, upTo time.Time) *big.Rat {
	total := new(big.Rat)
	for _, e := range d.entries {
		if e.minute.After(after) && !e.minute.After(upTo) {
			total.Add(total, e.spent.Rat())
		}
	}
	return total
}

// daily works out the daily spend by the words of its definition, from the raw entries and with exact fractions.
func (d *diary) daily(statistic wallet.Statistic) *big.Rat {
	first := d.first()
	window := time.Duration(len(d.buckets)) * wallet.Day
	if statistic == wallet.Mean {
		history := max(wallet.Day, min(window, d.end.Sub(first)))
		net := d.between(d.end.Add(-window), d.end)
		if net.Sign() < 0 {
			return new(big.Rat)
		}
		return net.Quo(net, big.NewRat(int64(history), int64(wallet.Day)))
	}
	var days []*big.Rat
	for end := d.end; end.After(d.end.Add(-window)) && (len(days) == 0 || !first.After(end)); end = end.Add(-wallet.Day) {
		day := d.between(end.Add(-wallet.Day), end)
		if day.Sign() < 0 {
			day = new(big.Rat)
		}
		days = append(days, day)
	}
	slices.SortFunc(days, (*big.Rat).Cmp)
	if statistic == wallet.Max {
		return days[len(days)-1]
	}
	middle := new(big.Rat).Add(days[(len(days)-1)/2], days[len(days)/2])
	return middle.Quo(middle, big.NewRat(2, 1))
}

// near reports whether d is r but for what a division cuts off.
func near(d decimal.Decimal, r *big.Rat) bool {
	off := new(big.Rat).Sub(d.Rat(), r)
	return off.Abs(off).Cmp(big.NewRat(1, 1_000_000_000_000)) < 0
}

func anAmount(t *rapid.T, name string) decimal.Decimal {
	return decimal.New(rapid.Int64Range(0, 5_000_000).Draw(t, name), rapid.Int32Range(-4, 0).Draw(t, name+" digits"))
}

// spending draws a movement somewhere around the window's end: a debit, a refund or a top-up.
func spending(t *rapid.T, p wallet.SpendPolicy, end time.Time) (time.Time, decimal.Decimal) {
	at := end.Add(-time.Duration(rapid.Int64Range(-int64(wallet.Day), int64(p.Window+2*wallet.Day)).Draw(t, "ago")))
	if rapid.Bool().Draw(t, "on a border") {
		at = end.Add(-time.Duration(rapid.IntRange(0, p.Days()).Draw(t, "days ago")) * wallet.Day)
	}
	m := wallet.Movement{Amount: anAmount(t, "amount"), Status: wallet.StatusCompleted}
	m.Kind = rapid.SampledFrom([]wallet.MovementKind{wallet.Debit, wallet.Debit, wallet.Debit, wallet.Credit}).Draw(t, "kind")
	m.Remarks = rapid.SampledFrom([]string{"Order refunded", "Wire transfer"}).Draw(t, "remarks")
	return at, p.Spent(&m)
}

// TestDailySpendIsWhatItIsDefinedAs compares buckets that time moves along with the definition applied to the raw
// movements.
func TestDailySpendIsWhatItIsDefinedAs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := policy().Spend
		p.Window = time.Duration(rapid.IntRange(1, 10).Draw(t, "days")) * wallet.Day
		d := newDiary(p.Days(), noon)
		for range rapid.IntRange(1, 25).Draw(t, "steps") {
			if rapid.Bool().Draw(t, "time passes") {
				minutes := rapid.OneOf(rapid.IntRange(0, 5), rapid.IntRange(0, 3*24*60), rapid.Just(24*60)).Draw(t, "minutes")
				d.advance(d.end.Add(time.Duration(minutes) * time.Minute))
			} else {
				d.add(spending(t, p, d.end))
			}
			for i, sum := range d.buckets {
				end := d.end.Add(-time.Duration(i) * wallet.Day)
				if want := d.between(end.Add(-wallet.Day), end); sum.Rat().Cmp(want) != 0 {
					t.Fatalf("day %d holds %s, want %s", i, sum, want.FloatString(4))
				}
			}
			if len(d.entries) == 0 {
				continue
			}
			for _, statistic := range []wallet.Statistic{wallet.Mean, wallet.Median, wallet.Max} {
				got, want := wallet.Daily(statistic, d.buckets, d.first(), d.end), d.daily(statistic)
				if !near(got, want) {
					t.Fatalf("the %s is %s, want %s", statistic, got, want.FloatString(16))
				}
			}
		}
	})
}

// TestOrderOfMovementsDoesNotMatter: sums do not depend on the order in which movements become known, nor on how
// time was cut into steps meanwhile.
func TestOrderOfMovementsDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := policy().Spend
		all := map[int]entry{}
		for i := range rapid.IntRange(1, 20).Draw(t, "movements") {
			at, spent := spending(t, p, noon)
			all[i] = entry{at, spent}
		}
		end := noon.Add(time.Duration(rapid.IntRange(0, 5000).Draw(t, "minutes")) * time.Minute)
		at := noon
		one, other := newDiary(p.Days(), noon), newDiary(p.Days(), end)
		for _, i := range rapid.Permutation(slices.Sorted(maps.Keys(all))).Draw(t, "order") {
			one.add(all[i].minute, all[i].spent)
			at = at.Add(time.Duration(rapid.Int64Range(0, int64(end.Sub(at)/time.Minute)).Draw(t, "step")) * time.Minute)
			one.advance(at)
		}
		one.advance(end)
		for _, e := range all {
			other.add(e.minute, e.spent)
		}
		if !slices.EqualFunc(one.buckets, other.buckets, decimal.Decimal.Equal) {
			t.Fatalf("the buckets are %v, and in another order %v", one.buckets, other.buckets)
		}
	})
}
