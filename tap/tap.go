package tap

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
)

// defaultQueue is how many responses wait at most when Config says nothing: two seconds of 5,000 orders/s, and hours of
// what most services place.
const defaultQueue = 10_000

// Config says where order responses go. URL and Token are required.
type Config struct {
	// URL of the walletwatch daemon: http or https, host and port only, such as http://walletwatch:8080.
	URL string
	// Token gives the daemon's WALLETWATCH_INGEST_TOKEN. It is asked before every request, so that a rotation needs no
	// restart. See the functions Token and TokenFile.
	Token func() (string, error)
	// Account that the orders are placed with, as the daemon names it. Empty: the daemon's only account.
	Account string
	// BalancePaths are further dotted paths at which the vendor's responses carry the wallet's balance, as in the daemon's
	// ingest.balance_paths. The five that the daemon looks at by default are always among them.
	BalancePaths []string
	// Queue is how many responses wait at most, besides the up to 200 on their way. 0: 10,000. The room for the queue
	// itself (48 bytes for each) is taken at once.
	Queue int
	// Client talks to the daemon. Nil: an own one. Each request is given 10 seconds either way.
	Client *http.Client
	// Logger is told of trouble with the daemon and of dropped responses, at most once a minute each. Nil: slog.Default.
	Logger *slog.Logger
}

// Tap forwards order responses to walletwatch. A nil *Tap forwards nothing, so that a service can leave it out by
// configuration. All methods are safe for concurrent use.
type Tap struct {
	daemon  daemon
	self    *url.URL // where the daemon takes responses: requests to it are not orders
	allowed *field
	queue   *queue
	counts  counters
	voice   voice // of the sender alone

	wake    chan struct{} // something waits or was dropped
	closing chan struct{} // closed by the first Close
	close   sync.Once
	cancel  context.CancelFunc // gives up what is on its way
	done    chan struct{}      // closed when the sender has ended
}

// Open checks the configuration and starts the one goroutine that talks to the daemon; Close ends it. It does not wait
// for the daemon to be there.
func Open(cfg Config) (*Tap, error) {
	base, err := parseURL(cfg.URL)
	if err != nil {
		return nil, err
	}
	if cfg.Token == nil {
		return nil, fmt.Errorf("opening the tap: the token is missing: set Token to tap.TokenFile(path) or tap.Token(text)")
	}
	if cfg.Queue < 0 {
		return nil, fmt.Errorf("opening the tap: Queue is %d: set how many responses may wait, or 0 for %d", cfg.Queue, defaultQueue)
	}
	if cfg.Queue == 0 {
		cfg.Queue = defaultQueue
	}
	allowed, err := newAllowed(cfg.BalancePaths)
	if err != nil {
		return nil, fmt.Errorf("opening the tap: %w", err)
	}
	own := cfg.Client == nil
	if own {
		cfg.Client = newClient()
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	ctx, cancel := context.WithCancel(context.Background())
	target := ordersURL(base, cfg.Account)
	t := &Tap{
		daemon:  daemon{client: cfg.Client, own: own, token: cfg.Token, url: target.String(), account: cfg.Account},
		self:    target,
		allowed: allowed,
		queue:   newQueue(cfg.Queue),
		voice:   voice{log: cfg.Logger},
		wake:    make(chan struct{}, 1),
		closing: make(chan struct{}),
		cancel:  cancel,
		done:    make(chan struct{}),
	}
	go t.run(ctx)
	return t, nil
}

// Close stops copying and sends what waits, for as long as it takes until ctx ends (what waits longer than ten minutes is
// dropped as ever). The error says how many responses were lost. Further calls wait for the same end.
// Wrapped transports go on working, without copying.
func (t *Tap) Close(ctx context.Context) error {
	if t == nil {
		return nil
	}
	t.close.Do(func() {
		t.queue.shut()
		close(t.closing)
	})
	select {
	case <-t.done:
	case <-ctx.Done():
		t.cancel()
		t.awaitEnd()
	}
	if lost := t.lost(); lost > 0 {
		return fmt.Errorf("closing the tap: %d order responses were not delivered to walletwatch", lost)
	}
	return nil
}

func parseURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("opening the tap: URL is not an address of walletwatch: set it to something like http://walletwatch:8080")
	}
	if u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Path != "" && u.Path != "/" {
		return nil, fmt.Errorf("opening the tap: URL has more than scheme, host and port: leave the rest out, as in %s://%s", u.Scheme, u.Host)
	}
	return u, nil
}

func ordersURL(base *url.URL, account string) *url.URL {
	u := &url.URL{Scheme: base.Scheme, Host: base.Host, Path: "/api/v1/orders"}
	if account != "" {
		u.RawQuery = url.Values{"account": {account}}.Encode()
	}
	return u
}
