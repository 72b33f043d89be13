package octopus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/cenkalti/backoff/v5"
	"golang.org/x/time/rate"
)

// call is one request as the caller means it; it may take several attempts.
type call struct {
	method  string
	route   string // path below the base URL, with names for its parameters: it labels logs, metrics and spans
	path    string // the path itself; "": route, which has no parameters
	query   url.Values
	body    []byte
	tries   uint
	limiter *rate.Limiter      // nil: not limited
	public  bool               // needs no access token
	decode  func([]byte) error // reads the body of a 2xx answer

	attempts int  // HTTP requests so far
	refused  bool // an access token was answered with 401
}

// answer is a complete HTTP answer.
type answer struct {
	status    int
	header    http.Header
	body      []byte
	sentAt    time.Time
	requestID string
}

// do makes attempts until one is answered and decoded, it is pointless to go on, or ctx ends.
func (c *Client) do(ctx context.Context, q *call) (*answer, error) {
	waits := newWaits()
	var last error
	try := func() (*answer, error) {
		a, err := c.try(ctx, q)
		if err == nil {
			return a, nil
		}
		last = err
		wait, again := c.worthRetrying(err)
		if !again {
			return nil, backoff.Permanent(err)
		}
		waits.atLeast = wait
		return nil, err
	}
	a, err := backoff.Retry(ctx, try, backoff.WithBackOff(waits), backoff.WithMaxTries(q.tries),
		backoff.WithMaxElapsedTime(0), backoff.WithNotify(func(err error, wait time.Duration) {
			c.log.Warn("request to the API failed; trying again", c.describe(q, err, slog.Duration("wait", wait))...)
		}))
	if err == nil {
		return a, nil
	}
	err = finalError(err, last)
	if ctx.Err() == nil {
		c.log.Warn("request to the API failed", c.describe(q, err)...)
	}
	return nil, err
}

// finalError is what the caller sees: the failure itself, or, when waiting for the next try was cut short, why
// together with the failure.
func finalError(err, last error) error {
	// The marker is still there when the last of the allowed tries failed for good.
	_, permanent := errors.AsType[*backoff.PermanentError](err)
	if permanent || errors.Is(last, err) {
		return last
	}
	return fmt.Errorf("%w, after: %w", err, last)
}

func (c *Client) describe(q *call, err error, more ...any) []any {
	return append([]any{"method", q.method, "route", q.route, "attempts", q.attempts, "error", err}, more...)
}

// try is one try of the retry policy: an attempt, and when its access token is refused, another with a renewed
// one. Refused again, only a login can tell whether the credentials are still good; if even its token is
// refused, a person must act.
func (c *Client) try(ctx context.Context, q *call) (*answer, error) {
	if q.public {
		return c.attempt(ctx, q, "")
	}
	var refusal error
	for range 3 { // the token at hand, a refreshed one, one from a login
		tok, err := c.tokens.get(ctx)
		if err != nil {
			return nil, fmt.Errorf("%s: getting an access token: %w", q.route, err)
		}
		a, err := c.attempt(ctx, q, tok.access)
		if !isUnauthorized(err) {
			if err == nil {
				c.tokens.confirm(tok)
			}
			return a, err
		}
		c.tokens.reject(tok, q.refused)
		if q.refused && tok.fromLogin {
			return nil, err
		}
		q.refused, refusal = true, err
	}
	return nil, refusal
}

func isUnauthorized(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Status == http.StatusUnauthorized
}
