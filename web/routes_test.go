package web_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"walletwatch/web"
)

// bare is a server of nothing in particular.
func bare(t *testing.T) *web.Server { return orders(t, http.NotFound) }

func orders(t *testing.T, h http.HandlerFunc) *web.Server {
	t.Helper()
	s, err := web.New(web.Config{Source: newView(), Now: clock, Routes: map[string]http.Handler{"POST /api/v1/orders": h}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestRoutesAreServedBesideTheOwn(t *testing.T) {
	h := orders(t, func(w http.ResponseWriter, r *http.Request) {
		n, err := io.Copy(io.Discard, r.Body)
		if n != 1<<20 || err != nil {
			t.Errorf("%d bytes of the body came, %v", n, err)
		}
		if got := r.Header.Get("X-Request-Id"); got != "order-1" {
			t.Errorf("the route sees the request id %q", got)
		}
		w.WriteHeader(http.StatusAccepted)
	}).Handler()
	r := httptest.NewRequest("POST", "/api/v1/orders", bytes.NewReader(make([]byte, 1<<20)))
	r.Header.Set("X-Request-Id", "order-1")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if got := w.Header(); w.Code != http.StatusAccepted || got.Get("X-Request-Id") != "order-1" || got.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("status %d, headers %v", w.Code, got)
	}
	w = do(h, "GET", "/api/v1/orders")
	envelope(t, w, http.StatusMethodNotAllowed)
	if got := w.Header().Get("Allow"); got != "POST" {
		t.Errorf("Allow %q", got)
	}
	if w := do(h, "GET", "/-/healthy"); w.Code != http.StatusOK {
		t.Errorf("/-/healthy answers %d", w.Code)
	}
}

func TestRoutesThatPanicAreAnswered(t *testing.T) {
	h := orders(t, func(http.ResponseWriter, *http.Request) { panic("an order too many") }).Handler()
	envelope(t, do(h, "POST", "/api/v1/orders"), http.StatusInternalServerError)
}

func TestWrongRoutesAreRefused(t *testing.T) {
	for pattern, h := range map[string]http.Handler{
		"GET /api/v1/wallets": http.NotFoundHandler(), // taken
		"GET no-slash":        http.NotFoundHandler(),
		"POST /api/v1/orders": nil,
	} {
		_, err := web.New(web.Config{Source: newView(), Routes: map[string]http.Handler{pattern: h}})
		if err == nil || !strings.Contains(err.Error(), pattern) {
			t.Errorf("%s: %v", pattern, err)
		}
	}
}

func TestDressServesOneRouteOnly(t *testing.T) {
	s := orders(t, func(http.ResponseWriter, *http.Request) {})
	mux := http.NewServeMux()
	mux.HandleFunc("POST /webhooks/octopus", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Has("panic") {
			panic("at the webhook")
		}
		w.WriteHeader(http.StatusNoContent)
	})
	h := s.Dress(mux)
	if w := do(h, "POST", "/webhooks/octopus"); w.Code != http.StatusNoContent || w.Header().Get("X-Request-Id") == "" || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("status %d, headers %v", w.Code, w.Header())
	}
	envelope(t, do(h, "POST", "/webhooks/octopus?panic"), http.StatusInternalServerError)
	envelope(t, do(h, "GET", "/webhooks/octopus"), http.StatusMethodNotAllowed)
	for _, path := range []string{"/", "/-/healthy", "/metrics", "/api/v1/orders"} {
		envelope(t, do(h, "GET", path), http.StatusNotFound)
	}
}

// TestDeadlinesCanBeMoved: a route reads and writes for longer than connections usually may, through both layers of
// middleware.
func TestDeadlinesCanBeMoved(t *testing.T) {
	for name, test := range map[string]struct {
		read, write time.Duration // 0: not moved
		outcome     string
		answered    bool
	}{
		"both":       {time.Hour, time.Hour, "read 2 bytes, <nil>", true},
		"reading":    {time.Hour, 0, "read 2 bytes, <nil>", false},
		"not at all": {0, 0, "i/o timeout", true},
	} {
		t.Run(name, func(t *testing.T) {
			var read chan string
			s := orders(t, func(w http.ResponseWriter, r *http.Request) {
				control := http.NewResponseController(w)
				if test.read > 0 {
					must(t, control.SetReadDeadline(time.Now().Add(test.read)))
				}
				if test.write > 0 {
					must(t, control.SetWriteDeadline(time.Now().Add(test.write)))
				}
				body, err := io.ReadAll(r.Body)
				read <- fmt.Sprintf("read %d bytes, %v", len(body), err)
			})
			inBubble(t, s.Handler(), func(t *testing.T, p *pipes, stop func(), served <-chan error) {
				read = make(chan string, 1)
				c := p.dial()
				_, _ = io.WriteString(c, "POST /api/v1/orders HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n1")
				answer := make(chan string, 1)
				go func() {
					head, _ := bufio.NewReader(c).ReadString('\n')
					answer <- head
					c.Close()
				}()
				time.Sleep(10 * time.Minute) // slower than any deadline but the moved ones
				_, _ = io.WriteString(c, "2")
				if got := <-read; !strings.Contains(got, test.outcome) {
					t.Errorf("the route %s, want %s", got, test.outcome)
				}
				if got := <-answer; strings.Contains(got, " 200 ") != test.answered {
					t.Errorf("the answer is %q", got)
				}
				stop()
				must(t, <-served)
			})
		})
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
}
