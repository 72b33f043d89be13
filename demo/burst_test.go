package demo_test

import (
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"walletwatch/demo"
)

// TestBurstCrossesFivePercent: whatever the shop's wallet holds, the burst leaves less than 5 % of 4,000 EUR, and something.
func TestBurstCrossesFivePercent(t *testing.T) {
	w, err := demo.New(time.Now(), 1, "http://127.0.0.1:1")
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		balance := decimal.New(rapid.Int64Range(200_00, 40_000_00).Draw(t, "cents"), -2)
		left, err := w.BurstLeaves(balance)
		if err != nil {
			t.Fatal(err)
		}
		if !left.IsPositive() || !left.LessThan(decimal.NewFromInt(200)) {
			t.Errorf("%s EUR is left of %s", left, balance)
		}
	})
	if _, err := w.BurstLeaves(decimal.NewFromInt(120)); err == nil {
		t.Error("orders of less than 1 EUR are placed")
	}
}
