package preflight_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"walletwatch/octopus"
	"walletwatch/octopus/octopustest"
	"walletwatch/preflight"
	"walletwatch/secret"
)

// stored returns what the reference file holds.
func (k *kit) stored(t testing.TB) string {
	t.Helper()
	text, err := os.ReadFile(k.path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// orders fails the test unless there are that many orders, each under a reference of its own.
func (k *kit) orders(t testing.TB, want int) {
	t.Helper()
	if got := k.api.PlacedOrders(); len(got) != want {
		t.Errorf("there are %d orders, not %d: %v", len(got), want, got)
	}
}

func TestOrderIsPlacedOnce(t *testing.T) {
	bubble(t, func(t *testing.T, k *kit) {
		expect(t, k.run(t.Context(), t, k.ordering)["order"], preflight.OK, "order 1", "DELIVERED")
		k.orders(t, 1)
		if s := k.stored(t); !strings.Contains(s, `"done": true`) || !strings.Contains(s, k.api.PlacedOrders()[0].Reference) {
			t.Errorf("the file holds %s", s)
		}
		info, err := os.Stat(k.path)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("the file's mode is %v, %v", info.Mode(), err)
		}
		expect(t, k.run(t.Context(), t, k.ordering)["order"], preflight.OK, "nothing is bought again", "--new-order")
		k.orders(t, 1)
		another := func(cfg *preflight.AccountConfig) { k.ordering(cfg); cfg.Order.New = true }
		expect(t, k.run(t.Context(), t, another)["order"], preflight.OK, "order 2")
		k.orders(t, 2)
	})
}

// TestReferenceIsStoredFirst looks at the disk when the first attempt arrives.
func TestReferenceIsStoredFirst(t *testing.T) {
	bubble(t, func(t *testing.T, k *kit) {
		before := ""
		k.api.Fail(octopustest.RouteOrders, octopustest.Fault{Edit: func(*octopustest.Edit) { before = k.stored(t) }})
		k.run(t.Context(), t, k.ordering)
		if !strings.Contains(before, k.api.PlacedOrders()[0].Reference) || !strings.Contains(before, `"done": false`) {
			t.Errorf("when the order arrived, the file held %q", before)
		}
	})
}

func TestOrderInTrouble(t *testing.T) {
	orders, find := octopustest.RouteOrders, octopustest.RouteFindOrders
	duplicate := octopustest.Fault{Status: 400, Body: `{"error":{"name":"BadRequestError","code":"E1042","message":"?"}}`}
	tests := []struct {
		name   string
		faults []octopustest.Fault
		more   func(*kit)
		want   preflight.Result
		says   []string
		placed int
	}{
		{"answer lost", []octopustest.Fault{octopustest.AnswerLost()}, nil, preflight.OK, []string{"looked up"}, 1},
		{"answer cut off", []octopustest.Fault{octopustest.CutOff()}, nil, preflight.OK, []string{"looked up"}, 1},
		{"answer mangled", []octopustest.Fault{octopustest.MalformedJSON()}, nil, preflight.OK, []string{"looked up"}, 1},
		{"lost, then a duplicate by another code", []octopustest.Fault{octopustest.AnswerLost(), duplicate}, nil, preflight.OK, []string{"looked up"}, 1},
		{"unwell, then well", octopustest.StatusSeq(500, 502, 503), nil, preflight.OK, []string{"was placed"}, 1},
		{"too many requests", []octopustest.Fault{octopustest.RetryAfter(2)}, nil, preflight.OK, nil, 1},
		{"reset before anything", []octopustest.Fault{octopustest.ConnectionReset()}, nil, preflight.OK, nil, 1},
		{"unwell for long", octopustest.StatusSeq(500, 500, 500, 500, 500, 500, 500), nil, preflight.Fail, []string{"may still appear", "order.json", "500", "request id"}, 0},
		{"refused", []octopustest.Fault{duplicate}, nil, preflight.Fail, []string{"the order was not placed", "E1042", "request id"}, 0},
		{"refused after silence", []octopustest.Fault{octopustest.ConnectionReset(), duplicate}, nil, preflight.Fail, []string{"may still appear", "E1042"}, 0},
		{"forbidden", []octopustest.Fault{octopustest.Forbidden()}, nil, preflight.Fail, []string{"the order was not placed", "403", "request id"}, 0},
		{"hangs, having placed it", []octopustest.Fault{{Delay: time.Minute}}, nil, preflight.OK, []string{"looked up"}, 1},
		{"hangs", []octopustest.Fault{octopustest.Hanging()}, nil, preflight.Fail, []string{"no order is known yet, but it may still appear", "keep ", "order.json", "run again"}, 0},
		{"lost, and no looking up", []octopustest.Fault{octopustest.AnswerLost()}, func(k *kit) { k.api.FailAlways(find, octopustest.Answering(500)) },
			preflight.Fail, []string{"not known", "looking it up", "run again"}, 1},
		{"the list is not narrowed", []octopustest.Fault{octopustest.AnswerLost()}, func(k *kit) {
			k.api.FailAlways(find, octopustest.RawBody(`[{"id":5,"client_reference":"another","status":"DELIVERED"}]`))
		}, preflight.Fail, []string{"not known", "narrowed"}, 1},
		{"comes out pending", nil, func(k *kit) { k.api.OrderOutcomes(octopustest.OrderPending) }, preflight.OK, []string{"PENDING"}, 1},
		{"comes out failed", nil, func(k *kit) { k.api.OrderOutcomes(octopustest.OrderFailed) }, preflight.Fail, []string{"FAILED", "credited"}, 1},
		{"cannot be paid", nil, func(k *kit) { k.api.SetBalance(k.wallet, dec("9")) }, preflight.Skipped, []string{"not ordered"}, 0},
		{"no price", nil, func(k *kit) { k.api.FailAlways(octopustest.RouteCharges, octopustest.Answering(400)) }, preflight.Skipped, []string{"not ordered"}, 0},
		{"no login", nil, func(k *kit) { k.api.SetCredentials("other", "other") }, preflight.Skipped, []string{"the login failed"}, 0},
		{"funds gone meanwhile", []octopustest.Fault{{Status: 400, Body: `{"error":{"name":"BadRequestError","code":"INSUFFICIENT_FUNDS","message":""}}`}}, nil,
			preflight.Fail, []string{"INSUFFICIENT_FUNDS"}, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, k *kit) {
				k.api.Fail(orders, test.faults...)
				if test.more != nil {
					test.more(k)
				}
				got := k.run(t.Context(), t, k.ordering)["order"]
				expect(t, got, test.want, test.says...)
				k.orders(t, test.placed)
				if got.Took > 15*time.Second {
					t.Errorf("it took %s", got.Took)
				}
				if test.placed == 0 {
					return
				}
				// Whatever the first run made of it, the next one settles it and buys nothing; what failed goes on failing.
				k.api.Heal(octopustest.AnyRoute)
				want := preflight.OK
				if k.api.PlacedOrders()[0].Status == octopustest.OrderFailed {
					want = preflight.Fail
				}
				for range 2 {
					expect(t, k.run(t.Context(), t, k.ordering)["order"], want)
				}
				k.orders(t, test.placed)
			})
		})
	}
}

