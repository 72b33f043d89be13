package tap_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"walletwatch/tap"
)

func TestStrip(t *testing.T) {
	long := strings.Repeat("x", 254)
	tests := []struct{ name, response, want string }{
		{"a voucher", response(5), `{"id":5,"product_id":7,"amount":50.00,"discount":1.2500,"wallet_id":1,"status":"DELIVERED","base_currency":"USD","deduction_currency":"USD","wallet_balance":4951.2500}`},
		{"a top-up", `{"id":"t-1","client_reference":"r","product_id":3,"product_name":"p","variant_name":"10 GB","country_code":"DE","amount":10,"currency":"EUR","status":"PENDING","status_text":"CANARY","transaction_id":["CANARY"],"created_at":"2026-01-01T00:00:00Z","completed_at":null}`,
			`{"id":"t-1","product_id":3,"variant_name":"10 GB","country_code":"DE","amount":10,"currency":"EUR","status":"PENDING","status_text":null,"transaction_id":null,"created_at":"2026-01-01T00:00:00Z","completed_at":null}`},
		{"white space", " \r\n{ \"id\" :\t1 , \"amount\" : 2 } ", `{"id":1,"amount":2}`},
		{"exact numbers", `{"id":1,"amount":100.1000,"discount":1E-2,"balance":12345678901234567890.123456789}`, `{"id":1,"amount":100.1000,"discount":1E-2,"balance":12345678901234567890.123456789}`},
		{"numbers as text", `{"id":1,"amount":"100.10"}`, `{"id":1,"amount":"100.10"}`},
		{"nested", `{"id":1,"wallet":{"pin":1,"balance":5.0,"id":3}}`, `{"id":1,"wallet":{"balance":5.0}}`},
		{"nested by configuration", `{"id":1,"data":{"funds":{"left":5,"pin":7},"pin":7}}`, `{"id":1,"data":{"funds":{"left":5}}}`},
		{"nested and not an object", `{"id":1,"wallet":"CANARY"}`, `{"id":1,"wallet":null}`},
		{"a name in disguise", `{"\u0069d":1,"vouch\u0065rs":"x"}`, `{"id":1}`},
		{"other case", `{"id":1,"ID":2,"Balance":3}`, `{"id":1}`},
		{"repeated", `{"id":1,"id":2,"wallet":{"balance":1},"wallet":3}`, `{"id":1,"id":2,"wallet":{"balance":1},"wallet":null}`},
		{"amounts that are none", `{"id":1,"amount":"CODE","discount":true,"balance":{"a":1},"wallet_id":[1],"product_id":"-"}`,
			`{"id":1,"amount":"withheld","discount":"withheld","balance":"withheld","wallet_id":"withheld","product_id":"withheld"}`},
		{"at the limit", `{"id":"` + long[1:] + `"}`, `{"id":"` + long[1:] + `"}`},
		{"too long", `{"id":1,"status":"` + long + `"}`, `{"id":1,"status":"withheld"}`},
		{"a long number", `{"id":1,"amount":1` + strings.Repeat("0", 255) + `}`, `{"id":1,"amount":"withheld"}`},

		{"no id", `{"amount":1}`, ""},
		{"an empty id", `{"id":""}`, ""},
		{"null", `{"id":null}`, ""},
		{"id is an object", `{"id":{}}`, ""},
		{"id is too long", `{"id":"` + long + `"}`, ""},
		{"the last id counts", `{"id":1,"id":null}`, ""},
		{"a list", `[{"id":1}]`, ""},
		{"not JSON", `{"id":1`, ""},
		{"text", `"id"`, ""},
		{"nothing", "", ""},
		{"far too much", `{"id":1` + strings.Repeat(`,"amount":1`, 2000) + `}`, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, ok := tap.Strip([]byte(test.response), "data.funds.left")
			if got != test.want || ok != (test.want != "") {
				t.Errorf("got  %s, %v\nwant %s", got, ok, test.want)
			}
		})
	}
}

// FuzzStrip compares with encoding/json: what leaves is valid, is named on the list, and is what the response says.
func FuzzStrip(f *testing.F) {
	f.Add([]byte(response(1)))
	f.Add([]byte(`{"id":"a\u0062","wallet":{"balance":1,"x":[{"a":"}"}]},"amount":"1.0"}`))
	f.Add([]byte(`{"id":1,"balance":{"a":1},"wallet":{"wallet":{"balance":2}}, "":null}`))
	f.Fuzz(func(t *testing.T, response []byte) {
		before := bytes.Clone(response)
		got, ok := tap.Strip(response, "data.left")
		if !bytes.Equal(before, response) {
			t.Fatal("the response was changed")
		}
		if !ok {
			return
		}
		checkRecord(t, response, got)
	})
}

