// Package money reads and writes exact amounts. Nothing here passes through float64.
package money

import (
	"fmt"
	"strings"

	"github.com/shopspring/decimal"
	"golang.org/x/text/currency"
)

// MaxDigits is the longest amount that Parse accepts, in decimal digits before and after the point together.
// No real balance comes near; a longer one is a fault of the sender or an attack on memory.
const MaxDigits = 30

// DefaultPrecision is used for currencies that are not in ISO 4217 when nobody gives a precision.
const DefaultPrecision = 2

// Parse reads an amount written plainly: an optional minus, digits, optionally a point and digits ("-12.3400").
// Exponents, signs other than "-", spaces, NaN, infinities and more than MaxDigits digits are errors.
func Parse(s string) (decimal.Decimal, error) {
	if err := checkPlain(s); err != nil {
		return decimal.Decimal{}, err
	}
	return decimal.NewFromString(s)
}

func checkPlain(s string) error {
	digits, point := 0, false
	for i, c := range []byte(s) {
		switch {
		case c >= '0' && c <= '9':
			digits++
		case c == '-' && i == 0:
		case c == '.' && !point && digits > 0 && i < len(s)-1:
			point = true
		default:
			return fmt.Errorf("%q is not a plain decimal amount such as 1234.50", clip(s))
		}
	}
	if digits == 0 {
		return fmt.Errorf("%q is not a plain decimal amount such as 1234.50", clip(s))
	}
	if digits > MaxDigits {
		return fmt.Errorf("%q has %d digits; at most %d are accepted", clip(s), digits, MaxDigits)
	}
	return nil
}

func clip(s string) string {
	const most = 40
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// Format writes d exactly, with at least precision digits after the point: 12.5 with precision 2 is "12.50",
// 4.7405 stays "4.7405".
func Format(d decimal.Decimal, precision int32) string {
	return d.StringFixed(max(precision, decimals(d)))
}

// FormatDerived writes a computed amount (a mean, a threshold) rounded to two digits more than the currency has,
// and trims the extra digits when they are zero: 200 is "200.00", a third of 1000 is "333.3333".
func FormatDerived(d decimal.Decimal, precision int32) string {
	return Format(d.Round(precision+2), precision)
}

func decimals(d decimal.Decimal) int32 {
	s := d.String()
	if i := strings.IndexByte(s, '.'); i >= 0 {
		return int32(len(s) - i - 1)
	}
	return 0
}

// Human writes an amount for people: rounded to the currency's precision, thousands separated, code behind
// ("1,234.50 USD"). Halves are rounded away from zero; decisions never use it.
func Human(d decimal.Decimal, precision int32, code string) string {
	s := d.StringFixed(precision)
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "-", s[1:]
	}
	whole, fraction, _ := strings.Cut(s, ".")
	var b strings.Builder
	b.WriteString(sign)
	for i, c := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(c)
	}
	if fraction != "" {
		b.WriteByte('.')
		b.WriteString(fraction)
	}
	if code != "" {
		b.WriteByte(' ')
		b.WriteString(code)
	}
	return b.String()
}

// Precision returns how many digits after the point a currency has in everyday use (USD 2, JPY 0, KWD 3), or
// DefaultPrecision for a code that ISO 4217 does not know. The source is Unicode's CLDR, which gives a few
// currencies fewer digits than ISO 4217 does (IDR and COP 0, not 2): amounts are still written in full.
func Precision(code string) int32 {
	unit, err := currency.ParseISO(code)
	if err != nil {
		return DefaultPrecision
	}
	scale, _ := currency.Standard.Rounding(unit)
	return int32(scale)
}
