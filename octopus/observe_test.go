package octopus_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"walletwatch/octopus"
	"walletwatch/secret"
)

func TestEveryAttemptIsCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reg := prometheus.NewPedanticRegistry()
		metrics := octopus.NewMetrics(reg)
		api := newFakeAPI()
		api.script(loginPath, status(500))
		api.script(walletsPath, status(429), broken(errors.New("reset")), ok("<html>"))
		c := api.client(t, func(c *octopus.Config) { c.Account, c.Metrics = "production", metrics })
		mustWallets(t.Context(), t, c)
		want := `
# HELP walletwatch_octopus_requests_total Requests to the Octopus API by HTTP status; code="error" means that no complete answer came.
# TYPE walletwatch_octopus_requests_total counter
walletwatch_octopus_requests_total{account="production",code="200",endpoint="/api/v1/wallets"} 2
walletwatch_octopus_requests_total{account="production",code="200",endpoint="/auth/login"} 1
walletwatch_octopus_requests_total{account="production",code="429",endpoint="/api/v1/wallets"} 1
walletwatch_octopus_requests_total{account="production",code="500",endpoint="/auth/login"} 1
walletwatch_octopus_requests_total{account="production",code="error",endpoint="/api/v1/wallets"} 1
`
		if err := testutil.GatherAndCompare(reg, strings.NewReader(want), "walletwatch_octopus_requests_total"); err != nil {
			t.Error(err)
		}
		if n, err := testutil.GatherAndCount(reg, "walletwatch_octopus_request_duration_seconds"); n != 2 || err != nil {
			t.Errorf("%d duration series, %v", n, err)
		}
		if problems, err := testutil.GatherAndLint(reg); len(problems) > 0 || err != nil {
			t.Errorf("lint: %v, %v", problems, err)
		}
	})
}

func TestDurationsAreMeasured(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reg := prometheus.NewRegistry()
		api := newFakeAPI()
		api.script(walletsPath, after(3*time.Second, ok(`[]`)))
		mustWallets(t.Context(), t, api.client(t, func(c *octopus.Config) { c.Metrics = octopus.NewMetrics(reg) }))
		families, err := reg.Gather()
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range families[0].GetMetric() {
			if m.GetLabel()[1].GetValue() == walletsPath && m.GetHistogram().GetSampleSum() != 3 {
				t.Errorf("measured %v s, want 3", m.GetHistogram().GetSampleSum())
			}
		}
	})
}

func TestEveryAttemptIsLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		api := newFakeAPI()
		api.script(walletsPath, after(2*time.Second, status(503, "X-Request-Id", "echo-1")))
		c := api.client(t, func(c *octopus.Config) {
			c.Logger = slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
		})
		mustWallets(t.Context(), t, c)

		var attempts, warnings []map[string]any
		for line := range strings.Lines(out.String()) {
			var l map[string]any
			if err := json.Unmarshal([]byte(line), &l); err != nil {
				t.Fatal(err)
			}
			switch {
			case l["level"] == "WARN":
				warnings = append(warnings, l)
			case l["route"] == walletsPath:
				attempts = append(attempts, l)
			}
		}
		if len(attempts) != 2 || len(warnings) != 1 {
			t.Fatalf("%d attempts and %d warnings in\n%s", len(attempts), len(warnings), &out)
		}
		for key, want := range map[string]any{
			"level": "DEBUG", "method": "GET", "status": 503.0, "attempt": 1.0, "duration": 2e9, "request_id": "echo-1", "account": "default",
		} {
			if got := attempts[0][key]; got != want {
				t.Errorf("%s is %v, want %v", key, got, want)
			}
		}
		if attempts[1]["attempt"] != 2.0 || attempts[1]["status"] != 200.0 {
			t.Errorf("the second attempt is %v", attempts[1])
		}
		if w := warnings[0]; w["route"] != walletsPath || !strings.Contains(w["error"].(string), "CODE_503") || w["wait"] == nil {
			t.Errorf("the warning is %v", w)
		}
	})
}

func TestSpansAndTraceparent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		spans := tracetest.NewSpanRecorder()
		provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))
		var parents []string
		api := newFakeAPI()
		c := api.client(t, func(c *octopus.Config) {
			c.BaseURL += "/base"
			c.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
				parents = append(parents, r.Header.Get("Traceparent"))
				r.URL.Path = strings.TrimPrefix(r.URL.Path, "/base")
				return api.RoundTrip(r)
			})
		})
		mustWallets(t.Context(), t, c)
		if parents[0] != "" || parents[1] != "" {
			t.Errorf("without tracing, traceparent is %q", parents)
		}
		ctx, root := provider.Tracer("test").Start(t.Context(), "poll")
		mustWallets(ctx, t, c)
		root.End()
		trace := root.SpanContext().TraceID().String()
		if last := parents[len(parents)-1]; !strings.HasPrefix(last, "00-"+trace+"-") {
			t.Errorf("traceparent is %q in trace %s", last, trace)
		}
		if got := spans.Ended()[0].Name(); got != "GET /api/v1/wallets" {
			t.Errorf("the span is called %q", got)
		}
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestOverRealHTTP(t *testing.T) {
	api := newFakeAPI()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		resp, err := api.RoundTrip(r)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		w.WriteHeader(resp.StatusCode)
		var body bytes.Buffer
		_, _ = body.ReadFrom(resp.Body)
		_, _ = w.Write(body.Bytes())
	}))
	defer server.Close()
	api.script(walletsPath, broken(errors.New("abort")))
	c, err := octopus.New(octopus.Config{
		BaseURL: server.URL, Key: secret.Literal("the-api-key"), Secret: secret.Literal("the-api-secret"),
	})
	if err != nil {
		t.Fatal(err)
	}
	list := mustWallets(t.Context(), t, c)
	if len(list.Wallets) != 1 || list.Wallets[0].Amount.String() != "5000" {
		t.Errorf("got %+v", list)
	}
	server.CloseClientConnections()
	mustWallets(t.Context(), t, c)
}
