package tap_test

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"walletwatch/tap"
)

// panicHandler is a slog.Handler of a service that is itself in trouble.
type panicHandler struct{ slog.Handler }

func (panicHandler) Handle(context.Context, slog.Record) error { panic("disk full") }

func panicking() *slog.Logger { return slog.New(panicHandler{slog.NewTextHandler(nil, nil)}) }

func TestOpenRefuses(t *testing.T) {
	good := tap.Config{URL: "http://walletwatch:8080", Token: tap.Token("t")}
	tests := []struct {
		name   string
		change func(*tap.Config)
		says   string
	}{
		{"no URL", func(c *tap.Config) { c.URL = "" }, "something like http://walletwatch:8080"},
		{"no scheme", func(c *tap.Config) { c.URL = "walletwatch:8080" }, "something like"},
		{"another scheme", func(c *tap.Config) { c.URL = "ftp://walletwatch" }, "something like"},
		{"no host", func(c *tap.Config) { c.URL = "http://" }, "something like"},
		{"a path", func(c *tap.Config) { c.URL = "http://walletwatch/api/v1/orders" }, "as in http://walletwatch"},
		{"a password", func(c *tap.Config) { c.URL = "http://me:hunter2@walletwatch" }, "as in http://walletwatch"},
		{"a query", func(c *tap.Config) { c.URL = "http://walletwatch?account=x" }, "as in http://walletwatch"},
		{"no token", func(c *tap.Config) { c.Token = nil }, "tap.TokenFile"},
		{"a negative queue", func(c *tap.Config) { c.Queue = -1 }, "Queue is -1"},
		{"an empty path", func(c *tap.Config) { c.BalancePaths = []string{""} }, "balance path"},
		{"a gap in a path", func(c *tap.Config) { c.BalancePaths = []string{"a..b"} }, "balance path"},
		{"a path to vouchers", func(c *tap.Config) { c.BalancePaths = []string{"vouchers.pin_code"} }, "balance path"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			cfg := good
			test.change(&cfg)
			feed, err := tap.Open(cfg)
			if err == nil {
				feed.Close(t.Context())
				t.Fatal("opened")
			}
			if !strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("said %q", err)
			}
		})
	}
	good.URL += "/"
	feed, err := tap.Open(good)
	if err != nil {
		t.Fatal(err)
	}
	if err := feed.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestTokenFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	token := tap.TokenFile(path)
	if _, err := token(); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("a missing file: %v", err)
	}
	for content, want := range map[string]string{"one\n": "one", "new\nold\n": "new", " ": ""} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := token(); got != want || (err == nil) != (want != "") {
			t.Errorf("%q: got %q, %v", content, got, err)
		}
	}
}
