package octopustest_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"walletwatch/octopus/octopustest"
)

func threeWallets(t *testing.T) (*octopustest.Server, *caller) {
	s := octopustest.New(octopustest.Config{})
	for id := range int64(3) {
		s.AddWallet(octopustest.Wallet{ID: id + 1, Currency: "USD", Balance: dec("5")})
	}
	return s, loggedIn(t, s)
}

func TestReplacingFaults(t *testing.T) {
	date := time.Date(2026, 3, 2, 12, 0, 30, 0, time.UTC)
	for name, c := range map[string]struct {
		fault        octopustest.Fault
		status       int
		header, want string // a header and its value
		body         string // part of the body
	}{
		"400":        {octopustest.Answering(400), 400, "", "", `"name":"BadRequestError"`},
		"401":        {octopustest.Unauthorized(), 401, "", "", `"name":"UnauthorizedError"`},
		"403":        {octopustest.Forbidden(), 403, "", "", `"name":"ForbiddenError"`},
		"404":        {octopustest.NotFound(), 404, "", "", `"name":"NotFoundError"`},
		"418":        {octopustest.Answering(418), 418, "", "", `"code":"ERROR"`},
		"429":        {octopustest.RetryAfter(7), 429, "Retry-After", "7", `"name":"TooManyRequestsError"`},
		"429 date":   {octopustest.RetryAfterDate(date), 429, "Retry-After", "Mon, 02 Mar 2026 12:00:30 GMT", "TOO_MANY"},
		"500":        {octopustest.Answering(500), 500, "", "", `"name":"InternalServerError"`},
		"502":        {octopustest.Answering(502), 502, "Content-Type", "text/html", "502 Bad Gateway"},
		"HTML":       {octopustest.HTMLBody(), 200, "Content-Type", "text/html; charset=utf-8", "<h1>"},
		"raw":        {octopustest.RawBody("null"), 200, "", "", "null"},
		"redirect":   {octopustest.Redirect("https://elsewhere.example/"), 302, "Location", "https://elsewhere.example/", ""},
		"own header": {octopustest.Fault{Status: 503, Header: http.Header{"retry-after": {"3"}}}, 503, "Retry-After", "3", ""},
	} {
		t.Run(name, func(t *testing.T) {
			s, c2 := threeWallets(t)
			c2.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
			s.Fail(octopustest.RouteWallets, c.fault)
			got := c2.want(c.status, "GET", "/api/v1/wallets", "")
			if c.header != "" {
				equal(t, c.header, got.header.Get(c.header), c.want)
			}
			if !strings.Contains(got.body, c.body) {
				t.Errorf("body %q lacks %q", got.body, c.body)
			}
			c2.get("/api/v1/wallets")
		})
	}
}

