package octopus

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// The vendor asks every integration for these: first wait 200 ms, doubling, at most 10 s, 4–6 retries.
const (
	maxTries  = 6
	firstWait = 200 * time.Millisecond
	maxWait   = 10 * time.Second
)

// waits is the backoff between tries: exponential, each wait × a random 0.5–1.5, and never shorter than the
// server asked for.
type waits struct {
	*backoff.ExponentialBackOff
	atLeast time.Duration // set after every try
}

func newWaits() *waits {
	return &waits{ExponentialBackOff: &backoff.ExponentialBackOff{
		InitialInterval: firstWait, MaxInterval: maxWait, Multiplier: 2, RandomizationFactor: 0.5,
	}}
}

func (w *waits) NextBackOff() time.Duration {
	return max(w.ExponentialBackOff.NextBackOff(), w.atLeast)
}

// worthRetrying reports whether err may pass by itself, and how long the server wants to be left alone.
func (c *Client) worthRetrying(err error) (time.Duration, bool) {
	// Only the attempt's own failure counts: one that is wrapped was a login's, and was retried there.
	switch e := err.(type) {
	case *Error:
		return e.retryAfter, e.transient && e.retryAfter <= c.retryAfterCap()
	case *networkError:
		return 0, true
	}
	return 0, false
}

// parseRetryAfter reads a Retry-After header, seconds or an HTTP date. What cannot be read, and a date that has
// passed, ask for no wait; what is too large to be a duration asks for the longest one.
func parseRetryAfter(s string, now time.Time) time.Duration {
	s = strings.TrimSpace(s)
	if s == "" {
		return 0
	}
	if strings.Trim(s, "0123456789") == "" {
		seconds, err := strconv.ParseInt(s, 10, 64)
		if err != nil || seconds > int64(math.MaxInt64/time.Second) {
			return math.MaxInt64
		}
		return time.Duration(seconds) * time.Second
	}
	at, err := http.ParseTime(s)
	if err != nil {
		return 0
	}
	return max(0, at.Sub(now))
}
