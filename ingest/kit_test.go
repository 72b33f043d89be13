package ingest_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"walletwatch/ingest"
	"walletwatch/secret"
	"walletwatch/wallet"
)

const ingestToken = "ingest-token"

// orderKit is a server that takes orders, with a ledger that only remembers.
type orderKit struct {
	ledger   *orderLedger
	registry *prometheus.Registry
	logs     *logBuffer
	server   *ingest.Server
	handler  http.Handler
	stop     func() error // ends Run and returns its error
}

// newOrderKit starts a server; change may adapt its configuration first.
func newOrderKit(t testing.TB, change func(*ingest.Config)) *orderKit {
	t.Helper()
	k := &orderKit{ledger: &orderLedger{}, registry: prometheus.NewRegistry(), logs: new(logBuffer)}
	c := ingest.Config{
		Recorder: k.ledger, Accounts: []ingest.Account{{Name: "default"}}, Token: secret.Literal(ingestToken),
		BalancePaths: func() []string { return []string{"wallet_balance", "balance", "wallet.balance"} },
		Logger:       slog.New(slog.NewTextHandler(k.logs, &slog.HandlerOptions{Level: slog.LevelDebug})), Registerer: k.registry,
	}
	if change != nil {
		change(&c)
	}
	server, err := ingest.New(c)
	if err != nil {
		t.Fatal(err)
	}
	k.server, k.handler = server, server.Orders()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- server.Run(ctx) }()
	k.stop = sync.OnceValue(func() error { cancel(); return <-ended })
	t.Cleanup(func() { _ = k.stop() })
	return k
}

// post sends a body as the given kind of content and returns the answer.
func (k *orderKit) post(kind string, body io.Reader) *httptest.ResponseRecorder {
	return k.do(orderRequest(kind, body))
}

func (k *orderKit) do(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	k.handler.ServeHTTP(w, r)
	return w
}

func orderRequest(kind string, body io.Reader) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/api/v1/orders", body)
	r.Header.Set("Authorization", "Bearer "+ingestToken)
	r.Header.Set("Content-Type", kind)
	return r
}

const (
	document = "application/json"
	lines    = "application/x-ndjson"
)

// orderLedger remembers what is recorded. Its hooks are set before the server runs.
type orderLedger struct {
	before func(ctx context.Context, list []wallet.Observation) error // nil: nothing; an error fails the recording

	mu      sync.Mutex
	seen    map[string]bool
	list    []wallet.Observation
	byName  map[string][]string // account → keys
	batches []int
}

func (l *orderLedger) Record(ctx context.Context, account string, list []wallet.Observation) ([]wallet.Verdict, error) {
	if l.before != nil {
		if err := l.before(ctx, list); err != nil {
			return nil, err
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.seen == nil {
		l.seen, l.byName = make(map[string]bool), make(map[string][]string)
	}
	l.batches = append(l.batches, len(list))
	verdicts := make([]wallet.Verdict, len(list))
	for i, o := range list {
		verdicts[i] = l.judge(account, &o)
		l.list = append(l.list, o)
		l.byName[account] = append(l.byName[account], o.Key)
	}
	return verdicts, nil
}

func (l *orderLedger) judge(account string, o *wallet.Observation) wallet.Verdict {
	key := account + " " + o.Key
	known := l.seen[key]
	l.seen[key] = true
	switch {
	case known:
		return wallet.Duplicate
	case o.Ended:
		return wallet.NotCharged
	case o.Wallet == 999:
		return wallet.UnknownWallet
	case o.Balance != nil:
		return wallet.HeardClaim
	}
	return wallet.HeardEstimate
}

// keys returns the keys recorded of an account, in order.
func (l *orderLedger) keys(account string) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.byName[account])
}

// logBuffer keeps what is logged.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// clock is a clock that tests move.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func newClock() *clock { return &clock{t: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// expectAnswer checks status and body of an answer.
func expectAnswer(t *testing.T, what string, w *httptest.ResponseRecorder, status int, body string) {
	t.Helper()
	if got := strings.TrimSpace(w.Body.String()); w.Code != status || got != body {
		t.Errorf("%s:\n got %d %s\nwant %d %s", what, w.Code, got, status, body)
	}
}
