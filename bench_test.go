package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"walletwatch/ledger"
	"walletwatch/octopus"
	"walletwatch/store"
	"walletwatch/wallet"
)

// BenchmarkPollCycle measures what a poll costs once its bytes are here: decode, record, evaluate, commit (to a
// SQLite file, synchronous FULL). In turn with it the floor is measured: encoding/json decoding the same bytes.
// x_floor is the ratio of the two medians. Every wallet has a week's spend and two levels.
func BenchmarkPollCycle(b *testing.B) {
	for _, c := range []struct {
		wallets, changed int // changed: of a hundred wallets
	}{{10_000, 0}, {10_000, 10}, {10_000, 100}, {100_000, 10}} {
		b.Run(fmt.Sprintf("wallets=%d/changed=%d%%", c.wallets, c.changed), func(b *testing.B) {
			cycle := newCycle(b, c.wallets)
			cycle.poll(b, cycle.body(0, 100))
			var took, floor []time.Duration
			for round := 1; b.Loop(); round++ {
				body := cycle.body(round, c.changed)
				floor = append(floor, decodeBare(b, body))
				took = append(took, cycle.poll(b, body))
			}
			report(b, took, floor)
		})
	}
}

func report(b *testing.B, took, floor []time.Duration) {
	b.ReportMetric(float64(middle(took).Microseconds())/1000, "ms/cycle")
	b.ReportMetric(float64(middle(floor).Microseconds())/1000, "ms/floor")
	b.ReportMetric(float64(middle(took))/float64(middle(floor)), "x_floor")
}

func middle(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}

// cycle is a ledger on a database of its own that is polled with bodies made here.
type cycle struct {
	ledger *ledger.Ledger
	cents  []int64
	now    time.Time
}

func newCycle(b *testing.B, wallets int) *cycle {
	b.Helper()
	return newCycleAt(b, "sqlite://"+filepath.Join(b.TempDir(), "bench.db"), wallets)
}

// newCycleAt is a cycle on the database at a URL.
func newCycleAt(b *testing.B, url string, wallets int) *cycle {
	b.Helper()
	s, err := store.Open(b.Context(), url)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	c := &cycle{now: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC), cents: make([]int64, wallets)}
	for i := range c.cents {
		c.cents[i] = 500_000 + int64(i)
	}
	c.ledger, err = ledger.Open(b.Context(), ledger.Config{
		Store: s, Accounts: []string{"default"}, Settings: benchSettings(), Now: func() time.Time { return c.now },
	})
	if err != nil {
		b.Fatal(err)
	}
	c.poll(b, c.body(0, 100))
	c.spend(b)
	return c
}

func benchSettings() ledger.Settings {
	twenty, five := decimal.NewFromInt(20), decimal.NewFromInt(5)
	return ledger.Settings{Receivers: []string{"slack"}, Policy: &wallet.Policy{
		Spend:     wallet.SpendPolicy{Window: 7 * wallet.Day, Statistic: wallet.Mean, MinHistory: wallet.Day},
		Levels:    []wallet.Level{{Name: "warning", Percent: &twenty, Notify: []string{"slack"}}, {Name: "critical", Percent: &five, Notify: []string{"slack"}}},
		RecoverAt: decimal.RequireFromString("1.25"), RemindEvery: 4 * time.Hour,
		StaleAfter: []wallet.StaleAfter{{Level: "warning", Age: 10 * time.Minute}, {Level: "critical", Age: 30 * time.Minute}},
	}}
}

// spend gives every wallet one debit on each day of the window.
func (c *cycle) spend(b *testing.B) {
	b.Helper()
	var movements []wallet.Movement
	for i := range c.cents {
		for day := range 8 {
			movements = append(movements, wallet.Movement{
				ID: int64(len(movements) + 1), Wallet: int64(i + 1), Kind: wallet.Debit, Amount: decimal.New(123_45+int64(day), -2),
				CreatedAt: c.now.Add(-time.Duration(day) * wallet.Day), Status: wallet.StatusCompleted,
			})
		}
	}
	cursor, err := c.ledger.Cursor("default")
	if err != nil {
		b.Fatal(err)
	}
	p := wallet.Progress{FillTarget: cursor.Fill.Target, FillDone: true, ReadAt: c.now}
	if err := c.ledger.RecordMovements(b.Context(), "default", movements, p); err != nil {
		b.Fatal(err)
	}
}

// body is an answer of the wallets endpoint in which so many of a hundred balances differ from the round before.
func (c *cycle) body(round, changed int) []byte {
	var out bytes.Buffer
	out.WriteByte('[')
	for i := range c.cents {
		if (i+round)%100 < changed {
			c.cents[i] -= int64(1 + round%7)
		}
		if i > 0 {
			out.WriteByte(',')
		}
		fmt.Fprintf(&out, `{"id":%d,"currency_id":1,"amount":%d.%02d,"type":"PREPAID"}`, i+1, c.cents[i]/100, c.cents[i]%100)
	}
	out.WriteByte(']')
	return out.Bytes()
}

// poll records a body as the answer of a poll sent two minutes after the last, and returns how long it took.
func (c *cycle) poll(b *testing.B, body []byte) time.Duration {
	b.Helper()
	c.now = c.now.Add(2 * time.Minute)
	began := time.Now()
	list, err := octopus.DecodeWallets(body)
	if err != nil {
		b.Fatal(err)
	}
	poll := &wallet.Poll{Account: "default", SentAt: c.now, Readings: make([]wallet.Reading, len(list))}
	for i, w := range list {
		poll.Readings[i] = wallet.Reading{ID: w.ID, CurrencyID: w.CurrencyID, Currency: "USD", Precision: 2, Type: wallet.Type(w.Type), Balance: w.Amount, Problem: w.Problem}
	}
	if err := c.ledger.RecordPoll(context.Background(), poll, false); err != nil {
		b.Fatal(err)
	}
	return time.Since(began)
}

func decodeBare(b *testing.B, body []byte) time.Duration {
	b.Helper()
	began := time.Now()
	var list []struct {
		ID         int64       `json:"id"`
		CurrencyID int64       `json:"currency_id"`
		Amount     json.Number `json:"amount"`
		Type       string      `json:"type"`
	}
	if err := json.Unmarshal(body, &list); err != nil {
		b.Fatal(err)
	}
	return time.Since(began)
}
