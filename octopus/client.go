// Package octopus is a client of the Octopus Cards API as far as walletwatch needs it: wallets, currencies and
// transactions; and the catalogue, prices and one order for those who try an account out. It logs in by itself, keeps inside the vendor's quotas, retries what is worth
// retrying, and never guesses an amount of money.
package octopus

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/time/rate"

	"walletwatch/secret"
)

// The vendor's quotas in production are 300 reads, 10 logins and 20 refreshes per minute and account. A token bucket
// admits at most its burst plus a minute's refill in any minute: 210 reads, 7 logins and 11 refreshes. What is left is
// for a restart, which knows nothing of what was spent before it.
const (
	defaultReadsPerMinute = 200
	readBurst             = 10
	loginEvery            = 15 * time.Second
	loginBurst            = 3
	refreshEvery          = 10 * time.Second
	refreshBurst          = 5
)

const defaultRetryAfterCap = 30 * time.Second

// Config says which account to read and how. Account is free; BaseURL, Key and Secret are required.
type Config struct {
	Account string // label for logs and metrics
	BaseURL string // where the API is, such as https://api.example.com; http is accepted for loopback hosts only

	// Key and Secret are the user name and password of the login. They are revealed at each login, so that a
	// rotated file is used without a restart.
	Key, Secret secret.Value

	// RetryAfterCap is asked at each call; a longer Retry-After is not waited for: the call fails. nil: 30 s
	RetryAfterCap func() time.Duration

	RequestsPerMinute int               // limit over all reads of this client, retries included; 0: 200
	Transport         http.RoundTripper // nil: own transport, connect timeout 10 s, response header timeout 30 s
	Logger            *slog.Logger      // nil: discard
	Metrics           *Metrics          // nil: unregistered
	Now               func() time.Time  // nil: time.Now
}

// Client reads one account. It is safe for concurrent use; all callers share one login and one rate limit.
type Client struct {
	account     string
	base        *url.URL
	key, secret secret.Value

	// transport is used without an http.Client around it, which would follow redirects: the credentials must not
	// travel to wherever an answer points.
	transport http.RoundTripper

	reads, logins, refreshes *rate.Limiter

	retryAfterCap func() time.Duration
	log           *slog.Logger
	metrics       *Metrics
	now           func() time.Time
	scrub         *scrubber
	tokens        *tokens
	refused       refusal
}

// New checks cfg and returns a client. It sends nothing: the first call logs in.
func New(cfg Config) (*Client, error) {
	base, err := parseBaseURL(cfg.BaseURL)
	if err != nil {
		return nil, err
	}
	switch {
	case !cfg.Key.IsSet():
		return nil, errors.New("the API key is not set")
	case !cfg.Secret.IsSet():
		return nil, errors.New("the API secret is not set")
	case cfg.RequestsPerMinute < 0:
		return nil, fmt.Errorf("the limit is %d requests per minute; it cannot be negative", cfg.RequestsPerMinute)
	}
	cfg = cfg.withDefaults()
	c := &Client{
		account: cfg.Account, base: base, key: cfg.Key, secret: cfg.Secret,
		reads:         rate.NewLimiter(rate.Limit(cfg.RequestsPerMinute)/60, min(readBurst, cfg.RequestsPerMinute)),
		logins:        rate.NewLimiter(rate.Every(loginEvery), loginBurst),
		refreshes:     rate.NewLimiter(rate.Every(refreshEvery), refreshBurst),
		retryAfterCap: cfg.RetryAfterCap,
		log:           cfg.Logger.With("account", cfg.Account),
		metrics:       cfg.Metrics,
		now:           cfg.Now,
		scrub:         &scrubber{},
	}
	c.transport = traced(scrubbed{cfg.Transport, c.scrub}, base.Path)
	c.tokens = &tokens{now: c.now, renew: c.renew}
	return c, nil
}

func (cfg Config) withDefaults() Config {
	if cfg.RetryAfterCap == nil {
		cfg.RetryAfterCap = func() time.Duration { return defaultRetryAfterCap }
	}
	if cfg.RequestsPerMinute == 0 {
		cfg.RequestsPerMinute = defaultReadsPerMinute
	}
	if cfg.Transport == nil {
		cfg.Transport = newTransport()
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Metrics == nil {
		cfg.Metrics = NewMetrics(prometheus.NewRegistry())
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return cfg
}
