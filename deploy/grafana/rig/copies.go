package rig

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

// copies are replicas that must not be believed, beside the daemon that must. Each is a copy of its metrics: of one that
// lost the database when Freeze was called, of one that hung then, and of one that goes by another policy, which does not count.
type copies struct {
	address string
	daemon  string
	server  *http.Server
	frozen  atomic.Pointer[string]
}

// astray are the jobs that scrape the daemon and one such copy.
func astray() []string { return []string{"behind", "hung", "standby"} }

func openCopies(daemon string) (*copies, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	c := &copies{address: l.Addr().String(), daemon: daemon}
	mux := http.NewServeMux()
	mux.HandleFunc("/behind", func(w http.ResponseWriter, _ *http.Request) {
		c.show(w, strings.NewReplacer("\nwalletwatch_database_up 1\n", "\nwalletwatch_database_up 0\n"))
	})
	mux.HandleFunc("/hung", func(w http.ResponseWriter, _ *http.Request) { c.show(w, strings.NewReplacer()) })
	mux.HandleFunc("/standby", c.otherPolicy)
	c.server = &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = c.server.Serve(l) }() // ends with close
	return c, nil
}

func (c *copies) close() { _ = c.server.Close() }

func (c *copies) show(w http.ResponseWriter, change *strings.Replacer) {
	text := c.frozen.Load()
	if text == nil {
		http.Error(w, "nothing is frozen yet", http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "text/plain; version=0.0.4")
	_, _ = io.WriteString(w, change.Replace(*text)) // the other end may have gone
}

// otherPolicy knows what the daemon knows, and takes what is critical for a warning and a warning for critical.
func (c *copies) otherPolicy(w http.ResponseWriter, req *http.Request) {
	text, err := c.metrics(req.Context())
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	w.Header().Set("Content-Type", "text/plain; version=0.0.4")
	_, _ = strings.NewReplacer(
		"\nwalletwatch_policy_in_force 1\n", "\nwalletwatch_policy_in_force 0\n",
		`level="warning"`, `level="critical"`, `level="critical"`, `level="warning"`,
	).WriteString(w, text)
}

func (c *copies) metrics(ctx context.Context) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.daemon+"/metrics", nil)
	if err != nil {
		return "", err
	}
	return call(req)
}

// Freeze keeps what the daemon says of its wallets now, for the copies that are behind.
func (r *Rig) Freeze(ctx context.Context) error {
	for ctx.Err() == nil {
		text, err := r.copies.metrics(ctx)
		if err != nil {
			return fmt.Errorf("freezing metrics: %w", err)
		}
		if strings.Contains(text, "\nwalletwatch_wallet_runway_seconds{") {
			r.copies.frozen.Store(&text)
			return nil
		}
		select {
		case <-ctx.Done():
		case <-time.After(100 * time.Millisecond):
		}
	}
	return ctx.Err()
}
