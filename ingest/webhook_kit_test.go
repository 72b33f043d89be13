package ingest_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"walletwatch/ingest"
	"walletwatch/octopus"
	"walletwatch/secret"
	"walletwatch/wallet"
)

const (
	hookPath   = "/webhooks/octopus"
	hookSecret = "whsec-default"
)

// hookKit is a server that takes webhooks, and the ledger behind it.
type hookKit struct {
	ingest.Config
	ledger  *hookLedger
	logs    *lockedBuffer
	reg     *prometheus.Registry
	handler http.Handler
	clock   time.Time // moved only between requests
}

// newHookKit makes a server with one account, unless change says otherwise, that runs until the test ends.
func newHookKit(t testing.TB, change func(*hookKit)) *hookKit {
	t.Helper()
	k := &hookKit{ledger: &hookLedger{seen: map[string]bool{}}, logs: &lockedBuffer{}, reg: prometheus.NewRegistry(),
		clock: time.Date(2026, 11, 23, 12, 0, 0, 500e6, time.UTC)}
	k.Config = ingest.Config{
		Recorder: k.ledger, Registerer: k.reg, Now: func() time.Time { return k.clock },
		Accounts:     []ingest.Account{{Name: "default", WebhookSecret: secret.Literal(hookSecret)}},
		BalancePaths: func() []string { return []string{"wallet_balance", "balance", "wallet.balance"} },
		Logger:       slog.New(slog.NewJSONHandler(k.logs, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	if change != nil {
		change(k)
	}
	s, err := ingest.New(k.Config)
	if err != nil {
		t.Fatal(err)
	}
	k.handler = s.Webhooks()
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = s.Run(ctx) })
	t.Cleanup(func() {
		stop()
		running.Wait()
	})
	return k
}

// signed makes the request that the vendor would send for body at the kit's time.
func (k *hookKit) signed(path, body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Signature", octopus.Sign(hookSecret, []byte(body)))
	r.Header.Set("X-Timestamp", strconv.FormatInt(k.clock.Unix(), 10))
	r.Header.Set("X-OCTOPUS-WEBHOOK-TOKEN", hookSecret)
	return r
}

func (k *hookKit) answer(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	k.handler.ServeHTTP(w, r)
	return w
}

func (k *hookKit) send(body string) *httptest.ResponseRecorder {
	return k.answer(k.signed(hookPath, body))
}

// hookLedger is a ledger that remembers keys and applies nothing.
type hookLedger struct {
	mu   sync.Mutex
	seen map[string]bool
	list []wallet.Observation // all that was new, in order
	from []string             // the account of each
	fail error
	hold func() // called before recording; nil: nothing is waited for
}

func (l *hookLedger) Record(_ context.Context, account string, list []wallet.Observation) ([]wallet.Verdict, error) {
	if l.hold != nil {
		l.hold()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fail != nil {
		return nil, l.fail
	}
	verdicts := make([]wallet.Verdict, len(list))
	for i, o := range list {
		verdicts[i] = wallet.Duplicate
		if key := account + " " + o.Key; !l.seen[key] {
			l.seen[key] = true
			l.list, l.from = append(l.list, o), append(l.from, account)
			verdicts[i] = wallet.HeardUnclear
		}
	}
	return verdicts, nil
}

func (l *hookLedger) recorded() []wallet.Observation {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.list
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
