package web

import (
	"strconv"
	"time"

	"github.com/shopspring/decimal"

	"walletwatch/money"
	"walletwatch/wallet"
)

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
		ago = wallet.Span(d) + " ago"
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
