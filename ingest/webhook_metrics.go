package ingest

import (
	"fmt"

	"github.com/prometheus/client_golang/prometheus"

	"walletwatch/octopus"
)

// webhookMetrics counts webhooks, well taken or refused.
type webhookMetrics struct {
	total *prometheus.CounterVec // account, type, result
	last  *prometheus.GaugeVec   // account, type
}

func newWebhookMetrics(r prometheus.Registerer) (*webhookMetrics, error) {
	m := &webhookMetrics{
		total: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "walletwatch_webhooks_total",
			Help: "Webhooks by account, event type and what became of them. Account and type are empty where a webhook was refused before they were known."}, []string{"account", "type", "result"}),
		last: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "walletwatch_webhook_last_accepted_timestamp_seconds",
			Help: "When a webhook was last accepted, by account and event type."}, []string{"account", "type"}),
	}
	for _, c := range []prometheus.Collector{m.total, m.last} {
		if err := r.Register(c); err != nil {
			return nil, fmt.Errorf("registering the webhook metrics: %w", err)
		}
	}
	return m, nil
}

func (m *webhookMetrics) count(d *delivery) {
	kind := ""
	if d.event != nil {
		kind = typeLabel(d.event.Type)
	}
	m.total.WithLabelValues(d.account, kind, d.result).Inc()
	if d.result == resultAccepted {
		m.last.WithLabelValues(d.account, kind).Set(float64(d.at.UnixMilli()) / 1000)
	}
}

// typeLabel bounds the label to the documented types: the vendor adds others.
func typeLabel(kind string) string {
	switch kind {
	case octopus.EventWalletCredited, octopus.EventWalletDebited, octopus.EventOrderDelivered,
		octopus.EventOrderPartiallyDelivered, octopus.EventOrderFailed, octopus.EventOrderCancelled:
		return kind
	}
	return "other"
}
