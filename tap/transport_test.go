package tap_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"walletwatch/tap"
)

func TestWhichResponsesAreCopied(t *testing.T) {
	tests := []struct {
		name, method, path string
		status             int
		seen               uint64
	}{
		{"vouchers", "POST", "/api/v1/orders", 200, 1},
		{"created", "POST", "/api/v1/orders", 201, 1},
		{"top-ups", "POST", "/api/v1/topups/orders", 200, 1},
		{"eSIMs", "POST", "/api/v1/esim/orders", 200, 1},
		{"behind a proxy", "POST", "/octopus/api/v1/orders", 200, 1},
		{"with a query", "POST", "/api/v1/orders?dry=1", 200, 1},
		{"a list of orders", "GET", "/api/v1/orders", 200, 0},
		{"one order", "POST", "/api/v1/orders/12", 200, 0},
		{"a neighbour", "POST", "/api/v1/preorders", 200, 0},
		{"another resource", "POST", "/api/v1/gifts/orders", 200, 0},
		{"another version", "POST", "/api/v2/orders", 200, 0},
		{"log-in", "POST", "/api/v1/auth/login", 200, 0},
		{"refused", "POST", "/api/v1/orders", 400, 0},
		{"redirected", "POST", "/api/v1/orders", 307, 0},
		{"failed", "POST", "/api/v1/orders", 500, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			feed, _ := open(t, &daemon{})
			want := answer(test.status, response(1))
			original := want.Body
			resp, err := feed.Wrap(roundTripper(func(*http.Request) (*http.Response, error) { return want, nil })).
				RoundTrip(request(t, test.method, test.path))
			if err != nil {
				t.Fatal(err)
			}
			if untouched := resp.Body == original; untouched != (test.seen == 0) {
				t.Errorf("the body is untouched: %v", untouched)
			}
			body, err := io.ReadAll(resp.Body)
			if err != nil || string(body) != response(1) {
				t.Errorf("read %q, %v", body, err)
			}
			if err := feed.Close(t.Context()); err != nil {
				t.Error(err)
			}
			if s := feed.Stats(); s.Seen != test.seen || s.Sent != test.seen {
				t.Errorf("stats %+v, want %d seen and sent", s, test.seen)
			}
		})
	}
}

func TestOwnRequestsAreNoOrders(t *testing.T) {
	d := &daemon{}
	feed, _ := open(t, d, func(c *tap.Config) { c.Account = "main" })
	defer feed.Close(t.Context())
	for _, test := range []struct {
		url  string
		seen uint64 // so far
	}{
		{"http://walletwatch:8080/api/v1/orders?account=main", 0},
		{"http://walletwatch:8080/octopus/api/v1/orders", 1}, // one host stands before both
		{"http://walletwatch:8080/api/v1/topups/orders", 2},
		{"http://walletwatch:8081/api/v1/orders", 3},
	} {
		req := httptest.NewRequest(http.MethodPost, test.url, strings.NewReader(""))
		if _, err := feed.Wrap(d).RoundTrip(req); err != nil {
			t.Fatal(err)
		}
		if s := feed.Stats(); s.Seen != test.seen {
			t.Errorf("after %s, %d were taken for orders, want %d", test.url, s.Seen, test.seen)
		}
	}
}

// oddBody fails, and counts what is done to it.
type oddBody struct {
	io.Reader
	closed   int
	closeErr error
}

func (b *oddBody) Close() error { b.closed++; return b.closeErr }

func (b *oddBody) WriteTo(w io.Writer) (int64, error) { return io.Copy(w, b.Reader) }

