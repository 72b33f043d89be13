package tap

import (
	"bytes"
	"context"
	"encoding/json"
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
	attemptTimeout = 10 * time.Second
	maxRetryAfter  = 30 * time.Second
	maxAnswer      = 64 << 10
)

// daemon is walletwatch as the sender sees it.
type daemon struct {
	client  *http.Client
	own     bool // the client is this package's
	token   func() (string, error)
	url     string
	account string
}

// answer is what one attempt came to.
type answer struct {
	taken             int // records from the first on that the daemon has
	accepted, ignored uint64
	bad               bool          // the record after those taken is refused for good
	err               error         // why the rest has to wait; nil: it need not
	lasting           bool          // err will not go away by itself
	wait              time.Duration // at least so long, as the daemon asks
}

// newClient talks to one host, one request at a time. It shares nothing with http.DefaultTransport, which may be wrapped.
func newClient() *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			Proxy:               http.ProxyFromEnvironment,
			DialContext:         (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
			TLSHandshakeTimeout: 5 * time.Second,
			IdleConnTimeout:     90 * time.Second,
			ForceAttemptHTTP2:   true,
		},
		// A redirect would turn the POST into a GET, or take the token somewhere else.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// hangUp closes what connections the own client keeps.
func (d *daemon) hangUp() {
	if d.own {
		d.client.CloseIdleConnections()
	}
}

// post makes one attempt to deliver the batch. A panic in what others have supplied, the token or the client, counts as
// a failure: this goroutine must not take the service down.
func (d *daemon) post(ctx context.Context, batch []record) (a answer) {
	defer func() {
		if recover() != nil {
			a = answer{err: errors.New("sending order responses: Token or Client has panicked"), lasting: true}
		}
	}()
	token, err := d.token()
	if err != nil {
		return answer{err: err, lasting: true}
	}
	if token = strings.TrimSpace(token); token == "" || strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return answer{err: errors.New("the token is not one word: set it to walletwatch's WALLETWATCH_INGEST_TOKEN"), lasting: true}
	}
	ctx, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.url, bytes.NewReader(encode(batch, time.Now())))
	if err != nil {
		return answer{err: err, lasting: true}
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/x-ndjson")
	req.Header.Set("User-Agent", "walletwatch-tap")
	resp, err := d.client.Do(req)
	if err != nil {
		return answer{err: err}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return answer{err: fmt.Errorf("reading walletwatch's answer: %w", err)}
	}
	return d.understand(resp, body, len(batch))
}

// encode writes the batch as NDJSON, with the age of each record: a duration is right whatever the clocks of two machines
// say, and after any number of attempts.
func encode(batch []record, now time.Time) []byte {
	size := 0
	for _, r := range batch {
		size += len(r.text) + len(`,"walletwatch_age_ms":123456}`) + 1
	}
	lines := make([]byte, 0, size)
	for _, r := range batch {
		lines = append(lines, r.text...)
		lines = append(lines, `,"walletwatch_age_ms":`...)
		lines = strconv.AppendInt(lines, r.age(now).Milliseconds(), 10)
		lines = append(lines, "}\n"...)
	}
	return lines
}

// understand sorts the daemon's answers to a batch of so many records. Anything that is not walletwatch's own yes, such as a
// proxy's login page, must not pass for one.
func (d *daemon) understand(resp *http.Response, body []byte, sent int) answer {
	var said struct {
		Accepted, Ignored *uint64
		Line              int
		Error             struct{ Code, Message string }
	}
	understood := json.Unmarshal(body, &said) == nil
	count := func(n *uint64) uint64 {
		if n == nil {
			return 0
		}
		return min(*n, uint64(sent))
	}
	switch status := resp.StatusCode; {
	case status == http.StatusAccepted && understood && said.Accepted != nil:
		return answer{taken: sent, accepted: count(said.Accepted), ignored: count(said.Ignored)}
	case understood && blamesRecord(status, said.Error.Code) && said.Line >= 1 && said.Line <= sent:
		return answer{taken: said.Line - 1, accepted: count(said.Accepted), ignored: count(said.Ignored), bad: true}
	case status == http.StatusRequestTimeout || status == http.StatusTooManyRequests || status >= 500:
		return answer{err: fmt.Errorf("walletwatch answers %s", resp.Status), wait: retryAfter(resp.Header, time.Now())}
	default:
		return answer{err: d.explain(resp, said.Error.Message), lasting: true}
	}
}

// blamesRecord reports whether the daemon refuses a record for what it is. Other answers name a line as well, where
// reading or recording has ended for a reason that passes.
func blamesRecord(status int, code string) bool {
	return status == http.StatusBadRequest && code == "MALFORMED" || status == http.StatusRequestEntityTooLarge && code == "TOO_LARGE"
}

// explain says what to set when the daemon refuses everything.
func (d *daemon) explain(resp *http.Response, message string) error {
	hint := "is URL really walletwatch's?"
	switch resp.StatusCode {
	case http.StatusBadRequest:
		hint = fmt.Sprintf("check Account, now %q", d.account)
	case http.StatusUnauthorized:
		hint = "set Token to the WALLETWATCH_INGEST_TOKEN that the daemon has"
	case http.StatusForbidden:
		hint = "something in front of walletwatch forbids it"
	case http.StatusNotFound:
		hint = fmt.Sprintf("set WALLETWATCH_INGEST_TOKEN at the daemon, and check Account, now %q", d.account)
	case http.StatusUnsupportedMediaType:
		hint = "the daemon is of another version than this package"
	}
	if message != "" {
		hint += " (it says: " + message[:min(len(message), 300)] + ")"
	}
	return fmt.Errorf("walletwatch answers %s: %s", resp.Status, hint)
}

// retryAfter reads the header, seconds or a date, and honours up to 30 seconds of it.
func retryAfter(h http.Header, now time.Time) time.Duration {
	value := h.Get("Retry-After")
	wait := time.Duration(0)
	if seconds, err := strconv.Atoi(value); err == nil {
		wait = time.Duration(min(seconds, 3600)) * time.Second
	} else if date, err := http.ParseTime(value); err == nil {
		wait = date.Sub(now)
	}
	return min(max(wait, 0), maxRetryAfter)
}
