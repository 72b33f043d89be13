package octopus_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"walletwatch/octopus"
)

func TestDecodeWalletAmounts(t *testing.T) {
	tests := []struct {
		name, amount string // the member as sent
		want         string // exact; "" when it must be refused
		problem      string
	}{
		{"documented", `"amount":5000.00`, "5000", ""},
		{"four decimals", `"amount":4.7405`, "4.7405", ""},
		{"negative", `"amount":-0.01`, "-0.01", ""},
		{"integer", `"amount":7`, "7", ""},
		{"in quotes", `"amount":"12.30"`, "12.3", ""},
		{"in quotes with escapes", `"amount":"\u0031\u002e5"`, "1.5", ""},
		{"more than float64 holds", `"amount":1234567890123456789.123456789`, "1234567890123456789.123456789", ""},
		{"30 digits", `"amount":123456789012345678901234567890`, "123456789012345678901234567890", ""},
		{"31 digits", `"amount":1234567890123456789012345678901`, "", "31 digits"},
		{"a million digits", `"amount":` + strings.Repeat("9", 1e6), "", "digits"},
		{"exponent", `"amount":1e3`, "", "plain decimal"},
		{"huge exponent", `"amount":1e999999999`, "", "plain decimal"},
		{"null", `"amount":null`, "", "null"},
		{"missing", `"balance":3`, "", "missing"},
		{"NaN", `"amount":NaN`, "", `"NaN"`},
		{"NaN in quotes", `"amount":"NaN"`, "", `"NaN"`},
		{"infinity", `"amount":-Infinity`, "", `"-Infinity"`},
		{"empty text", `"amount":""`, "", "plain decimal"},
		{"thousands separator", `"amount":"1,000.00"`, "", "plain decimal"},
		{"boolean", `"amount":true`, "", "plain decimal"},
		{"object", `"amount":{"value":5}`, "", "plain decimal"},
		{"list", `"amount":[5]`, "", "plain decimal"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			body := `[{"id":2,"currency_id":1,"amount":1.5,"type":"PREPAID"},{"id":1,"currency_id":3,` + tt.amount + `,"type":"POSTPAID","extra":{"NaN":"\"NaN"}}]`
			got, err := octopus.DecodeWallets([]byte(body))
			if err != nil || len(got) != 2 {
				t.Fatalf("got %d wallets, error %v", len(got), err)
			}
			if got[0].Amount == nil || got[0].Amount.String() != "1.5" || got[0].Problem != "" {
				t.Errorf("the neighbour has %v, %q", got[0].Amount, got[0].Problem)
			}
			w := got[1]
			if w.ID != 1 || w.CurrencyID != 3 || w.Type != "POSTPAID" {
				t.Errorf("got %+v", w)
			}
			if tt.want == "" {
				if w.Amount != nil || !strings.Contains(w.Problem, tt.problem) || len(w.Problem) > 300 {
					t.Errorf("amount %v, problem %q; want none and %q", w.Amount, w.Problem, tt.problem)
				}
				return
			}
			if w.Amount == nil || w.Amount.String() != tt.want || w.Problem != "" {
				t.Errorf("amount %v, problem %q; want %s", w.Amount, w.Problem, tt.want)
			}
		})
	}
}

func TestDecodeWalletsRefusesWhatIsNoList(t *testing.T) {
	row := `{"id":1,"currency_id":1,"amount":5,"type":"PREPAID"}`
	for body, want := range map[string]string{
		``:                               "empty",
		" \n":                            "empty",
		`null`:                           "null",
		`{}`:                             "object",
		`{"data":[` + row + `]}`:         "object",
		`<html><body>hi</body></html>`:   "web page",
		`"text"`:                         "not JSON",
		`OK`:                             "not JSON",
		`[` + row:                        "broken JSON",
		`[` + row + `,`:                  "broken JSON",
		`[` + row + `] trailing`:         "broken JSON",
		`[` + row + `][` + row + `]`:     "broken JSON",
		`[{"id":1,"amount":12NaN}]`:      "broken JSON",
		`[{"id":"1"}]`:                   `id" holds a string`,
		`[{"id":1.5}]`:                   `id" holds a number`,
		`[{"id":99999999999999999999}]`:  `id" holds a number`,
		`[{"id":1,"currency_id":"USD"}]`: `currency_id" holds a string`,
		`[[1]]`:                          "holds a array",
		`[` + row + `,{"amount":1}]`:     "wallet 2 of the page has no id",
		`[{"id":0}]`:                     "has no id",
		`[{"id":-1}]`:                    "has no id",
		`[null]`:                         "has no id",
	} {
		got, err := octopus.DecodeWallets([]byte(body))
		if err == nil || !strings.Contains(err.Error(), want) || got != nil {
			t.Errorf("%s\n\tgives %v and error %v, want one with %q", body, got, err, want)
		}
	}
	if got, err := octopus.DecodeWallets([]byte(" [ ] \n")); err != nil || len(got) != 0 {
		t.Errorf("an empty list gives %v, %v", got, err)
	}
}

func TestDecodedWalletsAreWhatWasEncoded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		amounts := rapid.SliceOf(rapid.StringMatching(`-?(0|[1-9][0-9]{0,18})(\.[0-9]{1,9})?`)).Draw(t, "amounts")
		var rows []string
		for i, a := range amounts {
			rows = append(rows, fmt.Sprintf(`{"id":%d,"currency_id":%d,"amount":%s,"type":"PREPAID"}`, i+1, i+2, a))
		}
		got, err := octopus.DecodeWallets([]byte("[" + strings.Join(rows, ",") + "]"))
		if err != nil || len(got) != len(amounts) {
			t.Fatalf("%d wallets, %v", len(got), err)
		}
		for i, a := range amounts {
			_, fraction, _ := strings.Cut(a, ".")
			if s := got[i].Amount.StringFixed(int32(len(fraction))); s != a && "-"+s != a {
				t.Errorf("%s became %s", a, s)
			}
			if got[i].ID != int64(i+1) || got[i].CurrencyID != int64(i+2) {
				t.Errorf("row %d became %+v", i, got[i])
			}
		}
	})
}
