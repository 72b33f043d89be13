package ingest

import (
	"fmt"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"walletwatch/wallet"
)

// metrics counts what the ledger does not see: what never becomes an observation, and how recording keeps up.
type metrics struct {
	requests *prometheus.CounterVec   // endpoint, code
	refused  *prometheus.CounterVec   // reason
	age      *prometheus.HistogramVec // account, source
	commit   prometheus.Histogram
	batch    prometheus.Histogram
}

func newMetrics(r prometheus.Registerer, waiting func() float64) (*metrics, error) {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "walletwatch_ingest_requests_total",
			Help: "Requests that brought order responses or webhooks, by endpoint and status code of the answer."}, []string{"endpoint", "code"}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "walletwatch_ingest_refused_records_total",
			Help: "Records that never became an observation, by reason."}, []string{"reason"}),
		age: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "walletwatch_observation_age_seconds",
			Help:    "Age of observations on arrival: the time since what they tell of happened.",
			Buckets: []float64{0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 900, 3600}}, []string{"account", "source"}),
		commit: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "walletwatch_ingest_commit_duration_seconds",
			Help:    "Time taken to record one batch of observations of one account, well or badly.",
			Buckets: []float64{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5}}),
		batch: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "walletwatch_ingest_batch_observations",
			Help:    "Observations recorded in one batch of one account.",
			Buckets: []float64{1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000}}),
	}
	queue := prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "walletwatch_ingest_queue_observations",
		Help: "Observations that were taken in and are not recorded yet."}, waiting)
	for _, c := range []prometheus.Collector{m.requests, m.refused, m.age, m.commit, m.batch, queue} {
		if err := r.Register(c); err != nil {
			return nil, fmt.Errorf("registering the ingest metrics: %w", err)
		}
	}
	return m, nil
}

func (m *metrics) request(endpoint string, code int) {
	m.requests.WithLabelValues(endpoint, strconv.Itoa(code)).Inc()
}

// heard observes how old news of an account is on arrival.
func (m *metrics) heard(account string, source wallet.Source, age time.Duration) {
	m.age.WithLabelValues(account, string(source)).Observe(age.Seconds())
}
