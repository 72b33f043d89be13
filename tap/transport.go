package tap

import (
	"net/http"
	"strings"
	"time"
)

// maxBody is the largest response that is copied. An order of 1,000 vouchers has about a quarter of it.
const maxBody = 1 << 20

// Wrap returns a transport that sends requests through base, http.DefaultTransport if nil, and copies order responses
// while the caller reads them. It costs an order about ten microseconds and cannot make it fail.
//
// A response is forwarded as soon as the caller has read its JSON object to the end. One that the caller closes
// earlier, one larger than 1 MiB and one with a Content-Encoding other than gzip are counted and not forwarded.
func (t *Tap) Wrap(base http.RoundTripper) http.RoundTripper {
	if base == nil {
		base = http.DefaultTransport
	}
	if t == nil {
		return base
	}
	return &transport{tap: t, base: base}
}

type transport struct {
	tap  *Tap
	base http.RoundTripper
}

func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	order := t.tap.isOrder(req)
	resp, err := t.base.RoundTrip(req)
	if order && err == nil && resp != nil && resp.StatusCode >= 200 && resp.StatusCode <= 299 {
		t.tap.watch(resp)
	}
	return resp, err
}

// CloseIdleConnections lets http.Client.CloseIdleConnections reach the wrapped transport.
func (t *transport) CloseIdleConnections() {
	if c, ok := t.base.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// isOrder reports whether the request places an order. The address that the daemon takes orders at ends like the
// vendor's: if the tap's client goes through a wrapped transport as well, what it sends must not be taken for an order.
// The vendor may be reached through the same host, by another path.
func (t *Tap) isOrder(req *http.Request) bool {
	if req.Method != http.MethodPost || req.URL == nil || !isOrderPath(req.URL.Path) || t.queue.isShut() {
		return false
	}
	return req.URL.Host != t.self.Host || req.URL.Path != t.self.Path
}

func isOrderPath(path string) bool {
	return strings.HasSuffix(path, "/api/v1/orders") ||
		strings.HasSuffix(path, "/api/v1/topups/orders") ||
		strings.HasSuffix(path, "/api/v1/esim/orders")
}

// watch puts a copier around the body of an order response, unless it is clear already that nothing can come of it.
func (t *Tap) watch(resp *http.Response) {
	t.counts.seen.Add(1)
	encoding := strings.ToLower(strings.TrimSpace(resp.Header.Get("Content-Encoding")))
	switch {
	case resp.Body == nil || resp.Body == http.NoBody:
		t.drop(unreadable, 1)
	case resp.ContentLength > maxBody:
		t.drop(tooLarge, 1)
	case encoding != "" && encoding != "identity" && encoding != "gzip":
		t.drop(unreadable, 1)
	default:
		resp.Body = &copier{
			body:     resp.Body,
			tap:      t,
			received: time.Now(),
			gzipped:  encoding == "gzip",
			copied:   newWiped(resp.ContentLength),
		}
	}
}
