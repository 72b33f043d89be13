package config

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"walletwatch/money"
)

const (
	day  = 24 * time.Hour
	week = 7 * day
)

// durationPattern says the same as ParseDuration to editors, but for the greatest length.
const durationPattern = `^([0-9]+(\.[0-9]+)?(ms|s|m|h|d|w))+$`

// ParseDuration reads a duration as thresholds.yaml writes it: "90s", "2h30m", "7d", "1d12h", "2w", where a day is
// 24 hours. It has no sign. Anything else, and what exceeds 292 years, is an error.
func ParseDuration(s string) (time.Duration, error) {
	total, rest := decimal.Zero, s
	for ok := true; ok; ok = rest != "" {
		var number, name string
		number, rest = cut(rest, "0123456789.")
		name, rest = cut(rest, "mshdw")
		n, err := money.Parse(number)
		if err != nil || unit(name) == 0 {
			return 0, fmt.Errorf("%s is not a duration such as 10m, 4h or 7d", quote(s))
		}
		total = total.Add(n.Mul(decimal.NewFromInt(int64(unit(name)))))
		if total.GreaterThan(decimal.NewFromInt(math.MaxInt64)) {
			return 0, fmt.Errorf("%s is too long for a duration", quote(s))
		}
	}
	return time.Duration(total.IntPart()), nil
}

// cut splits s after its longest beginning made of the given characters.
func cut(s, characters string) (beginning, rest string) {
	rest = strings.TrimLeft(s, characters)
	return s[:len(s)-len(rest)], rest
}

func unit(name string) time.Duration {
	switch name {
	case "ms":
		return time.Millisecond
	case "s":
		return time.Second
	case "m":
		return time.Minute
	case "h":
		return time.Hour
	case "d":
		return day
	case "w":
		return week
	}
	return 0
}

// FormatDuration writes d as a person would put it into thresholds.yaml: "7d", "1d12h", "10m", "0s".
func FormatDuration(d time.Duration) string {
	if d <= 0 {
		return d.String()
	}
	var b strings.Builder
	if days := d / day; days > 0 {
		fmt.Fprintf(&b, "%dd", days)
	}
	if rest := d % day; rest > 0 {
		s := rest.String()
		if strings.HasSuffix(s, "m0s") {
			s = strings.TrimSuffix(s, "0s")
		}
		if strings.HasSuffix(s, "h0m") {
			s = strings.TrimSuffix(s, "0m")
		}
		b.WriteString(s)
	}
	return b.String()
}
