package octopus_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"walletwatch/octopus"
)

func TestEveryStatusIsRetriedOrNot(t *testing.T) {
	for code := 200; code <= 599; code++ {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				api := newFakeAPI()
				api.always[walletsPath] = status(code)
				if code/100 == 2 {
					api.always[walletsPath] = reply(code, `[]`)
				}
				_, err := api.client(t).Wallets(t.Context())

				wantTries := 1
				switch {
				case code/100 == 5, code == 429:
					wantTries = 6
				case code == 401:
					wantTries = 2
				}
				if got := api.count(walletsPath); got != wantTries {
					t.Errorf("tried %d times, want %d", got, wantTries)
				}
				if (err == nil) != (code/100 == 2) {
					t.Errorf("error is %v", err)
				}
				if e, ok := errors.AsType[*octopus.Error](err); err != nil && (!ok || e.Status != code) {
					t.Errorf("error is %v, not an *Error with the status", err)
				}
			})
		})
	}
}

func TestWaitsDoubleWithJitter(t *testing.T) {
	jittered := map[int]bool{}
	for range 20 {
		synctest.Test(t, func(t *testing.T) {
			api := newFakeAPI()
			api.always[walletsPath] = status(500)
			if _, err := api.client(t).Wallets(t.Context()); err == nil {
				t.Fatal("no error")
			}
			seen := api.requests(walletsPath)
			nominal := 200 * time.Millisecond
			for i := 1; i < len(seen); i++ {
				gap := seen[i].at.Sub(seen[i-1].at)
				if gap < nominal/2 || gap > nominal*3/2+time.Millisecond {
					t.Errorf("wait %d was %s; nominal %s × 0.5–1.5", i, gap, nominal)
				}
				jittered[int(gap*10/nominal)] = true
				nominal *= 2
			}
		})
	}
	if len(jittered) < 5 {
		t.Errorf("waits are always near %v tenths of the nominal; they are not random", jittered)
	}
}

func TestNetworkErrorsAreRetried(t *testing.T) {
	for _, fault := range []step{
		broken(errors.New("connection reset by peer")),
		broken(io.ErrUnexpectedEOF),
		truncated,
		after(2*time.Minute, ok(`[]`)), // never answers within the minute an attempt may take
	} {
		synctest.Test(t, func(t *testing.T) {
			api := newFakeAPI()
			api.script(walletsPath, fault, fault)
			mustWallets(t.Context(), t, api.client(t))
			if got := api.count(walletsPath); got != 3 {
				t.Errorf("tried %d times, want 3", got)
			}
		})
	}
}

// truncated breaks off in the middle of the body.
func truncated(r *http.Request) (*http.Response, error) {
	body := io.MultiReader(io.LimitReader(zeros{}, 10), failing{})
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(body), Request: r}, nil
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { return len(b), nil }

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestAnAttemptEndsAfterAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := newFakeAPI()
		api.always[walletsPath] = after(time.Hour, ok(`[]`))
		start := time.Now()
		_, err := api.client(t).Wallets(t.Context())
		if err == nil || !strings.Contains(err.Error(), "gave up after 1m0s") || time.Since(start) < 6*time.Minute || time.Since(start) > 6*time.Minute+15*time.Second {
			t.Errorf("six attempts ended after %s with %v", time.Since(start), err)
		}
	})
}

func TestRetryAfterIsHonoured(t *testing.T) {
	// Every bubble begins at the same whole second, which is as exact as HTTP dates are.
	date := func(d time.Duration) string {
		return time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).Add(d).Format(http.TimeFormat)
	}
	tests := []struct {
		name   string
		code   int
		header string
		want   time.Duration // the least wait; the usual jitter may make it a little more
		fails  bool
	}{
		{"seconds", 429, "7", 7 * time.Second, false},
		{"seconds with 503", 503, "7", 7 * time.Second, false},
		{"date", 429, date(9 * time.Second), 9 * time.Second, false},
		{"just at the cap", 429, "30", 30 * time.Second, false},
		{"beyond the cap", 429, "31", 0, true},
		{"beyond the cap with 503", 503, "99999", 0, true},
		{"beyond any clock", 429, "99999999999999999999999", 0, true},
		{"date beyond the cap", 503, date(time.Hour), 0, true},
		{"date in the past", 429, date(-time.Hour), 0, false},
		{"zero", 429, "0", 0, false},
		{"negative", 429, "-5", 0, false},
		{"nonsense", 429, "soon", 0, false},
		{"not meant for 500", 500, "20", 0, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				api := newFakeAPI()
				api.script(walletsPath, status(tt.code, "Retry-After", tt.header))
				start := time.Now()
				_, err := api.client(t).Wallets(t.Context())
				took := time.Since(start)
				if tt.fails {
					if e, ok := errors.AsType[*octopus.Error](err); !ok || e.Status != tt.code || took > 0 {
						t.Errorf("after %s: %v; want the typed error at once", took, err)
					}
					return
				}
				if err != nil || took < max(tt.want, 100*time.Millisecond) || took > tt.want+301*time.Millisecond {
					t.Errorf("waited %s with error %v; want %s", took, err, tt.want)
				}
			})
		})
	}
}

