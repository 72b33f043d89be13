package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/sdk/trace"
)

// startTracing exports traces when the standard OpenTelemetry variables name a collector, and returns what ends
// it. Without them nothing is traced and no traceparent is sent. OTLP over HTTP is spoken, to
// OTEL_EXPORTER_OTLP_ENDPOINT or OTEL_EXPORTER_OTLP_TRACES_ENDPOINT.
func startTracing(ctx context.Context, getenv func(string) (string, bool), log *slog.Logger) (func(), error) {
	set := func(name string) string { v, _ := getenv(name); return v }
	if set("OTEL_SDK_DISABLED") == "true" || set("OTEL_TRACES_EXPORTER") == "none" ||
		(set("OTEL_EXPORTER_OTLP_ENDPOINT") == "" && set("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") == "") {
		return func() {}, nil
	}
	for _, name := range []string{"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"} {
		if p := set(name); p != "" && p != "http/protobuf" {
			return nil, fmt.Errorf("%s=%s is not spoken here: set it to http/protobuf, or unset it", name, p)
		}
	}
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		return nil, fmt.Errorf("starting tracing: %w", err)
	}
	about, err := resource.New(ctx, resource.WithTelemetrySDK(), resource.WithAttributes(attribute.String("service.name", "walletwatch")), resource.WithFromEnv())
	if err != nil && !errors.Is(err, resource.ErrPartialResource) {
		return nil, fmt.Errorf("starting tracing: %w", err)
	}
	provider := trace.NewTracerProvider(trace.WithBatcher(exporter), trace.WithResource(about))
	// Without a handler of its own the library writes to the error output, past the log.
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { log.Warn("tracing", "error", err) }))
	otel.SetTracerProvider(provider)
	otel.SetTextMapPropagator(propagation.TraceContext{})
	return func() {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		if err := provider.Shutdown(ctx); err != nil {
			log.Warn("ending tracing", "error", err)
		}
	}, nil
}
