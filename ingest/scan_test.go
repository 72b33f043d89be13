package ingest

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"walletwatch/wallet"
)

var testPaths = []string{"wallet_balance", "balance", "balance_after", "wallet.balance", "wallet.amount", "a.b.c.d.e"}

// FuzzScan: a value is accepted exactly when encoding/json accepts it, and every member of an object is handed out as
// that package decodes it.
func FuzzScan(f *testing.F) {
	for _, seed := range []string{
		voucherOrder, topupOrder, `{"id":1,"id":2}`, `{"\u0069d":"x","ID":3}`, `{"wallet":{"balance":1},"wallet":{"amount":null}}`,
		`[1,-0.5e+3,true,false,null,"\ud800\n"]`, `{"a":{"b":{"c":{"d":{"e":"7"}}}}}`, `{}`, `[]`, ` { "a" : [ ] } `, `{"a":01}`, `{"a":1,}`, `"\x"`,
		"{\"id\":\"\xff\"}", strings.Repeat("[", 10_001), strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000), `-`, `1.`, `1e`, `tru`, `"\u12g4"`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		before := bytes.Clone(text)
		end := scanValue(text, skipSpace(text, 0), 0)
		sound := end != bad && skipSpace(text, end) == len(text)
		if sound != json.Valid(text) {
			t.Fatalf("%.200q: accepted here %t, by encoding/json %t", text, sound, !sound)
		}
		if !bytes.Equal(text, before) {
			t.Fatalf("%.200q was changed to %.200q", before, text)
		}
		if sound && text[skipSpace(text, 0)] == '{' {
			compareMembers(t, text)
		}
	})
}

func compareMembers(t *testing.T, text []byte) {
	var want map[string]json.RawMessage
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	got := make(map[string][]byte)
	scanObject(text, skipSpace(text, 0), 1, func(key, value []byte) {
		got[strings.ToValidUTF8(string(key), "\ufffd")] = value
	})
	for key, value := range want {
		if utf8.ValidString(key) && !strings.Contains(key, "\ufffd") && !bytes.Equal(got[key], value) {
			t.Fatalf("%.200q: member %q is %.100q, want %.100q", text, key, got[key], value)
		}
	}
	for _, dotted := range testPaths {
		p := newPaths([]string{dotted})
		values := make([][]byte, 1)
		scanObject(text, skipSpace(text, 0), 1, func(key, value []byte) { p.note(values, key, value) })
		if hit, found := p.balance(values), lookup(text, dotted); !bytes.Equal(hit, found) {
			t.Fatalf("%.200q: at %s is %.100q, want %.100q", text, dotted, hit, found)
		}
	}
}

// lookup follows a path with encoding/json.
func lookup(text []byte, dotted string) json.RawMessage {
	value := json.RawMessage(bytes.TrimSpace(text))
	for _, name := range strings.Split(dotted, ".") {
		var members map[string]json.RawMessage
		if json.Unmarshal(value, &members) != nil {
			return nil
		}
		value = members[name]
	}
	if string(value) == "null" {
		return nil
	}
	return value
}

// FuzzDecodeOrder: whatever arrives, an observation is fit for the ledger, and none is made of what is not JSON.
func FuzzDecodeOrder(f *testing.F) {
	for _, seed := range []string{voucherOrder, topupOrder, `{"id":"\u0000"}`, `{"id":1,"amount":"1e999999999"}`, `{"id":1,"walletwatch_age_ms":9223372036854775807}`,
		`{"id":1,"created_at":"9999-12-31T23:59:59Z","balance":"-12.5"}`, `{"error":{}}`, `{"id":7,"wallet":{"balance":1},"wallet_id":"12"}`} {
		f.Add([]byte(seed))
	}
	p := newPaths(testPaths)
	arrival := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text []byte) {
		end, o, flaw := decodeOrder(text, 0, p, arrival)
		if flaw != nil {
			if len(flaw.text) > 200 || flaw.reason == "" {
				t.Fatalf("%.200q: the flaw is %+v", text, flaw)
			}
			return
		}
		if end < 2 || !json.Valid(text[:end]) {
			t.Fatalf("%.200q is not JSON, and an observation was made of it", text)
		}
		checkFit(t, text, &o, arrival)
	})
}

func checkFit(t *testing.T, text []byte, o *wallet.Observation, arrival time.Time) {
	id, found := strings.CutPrefix(o.Key, wallet.OrderKey)
	if !found {
		id, found = strings.CutPrefix(o.Key, wallet.TopupKey)
	}
	switch {
	case !found || id == "" || len(id) > maxID || strings.ContainsFunc(id, unfit) || !utf8.ValidString(id):
		t.Fatalf("%.200q: the key is %q", text, o.Key)
	case o.At.After(arrival) || o.Source != wallet.FromOrder || o.Wallet < 0 || o.Idle:
		t.Fatalf("%.200q is %+v", text, o)
	case o.Balance != nil && o.Spent != nil, o.Spent != nil && o.Spent.IsNegative(), o.Spent != nil && o.Currency == "":
		t.Fatalf("%.200q: balance %v, spent %v %s", text, o.Balance, o.Spent, o.Currency)
	case len(o.Currency) > 16 || !utf8.ValidString(o.Currency) || strings.ContainsFunc(o.Currency, unfit):
		t.Fatalf("%.200q: the currency is %q", text, o.Currency)
	}
}

// BenchmarkDecode compares decoding here with a bare json.Unmarshal into a struct of the same fields.
func BenchmarkDecode(b *testing.B) {
	text := []byte(benchOrder)
	b.Run("order", func(b *testing.B) {
		p := newPaths(testPaths[:5])
		b.SetBytes(int64(len(text)))
		b.ReportAllocs()
		now := time.Now()
		for b.Loop() {
			if _, _, f := decodeOrder(text, 0, p, now); f != nil {
				b.Fatal(f.text)
			}
		}
	})
	b.Run("unmarshal", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		b.ReportAllocs()
		for b.Loop() {
			var order struct {
				ID, WalletID, Amount, Discount    json.Number
				Status, BaseCurrency, DeductionCy string
				WalletBalance                     json.Number `json:"wallet_balance"`
				Vouchers                          []map[string]string
			}
			if err := json.Unmarshal(text, &order); err != nil {
				b.Fatal(err)
			}
		}
	})
}
