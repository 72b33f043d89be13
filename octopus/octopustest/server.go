package octopustest

import (
	"context"
	"log/slog"
	"net/http"
	"time"
)

// The credentials a Server accepts unless its Config names others.
const (
	DemoKey    = "demo-key"
	DemoSecret = "demo-secret"
)

// MaxLimit is the largest ?limit= the vendor accepts.
const MaxLimit = 10_000

// Config describes a Server. The zero value works; a path that cannot be used makes New panic.
type Config struct {
	Key, Secret string           // credentials accepted; "": DemoKey, DemoSecret
	Now         func() time.Time // the simulated world's clock; nil: time.Now
	AccessTTL   time.Duration    // lifetime of an access token; 0: 1 h
	RefreshTTL  time.Duration    // lifetime of a refresh token; 0: 7 days
	Logger      *slog.Logger     // every request at debug level; nil: discard
	PageLimit   int              // a list never holds more rows than this, whatever ?limit= asks; 0: MaxLimit
	Quotas      bool             // enforce the vendor's production quotas

	OrderBalance string // dotted path under which the answer to an order shows what its debit left in the wallet; "": nowhere, as documented
	EventBalance string // the same for the data of wallet.* events, along with balance_before; "": neither
	Events       bool   // queue events for Events and Deliver from the start; Deliver begins to do so by itself
}

func (c Config) withDefaults() Config {
	if c.Key == "" {
		c.Key = DemoKey
	}
	if c.Secret == "" {
		c.Secret = DemoSecret
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.AccessTTL <= 0 {
		c.AccessTTL = time.Hour
	}
	if c.RefreshTTL <= 0 {
		c.RefreshTTL = 7 * 24 * time.Hour
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.PageLimit <= 0 || c.PageLimit > MaxLimit {
		c.PageLimit = MaxLimit
	}
	return c
}

// Server is the simulated API. It implements http.Handler and is safe for concurrent use.
type Server struct {
	cfg      Config
	mux      *http.ServeMux
	world    *world
	tokens   *tokens
	faults   *faultBook
	requests *requestLog
	quotas   *quotas
}

// New returns a server with an empty world. It starts nothing.
func New(cfg Config) *Server {
	cfg = cfg.withDefaults()
	s := &Server{
		cfg:      cfg,
		mux:      http.NewServeMux(),
		world:    newWorld(cfg),
		tokens:   newTokens(cfg),
		faults:   newFaultBook(),
		requests: newRequestLog(),
		quotas:   newQuotas(cfg.Quotas),
	}
	for _, rt := range s.routes() {
		s.faults.know(rt.name)
		s.mux.Handle(rt.pattern(), s.endpoint(rt))
	}
	s.mux.Handle("/", s.endpoint(route{name: RouteUnknown, handle: notFound}))
	return s
}

// ServeHTTP answers one request of the simulated API.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

func (s *Server) endpoint(rt route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := requestID(r)
		entry := s.requests.begin(rt.name, id, r, s.cfg.Now())
		r.Body = http.MaxBytesReader(w, r.Body, maxRequestBody)

		answer, fault := s.answer(rt, r)
		if answer == nil {
			s.note(r.Context(), entry, 0)
			cut(w)
			return
		}
		answer.Header.Set("X-Request-Id", id)
		s.note(r.Context(), entry, answer.Status)
		answer.write(w, fault.Cut)
	})
}

// answer returns nil when the connection is to break instead, and the fault that shaped the answer, if any.
func (s *Server) answer(rt route, r *http.Request) (*Answer, Fault) {
	if f, hit := s.faults.take(rt.name, r, replacing); hit {
		return f.replace(r), f
	}
	answer := s.genuine(rt, r)
	if answer.Status >= http.StatusBadRequest {
		return answer, Fault{}
	}
	f, hit := s.faults.take(rt.name, r, shaping)
	if !hit {
		return answer, Fault{}
	}
	return f.shape(r, s, answer), f
}

// genuine is the answer of an API that works: quota, then credentials, then the route itself.
func (s *Server) genuine(rt route, r *http.Request) *Answer {
	now := s.cfg.Now()
	if wait, over := s.quotas.spend(rt.quota, now); over {
		return tooManyRequests(wait)
	}
	if !rt.public {
		if err := s.tokens.check(r.Header.Get("Authorization"), now); err != nil {
			return err.answer()
		}
	}
	answer, err := rt.handle(r)
	if err != nil {
		return err.answer()
	}
	return answer
}

func (s *Server) note(ctx context.Context, e *Request, status int) {
	s.requests.end(e, status)
	s.cfg.Logger.DebugContext(ctx, "simulated API answered",
		"method", e.Method, "route", e.Route, "status", status, "request_id", e.RequestID)
}
