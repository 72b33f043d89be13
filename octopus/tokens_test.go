package octopus_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"walletwatch/octopus"
)

func TestOneLoginServesManyCallers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := newFakeAPI()
		api.script(loginPath, after(time.Second, api.genuineLogin))
		c := api.client(t)
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() { mustWallets(t.Context(), t, c) })
		}
		wg.Wait()
		if got := api.count(loginPath); got != 1 {
			t.Errorf("%d logins for 100 callers", got)
		}
		want := `{"password":"the-api-secret","username":"the-api-key"}`
		if got := api.requests(loginPath)[0].body; got != want {
			t.Errorf("login body is %s", got)
		}
	})
}

func TestTokenIsRefreshedAheadOfExpiry(t *testing.T) {
	tests := []struct {
		life, early time.Duration
	}{
		{time.Hour, 5 * time.Minute},
		{2 * time.Hour, 5 * time.Minute},
		{10 * time.Minute, time.Minute},
		{time.Minute, 6 * time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.life.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				api := newFakeAPI()
				api.life = tt.life
				c := api.client(t)
				mustWallets(t.Context(), t, c)
				time.Sleep(tt.life - tt.early - time.Millisecond)
				mustWallets(t.Context(), t, c)
				if got := api.count(refreshPath); got != 0 {
					t.Fatalf("refreshed %d times too early", got)
				}
				time.Sleep(time.Millisecond)
				var wg sync.WaitGroup
				for range 20 {
					wg.Go(func() { mustWallets(t.Context(), t, c) })
				}
				wg.Wait()
				if l, r := api.count(loginPath), api.count(refreshPath); l != 1 || r != 1 {
					t.Errorf("%d logins, %d refreshes; want one of each", l, r)
				}
			})
		})
	}
}

func TestRefreshTokensRotate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := newFakeAPI()
		c := api.client(t)
		for range 49 { // two days
			mustWallets(t.Context(), t, c)
			time.Sleep(time.Hour)
		}
		used := map[string]bool{}
		for _, r := range api.requests(refreshPath) {
			used[r.body] = true
		}
		if l, r := api.count(loginPath), api.count(refreshPath); l != 1 || r != 48 || len(used) != r {
			t.Errorf("%d logins, %d refreshes with %d different tokens; want 1, 48, 48", l, r, len(used))
		}
	})
}

func TestRefreshRefusedLeadsToOneLogin(t *testing.T) {
	for name, fault := range map[string]step{
		"401": status(401), "403": status(403), "400": status(400), "500": status(500),
		"no answer": broken(errors.New("reset")), "success false": ok(`{"success":false}`), "web page": ok(`<html>`),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				api := newFakeAPI()
				c := api.client(t)
				mustWallets(t.Context(), t, c)
				api.script(refreshPath, fault)
				time.Sleep(57 * time.Minute)
				var wg sync.WaitGroup
				for range 20 {
					wg.Go(func() { mustWallets(t.Context(), t, c) })
				}
				wg.Wait()
				if l, r := api.count(loginPath), api.count(refreshPath); l != 2 || r != 1 {
					t.Errorf("%d logins, %d refreshes; want 2 and 1", l, r)
				}
			})
		})
	}
}

func TestAnExpiredRefreshTokenIsNotTried(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := newFakeAPI()
		c := api.client(t)
		mustWallets(t.Context(), t, c)
		time.Sleep(8 * 24 * time.Hour)
		mustWallets(t.Context(), t, c)
		if l, r := api.count(loginPath), api.count(refreshPath); l != 2 || r != 0 {
			t.Errorf("%d logins, %d refreshes; want 2 and 0", l, r)
		}
	})
}

func TestRevokedTokens(t *testing.T) {
	tests := []struct {
		name              string
		keepRefresh       bool
		logins, refreshes int
	}{
		{"access only", true, 1, 1},
		{"both", false, 2, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				api := newFakeAPI()
				c := api.client(t)
				mustWallets(t.Context(), t, c)
				api.revoke(tt.keepRefresh)
				var wg sync.WaitGroup
				for range 8 {
					wg.Go(func() { mustWallets(t.Context(), t, c) })
				}
				wg.Wait()
				if l, r := api.count(loginPath), api.count(refreshPath); l != tt.logins || r != tt.refreshes {
					t.Errorf("%d logins, %d refreshes; want %d and %d", l, r, tt.logins, tt.refreshes)
				}
			})
		})
	}
}

