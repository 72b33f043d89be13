package octopus

import (
	"net"
	"net/http"
	"strings"
	"time"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/propagation"
)

// The timeouts are the vendor's advice: connect 5–10 s, response 30 s, whole request 30–60 s.
const (
	connectTimeout = 10 * time.Second
	headerTimeout  = 30 * time.Second
	attemptTimeout = 60 * time.Second
	pingAfter      = 1500 * time.Millisecond // of silence on a connection that is waited for
	pingTimeout    = time.Second
)

func newTransport() *http.Transport {
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: connectTimeout}).DialContext,
		TLSHandshakeTimeout:    connectTimeout,
		ResponseHeaderTimeout:  headerTimeout,
		IdleConnTimeout:        90 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
		ForceAttemptHTTP2:      true,
		// Over HTTP/2 all requests share a connection, also one that hangs: it is found out before a second read begins.
		HTTP2: &http.HTTP2Config{SendPingTimeout: pingAfter, PingTimeout: pingTimeout},
	}
}

// traced gives every request a span named "METHOD route" and the traceparent header that belongs to it.
func traced(rt http.RoundTripper, basePath string) http.RoundTripper {
	name := func(_ string, r *http.Request) string {
		return r.Method + " " + strings.TrimPrefix(r.URL.Path, basePath)
	}
	return otelhttp.NewTransport(rt, otelhttp.WithSpanNameFormatter(name), otelhttp.WithPropagators(propagation.TraceContext{}))
}

// scrubbed keeps secrets out of transport errors. They end up in spans, logs and messages, and some quote what
// the server sent, which may be what it was sent.
type scrubbed struct {
	http.RoundTripper
	scrub *scrubber
}

func (t scrubbed) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := t.RoundTripper.RoundTrip(r)
	if err != nil {
		return nil, t.scrub.error(err)
	}
	return resp, nil
}