// TestOrderIsLookedAtAgain: a later run tells what has become of an order since, and notes it.
func TestOrderIsLookedAtAgain(t *testing.T) {
	for _, test := range []struct {
		outcome string
		want    preflight.Result
		says    []string
	}{
		{octopustest.OrderDelivered, preflight.OK, []string{"DELIVERED", "nothing is bought again without --new-order"}},
		{octopustest.OrderFailed, preflight.Fail, []string{"FAILED", "credited"}},
		{octopustest.OrderCancelled, preflight.Fail, []string{"CANCELLED"}},
		{octopustest.OrderPartiallyDelivered, preflight.Warn, []string{"look the order up"}},
	} {
		bubble(t, func(t *testing.T, k *kit) {
			k.api.OrderOutcomes(octopustest.OrderPending)
			another := func(cfg *preflight.AccountConfig) { k.ordering(cfg); cfg.Order.New = true }
			expect(t, k.run(t.Context(), t, another)["order"], preflight.OK, "PENDING", "run again with the same flags but --new-order to see")
			expect(t, k.run(t.Context(), t, k.ordering)["order"], preflight.OK, "PENDING", "run again with the same flags to see")
			k.api.SettleOrder(k.api.PlacedOrders()[0].ID, test.outcome)
			for range 2 {
				expect(t, k.run(t.Context(), t, k.ordering)["order"], test.want, test.says...)
				if s := k.stored(t); !strings.Contains(s, `"status": "`+test.outcome+`"`) || !strings.Contains(s, `"done": true`) {
					t.Errorf("the file holds %s", s)
				}
			}
			k.orders(t, 1)
		})
	}
}

