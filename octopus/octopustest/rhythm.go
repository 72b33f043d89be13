package octopustest

import (
	"errors"
	"slices"
	"time"
)

// Campaign multiplies the pace of orders for a while: a sale, or with a factor of 0 a closed shop.
type Campaign struct {
	From, To time.Time
	Factor   float64
}

// DayRhythm is a shop's day by the hour: quiet nights, a peak at lunch and a higher one in the evening.
func DayRhythm() [24]float64 {
	return [24]float64{
		0.25, 0.15, 0.10, 0.08, 0.08, 0.15, 0.35, 0.60, 0.85, 1.00, 1.15, 1.50,
		1.80, 1.60, 1.20, 1.10, 1.15, 1.35, 1.70, 2.00, 2.10, 1.80, 1.20, 0.60,
	}
}

// WeekRhythm is a shop's week from Sunday: busiest on Friday and Saturday.
func WeekRhythm() [7]float64 { return [7]float64{1.05, 0.85, 0.85, 0.90, 0.95, 1.15, 1.25} }

// searchedDays is how far ahead the next order is looked for: past that, campaigns have closed the shop for good.
const searchedDays = 400

// rhythm is the pace of orders over time. It averages to the plain pace over a week without campaigns.
type rhythm struct {
	hours     [24]float64 // averaging 1
	weekdays  [7]float64  // averaging 1
	location  *time.Location
	campaigns []Campaign
}

func newRhythm(c Spending) (rhythm, error) {
	r := rhythm{hours: c.Hours, weekdays: c.Weekdays, location: c.Location, campaigns: slices.Clone(c.Campaigns)}
	if r.hours == [24]float64{} {
		r.hours = DayRhythm()
	}
	if r.weekdays == [7]float64{} {
		r.weekdays = WeekRhythm()
	}
	if r.location == nil {
		r.location = time.UTC
	}
	if !normalise(r.hours[:]) || !normalise(r.weekdays[:]) {
		return rhythm{}, errors.New("the weights of hours and weekdays must be 0 or more, and some above 0")
	}
	return r, nil
}

// normalise scales weights to average 1.
func normalise(weights []float64) bool {
	sum := 0.0
	for _, w := range weights {
		if !(w >= 0) {
			return false
		}
		sum += w
	}
	for i := range weights {
		weights[i] *= float64(len(weights)) / sum
	}
	return sum > 0
}

// after returns the time at which pace × time since t has added up to days, where an average day counts as 1.
func (r *rhythm) after(t time.Time, days float64) time.Time {
	last := t.AddDate(0, 0, searchedDays)
	for t.Before(last) {
		factor, until := r.segment(t)
		passing := factor * until.Sub(t).Hours() / 24
		if passing > days {
			return t.Add(time.Duration(days / factor * 24 * float64(time.Hour)))
		}
		days -= passing
		t = until
	}
	return t.AddDate(100, 0, 0)
}

// segment returns the pace at t and until when it holds.
func (r *rhythm) segment(t time.Time) (factor float64, until time.Time) {
	local := t.In(r.location)
	factor = r.hours[local.Hour()] * r.weekdays[local.Weekday()]
	into := time.Duration(local.Minute())*time.Minute + time.Duration(local.Second())*time.Second + time.Duration(local.Nanosecond())
	until = t.Add(time.Hour - into)
	for _, c := range r.campaigns {
		switch {
		case t.Before(c.From):
			until = earlier(until, c.From)
		case t.Before(c.To):
			factor *= c.Factor
			until = earlier(until, c.To)
		}
	}
	return factor, until
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
