package preflight_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"walletwatch/octopus"
	"walletwatch/octopus/octopustest"
	"walletwatch/preflight"
	"walletwatch/secret"
)

func TestAllIsWell(t *testing.T) {
	bubble(t, func(t *testing.T, k *kit) {
		k.api.FailAlways(octopustest.AnyRoute, at(time.Now()))
		got := k.run(t.Context(), t)
		expect(t, got["login"], preflight.OK)
		expect(t, got["wallets"], preflight.OK, "1 of 1 prepaid wallets funded: 100.00 USD")
		expect(t, got["catalogue"], preflight.OK, "Simulated Gift Card USD")
		expect(t, got["charges"], preflight.OK, "1 × denomination 1 of product 1 would cost 0.975 USD; wallet 1 holds 100.00 USD")
		expect(t, got["order"], preflight.Skipped, "--place-order")
		expect(t, got["clock"], preflight.OK, "agree")
		if len(k.api.PlacedOrders()) > 0 {
			t.Error("something was bought")
		}
	})
}

func TestVendorsChecks(t *testing.T) {
	login, wallets, products, charges := octopustest.RouteLogin, octopustest.RouteWallets, octopustest.RouteProducts, octopustest.RouteCharges
	tests := []struct {
		name  string
		spoil func(*kit)
		check string
		want  preflight.Result
		says  []string
	}{
		{"slow login", func(k *kit) { k.api.Fail(login, octopustest.Delayed(1100*time.Millisecond)) }, "login", preflight.Fail, []string{"longer than 1s"}},
		{"login in time", func(k *kit) { k.api.Fail(login, octopustest.Delayed(900*time.Millisecond)) }, "login", preflight.OK, nil},
		{"wrong secret", func(k *kit) { k.api.SetCredentials("other", "other") }, "login", preflight.Fail, []string{"/auth/login", "401", "request id", "sandbox and production"}},
		{"address not listed", func(k *kit) { k.api.FailAlways(login, octopustest.Forbidden()) }, "login", preflight.Fail, []string{"403", "request id", "list the IP address"}},
		{"gateway down", func(k *kit) { k.api.FailAlways(login, octopustest.Answering(502)) }, "login", preflight.Fail, []string{"502", "request id"}},
		{"login hangs", func(k *kit) { k.api.FailAlways(login, octopustest.Hanging()) }, "login", preflight.Fail, []string{"deadline", "request id", "--timeout"}},
		{"no connection", func(k *kit) { k.api.FailAlways(login, octopustest.ConnectionReset()) }, "login", preflight.Fail, []string{"request id", "firewall"}},
		{"second attempt", func(k *kit) { k.api.Fail(login, octopustest.Answering(503)) }, "login", preflight.Warn, []string{"attempt 2"}},
		{"no login, no wallets", func(k *kit) { k.api.SetCredentials("other", "other") }, "wallets", preflight.Skipped, []string{"the login failed"}},
		{"no login, no charges", func(k *kit) { k.api.SetCredentials("other", "other") }, "charges", preflight.Skipped, []string{"the login failed"}},

		{"forbidden wallets", func(k *kit) { k.api.Fail(wallets, octopustest.Forbidden()) }, "wallets", preflight.Fail, []string{"403", "request id"}},
		{"no funded wallet", func(k *kit) { k.api.SetBalance(k.wallet, dec("0")) }, "wallets", preflight.Fail, []string{"0 of 1 prepaid wallets funded", "top up"}},
		{"overdrawn", func(k *kit) { k.api.SetBalance(k.wallet, dec("-5")) }, "wallets", preflight.Fail, []string{"-5.00 USD"}},
		{"no wallets", func(k *kit) { k.api.RemoveWallet(k.wallet) }, "wallets", preflight.Fail, []string{"no wallets"}},
		{"one of two", func(k *kit) { k.api.AddWallet(octopustest.Wallet{Currency: "EUR"}) }, "wallets", preflight.Warn, []string{"1 of 2", "not funded: 0.00 EUR"}},
		{"on credit", func(k *kit) { k.api.SetBalance(k.wallet, dec("-5")); k.api.SetType(k.wallet, octopustest.Postpaid) }, "wallets", preflight.OK, []string{"postpaid: USD"}},
		{"unreadable amount", func(k *kit) { k.api.Fail(wallets, octopustest.NullAmount(k.wallet)) }, "wallets", preflight.Fail, []string{"null"}},
		{"no currencies", func(k *kit) { k.api.FailAlways(octopustest.RouteCurrencies, octopustest.NotFound()) }, "wallets", preflight.OK, []string{"(currency"}},

		{"empty catalogue", func(k *kit) { k.api.Fail(products, octopustest.RawBody("[]")) }, "catalogue", preflight.Fail, []string{"empty"}},
		{"catalogue off", func(k *kit) { k.api.Fail(products, octopustest.NotFound()) }, "catalogue", preflight.Fail, []string{"404", "request id"}},
		{"nothing to ask for", func(k *kit) { k.api.Fail(products, octopustest.RawBody("[]")) }, "charges", preflight.Skipped, []string{"--product"}},

		{"the first that can be paid", func(k *kit) { k.eurosFirst(50) }, "charges", preflight.OK, []string{"denomination 1 of product 50 would", "holds 100.00 USD"}},
		{"none of the first 50", func(k *kit) { k.eurosFirst(51) }, "charges", preflight.Fail, []string{"400"}},
		{"no second look", func(k *kit) {
			k.eurosFirst(2)
			k.api.Fail(products, octopustest.Delayed(time.Millisecond), octopustest.Forbidden())
		}, "charges", preflight.Fail, []string{"400"}},
		{"insufficient funds", func(k *kit) { k.api.SetBalance(k.wallet, dec("0.97")) }, "charges", preflight.Fail, []string{"holds 0.97 USD", "top the wallet up"}},
		{"just enough", func(k *kit) { k.api.SetBalance(k.wallet, dec("0.975")) }, "charges", preflight.OK, nil},
		{"the API says no", func(k *kit) { k.api.Fail(charges, octopustest.RawBody(`{"total_payable":1,"max_quantity":0}`)) }, "charges", preflight.Fail, []string{"at most 0"}},
		{"no telling", func(k *kit) { k.api.Fail(charges, octopustest.RawBody(`{"total_payable":1}`)) }, "charges", preflight.Warn, []string{"not known"}},
		{"free of charge", func(k *kit) { k.api.Fail(charges, octopustest.RawBody(`{"total_payable":0}`)) }, "charges", preflight.Fail, []string{"cannot be"}},
		{"paid to buy", func(k *kit) { k.api.Fail(charges, octopustest.RawBody(`{"total_payable":-1}`)) }, "charges", preflight.Fail, []string{"cannot be"}},
		{"dearer than it is worth", func(k *kit) {
			k.api.Fail(charges, octopustest.RawBody(`{"non_discounted_total":1,"handling_fee_amount":0.1,"total_payable":1.11,"charges_details":{"source_currency":"USD","destination_currency":"USD"}}`))
		}, "charges", preflight.Fail, []string{"more than"}},
		{"with a fee", func(k *kit) {
			k.api.Fail(charges, octopustest.RawBody(`{"non_discounted_total":1,"handling_fee_amount":0.1,"total_payable":1.1,"charges_details":{"source_currency":"USD","destination_currency":"USD"}}`))
		}, "charges", preflight.OK, nil},
		{"no price", func(k *kit) { k.api.Fail(charges, octopustest.RawBody(`{"total_payable":null}`)) }, "charges", preflight.Fail, []string{"total_payable"}},
		{"charges refused", func(k *kit) { k.api.Fail(charges, octopustest.Answering(400)) }, "charges", preflight.Fail, []string{"400", "request id"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, k *kit) {
				test.spoil(k)
				got := k.run(t.Context(), t)
				expect(t, got[test.check], test.want, test.says...)
				for _, o := range got {
					if o.Took > 15*time.Second || (o.Result != preflight.OK && o.Found == "") {
						t.Errorf("%+v", o)
					}
				}
			})
		})
	}
}

