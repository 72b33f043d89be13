package octopus_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/segmentio/ksuid"

	"walletwatch/octopus"
	"walletwatch/secret"
)

func TestNewChecksItsConfig(t *testing.T) {
	good := octopus.Config{BaseURL: "https://api.example.com", Key: secret.Literal("kkkk"), Secret: secret.Literal("ssss")}
	tests := []struct {
		name string
		edit func(*octopus.Config)
		want string // in the error; "" for none
	}{
		{"https", func(*octopus.Config) {}, ""},
		{"https with path", func(c *octopus.Config) { c.BaseURL = "https://example.com/octopus/" }, ""},
		{"loopback name", func(c *octopus.Config) { c.BaseURL = "http://localhost:8080" }, ""},
		{"loopback IPv4", func(c *octopus.Config) { c.BaseURL = "http://127.3.2.1:8080" }, ""},
		{"loopback IPv6", func(c *octopus.Config) { c.BaseURL = "http://[::1]:8080" }, ""},
		{"http elsewhere", func(c *octopus.Config) { c.BaseURL = "http://api.example.com" }, "in the clear"},
		{"http to a lookalike", func(c *octopus.Config) { c.BaseURL = "http://localhost.example.com" }, "in the clear"},
		{"http to all interfaces", func(c *octopus.Config) { c.BaseURL = "http://0.0.0.0" }, "in the clear"},
		{"another scheme", func(c *octopus.Config) { c.BaseURL = "ftp://localhost" }, "not https"},
		{"nothing", func(c *octopus.Config) { c.BaseURL = "" }, "not a URL"},
		{"no scheme", func(c *octopus.Config) { c.BaseURL = "api.example.com" }, "not a URL"},
		{"no host", func(c *octopus.Config) { c.BaseURL = "https://:443" }, "not a URL"},
		{"user info", func(c *octopus.Config) { c.BaseURL = "https://me:hunter2@example.com" }, "user name or password"},
		{"broken user info", func(c *octopus.Config) { c.BaseURL = "https://me:hunter2 @example.com" }, "not a URL"},
		{"query", func(c *octopus.Config) { c.BaseURL = "https://example.com?key=hunter2" }, "query"},
		{"no key", func(c *octopus.Config) { c.Key = secret.Value{} }, "key is not set"},
		{"no secret", func(c *octopus.Config) { c.Secret = secret.Value{} }, "secret is not set"},
		{"negative rate", func(c *octopus.Config) { c.RequestsPerMinute = -1 }, "negative"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cfg := good
			tt.edit(&cfg)
			_, err := octopus.New(cfg)
			switch {
			case tt.want == "" && err != nil:
				t.Errorf("refused: %v", err)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("error is %v; want one with %q", err, tt.want)
			case err != nil && strings.Contains(err.Error(), "hunter2"):
				t.Errorf("the error quotes the URL: %v", err)
			}
		})
	}
}

func TestNewSendsNothing(t *testing.T) {
	api := newFakeAPI()
	api.client(t)
	if n := len(api.seen); n != 0 {
		t.Errorf("New sent %d requests", n)
	}
}

func TestBasePathStaysInFrontOfRoutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := newFakeAPI()
		api.script("/octopus/auth/login", ok(api.issue()))
		api.script("/octopus/api/v1/wallets", ok(`[]`))
		c := api.client(t, func(c *octopus.Config) { c.BaseURL = "https://api.example.com/octopus/" })
		mustWallets(t.Context(), t, c)
	})
}

func TestEveryAttemptHasItsOwnRequestID(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := newFakeAPI()
		api.script(loginPath, repeat(2, status(503))...)
		api.script(walletsPath, status(503), status(401), status(500))
		mustWallets(t.Context(), t, api.client(t))

		ids := map[string]bool{}
		for _, r := range api.seen {
			if id, err := ksuid.Parse(r.id); err != nil || id.IsNil() {
				t.Errorf("%s had request id %q: %v", r.path, r.id, err)
			}
			ids[r.id] = true
		}
		if len(ids) != len(api.seen) || len(ids) < 8 {
			t.Errorf("%d ids for %d requests", len(ids), len(api.seen))
		}
	})
}

func TestReadsStayInsideTheQuota(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := newFakeAPI()
		c := api.client(t)
		start := time.Now()
		for range 410 {
			if _, err := c.Transactions(t.Context(), 1, 50); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(start); took < 2*time.Minute-time.Second || took > 2*time.Minute+time.Second {
			t.Errorf("410 reads took %s; 10 at once and 200 a minute take 2 minutes", took)
		}
	})
}

func TestRetriesCountAgainstTheQuota(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := newFakeAPI()
		api.script(walletsPath, repeat(3, status(500))...)
		c := api.client(t, func(c *octopus.Config) { c.RequestsPerMinute = 1 })
		start := time.Now()
		mustWallets(t.Context(), t, c)
		if took := time.Since(start); took < 3*time.Minute-time.Millisecond {
			t.Errorf("4 attempts at one a minute took %s", took)
		}
	})
}
