package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/segmentio/ksuid"

	"walletwatch/secret"
	"walletwatch/wallet"
	"walletwatch/web"
)

type failure struct{ Name, Code, Message string }

// envelope checks that an answer is an error in the vendor's envelope and returns it.
func envelope(t *testing.T, w *httptest.ResponseRecorder, status int) failure {
	t.Helper()
	if w.Code != status {
		t.Fatalf("status %d, want %d: %s", w.Code, status, w.Body)
	}
	if got := w.Header().Get("Content-Type"); got != "application/json" {
		t.Errorf("Content-Type %q", got)
	}
	if w.Header().Get("X-Request-Id") == "" {
		t.Error("no X-Request-Id")
	}
	var body struct{ Error failure }
	d := json.NewDecoder(w.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(&body); err != nil {
		t.Fatal(err)
	}
	if d.More() {
		t.Error("something follows the envelope")
	}
	if body.Error.Name == "" || body.Error.Code == "" || body.Error.Message == "" {
		t.Errorf("incomplete envelope %+v", body.Error)
	}
	return body.Error
}

func TestRequestID(t *testing.T) {
	h := newServer(t, web.Config{})
	for _, test := range []struct {
		sent string
		kept bool
	}{
		{"2rsK8vF-a.b_C", true},
		{strings.Repeat("a", 64), true},
		{strings.Repeat("a", 65), false},
		{"", false},
		{"two words", false},
		{"a\nb", false},
		{"é", false},
	} {
		w := do(h, "GET", "/-/healthy", "X-Request-Id", test.sent)
		got := w.Header().Values("X-Request-Id")
		if len(got) != 1 {
			t.Fatalf("%q: %d ids", test.sent, len(got))
		}
		if test.kept != (got[0] == test.sent) {
			t.Errorf("%q: got %q", test.sent, got[0])
		}
		if _, err := ksuid.Parse(got[0]); !test.kept && err != nil {
			t.Errorf("%q: %q is no KSUID", test.sent, got[0])
		}
	}
}

func TestErrorsUseTheEnvelope(t *testing.T) {
	h := newServer(t, web.Config{Reload: func(context.Context) error { return nil }})
	for _, test := range []struct {
		method, target, name, allow string
		status                      int
	}{
		{"GET", "/nothing", "NotFoundError", "", 404},
		{"GET", "/wallets/production", "NotFoundError", "", 404},
		{"POST", "/-/reload", "NotFoundError", "", 404}, // no admin token
		{"POST", "/", "MethodNotAllowedError", "GET, HEAD", 405},
		{"DELETE", "/api/v1/wallets", "MethodNotAllowedError", "GET, HEAD", 405},
		{"PUT", "/metrics", "MethodNotAllowedError", "GET, HEAD", 405},
	} {
		w := do(h, test.method, test.target)
		if e := envelope(t, w, test.status); e.Name != test.name {
			t.Errorf("%s %s: %+v", test.method, test.target, e)
		}
		if got := w.Header().Get("Allow"); got != test.allow {
			t.Errorf("%s %s: Allow %q", test.method, test.target, got)
		}
	}
}

func TestHeadWorksWhereGetDoes(t *testing.T) {
	s := httptest.NewServer(newServer(t, web.Config{}))
	defer s.Close()
	for _, target := range []string{"/", "/wallets/production/7", "/metrics", "/-/healthy", "/-/ready",
		"/api/v1/wallets", "/api/v1/wallets/production/7", "/api/v1/alerts"} {
		r, err := s.Client().Head(s.URL + target)
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
		if r.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", target, r.Status)
		}
	}
}

func TestSecurityHeaders(t *testing.T) {
	h := newServer(t, web.Config{})
	scripts := regexp.MustCompile(`script-src|unsafe`)
	for _, target := range []string{"/", "/api/v1/wallets", "/nothing", "/metrics"} {
		header := do(h, "GET", target).Header()
		policy := header.Get("Content-Security-Policy")
		if !strings.HasPrefix(policy, "default-src 'none'; ") || !strings.Contains(policy, "frame-ancestors 'none'") || scripts.MatchString(policy) {
			t.Errorf("%s: Content-Security-Policy %q", target, policy)
		}
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store",
		} {
			if got := header.Get(name); got != want {
				t.Errorf("%s: %s %q", target, name, got)
			}
		}
	}
}

func TestLargeBodyIsRefused(t *testing.T) {
	r := httptest.NewRequest("POST", "/-/reload", bytes.NewReader(make([]byte, 64<<10+1)))
	w := httptest.NewRecorder()
	newServer(t, web.Config{AdminToken: secret.Literal("s3cret"), Reload: func(context.Context) error { return nil }}).ServeHTTP(w, r)
	if e := envelope(t, w, http.StatusRequestEntityTooLarge); e.Name != "PayloadTooLargeError" {
		t.Errorf("%+v", e)
	}
}

// broken panics like a Source that breaks its promise.
type broken struct{ view }

func (b *broken) Snapshot() *wallet.Snapshot { panic("the cupboard is bare") }

func TestPanicIsAnsweredAndLogged(t *testing.T) {
	var log bytes.Buffer
	h := newServer(t, web.Config{Source: &broken{}, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	e := envelope(t, do(h, "GET", "/-/ready", "X-Request-Id", "p-1"), http.StatusInternalServerError)
	if e.Name != "InternalServerError" || strings.Contains(e.Message, "cupboard") {
		t.Errorf("%+v", e)
	}
	for _, want := range []string{"the cupboard is bare", "request_id=p-1", "stack="} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("%q was not logged: %s", want, log.String())
		}
	}
}

func TestAccessLogHoldsNoSecrets(t *testing.T) {
	var log bytes.Buffer
	h := newServer(t, web.Config{Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	do(h, "GET", "/api/v1/wallets?token=canary", "Authorization", "Bearer canary", "X-Request-Id", "log-1")
	if strings.Contains(log.String(), "canary") {
		t.Errorf("a secret was logged: %s", log.String())
	}
	for _, want := range []string{"level=DEBUG", "method=GET", "path=/api/v1/wallets", "status=200", "duration=0s", "request_id=log-1"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("%q was not logged: %s", want, log.String())
		}
	}
}

func FuzzRequest(f *testing.F) {
	f.Add("GET", "/wallets/production/7", "level=critical", "id-1")
	f.Add("POST", "/-/reload", "", "")
	f.Add("GET", "/api/v1/alerts", "account=%ff&level=%00", "\x00")
	f.Add("HEAD", "/api/v1/wallets/production%2F7/-1", ";", strings.Repeat("x", 65))
	h := newServer(f, web.Config{})
	sane := regexp.MustCompile(`^[A-Za-z0-9_.-]{1,64}$`)
	f.Fuzz(func(t *testing.T, method, path, query, id string) {
		r, err := http.NewRequest(method, "http://localhost", nil)
		if err != nil {
			return
		}
		r.URL.Path, r.URL.RawQuery = "/"+strings.TrimPrefix(path, "/"), query
		r.Header.Set("X-Request-Id", id)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code >= 500 {
			t.Fatalf("status %d: %s", w.Code, w.Body)
		}
		if got := w.Header().Get("X-Request-Id"); !sane.MatchString(got) {
			t.Fatalf("X-Request-Id %q", got)
		}
		if w.Code >= 400 && !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
			envelope(t, w, w.Code)
		}
	})
}