// checkRecord checks a record against its response.
func checkRecord(t interface{ Fatalf(string, ...any) }, response []byte, record string) {
	full, left := decode(t, response), decode(t, []byte(record))
	if len(record) > 16<<10 || strings.Contains(record, "\n") {
		t.Fatalf("a record of %d bytes: %q", len(record), record)
	}
	for name, value := range left {
		if nested, isObject := value.(map[string]any); isObject && (name == "wallet" || name == "data") {
			of, _ := full[name].(map[string]any)
			for inner, value := range nested {
				path := name + "." + inner
				if !slices.Contains([]string{"wallet.balance", "wallet.amount", "data.left"}, path) {
					t.Fatalf("%s left the process", path)
				}
				checkValue(t, path, value, of[inner])
			}
			continue
		}
		if !slices.Contains(allowedNames(), name) && !(value == nil && (name == "wallet" || name == "data")) {
			t.Fatalf("%q left the process", name)
		}
		checkValue(t, name, value, full[name])
	}
	for name := range full {
		if _, kept := left[name]; !kept && slices.Contains(allowedNames(), name) {
			t.Fatalf("%q was lost", name)
		}
	}
}

func checkValue(t interface{ Fatalf(string, ...any) }, name string, left, of any) {
	if left == any("withheld") || left == nil {
		return
	}
	switch left.(type) {
	case json.Number, string:
		if left != of {
			t.Fatalf("%s is %v, was %v", name, left, of)
		}
	default:
		t.Fatalf("%s is %v", name, left)
	}
}

func decode(t interface{ Fatalf(string, ...any) }, text []byte) map[string]any {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var fields map[string]any
	if err := decoder.Decode(&fields); err != nil {
		t.Fatalf("decoding %q: %v", text, err)
	}
	return fields
}

func allowedNames() []string {
	return []string{"id", "wallet_id", "status", "amount", "discount", "base_currency", "deduction_currency", "currency", "product_id",
		"variant_name", "country_code", "status_text", "transaction_id", "created_at", "completed_at", "wallet_balance", "balance", "balance_after"}
}

// TestNoSecretEverLeaves makes up responses with a canary wherever something can be spent or is not known, also below and
// in place of names that are on the list, and reads them through a whole tap in random pieces.
func TestNoSecretEverLeaves(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		d := &daemon{}
		feed, _ := open(t, d, func(c *tap.Config) { c.BalancePaths = []string{"data.left"} })
		defer feed.Close(t.Context())
		response := drawResponse(rt)
		text, err := json.Marshal(response)
		if err != nil {
			rt.Fatal(err)
		}
		readInPieces(rt, feed.Wrap(vendor(200, string(text))), rapid.IntRange(1, 400).Draw(rt, "piece"))
		if err := feed.Close(t.Context()); err != nil {
			rt.Fatal(err)
		}
		if s := feed.Stats(); s.Sent != 1 || s.Dropped.Total() != 0 {
			rt.Fatalf("got %+v", s)
		}
		left := d.text()
		if strings.Contains(left, "CANARY") {
			rt.Fatalf("left the process: %s", left)
		}
		record, _, _ := strings.Cut(left, `,"walletwatch_age_ms"`)
		checkRecord(rt, text, record+"}")
	})
}

func drawResponse(t *rapid.T) map[string]any {
	canary := rapid.Custom(func(t *rapid.T) any {
		secret := "CANARY-" + rapid.StringMatching(`[ -~]{0,20}`).Draw(t, "secret")
		return rapid.SampledFrom([]any{secret, []any{secret}, map[string]any{secret: secret}, map[string]any{"id": secret, "balance": secret},
			[]any{map[string]any{"card_number": secret, "pin_code": secret}}, strings.Repeat(secret, 40)}).Draw(t, "shape")
	})
	response := map[string]any{"id": rapid.IntRange(1, 1_000_000).Draw(t, "id")}
	unknown := rapid.MapOf(rapid.OneOf(
		rapid.SampledFrom([]string{"vouchers", "email", "message", "product_name", "client_reference", "status_text", "Id", "BALANCE", "walletwatch_age_ms"}),
		rapid.StringMatching(`CANARY[a-z"\\{}]{1,8}`)), canary).Draw(t, "unknown")
	maps.Copy(response, unknown)
	for name := range rapid.MapOf(rapid.SampledFrom([]string{"amount", "discount", "wallet_id", "product_id", "balance", "wallet_balance"}), rapid.Just(0)).Draw(t, "amounts") {
		response[name] = rapid.OneOf(canary, rapid.Custom(func(t *rapid.T) any { return rapid.IntRange(-9, 9e9).Draw(t, "n") })).Draw(t, name)
	}
	for _, name := range []string{"wallet", "data"} {
		if rapid.Bool().Draw(t, name) {
			response[name] = map[string]any{"balance": 1, "left": 2, "pin": canary.Draw(t, "pin"), "amount": canary.Draw(t, "amount")}
		}
	}
	return response
}

func readInPieces(t *rapid.T, transport http.RoundTripper, size int) {
	resp, err := transport.RoundTrip(httptest.NewRequest(http.MethodPost, "https://api.octopuscards.io/api/v1/orders", nil))
	if err != nil {
		t.Fatal(err)
	}
	piece := make([]byte, size)
	for err == nil {
		_, err = resp.Body.Read(piece)
	}
	if err := resp.Body.Close(); err != nil {
		t.Fatal(err)
	}
}
