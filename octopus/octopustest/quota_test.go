package octopustest_test

import (
	"testing"
	"time"

	"walletwatch/octopus/octopustest"
)

func TestQuotasOfProduction(t *testing.T) {
	for _, c := range []struct {
		name, method, path, body string
		perMinute                int
	}{
		{"login", "POST", "/auth/login", credentials, 10},
		{"refused logins count", "POST", "/auth/login", `{"username":"x","password":"y"}`, 10},
		{"refresh", "POST", "/auth/refresh", refreshBody("x"), 20},
		{"reads", "GET", "/api/v1/wallets", "", 300},
		{"charges", "POST", "/api/v1/products/1/charges", "{}", 120},
		{"orders", "POST", "/api/v1/orders", "{}", 60},
	} {
		t.Run(c.name, func(t *testing.T) {
			clock := &manual{t: noon()}
			s := octopustest.New(octopustest.Config{Now: clock.Now, Quotas: true})
			caller := loggedIn(t, s)
			clock.add(time.Minute) // the login above is forgotten
			for i := range c.perMinute {
				if got := caller.do(c.method, c.path, c.body); got.status == 429 {
					t.Fatalf("request %d was refused", i+1)
				}
				clock.add(10 * time.Millisecond)
			}
			got := caller.do(c.method, c.path, c.body)
			got.refused(t, 429, "TooManyRequestsError", "TOO_MANY_REQUESTS")
			wait, err := time.ParseDuration(got.header.Get("Retry-After") + "s")
			if err != nil {
				t.Fatal(err)
			}
			clock.add(wait - time.Second)
			caller.want(429, c.method, c.path, c.body)
			clock.add(time.Second)
			if got := caller.do(c.method, c.path, c.body); got.status == 429 {
				t.Errorf("refused after the %s it asked for", wait)
			}
		})
	}
}

func TestReadsShareOneQuota(t *testing.T) {
	clock := &manual{t: noon()}
	s := octopustest.New(octopustest.Config{Now: clock.Now, Quotas: true})
	c := loggedIn(t, s)
	for range 150 {
		c.get("/api/v1/wallets")
		c.get("/api/v1/transactions")
	}
	c.want(429, "GET", "/api/v1/currencies", "")
}

func TestNoQuotasUnlessAsked(t *testing.T) {
	c := loggedIn(t, octopustest.New(octopustest.Config{}))
	for range 301 {
		c.get("/api/v1/wallets")
	}
}
