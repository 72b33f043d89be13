package alerting

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	// requestTimeout bounds one HTTP request where the caller's context does not end sooner.
	requestTimeout = 10 * time.Second
	// mostAnswer bounds what is read of an answer. Slack's answers repeat the message, a few kilobytes.
	mostAnswer = 1 << 20
)

// exchange is one HTTP request and its answer. The vendors' client libraries drop the reason of a refusal and its
// Retry-After, so they are kept here on their way through.
type exchange struct {
	service string // "Slack" or "PagerDuty", for reasons
	base    http.RoundTripper
	now     func() time.Time
	hide    func(string) string

	status     int // 0: no answer
	retryAfter time.Duration
	body       []byte
	err        error // why there is no answer, without the URL that net/http would add
}

// client returns an HTTP client for this exchange only. It follows no redirects: none is documented, and the body
// holds secrets.
func (x *exchange) client() *http.Client {
	return &http.Client{
		Transport:     x,
		Timeout:       requestTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// RoundTrip passes the request on and keeps the answer. It looks at the clock itself: a process that was stopped for a
// while goes on before the timers do that should have ended it, and others may have taken its claim over.
func (x *exchange) RoundTrip(req *http.Request) (*http.Response, error) {
	if end, ok := req.Context().Deadline(); ok && !time.Now().Before(end) {
		x.err = context.DeadlineExceeded
		return nil, x.err
	}
	res, err := x.base.RoundTrip(req)
	if err != nil {
		x.err = err
		return nil, err
	}
	defer res.Body.Close()
	x.status = res.StatusCode
	x.retryAfter = parseRetryAfter(res.Header.Get("Retry-After"), x.now())
	if x.body, err = io.ReadAll(io.LimitReader(res.Body, mostAnswer)); err != nil {
		x.err = fmt.Errorf("reading the answer: %w", err)
		return nil, x.err
	}
	res.Body = io.NopCloser(bytes.NewReader(x.body))
	res.ContentLength = int64(len(x.body))
	return res, nil
}

// refusal explains a failure by what the HTTP exchange shows. reason is what the vendor says in its own format; ""
// takes the body's text.
func (x *exchange) refusal(reason string) *Refusal {
	switch {
	case x.err != nil:
		return x.refuse(false, "%s cannot be reached: %s", x.service, transportReason(x.err))
	case x.status == 0:
		return x.refuse(true, "the request to %s could not be built: check its address", x.service)
	case x.status/100 == 2:
		return x.refuse(false, "the answer of %s makes no sense, so nothing is known to be accepted: %s",
			x.service, cmp.Or(reason, bodyReason(x.body)))
	}
	return x.refuse(permanentStatus(x.status), "%s answers %d: %s",
		x.service, x.status, cmp.Or(reason, bodyReason(x.body)))
}

func (x *exchange) refuse(permanent bool, format string, args ...any) *Refusal {
	return &Refusal{
		Permanent:  permanent,
		RetryAfter: x.retryAfter,
		Reason:     clip(oneLine(x.hide(fmt.Sprintf(format, args...))), mostReason),
	}
}

// permanentStatus reports whether an HTTP status means that the same request will never be accepted. Redirects are
// not: they come from gateways that get in the way for a while.
func permanentStatus(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return false
	}
	return status >= 400 && status < 500
}

// parseRetryAfter reads a Retry-After header, in seconds or as a date; 0 when it is absent or makes no sense.
func parseRetryAfter(s string, now time.Time) time.Duration {
	s = strings.TrimSpace(s)
	if seconds, err := strconv.ParseInt(s, 10, 64); err == nil {
		return time.Duration(min(max(seconds, 0), int64(24*time.Hour/time.Second))) * time.Second
	}
	if date, err := http.ParseTime(s); err == nil {
		return max(date.Sub(now), 0)
	}
	return 0
}

func transportReason(err error) string {
	var timeout net.Error
	if errors.Is(err, context.DeadlineExceeded) || (errors.As(err, &timeout) && timeout.Timeout()) {
		return "no answer in time"
	}
	return err.Error()
}

// newTransport returns the transport that receivers share between requests unless they are given one.
func newTransport() http.RoundTripper {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost = 2
	t.ResponseHeaderTimeout = requestTimeout
	return t
}
