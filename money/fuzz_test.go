package money_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"walletwatch/money"
)

// FuzzParse: whatever arrives, an amount is plain and bounded and survives being written, and an error is one short
// line of valid text.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"0", "-12.3400", "4.7405", "1e5", "NaN", "", ".", "-", "1.", "1..2", "+1", " 1", "9\xff", strings.Repeat("7", 31)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := money.Parse(text)
		if err != nil {
			if message := err.Error(); len(message) > 400 || !utf8.ValidString(message) || strings.ContainsAny(message, "\r\n") {
				t.Fatalf("Parse(%q) fails with %q", text, message)
			}
			return
		}
		if strings.Trim(text, "-.0123456789") != "" || len(text) > money.MaxDigits+2 {
			t.Fatalf("Parse(%q) accepts it as %s", text, d)
		}
		back, err := money.Parse(money.Format(d, 2))
		if digits := len(strings.Trim(money.Format(d, 2), "-.")); digits <= money.MaxDigits && (err != nil || !back.Equal(d)) {
			t.Fatalf("Parse(%q) is %s, written and read back %s, %v", text, d, back, err)
		}
		if strings.HasPrefix(text, "-") && d.IsPositive() || !strings.HasPrefix(text, "-") && d.IsNegative() {
			t.Fatalf("Parse(%q) is %s", text, d)
		}
	})
}