// TestOrderCannotBeLookedAtAgain: what is not known is no success, and changes nothing.
func TestOrderCannotBeLookedAtAgain(t *testing.T) {
	bubble(t, func(t *testing.T, k *kit) {
		expect(t, k.run(t.Context(), t, k.ordering)["order"], preflight.OK)
		before := k.stored(t)
		k.api.FailAlways(octopustest.RouteFindOrders, octopustest.Forbidden())
		expect(t, k.run(t.Context(), t, k.ordering)["order"], preflight.Fail, "was DELIVERED when last seen", "not known", "403", "request id")
		k.api.Heal(octopustest.AnyRoute)
		k.api.FailAlways(octopustest.RouteFindOrders, octopustest.RawBody("[]"))
		expect(t, k.run(t.Context(), t, k.ordering)["order"], preflight.Fail, "no such order now", "ask the vendor")
		k.orders(t, 1)
		if k.stored(t) != before {
			t.Errorf("the file was changed to %s", k.stored(t))
		}
	})
}

// TestUnfinishedOrderIsMentioned also where nothing is to be bought, and only by the account that it is about.
func TestUnfinishedOrderIsMentioned(t *testing.T) {
	bubble(t, func(t *testing.T, k *kit) {
		expect(t, k.run(t.Context(), t)["order"], preflight.Skipped, "an order spends money")
		k.crash(t, "11")
		before := k.stored(t)
		expect(t, k.run(t.Context(), t)["order"], preflight.Warn, "unfinished", k.path, fmt.Sprintf("--product %d --denomination 11", k.product))
		other := func(cfg *preflight.AccountConfig) { cfg.API.Account = "other" }
		expect(t, k.run(t.Context(), t, other)["order"], preflight.Skipped)
		unnamed := func(cfg *preflight.AccountConfig) { cfg.ReferenceFile = "" }
		expect(t, k.run(t.Context(), t, unnamed)["order"], preflight.Skipped)
		if k.stored(t) != before {
			t.Errorf("the file was changed to %s", k.stored(t))
		}
		k.run(t.Context(), t, func(cfg *preflight.AccountConfig) { k.ordering(cfg); cfg.Purchase.Denomination = dec("11") })
		expect(t, k.run(t.Context(), t)["order"], preflight.Skipped, "an order spends money")
		k.orders(t, 1)
		if err := os.WriteFile(k.path, []byte("{"), 0o600); err != nil {
			t.Fatal(err)
		}
		expect(t, k.run(t.Context(), t)["order"], preflight.Warn, k.path, "not complete")
	})
}

// TestCrashBeforeOrdering: a stored reference is looked up, and used when the API says that there is no such order.
func TestCrashBeforeOrdering(t *testing.T) {
	bubble(t, func(t *testing.T, k *kit) {
		k.crash(t, "10")
		reference := k.stored(t)
		expect(t, k.run(t.Context(), t, k.ordering)["order"], preflight.OK, "was placed")
		k.orders(t, 1)
		if !strings.Contains(reference, k.api.PlacedOrders()[0].Reference) {
			t.Error("the order has another reference than the one stored")
		}
		requests := k.api.Requests()
		for i, r := range requests {
			if r.Route == octopustest.RouteOrders && requests[i-1].Route != octopustest.RouteFindOrders {
				t.Errorf("before ordering it asked %s", requests[i-1].Route)
			}
		}
	})
}

// TestUnfinishedOrderIsNotGivenUp: nothing but the same order goes under a reference that may be in use, and no other
// is made while it is open.
func TestUnfinishedOrderIsNotGivenUp(t *testing.T) {
	bubble(t, func(t *testing.T, k *kit) {
		k.crash(t, "11")
		before := k.stored(t)
		expect(t, k.run(t.Context(), t, k.ordering)["order"], preflight.Fail, "--denomination 11", "something else")
		k.api.FailAlways(octopustest.RouteFindOrders, octopustest.NotFound())
		another := func(cfg *preflight.AccountConfig) { k.ordering(cfg); cfg.Order.New = true }
		expect(t, k.run(t.Context(), t, another)["order"], preflight.Fail, "not known", "404")
		k.orders(t, 0)
		if k.stored(t) != before {
			t.Errorf("the file was changed to %s", k.stored(t))
		}
	})
}

