package octopustest_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"walletwatch/octopus/octopustest"
)

func dec(s string) decimal.Decimal { return decimal.RequireFromString(s) }

func noon() time.Time { return time.Date(2026, time.March, 2, 12, 0, 0, 0, time.UTC) } // a Monday

// manual is a clock that a test moves.
type manual struct {
	mu sync.Mutex
	t  time.Time
}

func (m *manual) Now() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.t
}

func (m *manual) add(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.t = m.t.Add(d)
}

// caller speaks to a server as an integration would.
type caller struct {
	t     *testing.T
	http  *http.Client
	base  string
	token string
}

type reply struct {
	status int
	header http.Header
	body   string
}

// calling returns a caller without a token that needs no socket.
func calling(t *testing.T, s *octopustest.Server) *caller {
	return &caller{t: t, http: &http.Client{Transport: s.Transport()}, base: "http://octopus.test"}
}

// loggedIn returns a caller with a fresh token.
func loggedIn(t *testing.T, s *octopustest.Server) *caller {
	t.Helper()
	c := calling(t, s)
	c.token = c.login().Data.AccessToken
	return c
}

type loginReply struct {
	Success bool
	Data    struct {
		AccessToken      string    `json:"access_token"`
		RefreshToken     string    `json:"refresh_token"`
		AccessExpiresAt  time.Time `json:"access_expires_at"`
		RefreshExpiresAt time.Time `json:"refresh_expires_at"`
		ClientID         int64     `json:"client_id"`
	}
}

const credentials = `{"username":"demo-key","password":"demo-secret"}`

func (c *caller) login() loginReply {
	c.t.Helper()
	return decode[loginReply](c.t, c.want(200, "POST", "/auth/login", credentials))
}

func (c *caller) try(method, path, body string, header ...string) (reply, error) {
	req, err := http.NewRequestWithContext(context.Background(), method, c.base+path, strings.NewReader(body))
	if err != nil {
		return reply{}, err
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return reply{}, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return reply{resp.StatusCode, resp.Header, string(b)}, err
}

func (c *caller) do(method, path, body string, header ...string) reply {
	c.t.Helper()
	got, err := c.try(method, path, body, header...)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	return got
}

func (c *caller) want(status int, method, path, body string) reply {
	c.t.Helper()
	got := c.do(method, path, body)
	if got.status != status {
		c.t.Fatalf("%s %s: status %d, want %d: %s", method, path, got.status, status, got.body)
	}
	return got
}

func (c *caller) get(path string) reply {
	c.t.Helper()
	return c.want(200, "GET", path, "")
}

func decode[T any](t *testing.T, r reply) T {
	t.Helper()
	var v T
	if err := json.Unmarshal([]byte(r.body), &v); err != nil {
		t.Fatalf("decoding %s: %v", r.body, err)
	}
	return v
}

type problem struct {
	Error struct{ Name, Code, Message string }
}

func (r reply) refused(t *testing.T, status int, name, code string) {
	t.Helper()
	p := decode[problem](t, r)
	if r.status != status || p.Error.Name != name || p.Error.Code != code || p.Error.Message == "" {
		t.Errorf("got %d %s, want %d %s %s with a message", r.status, r.body, status, name, code)
	}
}

func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func sameMoney(t *testing.T, what string, got decimal.Decimal, want string) {
	t.Helper()
	if !got.Equal(dec(want)) {
		t.Errorf("%s: got %s, want %s", what, got, want)
	}
}
