package octopustest_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/segmentio/ksuid"

	"walletwatch/octopus/octopustest"
)

func TestRequestIDIsEchoedOrMade(t *testing.T) {
	s := octopustest.New(octopustest.Config{})
	c := loggedIn(t, s)
	for _, path := range []string{"/api/v1/wallets", "/nowhere"} {
		got := c.do("GET", path, "", "X-Request-Id", "mine-1").header.Get("X-Request-Id")
		equal(t, "echo of "+path, got, "mine-1")
	}
	for _, sent := range []string{"", strings.Repeat("x", 64)} {
		made := c.do("GET", "/api/v1/wallets", "", "X-Request-Id", sent).header.Get("X-Request-Id")
		if _, err := ksuid.Parse(made); err != nil {
			t.Errorf("for %q the server made %q: %v", sent, made, err)
		}
	}
	s.Fail(octopustest.RouteWallets, octopustest.Answering(503))
	equal(t, "echo on a fault", c.do("GET", "/api/v1/wallets", "", "X-Request-Id", "mine-2").header.Get("X-Request-Id"), "mine-2")
}

func TestUnknownPathAndMethod(t *testing.T) {
	s := octopustest.New(octopustest.Config{})
	c := loggedIn(t, s)
	c.do("GET", "/api/v2/wallets", "").refused(t, 404, "NotFoundError", "NOT_FOUND")
	c.do("DELETE", "/api/v1/wallets", "").refused(t, 404, "NotFoundError", "NOT_FOUND")
	equal(t, "counted", s.Count(octopustest.RouteUnknown), 2)
}

func TestRequestsAreRemembered(t *testing.T) {
	clock := &manual{t: noon()}
	s := octopustest.New(octopustest.Config{Now: clock.Now})
	c := loggedIn(t, s)
	s.Fail(octopustest.RouteWallets, octopustest.Answering(500), octopustest.ConnectionReset())
	c.do("GET", "/api/v1/wallets?limit=3", "", "X-Request-Id", "a", "traceparent", "00-x-y-01")
	if _, err := c.try("GET", "/api/v1/wallets", ""); err == nil {
		t.Error("a reset connection gave no error")
	}
	c.do("POST", "/api/v1/products/7/charges", "{}")

	got := s.Requests()
	if len(got) != 4 {
		t.Fatalf("%d requests remembered, want 4", len(got))
	}
	first := got[1]
	equal(t, "route", first.Route, octopustest.RouteWallets)
	equal(t, "query", first.Query.Get("limit"), "3")
	equal(t, "request id", first.RequestID, "a")
	equal(t, "traceparent", first.Traceparent, "00-x-y-01")
	equal(t, "status", first.Status, 500)
	equal(t, "at", first.At, noon())
	equal(t, "status of a reset", got[2].Status, 0)
	equal(t, "templated route", got[3].Route, octopustest.RouteCharges)
	equal(t, "path", got[3].Path, "/api/v1/products/7/charges")
	equal(t, "count", s.Count(octopustest.RouteWallets), 2)
	equal(t, "count of all", s.Count(octopustest.AnyRoute), 4)
}

func TestRequestsAreBounded(t *testing.T) {
	s := octopustest.New(octopustest.Config{})
	c := calling(t, s)
	for range 10_003 {
		c.do("GET", "/api/v1/wallets", "")
	}
	c.do("GET", "/api/v1/currencies", "")
	got := s.Requests()
	equal(t, "remembered", len(got), 10_000)
	equal(t, "newest last", got[len(got)-1].Route, octopustest.RouteCurrencies)
	equal(t, "oldest first", got[0].Route, octopustest.RouteWallets)
	equal(t, "counted", s.Count(octopustest.AnyRoute), 10_004)
}

func TestLogHoldsNoCredentials(t *testing.T) {
	var log bytes.Buffer
	s := octopustest.New(octopustest.Config{Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	c := loggedIn(t, s)
	c.do("GET", "/api/v1/wallets", "", "X-Request-Id", "traced")
	for _, secret := range []string{octopustest.DemoSecret, octopustest.DemoKey, c.token} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("the log holds %q:\n%s", secret, log.String())
		}
	}
	if !strings.Contains(log.String(), "traced") || !strings.Contains(log.String(), "status=200") {
		t.Errorf("the log does not tell of the request:\n%s", log.String())
	}
}

func TestMisspelledNamesPanic(t *testing.T) {
	s := octopustest.New(octopustest.Config{})
	for name, f := range map[string]func(){
		"route to fail":      func() { s.Fail("GET /wallets") },
		"route to count":     func() { s.Count("GET /wallets") },
		"wallet to debit":    func() { s.Debit(1, dec("1"), noon()) },
		"wallet to read":     func() { s.Balance(1) },
		"negative amount":    func() { s.AddWallet(octopustest.Wallet{ID: 2, Currency: "USD"}); s.Debit(2, dec("-1"), noon()) },
		"transaction to end": func() { s.Settle(99, octopustest.Completed) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("a mistake in the test went unnoticed")
				}
			}()
			f()
		})
	}
}
