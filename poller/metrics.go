package poller

import (
	"github.com/prometheus/client_golang/prometheus"
)

// Metrics counts polls and confirmation reads. It is shared by every account.
type Metrics struct {
	polls         *prometheus.CounterVec
	duration      *prometheus.HistogramVec
	confirmations *prometheus.CounterVec
	confirming    *prometheus.HistogramVec
}

// NewMetrics registers the poller's metrics on reg.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	m := &Metrics{
		polls: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "walletwatch_polls_total",
			Help: "Polls of the wallets endpoint by result: ok, doubtful (a second read was needed) or failed.",
		}, []string{"account", "result"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "walletwatch_poll_duration_seconds",
			Help:    "How long a poll took from its first request to its record in the database.",
			Buckets: []float64{0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120},
		}, []string{"account"}),
		confirmations: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "walletwatch_confirmations_total",
			Help: "Reads of the wallets endpoint because of what an order response or a webhook said, by result: ok, doubtful (a second read was needed) or failed.",
		}, []string{"account", "result"}),
		confirming: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "walletwatch_confirmation_duration_seconds",
			Help:    "How long such a read took from its first request to its record in the database.",
			Buckets: []float64{0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120},
		}, []string{"account"}),
	}
	reg.MustRegister(m.polls, m.duration, m.confirmations, m.confirming)
	return m
}
