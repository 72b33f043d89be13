package web

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	toolkit "github.com/prometheus/exporter-toolkit/web"
)

// The limits of a connection. A handler that must read or write for longer moves its own deadlines with
// http.ResponseController.
const (
	headerTimeout  = 5 * time.Second
	readTimeout    = 30 * time.Second
	writeTimeout   = 60 * time.Second
	idleTimeout    = 2 * time.Minute
	maxHeaderBytes = 64 << 10
	drainTimeout   = 5 * time.Second // for requests under way when the server stops
)

// Serve answers on l with h until ctx ends, then lets requests under way finish for up to 5 s, cuts off the rest and
// returns nil. It returns earlier only with the error that keeps it from serving. It closes l.
//
// webConfigFile is the path of a Prometheus web config file (exporter-toolkit: TLS, basic auth, HTTP/2, headers),
// read again for every request; "" is plain HTTP without authentication. What the toolkit refuses itself carries a
// request id and the error envelope too.
//
// At most 2,000 connections are served at once. When one more comes, the one that has been idle the longest is closed
// for it; when none is idle, it is one of at most 250 for which only GET and HEAD are answered, within 5 s, and all else
// with 503 and Retry-After, so that probes get through.
//
// It may be called for several listeners at once, each with a limit of its own: a crowd at one keeps nobody from the others.
func (s *Server) Serve(ctx context.Context, l net.Listener, h http.Handler, webConfigFile string) error {
	defer l.Close()
	server := newHTTPServer(ctx, h, s.logger, newCrowd(s.crowds, l.Addr(), s.logger))
	served := make(chan error, 1)
	go func() {
		served <- toolkit.Serve(l, server, &toolkit.FlagConfig{WebConfigFile: &webConfigFile}, s.logger)
	}()
	select {
	case err := <-served:
		return fmt.Errorf("serving HTTP on %s: %w", l.Addr(), err)
	case <-ctx.Done():
	}
	drain(ctx, server, s.logger)
	<-served
	return nil
}

func newHTTPServer(ctx context.Context, h http.Handler, logger *slog.Logger, crowd *crowd) *http.Server {
	server := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelWarn),
		ConnContext:       crowd.admit,
		ConnState:         crowd.moved,
	}
	// The toolkit puts its authentication in front of Handler just before it serves. BaseContext is called between
	// that and the first request: the one moment to stand in front of the toolkit.
	server.BaseContext = func(net.Listener) context.Context {
		server.Handler = dress(crowd.guard(server.Handler), time.Now)
		return context.WithoutCancel(ctx) // requests under way outlive ctx until they are drained
	}
	return server
}

func drain(ctx context.Context, server *http.Server, logger *slog.Logger) {
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
	defer cancel()
	if err := server.Shutdown(stop); err != nil {
		logger.Warn("requests that were still under way were cut off", "after", drainTimeout, "error", err)
		_ = server.Close()
	}
}