func TestRetryAfterCapIsConfigurable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := newFakeAPI()
		api.script(walletsPath, status(429, "Retry-After", "120"))
		c := api.client(t, func(c *octopus.Config) { c.RetryAfterCap = func() time.Duration { return 2 * time.Minute } })
		start := time.Now()
		mustWallets(t.Context(), t, c)
		if took := time.Since(start); took < 2*time.Minute {
			t.Errorf("waited %s, asked for 2 minutes", took)
		}
	})
}

func TestParseRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for header, want := range map[string]time.Duration{
		"":                               0,
		"3":                              3 * time.Second,
		" 3 ":                            3 * time.Second,
		"1.5":                            0,
		"Mon, 23 Nov 2026 12:00:05 GMT":  5 * time.Second,
		"Monday, 23-Nov-26 12:00:05 GMT": 5 * time.Second,
		"Mon Nov 23 12:00:05 2026":       5 * time.Second,
		"Mon, 23 Nov 2026 11:00:05 GMT":  0,
		"9223372036":                     9223372036 * time.Second,
		"9223372037":                     math.MaxInt64,
	} {
		if got := octopus.ParseRetryAfter(header, now); got != want {
			t.Errorf("%q means %s, want %s", header, got, want)
		}
	}
}

func TestCancellationEndsWaitsAtOnce(t *testing.T) {
	tests := []struct {
		name string
		api  func(*fakeAPI)
	}{
		{"between tries", func(f *fakeAPI) { f.always[walletsPath] = status(429, "Retry-After", "30") }},
		{"during an attempt", func(f *fakeAPI) { f.always[walletsPath] = after(time.Minute, ok(`[]`)) }},
		{"between tries of the login", func(f *fakeAPI) { f.always[loginPath] = status(429, "Retry-After", "30") }},
		{"during the login", func(f *fakeAPI) { f.always[loginPath] = after(time.Minute, status(500)) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				api := newFakeAPI()
				tt.api(api)
				c := api.client(t)
				ctx, cancel := context.WithCancel(t.Context())
				time.AfterFunc(5*time.Second, cancel)
				start := time.Now()
				_, err := c.Wallets(ctx)
				if took := time.Since(start); took != 5*time.Second {
					t.Errorf("returned after %s, cancelled after 5 s", took)
				}
				if !errors.Is(err, context.Canceled) {
					t.Errorf("error is %v", err)
				}
				before := len(api.seen)
				time.Sleep(10 * time.Minute)
				if n := len(api.seen) - before; n != 0 {
					t.Errorf("%d requests after everybody had left", n)
				}
			})
		})
	}
}

func TestAnEndedContextSendsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := newFakeAPI()
		c := api.client(t)
		mustWallets(t.Context(), t, c)
		before := len(api.seen)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := c.Wallets(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("error is %v", err)
		}
		if n := len(api.seen) - before; n != 0 {
			t.Errorf("%d requests arrived", n)
		}
	})
}

func TestADeadlineKeepsTheLastFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := newFakeAPI()
		api.always[walletsPath] = status(429, "Retry-After", "30")
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		_, err := api.client(t).Wallets(ctx)
		if e, ok := errors.AsType[*octopus.Error](err); !ok || e.Status != 429 || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error is %v; want the deadline and why it was waited", err)
		}
	})
}

func TestOwnTransportWaitsHalfAMinuteForHeaders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		transport := octopus.NewTransport()
		transport.DialContext = func(context.Context, string, string) (net.Conn, error) {
			ours, theirs := net.Pipe()
			go func() { _, _ = io.Copy(io.Discard, theirs) }() // reads the request and never answers
			return ours, nil
		}
		defer transport.CloseIdleConnections()
		c := newFakeAPI().client(t, func(c *octopus.Config) { c.BaseURL, c.Transport = "http://localhost", transport })
		start := time.Now()
		_, err := c.Wallets(t.Context())
		took := time.Since(start)
		if err == nil || !strings.Contains(err.Error(), "timeout awaiting response headers") || took < 3*time.Minute || took > 3*time.Minute+15*time.Second {
			t.Errorf("six tries ended after %s with %v", took, err)
		}
	})
}
