package ledger_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"walletwatch/wallet"
)

// BenchmarkRecordPoll measures what it costs to record, evaluate and commit a poll of 10,000 wallets with a week of
// spend each, and in turn with it the floor: decoding the bytes of such a poll. x_floor is the ratio of the medians.
func BenchmarkRecordPoll(b *testing.B) {
	const wallets = 10_000
	for _, changed := range []int{0, 10, 100} { // of a hundred
		b.Run(fmt.Sprintf("changed=%d%%", changed), func(b *testing.B) {
			w := spending(b, wallets)
			var took, floor []time.Duration
			b.ReportAllocs()
			for round := 0; b.Loop(); round++ {
				p, body := w.nextPoll(wallets, changed, round)
				floor = append(floor, decodeBare(b, body))
				began := time.Now()
				check(b, w.ledger.RecordPoll(b.Context(), p, false))
				took = append(took, time.Since(began))
			}
			b.ReportMetric(float64(median(took).Microseconds())/1000, "ms/poll")
			b.ReportMetric(float64(median(floor).Microseconds())/1000, "ms/floor")
			b.ReportMetric(float64(median(took))/float64(median(floor)), "x_floor")
		})
	}
}

// spending is a world with so many wallets, on the disk that a database would be on, that spent on each of eight days.
func spending(b *testing.B, wallets int) *world {
	w := newWorld(b, func(w *world) { w.path = b.TempDir() + "/w.db" })
	p, _ := w.nextPoll(wallets, 100, 0)
	check(b, w.ledger.RecordPoll(b.Context(), p, false))
	var rows []wallet.Movement
	for id := range int64(wallets) {
		for day := range 8 {
			rows = append(rows, w.debit(id+1, "123.45", time.Duration(day)*wallet.Day+time.Duration(id)*time.Second))
		}
	}
	w.record(wallet.Progress{ReadAt: w.at, Newest: w.at, FillDone: true}, rows...)
	return w
}

// nextPoll is a poll two minutes later in which so many of a hundred balances are new, and its bytes.
func (w *world) nextPoll(wallets, changed, round int) (*wallet.Poll, []byte) {
	w.at = w.at.Add(2 * time.Minute)
	p := &wallet.Poll{Account: account, SentAt: w.at, Readings: make([]wallet.Reading, wallets)}
	body := []byte{'['}
	for i := range p.Readings {
		cents := int64(500_000 + i)
		if i%100 < changed {
			cents += int64(round + 1)
		}
		p.Readings[i] = usd(int64(i+1), "")
		p.Readings[i].Balance = new(decimal.New(cents, -2))
		body = fmt.Appendf(body, `{"id":%d,"currency_id":1,"amount":%d.%02d,"type":"PREPAID"},`, i+1, cents/100, cents%100)
	}
	body[len(body)-1] = ']'
	return p, body
}

func decodeBare(b *testing.B, body []byte) time.Duration {
	began := time.Now()
	var list []struct {
		ID         int64       `json:"id"`
		CurrencyID int64       `json:"currency_id"`
		Amount     json.Number `json:"amount"`
		Type       string      `json:"type"`
	}
	check(b, json.Unmarshal(body, &list))
	return time.Since(began)
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}
