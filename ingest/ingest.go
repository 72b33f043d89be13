// Package ingest takes in what others tell about the wallets: order responses and webhooks, over HTTP.
//
// Handlers turn what they read into observations and hand these to one loop, which records all that is waiting in
// one go: the more arrives, the more is committed at once. An answer is sent only when the matter is recorded.
package ingest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"walletwatch/problem"
	"walletwatch/secret"
	"walletwatch/wallet"
)

// Recorder models where observations are recorded: the ledger.
type Recorder interface {
	// Record records observations of one account in the order given, durably, and returns one verdict for each.
	// The list is the caller's again when it returns; an error means that none of it was recorded.
	Record(ctx context.Context, account string, list []wallet.Observation) ([]wallet.Verdict, error)
}

// Account is an API account of which others may tell.
type Account struct {
	Name          string
	WebhookSecret secret.Value // HMAC secret or secrets; not set: the account takes no webhooks
}

// Config is what a Server needs. Recorder and at least one account are required.
type Config struct {
	Recorder Recorder
	Accounts []Account
	// Token is the bearer token of POST /api/v1/orders, or two separated by white space while one replaces the
	// other; not set: the endpoint answers 404.
	Token secret.Value
	// BalancePaths returns the dotted paths at which a balance is looked for, best first, as of now: a reload may
	// change them. It is called once per request and must be cheap and safe for concurrent use. nil: no balance is
	// looked for.
	BalancePaths func() []string
	// Now is the clock; nil: time.Now.
	Now func() time.Time
	// Logger gets what goes wrong; nil: nothing is logged.
	Logger *slog.Logger
	// Registerer takes the metrics; nil: a registry of its own that nobody reads.
	Registerer prometheus.Registerer
}

// Server takes in observations over HTTP. It is safe for concurrent use; Run must run for anything to be recorded.
type Server struct {
	recorder       Recorder
	accounts       []Account
	token          *keyring
	paths          func() []string
	now            func() time.Time
	logger         *slog.Logger
	metrics        *metrics
	webhookMetrics *webhookMetrics
	queue          *queue
	compiled       pathCache
	buffers        buffers
	orderSlots     chan struct{} // one for each request inside the orders handler
	failures       occasional    // of recording
}

// New checks c and registers the metrics. It fails without a Recorder or accounts, with an account that has no name
// or the name of another, and when the registerer already holds metrics of the same names.
func New(c Config) (*Server, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	s := &Server{
		recorder: c.Recorder, accounts: c.Accounts, paths: c.BalancePaths, now: c.Now, logger: c.Logger, queue: newQueue(), orderSlots: make(chan struct{}, maxOrderRequests),
	}
	if s.paths == nil {
		s.paths = func() []string { return nil }
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.logger == nil {
		s.logger = slog.New(slog.DiscardHandler)
	}
	if c.Registerer == nil {
		c.Registerer = prometheus.NewRegistry()
	}
	s.token = newKeyring("the bearer token of the orders endpoint", c.Token, s.now, s.logger)
	var err error
	if s.metrics, err = newMetrics(c.Registerer, s.queue.waiting); err != nil {
		return nil, err
	}
	if s.webhookMetrics, err = newWebhookMetrics(c.Registerer); err != nil {
		return nil, err
	}
	return s, nil
}

func (c *Config) check() error {
	if c.Recorder == nil {
		return errors.New("the ingest server needs a recorder, and none was given")
	}
	if len(c.Accounts) == 0 {
		return errors.New("the ingest server needs at least one account, and none was given")
	}
	seen := make(map[string]bool, len(c.Accounts))
	for _, a := range c.Accounts {
		if a.Name == "" || seen[a.Name] {
			return fmt.Errorf("the ingest server needs accounts of different names, and %q is empty or there twice", a.Name)
		}
		seen[a.Name] = true
	}
	return nil
}

// try makes a handler of f, which answers with the status success unless it returns an error: a problem it returns
// is the answer, any other error is logged and answered with 500. A request that f did not read to its end is not read
// on for that. Requests are counted under the endpoint's name.
func (s *Server) try(endpoint string, success int, f func(w http.ResponseWriter, r *http.Request) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r = r.WithContext(r.Context()) // a copy: the body of the original is net/http's
		body := &tracked{ReadCloser: r.Body, ended: r.ContentLength == 0}
		r.Body = body
		err := f(w, r)
		if err == nil {
			s.metrics.request(endpoint, success)
			return
		}
		p, ok := errors.AsType[*problem.Problem](err)
		if !ok {
			s.logger.ErrorContext(r.Context(), "a request failed", "endpoint", endpoint, "error", err,
				"request_id", r.Header.Get("X-Request-Id"))
			p = problem.Generic(http.StatusInternalServerError)
		}
		s.metrics.request(endpoint, p.Status)
		if !body.ended {
			hangUp(w, r)
		}
		p.Write(w)
	})
}

// refusal is the problem behind an error of submit, with its Retry-After header already set.
func (s *Server) refusal(w http.ResponseWriter, err error) *problem.Problem {
	p, wait := &problem.Problem{Status: http.StatusServiceUnavailable}, "5"
	switch {
	case errors.Is(err, errOverloaded):
		wait = "1"
		p.Code, p.Message = "OVERLOADED", "More arrives than can be recorded at present: send the request again shortly."
	case errors.Is(err, errStopping):
		p.Code, p.Message = "STOPPING", "This instance is stopping: send the request again."
	case errors.Is(err, errUnrecorded):
		p.Code, p.Message = "STORE_UNREACHABLE", "The database could not be written: send the request again."
	default: // the wait for the verdicts was given up
		p.Code, p.Message = "TIMEOUT", "Recording took too long: send the request again; what was recorded after all is not counted twice."
	}
	w.Header().Set("Retry-After", wait)
	return p
}
