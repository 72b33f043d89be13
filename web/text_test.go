package web

import (
	"testing"
	"time"

	"github.com/shopspring/decimal"
)

func TestExactKeepsWhatDecides(t *testing.T) {
	for _, test := range []struct {
		amount    string
		precision int32
		want      string
	}{
		{"200", 2, "200.00 X"},
		{"199.999", 2, "199.999 X"},
		{"4.7405", 2, "4.7405 X"},
		{"333.3333333333333333", 2, "333.3333 X"},
		{"1234567.5", 0, "1,234,567.5 X"},
		{"-0.5", 2, "-0.50 X"},
	} {
		if got := exact(decimal.RequireFromString(test.amount), test.precision, "X"); got != test.want {
			t.Errorf("%s: got %q, want %q", test.amount, got, test.want)
		}
	}
}

func TestMoment(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 5, 0, time.UTC)
	zone := time.FixedZone("somewhere", 3600)
	for _, test := range []struct {
		t    time.Time
		want moment
	}{
		{now.Add(-3 * time.Minute).In(zone), moment{"2026-11-23T11:57:05Z", "2026-11-23 11:57:05 UTC", "3 min ago"}},
		{now, moment{"2026-11-23T12:00:05Z", "2026-11-23 12:00:05 UTC", "just now"}},
		{now.Add(time.Hour), moment{"2026-11-23T13:00:05Z", "2026-11-23 13:00:05 UTC", "just now"}},
	} {
		if got := at(test.t, now); got != test.want {
			t.Errorf("got %+v, want %+v", got, test.want)
		}
	}
	if maybeAt(time.Time{}, now) != nil {
		t.Error("the zero time was shown")
	}
}
