package alerting

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"walletwatch/wallet"
)

// The values of the label "result".
const (
	accepted = "accepted"
	failed   = "failed"  // will be tried again soon
	refused  = "refused" // for good: a person must act
)

// Metrics counts what the dispatcher does.
type Metrics struct {
	notifications *prometheus.CounterVec
	duration      *prometheus.HistogramVec
}

// NewMetrics makes the dispatcher's metrics and registers them; nil registers them nowhere.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	m := &Metrics{
		notifications: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "walletwatch_notifications_total",
			Help: "Attempts to notify a receiver, by occasion and result: accepted, failed (tried again soon) or refused (for good).",
		}, []string{"receiver", "kind", "result"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "walletwatch_notification_duration_seconds",
			Help:    "Time from when a notification became due until the receiver accepted it.",
			Buckets: []float64{0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300},
		}, []string{"receiver"}),
	}
	if reg != nil {
		reg.MustRegister(m.notifications, m.duration)
	}
	return m
}

// begin makes every series of a receiver's that can come to be: a rate cannot see an event that makes its series.
func (m *Metrics) begin(receiver string) {
	for _, o := range []wallet.Occasion{wallet.Triggered, wallet.Worsened, wallet.Improved, wallet.Changed, wallet.Verified, wallet.Reminded, wallet.Resolved} {
		for _, result := range []string{accepted, failed, refused} {
			m.notifications.WithLabelValues(receiver, string(o), result)
		}
	}
	m.duration.WithLabelValues(receiver)
}

func (m *Metrics) count(receiver string, o wallet.Occasion, result string) {
	m.notifications.WithLabelValues(receiver, string(o), result).Inc()
}

func (m *Metrics) observe(receiver string, took time.Duration) {
	m.duration.WithLabelValues(receiver).Observe(max(took, 0).Seconds())
}
