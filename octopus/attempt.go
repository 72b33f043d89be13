package octopus

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/segmentio/ksuid"
)

const (
	maxBody      = 32 << 20
	maxErrorBody = 64 << 10
	maxRequestID = 64
)

// attempt sends one HTTP request and reads its answer. The error is an *Error, a *networkError, or says that
// ctx ended or leaves no time for the rate limit.
func (c *Client) attempt(ctx context.Context, q *call, bearer string) (*answer, error) {
	if q.limiter != nil {
		if err := q.limiter.Wait(ctx); err != nil {
			return nil, fmt.Errorf("%s: waiting for the client's own rate limit: %w", q.route, err)
		}
	}
	limited, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()
	req, err := c.newRequest(limited, q, bearer)
	if err != nil {
		return nil, err
	}
	q.attempts++
	a := &answer{sentAt: c.now(), requestID: req.Header.Get("X-Request-Id")}
	err = c.exchange(req, a)
	c.record(ctx, q, a, err)
	if err != nil {
		if limited.Err() != nil && ctx.Err() == nil {
			err = fmt.Errorf("gave up after %s: %w", attemptTimeout, err)
		}
		return nil, &networkError{q.route, a.requestID, err}
	}
	return a, c.judge(q, a)
}

func (c *Client) newRequest(ctx context.Context, q *call, bearer string) (*http.Request, error) {
	u := *c.base
	u.Path += cmp.Or(q.path, q.route)
	u.RawQuery = q.query.Encode()
	req, err := http.NewRequestWithContext(ctx, q.method, u.String(), bytes.NewReader(q.body))
	if err != nil {
		return nil, fmt.Errorf("%s: making the request: %w", q.route, err)
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "walletwatch")
	req.Header.Set("X-Request-Id", ksuid.New().String())
	if q.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if bearer != "" {
		req.Header.Set("Authorization", "Bearer "+bearer)
	}
	return req, nil
}

// exchange fills a. An error means that no complete answer came.
func (c *Client) exchange(req *http.Request, a *answer) error {
	resp, err := c.transport.RoundTrip(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if id := resp.Header.Get("X-Request-Id"); id != "" && id != a.requestID {
		a.requestID = c.scrub.line(id, maxRequestID)
	}
	if resp.StatusCode/100 != 2 {
		// The status decides; what can be read of the body only explains it.
		a.body, _ = io.ReadAll(io.LimitReader(resp.Body, maxErrorBody))
	} else if a.body, err = io.ReadAll(io.LimitReader(resp.Body, maxBody+1)); err != nil {
		return fmt.Errorf("reading the body: %w", err)
	}
	a.status, a.header = resp.StatusCode, resp.Header
	return nil
}

func (c *Client) record(ctx context.Context, q *call, a *answer, err error) {
	took := max(0, c.now().Sub(a.sentAt))
	c.metrics.observe(c.account, q.route, a.status, took)
	attrs := []slog.Attr{
		slog.String("method", q.method), slog.String("route", q.route), slog.Int("status", a.status),
		slog.Int("attempt", q.attempts), slog.Duration("duration", took.Round(time.Microsecond)),
		slog.String("request_id", a.requestID),
	}
	if err != nil {
		attrs = append(attrs, slog.Any("error", err))
	}
	c.log.LogAttrs(ctx, slog.LevelDebug, "request to the API", attrs...)
}

// judge turns an answer that is of no use into an error, and decodes one that is.
func (c *Client) judge(q *call, a *answer) error {
	if a.status/100 != 2 {
		return c.statusError(q.route, a)
	}
	err := fmt.Errorf("the body is longer than %d MiB", maxBody>>20)
	if len(a.body) <= maxBody {
		err = q.decode(a.body)
	}
	if err == nil {
		return nil
	}
	_, broken := errors.AsType[malformed](err)
	return &Error{
		Status: a.status, Endpoint: q.route, RequestID: a.requestID,
		Message:   c.scrub.line(err.Error(), maxMessage),
		transient: broken,
	}
}
