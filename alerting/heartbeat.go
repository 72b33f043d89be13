package alerting

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"walletwatch/secret"
)

// heartbeatTimeout bounds each of the two tries of a ping.
const heartbeatTimeout = 5 * time.Second

// Heartbeat tells a dead man's switch elsewhere that walletwatch is well. The switch raises the alarm when it stops.
type Heartbeat struct {
	url       secret.Value
	transport http.RoundTripper
}

// NewHeartbeat makes a heartbeat for a URL, which is a secret and is read at each ping. A nil transport means a new
// http.Transport. It sends nothing.
func NewHeartbeat(url secret.Value, transport http.RoundTripper) *Heartbeat {
	if transport == nil {
		transport = newTransport()
	}
	return &Heartbeat{url: url, transport: transport}
}

// Ping sends one GET request, and a second one when the first fails. Each may take 5 s. Any answer of 200 to 299
// is a success. Errors never hold the URL.
func (h *Heartbeat) Ping(ctx context.Context) error {
	address, err := h.url.Reveal()
	if err != nil {
		return err
	}
	if !secretAddress(address) {
		return errors.New("the heartbeat URL is missing or is not an http(s) address")
	}
	if h.get(ctx, address) == nil {
		return nil
	}
	if err := h.get(ctx, address); err != nil {
		return fmt.Errorf("sending the heartbeat: %w", err)
	}
	return nil
}

func (h *Heartbeat) get(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, heartbeatTimeout)
	defer cancel()
	x := &exchange{service: "the heartbeat's receiver", base: h.transport, now: time.Now, hide: hiding(parts(address)...)}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return x.refusal("")
	}
	res, err := x.client().Do(req)
	if err != nil {
		return x.refusal("")
	}
	res.Body.Close() // what it held has been read already
	if x.status/100 != 2 {
		return x.refusal("")
	}
	return nil
}
