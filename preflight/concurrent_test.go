package preflight_test

import (
	"sync"
	"testing"
	"time"

	"walletwatch/octopus"
	"walletwatch/octopus/octopustest"
	"walletwatch/preflight"
	"walletwatch/secret"
)

// TestSeveralAtOnce: processes that share a reference file place one order between them, whatever each makes of it.
func TestSeveralAtOnce(t *testing.T) {
	for range 20 {
		bubble(t, func(t *testing.T, k *kit) {
			k.api.FailAlways(octopustest.RouteCharges, octopustest.Delayed(time.Second)) // so that they are all about to order
			k.api.Fail(octopustest.RouteOrders, octopustest.AnswerLost(), octopustest.Delayed(time.Second))
			var all sync.WaitGroup
			for range 4 {
				all.Go(func() {
					other := &kit{api: k.api, wallet: k.wallet, product: k.product, path: k.path}
					other.run(t.Context(), t, other.ordering)
				})
			}
			all.Wait()
			k.orders(t, 1)
			k.api.Heal(octopustest.AnyRoute)
			expect(t, k.run(t.Context(), t, k.ordering)["order"], preflight.OK)
			k.orders(t, 1)
		})
	}
}

// TestReferenceIsMadeOnce: of two that make the same file, the second fails and changes nothing.
func TestReferenceIsMadeOnce(t *testing.T) {
	bubble(t, func(t *testing.T, k *kit) {
		k.crash(t, "10")
		before := k.stored(t)
		a, err := preflight.NewAccount(preflight.AccountConfig{API: octopus.Config{
			Account: "default", BaseURL: "https://api.example.com", Key: secret.Literal("key"), Secret: secret.Literal("secret")}})
		if err != nil {
			t.Fatal(err)
		}
		if err := a.StoreReference(k.path, octopus.Purchase{ProductID: 1, Denomination: dec("1"), Quantity: 1}); err == nil || k.stored(t) != before {
			t.Errorf("the second attempt: %v", err)
		}
	})
}