// TestLoginIsTimedAlone: a failed attempt and the wait after it are not the login's.
func TestLoginIsTimedAlone(t *testing.T) {
	bubble(t, func(t *testing.T, k *kit) {
		k.api.Fail(octopustest.RouteLogin, octopustest.Fault{Status: 503, Delay: 2 * time.Second}, octopustest.Delayed(300*time.Millisecond))
		if took := k.run(t.Context(), t)["login"].Took; took != 300*time.Millisecond {
			t.Errorf("it took %s", took)
		}
	})
}

func TestClock(t *testing.T) {
	for skew, want := range map[time.Duration]preflight.Result{
		0: preflight.OK, -20 * time.Second: preflight.OK, 29 * time.Second: preflight.OK,
		40 * time.Second: preflight.Warn, -40 * time.Second: preflight.Warn, -119 * time.Second: preflight.Warn,
		122 * time.Second: preflight.Fail, -122 * time.Second: preflight.Fail, 8760 * time.Hour: preflight.Fail,
	} {
		t.Run(fmt.Sprint(skew), func(t *testing.T) {
			bubble(t, func(t *testing.T, k *kit) {
				k.api.FailAlways(octopustest.AnyRoute, at(time.Now().Add(skew)))
				got := k.run(t.Context(), t)["clock"]
				says := map[bool]string{true: "behind the API's", false: "ahead of the API's"}[skew > 0]
				if skew == 0 {
					says = "agree"
				}
				expect(t, got, want, says)
			})
		})
	}
	bubble(t, func(t *testing.T, k *kit) { expect(t, k.run(t.Context(), t)["clock"], preflight.Skipped, "no answer") })
}

