package web

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// No route of ours panics half-way, so this one is made up: half an answer must not look whole.
func TestPanicHalfWayCutsTheConnection(t *testing.T) {
	s := &Server{now: time.Now, logger: slog.New(slog.DiscardHandler)}
	server := httptest.NewServer(s.Dress(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "[1, 2")
		_ = http.NewResponseController(w).Flush()
		panic("half-way")
	})))
	defer server.Close()
	r, err := server.Client().Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if body, err := io.ReadAll(r.Body); err == nil {
		t.Errorf("read %q as a whole answer", body)
	}
}