func TestA401ThatALoginDoesNotCure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := newFakeAPI()
		c := api.client(t)
		api.always[walletsPath] = status(401)
		_, err := c.Wallets(t.Context())
		if !octopus.IsCredentials(err) || api.count(walletsPath) != 2 || api.count(loginPath) != 2 {
			t.Errorf("fresh client: %d reads, %d logins, error %v", api.count(walletsPath), api.count(loginPath), err)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		api := newFakeAPI()
		c := api.client(t)
		mustWallets(t.Context(), t, c)
		api.always[walletsPath] = status(401)
		_, err := c.Wallets(t.Context())
		// The refreshed token might be what is wrong: only a login of its own tells.
		if !octopus.IsCredentials(err) || api.count(walletsPath) != 4 || api.count(refreshPath) != 1 || api.count(loginPath) != 2 {
			t.Errorf("session in use: %d reads, %d refreshes, %d logins, error %v",
				api.count(walletsPath), api.count(refreshPath), api.count(loginPath), err)
		}
		delete(api.always, walletsPath)
		mustWallets(t.Context(), t, c)
	})
}

func TestA401OnOneEndpointOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := newFakeAPI()
		c := api.client(t)
		api.always[walletsPath] = func(r *http.Request) (*http.Response, error) {
			if _, err := c.Currencies(r.Context()); err != nil { // meanwhile the token works elsewhere
				t.Error(err)
			}
			return status(401)(r)
		}
		_, err := c.Wallets(t.Context())
		if !octopus.IsCredentials(err) || api.count(walletsPath) != 3 || api.count(refreshPath) != 1 || api.count(loginPath) != 2 {
			t.Errorf("%d reads, %d refreshes, %d logins, error %v",
				api.count(walletsPath), api.count(refreshPath), api.count(loginPath), err)
		}
	})
}

func TestAnAPIThatAcceptsAndRefusesInTurnIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := newFakeAPI()
		flip := false
		api.always[walletsPath] = func(r *http.Request) (*http.Response, error) {
			flip = !flip
			if flip {
				return status(401)(r)
			}
			return status(503)(r)
		}
		_, err := api.client(t).Wallets(t.Context())
		if n := api.count(walletsPath); err == nil || n > 9 {
			t.Errorf("%d attempts, error %v", n, err)
		}
	})
}

func TestACallerLeavesWithoutDisturbingTheLogin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := newFakeAPI()
		api.script(loginPath, after(10*time.Second, api.genuineLogin))
		c := api.client(t)
		impatient, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var wg sync.WaitGroup
		wg.Go(func() { // comes first: the login is done on its account
			if _, err := c.Wallets(impatient); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("the impatient caller got %v", err)
			}
		})
		synctest.Wait()
		wg.Go(func() { mustWallets(t.Context(), t, c) })
		wg.Wait()
		if got := api.count(loginPath); got != 1 {
			t.Errorf("%d logins, want 1", got)
		}
	})
}

func TestALoginNobodyWaitsForIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := newFakeAPI()
		c := api.client(t)
		mustWallets(t.Context(), t, c)
		time.Sleep(2 * time.Hour)

		api.script(refreshPath, after(50*time.Second, status(500)))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := c.Wallets(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error is %v", err)
		}
		synctest.Wait()
		mustWallets(t.Context(), t, c)
		// Nobody knows whether the abandoned refresh spent its token.
		if l, r := api.count(loginPath), api.count(refreshPath); l != 2 || r != 1 {
			t.Errorf("%d logins, %d refreshes; want 2 and 1", l, r)
		}
	})
}

func TestReadsGoOnWhileRenewalAheadOfTimeFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := newFakeAPI()
		c := api.client(t)
		mustWallets(t.Context(), t, c)
		api.always[refreshPath], api.always[loginPath] = status(503), status(503)
		time.Sleep(56 * time.Minute)
		start := time.Now()
		for range 3 {
			mustWallets(t.Context(), t, c)
		}
		if l, r := api.count(loginPath), api.count(refreshPath); l != 2 || r != 1 || time.Since(start) > 0 {
			t.Errorf("%d logins, %d refreshes in %s; ahead of time one try each is enough", l, r, time.Since(start))
		}
		time.Sleep(time.Minute)
		mustWallets(t.Context(), t, c)
		if got := api.count(loginPath); got != 3 {
			t.Errorf("%d logins; a minute later it is time to try again", got)
		}
		time.Sleep(4 * time.Minute) // now the token has expired
		if _, err := c.Wallets(t.Context()); err == nil || api.count(loginPath) != 9 {
			t.Errorf("%d logins, error %v; now it is urgent", api.count(loginPath), err)
		}
	})
}
