package octopus_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"walletwatch/octopus"
)

func FuzzDecodeWallets(f *testing.F) {
	f.Add([]byte(`[{"id":1,"currency_id":1,"amount":5000.00,"type":"PREPAID"}]`))
	f.Fuzz(func(t *testing.T, body []byte) {
		wallets, err := octopus.DecodeWallets(body)
		if err != nil {
			if wallets != nil || len(err.Error()) > 1000 {
				t.Errorf("%d wallets and error %v", len(wallets), err)
			}
			return
		}
		for _, w := range wallets {
			if w.ID <= 0 || (w.Amount == nil) == (w.Problem == "") {
				t.Errorf("decoded %+v", w)
			}
			if w.Amount != nil && w.Amount.NumDigits() > 30 {
				t.Errorf("an amount of %d digits", w.Amount.NumDigits())
			}
		}
	})
}

func FuzzDecodeTransactions(f *testing.F) {
	f.Add([]byte(`[` + documentedRow + `]`))
	f.Fuzz(func(t *testing.T, body []byte) {
		rows, err := octopus.DecodeTransactions(body)
		if err != nil {
			if rows != nil || len(err.Error()) > 1000 {
				t.Errorf("%d rows and error %v", len(rows), err)
			}
			return
		}
		for _, r := range rows {
			if r.ID <= 0 || r.WalletID <= 0 || r.Amount.NumDigits() > 30 || r.CreatedAt.Location() != time.UTC {
				t.Errorf("decoded %+v", r)
			}
		}
	})
}

func FuzzDecodeCurrencies(f *testing.F) {
	f.Add([]byte(`[{"id":1,"name":"US Dollar","currency":"USD","precision":2}]`))
	f.Fuzz(func(t *testing.T, body []byte) {
		currencies, err := octopus.DecodeCurrencies(body)
		for _, c := range currencies {
			if err != nil || c.ID <= 0 || c.Precision < 0 || c.Precision > 18 {
				t.Errorf("decoded %+v with error %v", c, err)
			}
		}
	})
}

func FuzzDecodeSession(f *testing.F) {
	f.Add([]byte(`{"success":true,"data":{"access_token":"a","refresh_token":"r","access_expires_at":"2026-11-23T13:00:00Z"}}`))
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, body []byte) {
		access, refresh, expires, renewAt, err := octopus.DecodeSession(body, now)
		if err != nil {
			return
		}
		if access == "" || strings.ContainsAny(access+refresh, " \r\n\x00") {
			t.Errorf("tokens %q and %q", access, refresh)
		}
		if !expires.After(now) || renewAt.Before(now) || renewAt.After(expires) {
			t.Errorf("expires %s, renewed %s", expires, renewAt)
		}
	})
}

func FuzzDecodeEnvelope(f *testing.F) {
	f.Add([]byte(`{"error":{"name":"N","code":"C","message":"canary-secret"}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		name, code, message := octopus.DecodeEnvelope(body)
		for _, text := range []string{name, code, message, string(body)} {
			line := octopus.ScrubLine(text, 100, "canary-secret")
			if strings.Contains(line, "canary-secret") || utf8.RuneCountInString(line) > 101 || !utf8.ValidString(line) || strings.ContainsAny(line, "\r\n\x1b") {
				t.Errorf("%q becomes %q", text, line)
			}
		}
	})
}

func FuzzParseRetryAfter(f *testing.F) {
	f.Add("120")
	f.Add("Mon, 23 Nov 2026 12:00:05 GMT")
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, header string) {
		if d := octopus.ParseRetryAfter(header, now); d < 0 {
			t.Errorf("%q means %s", header, d)
		}
	})
}