func TestBodiesPassUnchanged(t *testing.T) {
	broken, stuck := errors.New("connection reset"), errors.New("close failed")
	whole := response(1)
	readAll := func(r io.Reader) (string, error) { b, err := io.ReadAll(r); return string(b), err }
	copyAll := func(r io.Reader) (string, error) {
		var b bytes.Buffer
		_, err := io.Copy(&b, r)
		return b.String(), err
	}
	decode := func(r io.Reader) (string, error) {
		var v struct{ ID json.Number }
		err := json.NewDecoder(r).Decode(&v)
		return v.ID.String(), err
	}
	tests := []struct {
		name string
		body io.Reader
		read func(io.Reader) (string, error)
		want string
		err  error
		then tap.Stats
	}{
		{"whole", strings.NewReader(whole), readAll, whole, nil, tap.Stats{Seen: 1, Sent: 1, Accepted: 1}},
		{"byte by byte", iotest.OneByteReader(strings.NewReader(whole)), readAll, whole, nil, tap.Stats{Seen: 1, Sent: 1, Accepted: 1}},
		{"data with the end", iotest.DataErrReader(strings.NewReader(whole)), readAll, whole, nil, tap.Stats{Seen: 1, Sent: 1, Accepted: 1}},
		{"copied", strings.NewReader(whole), copyAll, whole, nil, tap.Stats{Seen: 1, Sent: 1, Accepted: 1}},
		{"decoded, end not reached", io.MultiReader(strings.NewReader(whole), iotest.ErrReader(broken)), decode, "1", nil, tap.Stats{Seen: 1, Sent: 1, Accepted: 1}},
		{"more behind it", strings.NewReader(whole + "\n" + whole), readAll, whole + "\n" + whole, nil, tap.Stats{Seen: 1, Sent: 1, Accepted: 1}},
		{"broken off", io.MultiReader(strings.NewReader(whole[:100]), iotest.ErrReader(broken)), readAll, whole[:100], broken, tap.Stats{Seen: 1, Dropped: tap.Dropped{Incomplete: 1}}},
		{"cut short", strings.NewReader(whole[:100]), readAll, whole[:100], nil, tap.Stats{Seen: 1, Dropped: tap.Dropped{Unreadable: 1}}},
		{"not read", strings.NewReader(whole), func(io.Reader) (string, error) { return "", nil }, "", nil, tap.Stats{Seen: 1, Dropped: tap.Dropped{Incomplete: 1}}},
		{"no JSON", strings.NewReader("<html>{}"), readAll, "<html>{}", nil, tap.Stats{Seen: 1, Dropped: tap.Dropped{Unreadable: 1}}},
		{"only brackets", strings.NewReader("]"), readAll, "]", nil, tap.Stats{Seen: 1, Dropped: tap.Dropped{Unreadable: 1}}},
		{"an array", strings.NewReader("[" + whole + "]"), readAll, "[" + whole + "]", nil, tap.Stats{Seen: 1, Dropped: tap.Dropped{Unreadable: 1}}},
		{"no id", strings.NewReader(`{"error":{}}`), readAll, `{"error":{}}`, nil, tap.Stats{Seen: 1, Dropped: tap.Dropped{Unreadable: 1}}},
		{"empty", strings.NewReader(""), readAll, "", nil, tap.Stats{Seen: 1, Dropped: tap.Dropped{Unreadable: 1}}},
		{"endless", strings.NewReader(strings.Repeat(" ", 3<<20)), readAll, strings.Repeat(" ", 3<<20), nil, tap.Stats{Seen: 1, Dropped: tap.Dropped{TooLarge: 1}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := &daemon{}
			feed, _ := open(t, d)
			body := &oddBody{Reader: test.body, closeErr: stuck}
			resp := answer(200, "")
			resp.Body = body
			resp, err := feed.Wrap(roundTripper(func(*http.Request) (*http.Response, error) { return resp, nil })).RoundTrip(request(t, "POST", "/api/v1/orders"))
			if err != nil {
				t.Fatal(err)
			}
			if got, err := test.read(resp.Body); got != test.want || !errors.Is(err, test.err) {
				t.Errorf("read %d bytes and error %v, want %d and %v", len(got), err, len(test.want), test.err)
			}
			if err := resp.Body.Close(); err != stuck || body.closed != 1 {
				t.Errorf("Close returned %v after closing %d times", err, body.closed)
			}
			if err := feed.Close(t.Context()); err != nil {
				t.Error(err)
			}
			if got := feed.Stats(); got != test.then {
				t.Errorf("got %+v, want %+v", got, test.then)
			}
			if strings.Contains(d.text(), "CANARY") {
				t.Errorf("left the process: %s", d.text())
			}
		})
	}
}

func TestForwardedBeforeTheBodyIsClosed(t *testing.T) {
	d := &daemon{}
	feed, _ := open(t, d)
	defer feed.Close(t.Context())
	resp, err := feed.Wrap(vendor(200, response(1))).RoundTrip(request(t, "POST", "/api/v1/orders"))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var ignored any
	if err := json.NewDecoder(resp.Body).Decode(&ignored); err != nil {
		t.Fatal(err)
	}
	if s := feed.Stats(); s.Waiting+int(s.Sent) != 1 {
		t.Errorf("the order waits for the caller to close the body: %+v", s)
	}
}

