package web

import (
	"fmt"
	"strconv"
	"time"

	"github.com/shopspring/decimal"

	"walletwatch/money"
)

// span writes a length of time for people, in its two largest units, rounded down: "3 h 5 min".
func span(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d < time.Second:
		return "less than a second"
	case d < time.Minute:
		return strconv.Itoa(int(d/time.Second)) + " s"
	case d < time.Hour:
		return two(int(d/time.Minute), "min", int(d%time.Minute/time.Second), "s")
	case d < day:
		return two(int(d/time.Hour), "h", int(d%time.Hour/time.Minute), "min")
	case d < 365*day:
		return two(int(d/day), "d", int(d%day/time.Hour), "h")
	}
	return "more than a year"
}

func two(large int, unit string, small int, smallUnit string) string {
	if small == 0 {
		return fmt.Sprintf("%d %s", large, unit)
	}
	return fmt.Sprintf("%d %s %d %s", large, unit, small, smallUnit)
}

// exact writes an amount for people with as many digits as it has, but at most two more than its currency: where a
// balance is compared with a threshold, rounding must not hide which is larger.
func exact(d decimal.Decimal, precision int32, currency string) string {
	places := precision
	for places < precision+2 && !d.Round(places).Equal(d) {
		places++
	}
	return money.Human(d, places, currency)
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

// moment is a time on a page.
type moment struct {
	Machine string // RFC 3339
	Full    string // "2026-11-23 12:00:05 UTC"
	Ago     string // "3 min ago"
}

func at(t, now time.Time) moment {
	ago := "just now"
	if d := now.Sub(t); d >= time.Second {
		ago = span(d) + " ago"
	}
	t = t.UTC()
	return moment{t.Format(time.RFC3339), t.Format("2006-01-02 15:04:05 UTC"), ago}
}

// maybeAt is at, or nil for a time that never was.
func maybeAt(t, now time.Time) *moment {
	if t.IsZero() {
		return nil
	}
	m := at(t, now)
	return &m
}
