// Package web shows what is known about the wallets: a status page for people, a JSON API, Prometheus metrics and
// health. It keeps no copy of anything: every answer is made from the one published snapshot, judged at the moment
// of the request, so that a balance that has grown stale since is never shown as current.
package web

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"walletwatch/secret"
	"walletwatch/wallet"
)

// Source is where a Server reads. It models the ledger's published view: both methods are cheap, safe for
// concurrent use and never return nil, and what they return is immutable.
type Source interface {
	Snapshot() *wallet.Snapshot
	Policy() *wallet.Policy
}

// Config is what a Server needs. Only Source is required.
type Config struct {
	Source Source
	// Healthy reports whether the store can be reached; nil: it always can. It must heed its context.
	Healthy func(ctx context.Context) error
	// Reload reads thresholds.yaml again. The text of its error is sent to whoever asked, so it must be fit for
	// people and hold no secret. nil: there is no reload endpoint.
	Reload func(ctx context.Context) error
	// AdminToken is the bearer token for POST /-/reload; not set: the endpoint answers 404.
	AdminToken secret.Value
	// Registry holds everything that /metrics shows. New registers the wallet metrics on it; nil: a new one.
	Registry *prometheus.Registry
	// Routes are served beside web's own: http.ServeMux patterns such as "POST /api/v1/orders" and their handlers. They
	// get request ids, the envelope, security headers and the care for panics; limiting bodies and moving deadlines
	// (http.ResponseController) is up to them. nil: none.
	Routes map[string]http.Handler
	// ExternalURL is where people reach the status page, http or https. API answers link to it; "": they do not.
	ExternalURL string
	// Version is shown at the foot of the page; "": nothing is.
	Version string
	// Now is the clock; nil: time.Now.
	Now func() time.Time
	// Logger gets failures, and each request at debug level; nil: nothing is logged.
	Logger *slog.Logger
}

// Server answers HTTP requests about one Source. It is safe for concurrent use and starts nothing by itself.
type Server struct {
	source   Source
	healthy  func(ctx context.Context) error
	reload   func(ctx context.Context) error
	admin    secret.Value
	external string
	version  string
	now      func() time.Time
	logger   *slog.Logger
	pages    *template.Template
	handler  http.Handler
	crowds   *connectionMetrics
}

// New checks c, registers the metrics of NewCollector, of the scrape handler and of connections on c.Registry, and
// returns a Server. It fails without a Source, with an ExternalURL that is not an absolute http or https address, with
// Routes that are malformed or clash, and when the registry already holds metrics of the same names.
func New(c Config) (*Server, error) {
	if c.Source == nil {
		return nil, errors.New("the web server needs a source of wallets, and none was given")
	}
	external, err := baseURL(c.ExternalURL)
	if err != nil {
		return nil, err
	}
	pages, err := parsePages()
	if err != nil {
		return nil, fmt.Errorf("parsing the page templates: %w", err)
	}
	s := &Server{
		source: c.Source, healthy: c.Healthy, reload: c.Reload, admin: c.AdminToken,
		external: external, version: c.Version, now: c.Now, logger: c.Logger, pages: pages,
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.logger == nil {
		s.logger = slog.New(slog.DiscardHandler)
	}
	registry := c.Registry
	if registry == nil {
		registry = prometheus.NewRegistry()
	}
	if err := registry.Register(NewCollector(c.Source, s.now)); err != nil {
		return nil, fmt.Errorf("registering the wallet metrics: %w", err)
	}
	if s.crowds, err = newConnectionMetrics(registry); err != nil {
		return nil, fmt.Errorf("registering the metrics of connections: %w", err)
	}
	mux := s.routes(registry)
	for _, pattern := range slices.Sorted(maps.Keys(c.Routes)) {
		if err := mount(mux, pattern, c.Routes[pattern]); err != nil {
			return nil, err
		}
	}
	s.handler = s.Dress(mux)
	return s, nil
}

// Handler returns the handler of every route. Each answer carries X-Request-Id, errors use the vendor's envelope.
func (s *Server) Handler() http.Handler { return s.handler }

// Dress gives h what Handler gives its routes, for another listener: request ids, the envelope for errors that are
// plain text (such as ServeMux's 404), security headers, an answer after a panic and the log at debug level. It limits
// neither bodies nor time.
func (s *Server) Dress(h http.Handler) http.Handler { return dress(s.watch(h), s.now) }

func (s *Server) routes(registry *prometheus.Registry) *http.ServeMux {
	mux := http.NewServeMux()
	own := func(pattern string, h http.Handler) { mux.Handle(pattern, limitBody(h)) }
	own("GET /{$}", s.try(s.indexPage))
	own("GET /wallets/{account}/{id}", s.try(s.walletPage))
	own("GET /metrics", s.metrics(registry))
	own("GET /-/healthy", s.try(s.alive))
	own("GET /-/ready", s.try(s.ready))
	own("GET /api/v1/wallets", s.try(s.listWallets))
	own("GET /api/v1/wallets/{account}/{id}", s.try(s.getWallet))
	own("GET /api/v1/alerts", s.try(s.listAlerts))
	if s.reload != nil && s.admin.IsSet() {
		own("POST /-/reload", s.try(s.reloadPolicy))
	}
	return mux
}

// mount adds a route that web does not know. ServeMux panics when a pattern is malformed or taken.
func mount(mux *http.ServeMux, pattern string, h http.Handler) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("mounting the route %q: %v", pattern, v)
		}
	}()
	mux.Handle(pattern, h)
	return nil
}

func baseURL(text string) (string, error) {
	if text == "" {
		return "", nil
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return "", errors.New("the external URL must be an absolute http or https address such as https://walletwatch.example.com")
	}
	return strings.TrimSuffix(text, "/"), nil
}
