package ingest

import (
	"strings"
	"testing"
	"time"

	"walletwatch/wallet"
)

const (
	voucherOrder = `{"id":12345,"product_id":7,"product_name":"Gift","denomination":50,"quantity":1,"amount":50.00,"discount":1.25,"client_reference":"r-1","wallet_id":3,"status":"DELIVERED","base_currency":"USD","deduction_currency":"USD","message":null,"email":null,"vouchers":[{"card_number":"C","pin_code":"P","claim_url":"U","expires_at":null,"voucher_reference_number":"V"}]}`
	topupOrder   = `{"id":12345,"client_reference":"r-2","product_id":9,"product_name":"Top-up","variant_name":"10 GB","country_code":"DE","amount":9.5,"currency":"EUR","status":"PENDING","status_text":"","transaction_id":null,"created_at":"2026-11-23T11:59:00Z","completed_at":null}`
)

// benchOrder is a voucher order of about 700 bytes, as services receive it.
var benchOrder = strings.Replace(strings.Replace(voucherOrder, `"card_number":"C","pin_code":"P","claim_url":"U"`,
	`"card_number":"`+strings.Repeat("6", 19)+`","pin_code":"`+strings.Repeat("8", 12)+`","claim_url":"https://claim.example.com/redeem/`+strings.Repeat("q", 120)+`"`, 1),
	`"message":null`, `"message":"`+strings.Repeat("Happy birthday. ", 6)+`","wallet_balance":4871.2500`, 1)

var arrival = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// shown writes an observation in one line: key, wallet, currency, balance, spent, age, ended.
func shown(o *wallet.Observation) string {
	amounts := "-"
	if o.Balance != nil {
		amounts = "balance " + o.Balance.String()
	}
	if o.Spent != nil {
		amounts += " spent " + o.Spent.String()
	}
	text := strings.Join([]string{o.Key, string('0' + rune(o.Wallet)), o.Currency, strings.TrimPrefix(amounts, "- "), arrival.Sub(o.At).String()}, "|")
	if o.Ended {
		text += "|ended"
	}
	return text
}

