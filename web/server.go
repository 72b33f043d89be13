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
	"net/http"
	"net/url"
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
}

// New checks c, registers the metrics of NewCollector and of the scrape handler on c.Registry, and returns a
// Server. It fails without a Source, with an ExternalURL that is not an absolute http or https address, and when
// the registry already holds metrics of the same names.
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
	s.handler = dress(s.watch(limitBody(s.routes(registry))))
	return s, nil
}

// Handler returns the handler of every route. Each answer carries X-Request-Id, errors use the vendor's envelope.
func (s *Server) Handler() http.Handler { return s.handler }

func (s *Server) routes(registry *prometheus.Registry) *http.ServeMux {
	mux := http.NewServeMux()
	mux.Handle("GET /{$}", s.try(s.indexPage))
	mux.Handle("GET /wallets/{account}/{id}", s.try(s.walletPage))
	mux.Handle("GET /metrics", s.metrics(registry))
	mux.Handle("GET /-/healthy", s.try(s.alive))
	mux.Handle("GET /-/ready", s.try(s.ready))
	mux.Handle("GET /api/v1/wallets", s.try(s.listWallets))
	mux.Handle("GET /api/v1/wallets/{account}/{id}", s.try(s.getWallet))
	mux.Handle("GET /api/v1/alerts", s.try(s.listAlerts))
	if s.reload != nil && s.admin.IsSet() {
		mux.Handle("POST /-/reload", s.try(s.reloadPolicy))
	}
	return mux
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
