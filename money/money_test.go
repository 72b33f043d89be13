package money_test

import (
	"strings"
	"testing"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"walletwatch/money"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]decimal.Decimal{
		"0":                              decimal.Zero,
		"-0":                             decimal.Zero,
		"5000.00":                        decimal.New(5000, 0),
		"4.7405":                         decimal.New(47405, -4),
		"-12.3400":                       decimal.New(-1234, -2),
		"007":                            decimal.New(7, 0),
		"0.000000000000000000000000001":  decimal.New(1, -27),
		"123456789012345678901234567890": decimal.RequireFromString("123456789012345678901234567890"),
	} {
		if got, err := money.Parse(text); err != nil || !got.Equal(want) {
			t.Errorf("Parse(%q) is %s, %v; want %s", text, got, err, want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	const plain = " is not a plain decimal amount such as 1234.50"
	for text, want := range map[string]string{
		"":                             `""` + plain,
		"-":                            `"-"` + plain,
		".":                            `"."` + plain,
		".5":                           `".5"` + plain,
		"-.5":                          `"-.5"` + plain,
		"5.":                           `"5."` + plain,
		"1.2.3":                        `"1.2.3"` + plain,
		"1-2":                          `"1-2"` + plain,
		"--1":                          `"--1"` + plain,
		"+1":                           `"+1"` + plain,
		" 1":                           `" 1"` + plain,
		"1 000":                        `"1 000"` + plain,
		"1,000":                        `"1,000"` + plain,
		"1e5":                          `"1e5"` + plain,
		"1E-5":                         `"1E-5"` + plain,
		"0x10":                         `"0x10"` + plain,
		"1_000":                        `"1_000"` + plain,
		"NaN":                          `"NaN"` + plain,
		"Infinity":                     `"Infinity"` + plain,
		"null":                         `"null"` + plain,
		"١٢":                           `"١٢"` + plain,
		"1\n":                          `"1\n"` + plain,
		strings.Repeat("1", 31):        `"` + strings.Repeat("1", 31) + `" has 31 digits; at most 30 are accepted`,
		strings.Repeat("9", 999):       `"` + strings.Repeat("9", 40) + `…" has 999 digits; at most 30 are accepted`,
		"1." + strings.Repeat("0", 30): `"1.` + strings.Repeat("0", 30) + `" has 31 digits; at most 30 are accepted`,
		strings.Repeat("1", 39) + "é is cut off": `"` + strings.Repeat("1", 39) + `…"` + plain,
	} {
		if got, err := money.Parse(text); err == nil || err.Error() != want {
			t.Errorf("Parse(%q) is %s, %v; want the error %s", text, got, err, want)
		}
	}
}

func TestFormat(t *testing.T) {
	tests := []struct {
		amount    string
		precision int32
		exact     string // Format
		derived   string // FormatDerived
		human     string // Human with the code XYZ
	}{
		{"0", 2, "0.00", "0.00", "0.00 XYZ"},
		{"12.5", 2, "12.50", "12.50", "12.50 XYZ"},
		{"4.7405", 2, "4.7405", "4.7405", "4.74 XYZ"},
		{"4.7400", 2, "4.74", "4.74", "4.74 XYZ"},
		{"333.33333333333333", 2, "333.33333333333333", "333.3333", "333.33 XYZ"},
		{"66.66666666666667", 2, "66.66666666666667", "66.6667", "66.67 XYZ"},
		{"200.00004", 2, "200.00004", "200.00", "200.00 XYZ"},
		{"1234.5", 2, "1234.50", "1234.50", "1,234.50 XYZ"},
		{"999.995", 2, "999.995", "999.995", "1,000.00 XYZ"},
		{"-0.004", 2, "-0.004", "-0.004", "0.00 XYZ"},
		{"-0.005", 2, "-0.005", "-0.005", "-0.01 XYZ"},
		{"-1234567.8", 2, "-1234567.80", "-1234567.80", "-1,234,567.80 XYZ"},
		{"-999", 0, "-999", "-999", "-999 XYZ"},
		{"1000", 0, "1000", "1000", "1,000 XYZ"},
		{"1000.5", 0, "1000.5", "1000.5", "1,001 XYZ"},
		{"100000", 3, "100000.000", "100000.000", "100,000.000 XYZ"},
		{"123456789012345678901234567890", 0, "123456789012345678901234567890", "123456789012345678901234567890",
			"123,456,789,012,345,678,901,234,567,890 XYZ"},
	}
	for _, test := range tests {
		d := decimal.RequireFromString(test.amount)
		if got := money.Format(d, test.precision); got != test.exact {
			t.Errorf("Format(%s, %d) is %s, want %s", test.amount, test.precision, got, test.exact)
		}
		if got := money.FormatDerived(d, test.precision); got != test.derived {
			t.Errorf("FormatDerived(%s, %d) is %s, want %s", test.amount, test.precision, got, test.derived)
		}
		if got := money.Human(d, test.precision, "XYZ"); got != test.human {
			t.Errorf("Human(%s, %d) is %s, want %s", test.amount, test.precision, got, test.human)
		}
	}
	if got := money.Human(decimal.New(15, -1), 2, ""); got != "1.50" {
		t.Errorf("without a code an amount is %q", got)
	}
	if got := money.Format(decimal.New(12, 3), 2); got != "12000.00" {
		t.Errorf("an amount with an exponent is %q", got)
	}
}

func TestPrecision(t *testing.T) {
	for code, want := range map[string]int32{
		"USD": 2, "EUR": 2, "JPY": 0, "KRW": 0, "KWD": 3, "BHD": 3, "CLF": 4, "USDT": 2, "": 2, "???": 2,
	} {
		if got := money.Precision(code); got != want {
			t.Errorf("Precision(%q) is %d, want %d", code, got, want)
		}
	}
}

// TestFormatLosesNothing: what is written is read back as the same amount, with no digit less than the currency has.
func TestFormatLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		exponent := rapid.Int32Range(-12, 2).Draw(t, "exponent")
		d := decimal.New(rapid.Int64().Draw(t, "coefficient")/1e6, exponent)
		precision := rapid.Int32Range(0, 8).Draw(t, "precision")
		text := money.Format(d, precision)
		back, err := money.Parse(text)
		if err != nil || !back.Equal(d) {
			t.Fatalf("%s is written %s and read back as %s, %v", d, text, back, err)
		}
		_, fraction, _ := strings.Cut(text, ".")
		if len(fraction) < int(precision) {
			t.Fatalf("%s is written %s, with fewer than %d digits", d, text, precision)
		}
		if again := money.Format(back, precision); again != text {
			t.Fatalf("%s is written %s, and read back %s", d, text, again)
		}
	})
}

// TestHumanRoundsByLessThanAUnit: without its commas, what people see is at most half a minor unit off.
func TestHumanRoundsByLessThanAUnit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := decimal.New(rapid.Int64().Draw(t, "coefficient"), rapid.Int32Range(-10, 0).Draw(t, "exponent"))
		precision := rapid.Int32Range(0, 4).Draw(t, "precision")
		text := money.Human(d, precision, "USD")
		shown, err := money.Parse(strings.ReplaceAll(strings.TrimSuffix(text, " USD"), ",", ""))
		if err != nil {
			t.Fatal(err)
		}
		if off := shown.Sub(d).Abs(); off.GreaterThan(decimal.New(5, -precision-1)) {
			t.Fatalf("%s is shown as %s", d, text)
		}
		whole, _, _ := strings.Cut(strings.TrimSuffix(strings.TrimPrefix(text, "-"), " USD"), ".")
		for i, group := range strings.Split(whole, ",") {
			if len(group) != 3 && (i > 0 || len(group) > 3) {
				t.Fatalf("%s is shown as %s", d, text)
			}
		}
	})
}
