package octopus_test

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"walletwatch/octopus"
	"walletwatch/secret"
)

func TestRefusedLoginsAreNotHammered(t *testing.T) {
	for _, code := range []int{401, 403} {
		synctest.Test(t, func(t *testing.T) {
			api := newFakeAPI()
			api.always[loginPath] = status(code)
			c := api.client(t)
			for range 100 {
				if _, err := c.Wallets(t.Context()); !octopus.IsCredentials(err) {
					t.Fatalf("error is %v", err)
				}
			}
			if got := api.count(loginPath); got != 1 {
				t.Errorf("%d logins for 100 calls", got)
			}
			for range 10 { // polls
				time.Sleep(time.Minute)
				_, _ = c.Wallets(t.Context())
			}
			if got := api.count(loginPath); got != 11 {
				t.Errorf("%d logins after 10 more polls; each poll should try", got)
			}
			if got := api.count(walletsPath); got != 0 {
				t.Errorf("%d reads without a token", got)
			}
			delete(api.always, loginPath)
			time.Sleep(time.Minute)
			mustWallets(t.Context(), t, c)
		})
	}
}

func TestARotatedSecretIsTriedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "secret")
		write := func(s string) {
			if err := os.WriteFile(path, []byte(s), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		api := newFakeAPI()
		c := api.client(t, func(c *octopus.Config) { c.Secret = secret.File(path) })

		_, err := c.Wallets(t.Context())
		if err == nil || octopus.IsCredentials(err) || !strings.Contains(err.Error(), "API secret") {
			t.Errorf("without the file: %v", err)
		}
		write("an old secret")
		if _, err := c.Wallets(t.Context()); !octopus.IsCredentials(err) {
			t.Errorf("with an old secret: %v", err)
		}
		write("the-api-secret\n")
		mustWallets(t.Context(), t, c)
	})
}

func TestLoginsAreRetriedAndLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := newFakeAPI()
		api.script(loginPath, status(503), broken(errors.New("reset")), ok("<html>"), status(429, "Retry-After", "3"))
		mustWallets(t.Context(), t, api.client(t))
		if got := api.count(loginPath); got != 5 {
			t.Errorf("%d login attempts, want 5", got)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		api := newFakeAPI()
		api.always[loginPath] = status(500)
		c := api.client(t)
		for range 50 {
			if _, err := c.Wallets(t.Context()); err == nil || octopus.IsCredentials(err) {
				t.Fatalf("error is %v", err)
			}
		}
		times := api.requests(loginPath)
		if len(times) != 300 {
			t.Fatalf("%d login attempts, want 6 for each of 50 calls", len(times))
		}
		for i := 7; i < len(times); i++ {
			if d := times[i].at.Sub(times[i-7].at); d <= time.Minute {
				t.Fatalf("8 logins within %s; the quota is 10 a minute, and a restart needs some too", d)
			}
		}
	})
}

func TestRefreshesAreLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := newFakeAPI()
		c := api.client(t)
		for range 60 {
			mustWallets(t.Context(), t, c)
			api.revoke(true)
		}
		times := api.requests(refreshPath)
		if len(times) < 40 {
			t.Fatalf("only %d refreshes", len(times))
		}
		for i := 11; i < len(times); i++ {
			if d := times[i].at.Sub(times[i-11].at); d <= time.Minute {
				t.Fatalf("12 refreshes within %s; the quota is 20 a minute, and a restart needs some too", d)
			}
		}
	})
}

func TestOtherRefusalsOfALoginAreNotRetried(t *testing.T) {
	for _, fault := range []step{status(400), status(404), ok(`{"success":false,"message":"disabled"}`)} {
		synctest.Test(t, func(t *testing.T) {
			api := newFakeAPI()
			api.always[loginPath] = fault
			_, err := api.client(t).Wallets(t.Context())
			if e, ok := errors.AsType[*octopus.Error](err); !ok || e.Endpoint != loginPath || api.count(loginPath) != 1 {
				t.Errorf("%d attempts, error %v", api.count(loginPath), err)
			}
		})
	}
}

func TestAMisjudgedExpiryDoesNotLeadToManyLogins(t *testing.T) {
	for name, expires := range map[string]string{
		"missing": ``, "null": `,"access_expires_at":null`, "nonsense": `,"access_expires_at":"tomorrow"`,
		"past": `,"access_expires_at":"1999-01-01T00:00:00Z"`, "object": `,"access_expires_at":{}`,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				api := newFakeAPI()
				api.valid["opaque"] = true
				api.always[loginPath] = ok(`{"success":true,"data":{"access_token":"opaque"` + expires + `}}`)
				c := api.client(t)
				for range 10 {
					mustWallets(t.Context(), t, c)
				}
				if got := api.count(loginPath); got != 1 {
					t.Errorf("%d logins for 10 calls", got)
				}
			})
		})
	}
}

// genuineLogin answers as an unscripted login would.
func (f *fakeAPI) genuineLogin(r *http.Request) (*http.Response, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return ok(f.issue())(r)
}
