package web

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"
)

// connectionMetrics count the connections of every listener.
type connectionMetrics struct {
	open   *prometheus.GaugeVec
	closed *prometheus.CounterVec
}

func newConnectionMetrics(registry *prometheus.Registry) (*connectionMetrics, error) {
	m := &connectionMetrics{
		open: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "walletwatch_http_connections",
			Help: "Connections that are open, by the address they were accepted at."}, []string{"listener"}),
		closed: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "walletwatch_http_connections_closed_total",
			Help: "Connections closed for being too many: idle (it was idle the longest when another came), refused (all were busy when it came, its request was answered with 503), cut (too many more came while all were busy)."},
			[]string{"listener", "why"}),
	}
	return m, errors.Join(registry.Register(m.open), registry.Register(m.closed))
}

// meter counts the connections of one listener.
type meter struct {
	open               prometheus.Gauge
	idle, refused, cut prometheus.Counter
}

func (m *connectionMetrics) of(listener string) *meter {
	closed := m.closed.MustCurryWith(prometheus.Labels{"listener": listener})
	return &meter{
		open: m.open.WithLabelValues(listener),
		idle: closed.WithLabelValues("idle"), refused: closed.WithLabelValues("refused"), cut: closed.WithLabelValues("cut"),
	}
}
