package octopustest_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"walletwatch/octopus/octopustest"
)

// TestDeliverAtLeastOnce orders, spends and steers from many sides at once while two hooks deliver over sockets with
// every fault but loss: each event arrives, signed and as it was.
func TestDeliverAtLeastOnce(t *testing.T) {
	s := octopustest.New(octopustest.Config{OrderBalance: "wallet_balance", EventBalance: "balance_after", Events: true})
	for id := range int64(4) {
		s.AddWallet(octopustest.Wallet{ID: id + 1, Currency: "USD", Balance: dec("1000000")})
	}
	var mu sync.Mutex
	arrived := map[string]string{} // id → body
	all := make(chan struct{})
	var refusals atomic.Int64
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.Header.Get("X-Signature") != octopustest.Sign(hookSecret, body) {
			t.Errorf("%v: wrong signature of %s", err, body)
		}
		if refusals.Add(1)%5 == 0 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		arrived[r.Header.Get("X-Event-ID")] = string(body)
		if len(arrived) == 4*60*2 {
			select {
			case <-all:
			default:
				close(all)
			}
		}
	}))
	defer receiver.Close()

	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	var hooks, orders sync.WaitGroup
	for seed := range uint64(2) {
		hooks.Go(func() {
			if err := s.Deliver(ctx, octopustest.Hook{
				URL: receiver.URL, Secret: hookSecret, Backoff: time.Millisecond, Attempts: 1000,
				Duplicate: 7, Shuffle: 8, Linger: time.Millisecond, Delay: time.Millisecond, Seed: seed,
			}); err != nil {
				t.Error(err)
			}
		})
	}
	for id := range int64(4) {
		orders.Go(func() {
			for range 60 {
				if _, err := s.Order(octopustest.OrderRequest{ProductID: 1, Denomination: dec("5"), Quantity: 1, WalletID: id + 1}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	orders.Wait()
	select {
	case <-all:
	case <-ctx.Done():
		t.Error("not every event arrived in time")
	}
	cancel()
	hooks.Wait()
	receiver.Close() // waits for requests whose sender has gone

	happened := s.Events()
	equal(t, "events", len(happened), 4*60*2)
	for _, e := range happened {
		if arrived[e.ID] != string(e.Body) {
			t.Errorf("event %s arrived as %q, want %q", e.ID, arrived[e.ID], e.Body)
		}
	}
	balances := balancesOf(t, happened, 3)
	equal(t, "debits of one wallet", len(balances), 60)
	if !slices.IsSortedFunc(balances, func(a, b decimal.Decimal) int { return b.Cmp(a) }) {
		t.Error("the events of one wallet are not in the order of its balances")
	}
}

func balancesOf(t *testing.T, events []octopustest.Event, wallet int64) (list []decimal.Decimal) {
	for _, e := range events {
		var body struct {
			Data struct {
				WalletID int64            `json:"wallet_id"`
				After    *decimal.Decimal `json:"balance_after"`
			}
		}
		if err := json.Unmarshal(e.Body, &body); err != nil {
			t.Fatal(err)
		}
		if body.Data.WalletID == wallet && body.Data.After != nil {
			list = append(list, *body.Data.After)
		}
	}
	return list
}