// TestClockOfSlowAnswers: an answer that was long under way does not make clocks differ, whenever its time was taken,
// nor does a refused login keep them from being compared.
func TestClockOfSlowAnswers(t *testing.T) {
	const long = 5 * time.Second
	for taken := time.Duration(0); taken <= long; taken += time.Second {
		bubble(t, func(t *testing.T, k *kit) {
			date := time.Now().Add(taken).UTC().Format(http.TimeFormat)
			k.api.FailAlways(octopustest.RouteLogin, octopustest.Fault{Status: http.StatusForbidden, Delay: long, Header: http.Header{"Date": {date}}})
			expect(t, k.run(t.Context(), t)["clock"], preflight.OK, "agree")
		})
	}
}

func TestSeveralAccountsAreTold(t *testing.T) {
	bubble(t, func(t *testing.T, k *kit) {
		got := k.run(t.Context(), t, func(cfg *preflight.AccountConfig) { cfg.Label = "sandbox" })
		if got["sandbox/login"].Result != preflight.OK {
			t.Errorf("%v", got)
		}
	})
}

// TestTimeIsBounded: whatever hangs, each check ends, and so do all.
func TestTimeIsBounded(t *testing.T) {
	bubble(t, func(t *testing.T, k *kit) {
		for _, route := range []string{octopustest.RouteWallets, octopustest.RouteProducts, octopustest.RouteCharges, octopustest.RouteOrders, octopustest.RouteFindOrders} {
			k.api.FailAlways(route, octopustest.Hanging())
		}
		ctx, cancel := context.WithTimeout(t.Context(), 40*time.Second)
		defer cancel()
		began := time.Now()
		got := k.run(ctx, t, k.ordering)
		if took := time.Since(began); took > 40*time.Second {
			t.Errorf("it took %s", took)
		}
		expect(t, got["wallets"], preflight.Fail, "deadline")
		expect(t, got["order"], preflight.Fail, "no time left")
		synctest.Wait()
	})
}

func TestOrderNeedsToKnowWhat(t *testing.T) {
	_, err := preflight.NewAccount(preflight.AccountConfig{
		API:   octopus.Config{BaseURL: "https://api.example.com", Key: secret.Literal("key"), Secret: secret.Literal("secret")},
		Order: &preflight.Order{}, ReferenceFile: "x",
	})
	if err == nil || !strings.Contains(err.Error(), "a product") {
		t.Errorf("it says %v", err)
	}
}

// TestOneLookAtTheCatalogue is enough where the first product can be paid.
func TestOneLookAtTheCatalogue(t *testing.T) {
	bubble(t, func(t *testing.T, k *kit) {
		k.run(t.Context(), t)
		if n := k.api.Count(octopustest.RouteProducts); n != 1 {
			t.Errorf("the catalogue was asked for %d times", n)
		}
	})
}