func TestShapingFaults(t *testing.T) {
	const w3, w2, w1 = `{"id":3,"currency_id":1,"amount":5.00,"type":"PREPAID"}`, `{"id":2,"currency_id":1,"amount":5.00,"type":"PREPAID"}`,
		`{"id":1,"currency_id":1,"amount":5.00,"type":"PREPAID"}`
	with2 := func(change ...string) string {
		return "[" + w3 + "," + strings.NewReplacer(change...).Replace(w2) + "," + w1 + "]"
	}
	whole := with2()
	for name, c := range map[string]struct {
		fault octopustest.Fault
		want  string
	}{
		"empty list":       {octopustest.EmptyList(), "[]"},
		"null amount":      {octopustest.NullAmount(2), with2("5.00", "null")},
		"raw amount":       {octopustest.RawAmount(2, "1e400"), with2("5.00", "1e400")},
		"not even JSON":    {octopustest.RawAmount(2, "NaN"), with2("5.00", "NaN")},
		"zero":             {octopustest.ZeroOnce(2), with2("5.00", "0")},
		"all zero":         {octopustest.AllZero(), strings.ReplaceAll(whole, "5.00", "0")},
		"missing":          {octopustest.Missing(2), "[" + w3 + "," + w1 + "]"},
		"other currency":   {octopustest.CurrencyChanged(2, "EUR"), with2(`"currency_id":1`, `"currency_id":2`)},
		"other type":       {octopustest.TypeChanged(2, "NEW"), with2("PREPAID", "NEW")},
		"not on this page": {octopustest.ZeroOnce(99), whole},
		"malformed":        {octopustest.MalformedJSON(), whole[:len(whole)/2]},
		"garbage":          {octopustest.TrailingGarbage(), whole + "<!-- cached -->"},
	} {
		t.Run(name, func(t *testing.T) {
			s, c2 := threeWallets(t)
			s.Fail(octopustest.RouteWallets, c.fault)
			equal(t, "with the fault", c2.get("/api/v1/wallets").body, c.want)
			equal(t, "after it", c2.get("/api/v1/wallets").body, whole)
		})
	}
	t.Run("headers", func(t *testing.T) {
		s, c := threeWallets(t)
		s.Fail(octopustest.RouteWallets, octopustest.WithoutHeaders("X-Has-More", "X-Per-Page"), octopustest.EmptyList())
		h := c.get("/api/v1/wallets").header
		equal(t, "removed", h.Get("X-Has-More")+h.Get("X-Per-Page"), "")
		equal(t, "kept", h.Get("X-Total-Count"), "3")
		equal(t, "empty list agrees", c.get("/api/v1/wallets").header.Get("X-Total-Count"), "0")
	})
}

func statuses(c *caller, path string, n int) []int {
	c.t.Helper()
	var got []int
	for range n {
		got = append(got, c.do("GET", path, "").status)
	}
	return got
}

func sameInts(t *testing.T, what string, got []int, want ...int) {
	t.Helper()
	a, _ := json.Marshal(got)
	b, _ := json.Marshal(want)
	equal(t, what, string(a), string(b))
}

func TestFaultsAreMetInOrder(t *testing.T) {
	s, c := threeWallets(t)
	s.Fail(octopustest.AnyRoute, octopustest.Answering(404))
	s.Fail(octopustest.RouteWallets, octopustest.StatusSeq(500, 502)...)
	s.Fail(octopustest.RouteWallets, octopustest.Fault{Status: 429, Times: 2})
	s.FailAlways(octopustest.RouteCurrencies, octopustest.Forbidden())
	sameInts(t, "wallets", statuses(c, "/api/v1/wallets", 6), 500, 502, 429, 429, 404, 200)
	sameInts(t, "currencies", statuses(c, "/api/v1/currencies", 3), 403, 403, 403)
	s.Heal(octopustest.RouteCurrencies)
	sameInts(t, "healed", statuses(c, "/api/v1/currencies", 1), 200)

	s.FailAlways(octopustest.AnyRoute, octopustest.Answering(503))
	s.Fail(octopustest.RouteWallets, octopustest.Answering(500))
	sameInts(t, "outage", statuses(c, "/api/v1/wallets", 2), 500, 503)
	equal(t, "outage of login", c.do("POST", "/auth/login", credentials).status, 503)
	s.Fail(octopustest.RouteWallets, octopustest.EmptyList(), octopustest.Answering(500))
	equal(t, "queued before lasting", c.get("/api/v1/wallets").body, "[]")
	s.Heal(octopustest.AnyRoute)
	sameInts(t, "all healed", statuses(c, "/api/v1/wallets", 1), 200)
}

func TestFaultForSomeRequestsOnly(t *testing.T) {
	s, c := threeWallets(t)
	f := octopustest.Answering(500)
	f.Match = func(r *http.Request) bool { return r.URL.Query().Get("page") == "2" }
	s.Fail(octopustest.RouteWallets, f)
	sameInts(t, "page 1", statuses(c, "/api/v1/wallets", 2), 200, 200)
	sameInts(t, "page 2", statuses(c, "/api/v1/wallets?page=2", 2), 500, 200)
}

