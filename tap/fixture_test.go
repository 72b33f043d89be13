package tap_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"

	"walletwatch/tap"
)

// roundTripper is a transport in memory.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// answer is a response in memory.
func answer(status int, body string, header ...string) *http.Response {
	h := http.Header{}
	for i := 0; i+1 < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	return &http.Response{
		StatusCode: status, Status: fmt.Sprintf("%d %s", status, http.StatusText(status)),
		Header: h, Body: io.NopCloser(strings.NewReader(body)), ContentLength: -1,
	}
}

// vendor answers every request with the same body.
func vendor(status int, body string, header ...string) roundTripper {
	return func(*http.Request) (*http.Response, error) { return answer(status, body, header...), nil }
}

// delivery is a batch as a daemon received it.
type delivery struct {
	header http.Header
	url    string
	lines  []map[string]json.Number // numbers and strings alike
	raw    string
}

// ids gives the ids of the batch's records.
func (d delivery) ids() (ids []string) {
	for _, line := range d.lines {
		ids = append(ids, line["id"].String())
	}
	return ids
}

// daemon is walletwatch in memory. Answer may be changed under mu; nil: everything is accepted.
type daemon struct {
	mu         sync.Mutex
	answer     func(d delivery) (*http.Response, error)
	deliveries []delivery
}

func (d *daemon) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	got := delivery{header: req.Header.Clone(), url: req.URL.String(), raw: string(body)}
	for line := range bytes.Lines(body) {
		fields := map[string]any{}
		decoder := json.NewDecoder(bytes.NewReader(line))
		decoder.UseNumber()
		if err := decoder.Decode(&fields); err != nil {
			return answer(400, `{"error":{}}`), nil
		}
		flat := map[string]json.Number{}
		for k, v := range fields {
			flat[k] = json.Number(fmt.Sprint(v))
		}
		got.lines = append(got.lines, flat)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.deliveries = append(d.deliveries, got)
	if d.answer != nil {
		return d.answer(got)
	}
	return answer(202, fmt.Sprintf(`{"accepted":%d,"ignored":0}`, len(got.lines))), nil
}

// become changes what the daemon answers.
func (d *daemon) become(f func(d delivery) (*http.Response, error)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.answer = f
}

// heard returns all deliveries so far.
func (d *daemon) heard() []delivery {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]delivery(nil), d.deliveries...)
}

// text is everything that has left the process.
func (d *daemon) text() string {
	var b strings.Builder
	for _, got := range d.heard() {
		b.WriteString(got.raw)
	}
	return b.String()
}

// open opens a tap to the daemon whose log is returned as well. The test closes it.
func open(t testing.TB, d http.RoundTripper, change ...func(*tap.Config)) (*tap.Tap, *logbook) {
	t.Helper()
	log := &logbook{}
	cfg := tap.Config{
		URL: "http://walletwatch:8080", Token: tap.Token("s3cret"), Client: &http.Client{Transport: d},
		Logger: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	for _, f := range change {
		f(&cfg)
	}
	opened, err := tap.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return opened, log
}

// logbook keeps what was logged.
type logbook struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// lines returns the logged lines that contain the words.
func (l *logbook) lines(words string) (found []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for line := range strings.Lines(l.text.String()) {
		if strings.Contains(line, words) {
			found = append(found, line)
		}
	}
	return found
}

// order sends a POST to the path through the transport, reads all of the body and closes it.
func order(t testing.TB, transport http.RoundTripper, path string) string {
	t.Helper()
	resp, err := transport.RoundTrip(request(t, http.MethodPost, path))
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func request(t testing.TB, method, path string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, "https://api.octopuscards.io"+path, strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	return req
}

// place places n orders with ids from first on, each with a voucher.
func place(t testing.TB, feed *tap.Tap, first, n int) {
	t.Helper()
	for i := range n {
		order(t, feed.Wrap(vendor(200, response(first+i))), "/api/v1/orders")
	}
}

// response is the vendor's to an order of one voucher.
func response(id int) string {
	return fmt.Sprintf(`{"id":%d,"product_id":7,"product_name":"CANARY gift","denomination":50,"quantity":1,"amount":50.00,"discount":1.2500,
	"client_reference":"CANARY-ref","wallet_id":1,"status":"DELIVERED","base_currency":"USD","deduction_currency":"USD","message":"CANARY love",
	"email":"CANARY@example.com","wallet_balance":4951.2500,"vouchers":[{"card_number":"CANARY-6006","pin_code":"CANARY-1234",
	"claim_url":"https://claim.example.com/CANARY","expires_at":"2027-01-01T00:00:00Z","voucher_reference_number":"CANARY-9"}]}`, id)
}

// settled checks that every response is accounted for.
func settled(t testing.TB, s tap.Stats) {
	t.Helper()
	if s.Seen != s.Sent+uint64(s.Waiting)+s.Dropped.Total() {
		t.Errorf("not every response is accounted for: %+v", s)
	}
	if s.Dropped.Fault != 0 {
		t.Errorf("%d faults inside", s.Dropped.Fault)
	}
}
