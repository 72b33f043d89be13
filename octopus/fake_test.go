package octopus_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"walletwatch/octopus"
	"walletwatch/secret"
)

const (
	loginPath        = "/auth/login"
	refreshPath      = "/auth/refresh"
	walletsPath      = "/api/v1/wallets"
	currenciesPath   = "/api/v1/currencies"
	transactionsPath = "/api/v1/transactions"
)

// fakeAPI is the API as a RoundTripper, so that it works on the clock of a synctest bubble. It checks tokens as the
// real one does; scripted answers come first.
type fakeAPI struct {
	mu      sync.Mutex
	seen    []seen
	scripts map[string][]step
	always  map[string]step // after the script
	valid   map[string]bool // access tokens
	refresh string          // the one refresh token that works
	issued  int
	life    time.Duration // of access tokens
}

// seen is a request that arrived.
type seen struct {
	path, query, id, bearer, body string
	at                            time.Time
}

// step answers one request.
type step func(*http.Request) (*http.Response, error)

func newFakeAPI() *fakeAPI {
	return &fakeAPI{scripts: map[string][]step{}, always: map[string]step{}, valid: map[string]bool{}, life: time.Hour}
}

// client returns a client of the API; edit may change its configuration.
func (f *fakeAPI) client(t *testing.T, edit ...func(*octopus.Config)) *octopus.Client {
	t.Helper()
	cfg := octopus.Config{
		Account: "default", BaseURL: "https://api.example.com", Transport: f,
		Key: secret.Literal("the-api-key"), Secret: secret.Literal("the-api-secret"),
	}
	for _, e := range edit {
		e(&cfg)
	}
	c, err := octopus.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// script makes the next requests to path be answered by steps, one each.
func (f *fakeAPI) script(path string, steps ...step) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.scripts[path] = append(f.scripts[path], steps...)
}

// revoke makes every access token invalid, and the refresh token too unless it is kept.
func (f *fakeAPI) revoke(keepRefresh bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	clear(f.valid)
	if !keepRefresh {
		f.refresh = ""
	}
}

// requests returns what arrived at path so far.
func (f *fakeAPI) requests(path string) []seen {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(f.seen), func(s seen) bool { return s.path != path })
}

func (f *fakeAPI) count(path string) int { return len(f.requests(path)) }

func (f *fakeAPI) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
		r.Body.Close()
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return f.next(r, string(body))(r)
}

// next records the request and picks its answer, which is made without holding the lock: it may block.
func (f *fakeAPI) next(r *http.Request, body string) step {
	f.mu.Lock()
	defer f.mu.Unlock()
	bearer := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	path := r.URL.Path
	f.seen = append(f.seen, seen{path, r.URL.RawQuery, r.Header.Get("X-Request-Id"), bearer, body, time.Now()})
	if steps := f.scripts[path]; len(steps) > 0 {
		f.scripts[path] = steps[1:]
		return steps[0]
	}
	if s := f.always[path]; s != nil && (strings.HasPrefix(path, "/auth/") || f.valid[bearer]) {
		return s
	}
	return f.genuine(path, bearer, body)
}

func (f *fakeAPI) genuine(path, bearer, body string) step {
	var fields struct {
		Username, Password string
		RefreshToken       string `json:"refresh_token"`
	}
	_ = json.Unmarshal([]byte(body), &fields)
	switch {
	case path == loginPath && fields.Username == "the-api-key" && fields.Password == "the-api-secret":
		return ok(f.issue())
	case path == refreshPath && fields.RefreshToken != "" && fields.RefreshToken == f.refresh:
		return ok(f.issue())
	case strings.HasPrefix(path, "/auth/") || !f.valid[bearer]:
		return status(http.StatusUnauthorized)
	case path == walletsPath:
		return ok(`[{"id":1,"currency_id":1,"amount":5000.00,"type":"PREPAID"}]`)
	}
	return ok(`[]`)
}

// issue makes a new pair of tokens; the old refresh token stops working.
func (f *fakeAPI) issue() string {
	f.issued++
	access := fmt.Sprintf("access-token-%d", f.issued)
	f.valid[access] = true
	f.refresh = fmt.Sprintf("refresh-token-%d", f.issued)
	return fmt.Sprintf(`{"success":true,"data":{"access_token":%q,"refresh_token":%q,"access_expires_at":%q,"refresh_expires_at":%q,"client_id":42}}`,
		access, f.refresh, time.Now().Add(f.life).UTC().Format(time.RFC3339Nano), time.Now().Add(7*24*time.Hour).UTC().Format(time.RFC3339Nano))
}

// reply answers with a status, a body and headers given as name, value, ….
func reply(code int, body string, headers ...string) step {
	return func(r *http.Request) (*http.Response, error) {
		h := http.Header{}
		for i := 0; i < len(headers); i += 2 {
			h.Set(headers[i], headers[i+1])
		}
		return &http.Response{StatusCode: code, Header: h, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
	}
}

func ok(body string, headers ...string) step { return reply(http.StatusOK, body, headers...) }

// status answers with the vendor's envelope.
func status(code int, headers ...string) step {
	return reply(code, fmt.Sprintf(`{"error":{"name":"SomeError","code":"CODE_%d","message":"told so"}}`, code), headers...)
}

// broken fails without an answer.
func broken(err error) step {
	return func(*http.Request) (*http.Response, error) { return nil, err }
}

// after answers like s, but only after d or when the request is given up.
func after(d time.Duration, s step) step {
	return func(r *http.Request) (*http.Response, error) {
		select {
		case <-time.After(d):
			return s(r)
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
	}
}

func repeat(n int, s step) []step { return slices.Repeat([]step{s}, n) }

// mustWallets reads the wallets and fails the test when that fails.
func mustWallets(ctx context.Context, t *testing.T, c *octopus.Client) octopus.WalletList {
	t.Helper()
	list, err := c.Wallets(ctx)
	if err != nil {
		t.Fatalf("reading the wallets: %v", err)
	}
	return list
}
