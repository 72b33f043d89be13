package octopus_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"walletwatch/octopus"
)

// BenchmarkDecodeWallets compares reading 10,000 wallets with the floor, which is bare decoding of the same bytes.
func BenchmarkDecodeWallets(b *testing.B) {
	rows := make([]string, 10_000)
	for i := range rows {
		rows[i] = fmt.Sprintf(`{"id":%d,"currency_id":%d,"amount":%d.%04d,"type":"PREPAID"}`, len(rows)-i, i%150+1, i*37, i)
	}
	body := []byte("[" + strings.Join(rows, ",") + "]")

	b.Run("floor", func(b *testing.B) {
		b.SetBytes(int64(len(body)))
		b.ReportAllocs()
		for b.Loop() {
			var rows []struct {
				ID         int64       `json:"id"`
				CurrencyID int64       `json:"currency_id"`
				Amount     json.Number `json:"amount"`
				Type       string      `json:"type"`
			}
			if err := json.Unmarshal(body, &rows); err != nil || len(rows) != 10_000 {
				b.Fatal(len(rows), err)
			}
		}
	})
	b.Run("decode", func(b *testing.B) {
		b.SetBytes(int64(len(body)))
		b.ReportAllocs()
		for b.Loop() {
			wallets, err := octopus.DecodeWallets(body)
			if err != nil || len(wallets) != 10_000 || wallets[0].Amount == nil {
				b.Fatal(len(wallets), err)
			}
		}
	})
}
