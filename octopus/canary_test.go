package octopus_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"walletwatch/octopus"
	"walletwatch/secret"
)

const (
	canaryKey    = "canary-key-1f00"
	canarySecret = "canary-secret-2f00"
)

// hostileAPI sends back every credential it was given, in every place an answer has.
type hostileAPI struct {
	n     int
	known []string
	kind  int
}

func (h *hostileAPI) RoundTrip(r *http.Request) (*http.Response, error) {
	body, _ := io.ReadAll(r.Body)
	h.n++
	if r.URL.Path == loginPath || r.URL.Path == refreshPath {
		if h.kind%2 == 0 || h.n == 1 {
			access, refresh := fmt.Sprintf("canary-access-%d", h.n), fmt.Sprintf("canary-refresh-%d", h.n)
			h.known = append(h.known, access, refresh)
			return ok(fmt.Sprintf(`{"success":true,"data":{"access_token":%q,"refresh_token":%q,"access_expires_at":%q}}`,
				access, refresh, time.Now().Add(time.Minute).Format(time.RFC3339)))(r)
		}
	}
	echo := strings.Join(append(h.known, canaryKey, canarySecret, r.Header.Get("Authorization")), " ")
	quoted := strings.NewReplacer(`"`, `'`, "\n", " ").Replace(echo + string(body))
	envelope := fmt.Sprintf(`{"error":{"name":%q,"code":%q,"message":%q}}`, quoted, quoted, quoted)
	headers := []string{"X-Request-Id", echo, "Location", "https://" + strings.ReplaceAll(echo, " ", ".") + "/", "Retry-After", echo}
	switch h.kind / 2 {
	case 0:
		return reply(400, envelope, headers...)(r)
	case 1:
		return reply(401, envelope, headers...)(r)
	case 2:
		return reply(503, envelope, headers...)(r)
	case 3:
		return reply(302, envelope, headers...)(r)
	case 4:
		return nil, errors.New("malformed HTTP response " + echo)
	case 5:
		return ok(fmt.Sprintf(`{"success":false,"message":%q}`, quoted), headers...)(r)
	case 6:
		return ok(fmt.Sprintf(`[{"id":1,"amount":%q,"created_at":%q,"wallet_id":1}]`, echo[:30], echo[:30]), headers...)(r)
	}
	return ok(echo, headers...)(r)
}

func TestCredentialsAppearNowhere(t *testing.T) {
	for kind := range 16 {
		t.Run(fmt.Sprint(kind), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { searchForCredentials(t, kind) })
		})
	}
}

func searchForCredentials(t *testing.T, kind int) {
	api := &hostileAPI{kind: kind}
	var out bytes.Buffer
	reg := prometheus.NewRegistry()
	spans := tracetest.NewSpanRecorder()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))
	c, err := octopus.New(octopus.Config{
		Account: "default", BaseURL: "https://api.example.com", Transport: api,
		Key: secret.Literal(canaryKey), Secret: secret.Literal(canarySecret),
		Logger:  slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Metrics: octopus.NewMetrics(reg),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, root := provider.Tracer("test").Start(t.Context(), "poll")
	for range 3 {
		list, err := c.Wallets(ctx)
		fmt.Fprintf(&out, "wallets: %v %+v %+v\n", err, errors.Unwrap(err), list)
		page, err := c.Transactions(ctx, 1, 10)
		fmt.Fprintf(&out, "transactions: %v %#v %+v\n", err, err, page.RequestID)
		time.Sleep(59 * time.Second)
	}
	fmt.Fprintf(&out, "client: %+v\n", octopus.Config{Key: secret.Literal(canaryKey), Secret: secret.Literal(canarySecret)})
	root.End()
	for _, s := range spans.Ended() {
		fmt.Fprintf(&out, "span: %s %v %v %v\n", s.Name(), s.Attributes(), s.Status(), s.Events())
	}
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if _, err := expfmt.MetricFamilyToText(&out, f); err != nil {
			t.Fatal(err)
		}
	}
	if len(api.known) == 0 || len(spans.Ended()) < 3 || !strings.Contains(out.String(), `"level":"DEBUG"`) {
		t.Fatalf("%d tokens, %d spans: this proves nothing", len(api.known), len(spans.Ended()))
	}
	for line := range strings.Lines(out.String()) {
		for _, s := range append(api.known, canaryKey, canarySecret) {
			if strings.Contains(line, s) {
				t.Errorf("%s is in %s", s, line)
			}
		}
		if len(line) > 10_000 {
			t.Errorf("a line of %d bytes: %.200s", len(line), line)
		}
	}
}