func TestReferenceOfAnotherAPI(t *testing.T) {
	bubble(t, func(t *testing.T, k *kit) {
		k.run(t.Context(), t, k.ordering)
		for _, elsewhere := range []func(*preflight.AccountConfig){
			func(cfg *preflight.AccountConfig) { cfg.API.BaseURL = "https://sandbox.example.com" },
			func(cfg *preflight.AccountConfig) { cfg.API.Account = "other" },
		} {
			expect(t, k.run(t.Context(), t, k.ordering, elsewhere)["order"], preflight.Fail, "account default at api.example.com", "--reference-file")
		}
		k.orders(t, 1)
	})
}

// TestUnreadableReferenceStays: what cannot be understood is neither overwritten nor ordered over.
func TestUnreadableReferenceStays(t *testing.T) {
	for _, text := range []string{"", "{", "null", "[]", `{"client_reference":"x"}`, strings.Repeat(" ", 20<<10), "-----BEGIN KEY-----"} {
		bubble(t, func(t *testing.T, k *kit) {
			if err := os.WriteFile(k.path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			got := k.run(t.Context(), t, k.ordering)["order"]
			expect(t, got, preflight.Fail, k.path, "remove the file")
			if k.stored(t) != text || strings.Contains(got.Found, "BEGIN") {
				t.Errorf("%q became %q, and was told as %s", text, k.stored(t), got.Found)
			}
			k.orders(t, 0)
		})
	}
}

func TestReferenceThatCannotBeStored(t *testing.T) {
	bubble(t, func(t *testing.T, k *kit) {
		k.path = k.path + "/below/a/file/that/is/not"
		expect(t, k.run(t.Context(), t, k.ordering)["order"], preflight.Fail, "nothing was ordered", "--reference-file")
		k.orders(t, 0)
	})
}

// TestInterrupted: what was under way when a person interrupts is settled by the next run.
func TestInterrupted(t *testing.T) {
	bubble(t, func(t *testing.T, k *kit) {
		ctx, cancel := context.WithCancel(t.Context())
		k.api.Fail(octopustest.RouteOrders, octopustest.Fault{Edit: func(*octopustest.Edit) { cancel() }})
		expect(t, k.run(ctx, t, k.ordering)["order"], preflight.Fail, "not known", "run again")
		k.orders(t, 1)
		expect(t, k.run(t.Context(), t, k.ordering)["order"], preflight.OK, "by an earlier run")
		k.orders(t, 1)
	})
}

// TestVouchersAppearNowhere looks for what can be spent in all that was printed and stored, also where the API puts it
// into other fields.
func TestVouchersAppearNowhere(t *testing.T) {
	bubble(t, func(t *testing.T, k *kit) {
		spill := octopustest.Fault{Edit: func(e *octopustest.Edit) {
			e.Body = bytes.Replace(e.Body, []byte("Simulated order"), []byte("SIM-PIN-in-the-message"), 1)
		}}
		k.api.Fail(octopustest.RouteOrders, octopustest.CutOff(), octopustest.MalformedJSON(), spill)
		k.api.Fail(octopustest.RouteFindOrders, octopustest.MalformedJSON(), octopustest.TrailingGarbage(), octopustest.CutOff(), spill)
		for range 3 {
			k.run(t.Context(), t, k.ordering, func(cfg *preflight.AccountConfig) { cfg.API.Logger = debugging(&k.printed) })
		}
		k.orders(t, 1)
		all := k.printed.String() + k.stored(t)
		if !strings.Contains(all, "DELIVERED") || !strings.Contains(all, "request to the API failed") {
			t.Fatalf("this proves nothing: %s", all)
		}
		for _, canary := range []string{"SIM-CARD", "SIM-PIN", "SIM-CLAIM", "SIM-REF", octopustest.DemoSecret, "sim-access-", "sim-refresh-"} {
			if strings.Contains(all, canary) {
				t.Errorf("%s is in %s", canary, all)
			}
		}
	})
}

// crash leaves the reference of an order worth denomination that was never sent.
func (k *kit) crash(t testing.TB, denomination string) {
	t.Helper()
	a, err := preflight.NewAccount(preflight.AccountConfig{API: octopus.Config{
		Account: "default", BaseURL: "https://api.example.com", Key: secret.Literal("key"), Secret: secret.Literal("secret")}})
	if err == nil {
		err = a.StoreReference(k.path, octopus.Purchase{ProductID: k.product, Denomination: dec(denomination), Quantity: 1})
	}
	if err != nil {
		t.Fatal(err)
	}
}