func TestDecodeOrder(t *testing.T) {
	const fx = `"base_currency":"USD","deduction_currency":"EUR"`
	const usd = `"base_currency":"USD","deduction_currency":"USD"`
	tests := []struct{ name, record, want string }{
		{"voucher", voucherOrder, "order/12345|3|USD|spent 48.75|0s"},
		{"top-up without a wallet", topupOrder, "topup/12345|0|EUR|-|59.001s"},
		{"top-up with a wallet", strings.Replace(topupOrder, `{`, `{"wallet_id":4,`, 1), "topup/12345|4|EUR|spent 9.5|59.001s"},
		{"top-up with a balance", strings.Replace(topupOrder, `{`, `{"wallet_id":4,"balance":7,`, 1), "topup/12345|4||balance 7|59.001s"},
		{"top-up with a balance of an unknown wallet", strings.Replace(topupOrder, `{`, `{"balance":7,`, 1), "topup/12345|0|EUR|-|59.001s"},
		{"id only", `{"id":1}`, "order/1|0||-|0s"},
		{"id as text", `{"id":" ä1 "}`, "order/ ä1 |0||-|0s"},
		{"escaped id and key", `{"\u0069d":"a\u0062"}`, "order/ab|0||-|0s"},
		{"other case is another key", `{"id":1,"ID":2,"Wallet_Id":5}`, "order/1|0||-|0s"},
		{"the last of equal keys", `{"id":1,"id":2}`, "order/2|0||-|0s"},
		{"a key inside is another key", `{"id":1,"x":{"id":2,"wallet_id":9}}`, "order/1|0||-|0s"},
		{"failed", `{"id":1,"status":"FAILED"}`, "order/1|0||-|0s|ended"},
		{"cancelled in small letters", `{"id":1,"status":"cancelled"}`, "order/1|0||-|0s|ended"},
		{"unknown status is charged", `{"id":1,"status":"ON_HOLD",` + usd + `,"amount":2}`, "order/1|0|USD|spent 2|0s"},
		{"wallet as text", `{"id":1,"wallet_id":"8"}`, "order/1|8||-|0s"},
		{"wallet null", `{"id":1,"wallet_id":null,` + usd + `,"amount":2}`, "order/1|0|USD|spent 2|0s"},
		{"odd wallet says nothing", `{"id":1,"wallet_id":1.5,` + usd + `,"amount":2,"balance":1}`, "order/1|0|USD|-|0s"},
		{"negative wallet says nothing", `{"id":1,"wallet_id":-1,` + usd + `,"amount":2}`, "order/1|0|USD|-|0s"},
		{"across currencies", `{"id":1,` + fx + `,"amount":2}`, "order/1|0|EUR|-|0s"},
		{"balance across currencies", `{"id":1,` + fx + `,"amount":2,"balance":"3.50"}`, "order/1|0|EUR|balance 3.5|0s"},
		{"odd currency says nothing", `{"id":1,"base_currency":5,"deduction_currency":5,"amount":2,"balance":3}`, "order/1|0||-|0s"},
		{"only one currency", `{"id":1,"deduction_currency":"USD","amount":2}`, "order/1|0|USD|-|0s"},
		{"empty currencies", `{"id":1,"base_currency":"","deduction_currency":"","amount":2}`, "order/1|0||-|0s"},
		{"escaped currency", `{"id":1,"base_currency":"U\u0053D","deduction_currency":"USD","amount":2}`, "order/1|0|USD|spent 2|0s"},
		{"exact amounts", `{"id":1,` + usd + `,"amount":0.30,"discount":"0.1000"}`, "order/1|0|USD|spent 0.2|0s"},
		{"discount above the amount", `{"id":1,` + usd + `,"amount":1,"discount":2}`, "order/1|0|USD|-|0s"},
		{"negative discount", `{"id":1,` + usd + `,"amount":1,"discount":-2}`, "order/1|0|USD|-|0s"},
		{"odd discount", `{"id":1,` + usd + `,"amount":1,"discount":{}}`, "order/1|0|USD|-|0s"},
		{"huge exponent", `{"id":1,` + usd + `,"amount":1e999999}`, "order/1|0|USD|-|0s"},
		{"a discount that was withheld", `{"id":1,` + usd + `,"amount":1,"discount":"withheld"}`, "order/1|0|USD|-|0s"},
		{"balance before estimate", `{"id":1,` + usd + `,"amount":1,"balance":9}`, "order/1|0|USD|balance 9|0s"},
		{"first path wins", `{"id":1,"balance":2,"wallet_balance":1}`, "order/1|0||balance 1|0s"},
		{"null is no hit", `{"id":1,"wallet_balance":null,"balance":2}`, "order/1|0||balance 2|0s"},
		{"nested", `{"id":1,"wallet":{"amount":5,"balance":null}}`, "order/1|0||balance 5|0s"},
		{"the last of equal objects", `{"id":1,"wallet":{"balance":5},"wallet":{"amount":6}}`, "order/1|0||balance 6|0s"},
		{"five names deep", `{"id":1,"a":{"b":{"c":{"d":{"e":-7}}}}}`, "order/1|0||balance -7|0s"},
		{"unreadable balance hides the estimate", `{"id":1,` + usd + `,"amount":1,"balance":"n/a"}`, "order/1|0|USD|-|0s"},
		{"object as balance", `{"id":1,` + usd + `,"amount":1,"balance":{},"balance_after":3}`, "order/1|0|USD|-|0s"},
		{"age", `{"id":1,"walletwatch_age_ms":1500}`, "order/1|0||-|1.5s"},
		{"the earlier time, somewhere in its second", `{"id":1,"walletwatch_age_ms":1500,"created_at":"2026-11-23T12:59:58+01:00"}`, "order/1|0||-|1.5s"},
		{"the earlier time by its date", `{"id":1,"walletwatch_age_ms":1500,"created_at":"2026-11-23T12:59:58.400+01:00"}`, "order/1|0||-|1.6s"},
		{"not from the future", `{"id":1,"walletwatch_age_ms":-5,"created_at":"2027-01-01T00:00:00Z"}`, "order/1|0||-|0s"},
		{"odd times", `{"id":1,"walletwatch_age_ms":1.5,"created_at":"yesterday"}`, "order/1|0||-|0s"},
	}
	p := newPaths(testPaths)
	for _, test := range tests {
		end, o, f := decodeOrder([]byte(test.record), 0, p, arrival)
		if f != nil {
			t.Errorf("%s: %s", test.name, f.text)
			continue
		}
		if got := shown(&o); got != test.want || end != len(test.record) {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}

func TestFlaws(t *testing.T) {
	const wrongID = `"id" is neither an integer nor a text of 1 to 255 bytes without control characters`
	for record, want := range map[string]string{
		``:                                    "malformed: it is not valid JSON",
		`{`:                                   "malformed: it is not valid JSON",
		`{"id":1`:                             "malformed: it is not valid JSON",
		`{"id":1,}`:                           "malformed: it is not valid JSON",
		`{"id":01}`:                           "malformed: it is not valid JSON",
		`{id:1}`:                              "malformed: it is not valid JSON",
		`[1]`:                                 "malformed: it is not a JSON object",
		`"id"`:                                "malformed: it is not a JSON object",
		`null`:                                "malformed: it is not a JSON object",
		`{}`:                                  `no_id: "id" is missing`,
		`{"id":null}`:                         `no_id: "id" is missing`,
		`{"error":"text"}`:                    `no_id: "id" is missing`,
		`{"error":{"code":"INSUFFICIENT"}}`:   "error_response: it is an error response",
		`{"id":1.5}`:                          "bad_id: " + wrongID,
		`{"id":1e3}`:                          "bad_id: " + wrongID,
		`{"id":true}`:                         "bad_id: " + wrongID,
		`{"id":{}}`:                           "bad_id: " + wrongID,
		`{"id":""}`:                           "bad_id: " + wrongID,
		`{"id":"a\u0000b"}`:                   "bad_id: " + wrongID,
		"{\"id\":\"\xff\"}":                   "bad_id: " + wrongID,
		`{"id":"` + long('x', maxID+1) + `"}`: "bad_id: " + wrongID,
		`{"id":` + long('1', maxID+1) + `}`:   "bad_id: " + wrongID,
		`{"id":"` + long('x', 9000) + `"}`:    "bad_id: " + wrongID,
	} {
		_, o, f := decodeOrder([]byte(record), 0, newPaths(testPaths), arrival)
		if f == nil {
			t.Errorf("%.80s is %s, want %s", record, shown(&o), want)
		} else if got := f.reason + ": " + f.text; got != want {
			t.Errorf("%.80s: %s, want %s", record, got, want)
		}
	}
	if _, _, f := decodeOrder([]byte(`{"id":"`+long('x', maxID)+`"}`), 0, newPaths(nil), arrival); f != nil {
		t.Errorf("the longest id is refused: %s", f.text)
	}
}

func long(c rune, n int) string { return strings.Repeat(string(c), n) }

// TestManyPaths: more first names than the usual few are searched all the same, and a reload is seen.
func TestManyPaths(t *testing.T) {
	var cache pathCache
	source := strings.Fields("a b c d e f g h i j.k")
	record := []byte(`{"id":1,"j":{"k":4}}`)
	if _, o, _ := decodeOrder(record, 0, cache.of(source), arrival); o.Balance == nil || o.Balance.String() != "4" {
		t.Errorf("the last of many paths is not followed: %+v", o)
	}
	if cache.of(source) != cache.of(strings.Fields("a b c d e f g h i j.k")) {
		t.Error("equal paths are prepared anew")
	}
	if _, o, _ := decodeOrder(record, 0, cache.of(nil), arrival); o.Balance != nil {
		t.Error("after a reload the old paths are followed")
	}
}