func TestShapingFaultWaitsForAnAcceptedRequest(t *testing.T) {
	s, c := threeWallets(t)
	s.Fail(octopustest.RouteWallets, octopustest.EmptyList(), octopustest.Answering(500))
	good := c.token
	c.token = "expired"
	sameInts(t, "refused", statuses(c, "/api/v1/wallets", 2), 401, 401)
	c.token = good
	equal(t, "shaped", c.get("/api/v1/wallets").body, "[]")
	sameInts(t, "then the next", statuses(c, "/api/v1/wallets", 2), 500, 200)
}

func TestLostAnswerHasAnEffect(t *testing.T) {
	s := octopustest.New(octopustest.Config{})
	c := calling(t, s)
	token := c.login().Data.RefreshToken
	s.Fail(octopustest.RouteRefresh, octopustest.ConnectionReset(), octopustest.AnswerLost())
	for range 2 {
		if _, err := c.try("POST", "/auth/refresh", refreshBody(token)); !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("error %v, want a reset connection", err)
		}
	}
	c.do("POST", "/auth/refresh", refreshBody(token)).refused(t, 401, "UnauthorizedError", "INVALID_REFRESH_TOKEN")
}

// onSocket repeats a caller's world over a real connection that is kept alive.
func onSocket(t *testing.T, s *octopustest.Server) *caller {
	t.Helper()
	ts := httptest.NewServer(s)
	t.Cleanup(ts.Close)
	c := &caller{t: t, http: ts.Client(), base: ts.URL}
	c.token = c.login().Data.AccessToken
	return c
}

func TestBrokenConnections(t *testing.T) {
	s, inProcess := threeWallets(t)
	for name, c := range map[string]*caller{"socket": onSocket(t, s), "transport": inProcess} {
		t.Run(name, func(t *testing.T) {
			before := s.Count(octopustest.RouteWallets)
			s.Fail(octopustest.RouteWallets, octopustest.ConnectionReset(), octopustest.AnswerLost(), octopustest.CutOff())
			for _, fault := range []string{"reset", "lost"} {
				if got, err := c.try("GET", "/api/v1/wallets", ""); err == nil {
					t.Errorf("%s: answered %d", fault, got.status)
				}
			}
			got, err := c.try("GET", "/api/v1/wallets", "")
			if !errors.Is(err, io.ErrUnexpectedEOF) || got.status != 200 || len(got.body) == 0 {
				t.Errorf("cut off: status %d, %d bytes, error %v", got.status, len(got.body), err)
			}
			equal(t, "one fault is one request", s.Count(octopustest.RouteWallets)-before, 3)
			if err := json.Unmarshal([]byte(c.get("/api/v1/wallets").body), &[]idRow{}); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestHangingEndsWithTheClient(t *testing.T) {
	s, _ := threeWallets(t)
	c := onSocket(t, s)
	s.Fail(octopustest.RouteLogin, octopustest.Hanging())
	s.Fail(octopustest.RouteWallets, octopustest.Delayed(time.Hour))
	c.http.Timeout = 50 * time.Millisecond
	for method, path := range map[string]string{"POST": "/auth/login", "GET": "/api/v1/wallets"} {
		_, err := c.try(method, path, credentials)
		if timeout, ok := errors.AsType[interface {
			error
			Timeout() bool
		}](err); !ok || !timeout.Timeout() {
			t.Errorf("%s: %v, want a timeout", path, err)
		}
	}
	c.http.Timeout = 0
	c.get("/api/v1/wallets")
}

func TestDelayInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c := threeWallets(t)
		s.Fail(octopustest.RouteWallets, octopustest.Delayed(20*time.Second), octopustest.Fault{Status: 503, Delay: 5 * time.Second})
		start := time.Now()
		c.get("/api/v1/wallets")
		equal(t, "delay", time.Since(start), 20*time.Second)
		c.want(503, "GET", "/api/v1/wallets", "")
		equal(t, "both delays", time.Since(start), 25*time.Second)

		s.Fail(octopustest.RouteWallets, octopustest.Hanging())
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		req, err := http.NewRequestWithContext(ctx, "GET", c.base+"/api/v1/wallets", nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err = c.http.Do(req); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("hanging: %v", err)
		}
		equal(t, "hung", time.Since(start), 55*time.Second)
	})
}
