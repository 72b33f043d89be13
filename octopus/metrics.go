package octopus

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics counts and times requests. One value serves the clients of all accounts.
type Metrics struct {
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
}

// NewMetrics registers walletwatch_octopus_requests_total{account,endpoint,code} and
// walletwatch_octopus_request_duration_seconds{account,endpoint} with reg; nil registers nothing. Every attempt
// counts, retries and logins too. It panics if reg already has these metrics.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	m := &Metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "walletwatch_octopus_requests_total",
			Help: `Requests to the Octopus API by HTTP status; code="error" means that no complete answer came.`,
		}, []string{"account", "endpoint", "code"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:                           "walletwatch_octopus_request_duration_seconds",
			Help:                           "Time from sending a request to the Octopus API to the end of its answer.",
			Buckets:                        []float64{0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60},
			NativeHistogramBucketFactor:    1.1,
			NativeHistogramMaxBucketNumber: 100,
		}, []string{"account", "endpoint"}),
	}
	if reg != nil {
		reg.MustRegister(m.requests, m.duration)
	}
	return m
}

// observe records one attempt; status 0 means that no complete answer came.
func (m *Metrics) observe(account, route string, status int, took time.Duration) {
	code := "error"
	if status != 0 {
		code = strconv.Itoa(status)
	}
	m.requests.WithLabelValues(account, route, code).Inc()
	m.duration.WithLabelValues(account, route).Observe(took.Seconds())
}
