package web_test

import (
	"net/http"
	"net/url"
	"testing"

	"walletwatch/web"
)

// BenchmarkMiddleware measures what every request pays before its handler, beside ServeMux alone with the same handler.
func BenchmarkMiddleware(b *testing.B) {
	accept := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusAccepted) })
	bare := http.NewServeMux()
	bare.Handle("POST /api/v1/orders", accept)
	h := newServer(b, web.Config{Routes: map[string]http.Handler{"POST /api/v1/orders": accept}})
	for _, test := range []struct {
		name, id string
		handler  http.Handler
	}{
		{"bare", "", bare},
		{"with an id", "2rsK8vF-a.b_C", h},
		{"without an id", "", h},
	} {
		b.Run(test.name, func(b *testing.B) {
			w, sent := discard{http.Header{}}, []string{test.id}
			b.ReportAllocs()
			for b.Loop() {
				r := &http.Request{Method: "POST", URL: &url.URL{Path: "/api/v1/orders"}, Header: http.Header{}, Body: http.NoBody}
				r.Header["X-Request-Id"] = sent
				clear(w.header)
				test.handler.ServeHTTP(w, r)
			}
		})
	}
}
