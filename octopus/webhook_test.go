package octopus_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"walletwatch/octopus"
)

// TestSignIsTheDocumentedHMAC checks against test cases 1, 2 and 6 of RFC 4231.
func TestSignIsTheDocumentedHMAC(t *testing.T) {
	for _, test := range []struct{ key, data, want string }{
		{strings.Repeat("\x0b", 20), "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
		{"Jefe", "what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
		{strings.Repeat("\xaa", 131), "Test Using Larger Than Block-Size Key - Hash Key First", "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
	} {
		if got := octopus.Sign(test.key, []byte(test.data)); got != test.want {
			t.Errorf("the signature of %q is %s, want %s", test.data, got, test.want)
		}
	}
}

func TestVerify(t *testing.T) {
	body := []byte(`{"id":"evt_1"}`)
	good := octopus.Sign("new", body)
	both := []string{"new", "old"}
	tests := []struct {
		name, signature string
		secrets         []string
		want            bool
	}{
		{"the only secret", good, []string{"new"}, true},
		{"the first of two", good, both, true},
		{"the second of two", octopus.Sign("old", body), both, true},
		{"capitals", strings.ToUpper(good), both, true},
		{"prefix", "sha256=" + good, both, true},
		{"another prefix", "sha1=" + good, both, false},
		{"prefix twice", "sha256=sha256=" + good, both, false},
		{"another secret", octopus.Sign("other", body), both, false},
		{"no secrets", good, nil, false},
		{"signed with nothing", octopus.Sign("", body), []string{""}, false},
		{"signed with nothing, one of two", octopus.Sign("", body), []string{"", "old"}, false},
		{"an empty secret beside the right one", good, []string{"new", ""}, true},
		{"missing", "", both, false},
		{"only the prefix", "sha256=", both, false},
		{"cut short", good[:62], both, false},
		{"half a byte short", good[:63], both, false},
		{"too long", good + "00", both, false},
		{"not hex", "zz" + good[2:], both, false},
		{"of another body", octopus.Sign("new", []byte(`{"id":"evt_2"}`)), both, false},
	}
	for _, test := range tests {
		if got := octopus.Verify(body, test.signature, test.secrets); got != test.want {
			t.Errorf("%s: verified is %t, want %t", test.name, got, test.want)
		}
	}
}

func TestDecodeEvent(t *testing.T) {
	created := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	tests := []struct {
		body string
		want octopus.Event
	}{
		{`{"id":"evt_1","type":"wallet.debited","created_at":"2026-11-23T12:00:00Z","data":{"wallet_id":1}}`,
			octopus.Event{ID: "evt_1", Type: octopus.EventWalletDebited, CreatedAt: created, Data: json.RawMessage(`{"wallet_id":1}`)}},
		{"\n{ \"data\" : [ 1 , { } ] ,\r\n\"type\":\t\"t\" , \"id\" : \"\\u0065vt\" , \"created_at\":\"2026-11-23T14:00:00.000+02:00\" } ",
			octopus.Event{ID: "evt", Type: "t", CreatedAt: created, Data: json.RawMessage(`[ 1 , { } ]`)}},
		{`{"id":"a b","type":"new.type","created_at":null,"data":null,"more":{"id":"x","deep":[{"id":1},{"id":2}]}}`,
			octopus.Event{ID: "a b", Type: "new.type"}},
		{`{"ID":"B","\u0069d":"A","type":"t","Type":"T","data":"\"}"}`,
			octopus.Event{ID: "A", Type: "t", Data: json.RawMessage(`"\"}"`)}},
		{`{"id":"` + strings.Repeat("x", 255) + `","type":"` + strings.Repeat("y", 100) + `"}`,
			octopus.Event{ID: strings.Repeat("x", 255), Type: strings.Repeat("y", 100)}},
	}
	for _, test := range tests {
		got, err := octopus.DecodeEvent([]byte(test.body))
		if err != nil {
			t.Errorf("%s: %v", test.body, err)
			continue
		}
		if got.ID != test.want.ID || got.Type != test.want.Type || got.CreatedAt != test.want.CreatedAt || !bytes.Equal(got.Data, test.want.Data) {
			t.Errorf("%s is read as %+v", test.body, got)
		}
	}
}

func TestDecodeEventRefuses(t *testing.T) {
	const invalid, twice = "the body is not valid JSON", "an object in the body has the same key twice"
	for body, want := range map[string]string{
		``:                                    invalid,
		` `:                                   invalid,
		`{"id":"a","type":"b"`:                invalid,
		`{"id":"a","type":"b"} {}`:            invalid,
		`{"id":"a","type":"b",}`:              invalid,
		"{\"id\":\"a\",\"type\":\"b\xff\"}":   invalid,
		"\ufeff" + `{"id":"a","type":"b"}`:    invalid,
		`[{"id":"a","type":"b"}]`:             "the body is not a JSON object",
		`null`:                                "the body is not a JSON object",
		`{}`:                                  `"id" is missing`,
		`{"ID":"a","type":"b"}`:               `"id" is missing`,
		`{"id":"a"}`:                          `"type" is missing`,
		`{"id":7,"type":"b"}`:                 `"id" is not a string`,
		`{"id":null,"type":"b"}`:              `"id" is not a string`,
		`{"id":"","type":"b"}`:                `"id" does not have 1 to 255 characters`,
		`{"id":"canaryé","type":"b"}`:         `"id" has characters other than printable ASCII`,
		`{"id":"canary\n","type":"b"}`:        `"id" has characters other than printable ASCII`,
		`{"id":"canary\u007f","type":"b"}`:    `"id" has characters other than printable ASCII`,
		`{"id":"a","type":""}`:                `"type" does not have 1 to 100 characters`,
		`{"id":"a","type":{"canary":1}}`:      `"type" is not a string`,
		`{"id":"a","id":"a","type":"b"}`:      twice,
		`{"id":"a","\u0069d":"c","type":"b"}`: twice,
		`{"id":"a","type":"b","data":{"canary":1,"canary":1}}`:                                         twice,
		`{"id":"a","type":"b","data":{"wallet":{"id":1, "id":2}}}`:                                     twice,
		`{"id":"a","type":"b","data":[[{}, {"x":[],"x":{}}]]}`:                                         twice,
		`{"id":"a","type":"b","data":{},"data":{}}`:                                                    twice,
		`{"id":"a","type":"b","created_at":"canary"}`:                                                  `"created_at" is not a time such as 2026-11-23T12:00:00Z`,
		`{"id":"a","type":"b","created_at":1763899200}`:                                                `"created_at" is not a time such as 2026-11-23T12:00:00Z`,
		`{"id":"a","type":"b","created_at":"2026-11-23 12:00:00"}`:                                     `"created_at" is not a time such as 2026-11-23T12:00:00Z`,
		`{"id":"` + strings.Repeat("x", 256) + `","type":"b"}`:                                         `"id" does not have 1 to 255 characters`,
		`{"id":"a","type":"` + strings.Repeat("y", 101) + `"}`:                                         `"type" does not have 1 to 100 characters`,
		`{"id":"` + strings.Repeat("canary", 43) + `","type":"b"}`:                                     `"id" does not have 1 to 255 characters`,
		`{"id":"a","type":"` + strings.Repeat("canary", 17) + `"}`:                                     `"type" does not have 1 to 100 characters`,
		`{"id":"a","type":"b","data":` + strings.Repeat("[", 10001) + strings.Repeat("]", 10001) + `}`: invalid,
	} {
		event, err := octopus.DecodeEvent([]byte(body))
		if event != nil || err == nil || err.Error() != want {
			t.Errorf("%.80s gives %+v, %v; want the error %s", body, event, err, want)
		}
	}
}

// TestEventDataSharesTheBody: clearing the body must clear what the event holds of it.
func TestEventDataSharesTheBody(t *testing.T) {
	body := []byte(`{"id":"evt_1","type":"order.delivered","data":{"vouchers":[{"pin_code":"1234"}]}}`)
	event, err := octopus.DecodeEvent(body)
	if err != nil {
		t.Fatal(err)
	}
	clear(body)
	if strings.Trim(string(event.Data), "\x00") != "" || event.ID != "evt_1" || event.Type != "order.delivered" {
		t.Errorf("after clearing the body, the event is %+v with data %q", event, event.Data)
	}
}