func TestErrorsAndNothing(t *testing.T) {
	feed, _ := open(t, &daemon{})
	defer feed.Close(t.Context())
	broken := errors.New("no route")
	fails := roundTripper(func(*http.Request) (*http.Response, error) { return nil, broken })
	if _, err := feed.Wrap(fails).RoundTrip(request(t, "POST", "/api/v1/orders")); err != broken {
		t.Errorf("got error %v", err)
	}
	if _, err := feed.Wrap(fails).RoundTrip(&http.Request{Method: "POST"}); err != broken {
		t.Errorf("a request without URL: got error %v", err)
	}
	none := roundTripper(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 204, Body: http.NoBody}, nil
	})
	if resp, err := feed.Wrap(none).RoundTrip(request(t, "POST", "/api/v1/orders")); err != nil || resp.Body != http.NoBody {
		t.Errorf("got %v, %v", resp, err)
	}
	if s := feed.Stats(); s.Seen != 1 || s.Dropped.Unreadable != 1 {
		t.Errorf("got %+v", s)
	}
}

// lyingReader breaks the promise of io.Reader.
type lyingReader struct{ n int }

func (r lyingReader) Read(p []byte) (int, error) { return r.n, io.EOF }

func TestLyingBodiesDoNoHarm(t *testing.T) {
	feed, _ := open(t, &daemon{})
	defer feed.Close(t.Context())
	for _, n := range []int{-1, 1 << 30} {
		resp := answer(200, "")
		resp.Body = io.NopCloser(lyingReader{n})
		resp, _ = feed.Wrap(roundTripper(func(*http.Request) (*http.Response, error) { return resp, nil })).RoundTrip(request(t, "POST", "/api/v1/orders"))
		if got, err := resp.Body.Read(make([]byte, 10)); got != n || err != io.EOF {
			t.Errorf("got %d, %v: want %d and the end", got, err, n)
		}
	}
	if s := feed.Stats(); s.Dropped.Unreadable != 2 {
		t.Errorf("got %+v", s)
	}
}

func TestNilAndClosedTapPassThrough(t *testing.T) {
	var none *tap.Tap
	base := vendor(200, response(1))
	if _, wrapped := none.Wrap(base).(roundTripper); !wrapped {
		t.Error("a nil tap has wrapped the transport")
	}
	if none.Wrap(nil) != http.DefaultTransport || none.Close(t.Context()) != nil || none.Stats() != (tap.Stats{}) {
		t.Error("a nil tap is not inert")
	}
	d := &daemon{}
	feed, _ := open(t, d)
	transport := feed.Wrap(base)
	if err := feed.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := order(t, transport, "/api/v1/orders"); got != response(1) {
		t.Errorf("read %q", got)
	}
	if s := feed.Stats(); s != (tap.Stats{}) || len(d.heard()) != 0 {
		t.Errorf("a closed tap has copied: %+v", s)
	}
}

func TestConcurrentOrdersOverRealConnections(t *testing.T) {
	vendor := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text := response(1)
		_, _ = io.WriteString(w, text[:50])
		_ = http.NewResponseController(w).Flush()
		_, _ = io.WriteString(w, text[50:])
	}))
	defer vendor.Close()
	d := &daemon{}
	feed, _ := open(t, d)
	client := &http.Client{Transport: feed.Wrap(&http.Transport{})}
	defer client.CloseIdleConnections()
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 25 {
				resp, err := client.Post(vendor.URL+"/api/v1/orders", "application/json", strings.NewReader("{}"))
				if err != nil {
					t.Error(err)
					return
				}
				go resp.Body.Close() // callers that give up race with themselves
				_, _ = io.ReadAll(resp.Body)
				resp, err = client.Post(vendor.URL+"/api/v1/orders", "application/json", strings.NewReader("{}"))
				if err != nil {
					t.Error(err)
					return
				}
				if body, err := io.ReadAll(resp.Body); err != nil || string(body) != response(1) {
					t.Errorf("read %q, %v", body, err)
				}
				resp.Body.Close()
			}
		})
	}
	all.Wait()
	if err := feed.Close(t.Context()); err != nil {
		t.Error(err)
	}
	s := feed.Stats()
	if s.Seen != 400 || s.Sent < 200 {
		t.Errorf("got %+v", s)
	}
	if strings.Contains(d.text(), "CANARY") {
		t.Error("a voucher has left the process")
	}
}
