package web

import (
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"walletwatch/wallet"
)

// metrics serves the registry. One bad metric must not cost the others: it is left out, logged and counted in
// promhttp_metric_handler_errors_total. Gathering is not shared between scrapes: a reader that stalls would hold the
// shared figures, and others would be given frozen ones.
func (s *Server) metrics(registry *prometheus.Registry) http.Handler {
	return promhttp.HandlerFor(registry, promhttp.HandlerOpts{
		ErrorLog:          slog.NewLogLogger(s.logger.Handler(), slog.LevelWarn),
		ErrorHandling:     promhttp.ContinueOnError,
		Registry:          registry,
		EnableOpenMetrics: true,
	})
}

type collector struct {
	source      Source
	now         func() time.Time
	gauges      []gauge
	levelGauges []levelGauge
	polled      *prometheus.Desc
	fault       *prometheus.Desc
	alerts      *prometheus.Desc
	delivery    deliveryDescs
}

// NewCollector returns the metrics of interfaces.md that follow from one snapshot: everything about wallets, the
// last successful polls, alerts and pending notifications. Each scrape reads one snapshot, judged at now (nil:
// time.Now); a value that is unknown or stale is absent.
func NewCollector(source Source, now func() time.Time) prometheus.Collector {
	if now == nil {
		now = time.Now
	}
	return &collector{
		source:      source,
		now:         now,
		gauges:      walletGauges(),
		levelGauges: walletLevelGauges(),
		polled: prometheus.NewDesc("walletwatch_poll_last_success_timestamp_seconds",
			"When the request of the last good poll was sent, in Unix seconds; absent before the first.", []string{"account"}, nil),
		fault: prometheus.NewDesc("walletwatch_poll_fault",
			"1 while polls of the account fail for this kind of reason, 0 while they do not.", []string{"account", "kind"}, nil),
		alerts: prometheus.NewDesc("walletwatch_alerts",
			"Alerts that are firing, about wallets and about the monitor itself.", []string{"level"}, nil),
		delivery: newDeliveryDescs(),
	}
}

// Describe implements prometheus.Collector.
func (c *collector) Describe(ch chan<- *prometheus.Desc) {
	for _, g := range c.gauges {
		ch <- g.desc
	}
	for _, g := range c.levelGauges {
		ch <- g.desc
	}
	ch <- c.polled
	ch <- c.fault
	ch <- c.alerts
	c.delivery.describe(ch)
}

// Collect implements prometheus.Collector.
func (c *collector) Collect(ch chan<- prometheus.Metric) {
	policy, snapshot, now := c.source.Policy(), c.source.Snapshot(), c.now()
	firingAt := map[string]int{}
	for _, name := range levelNames(policy) {
		firingAt[clean(name)] = 0
	}
	var wallets []labelled
	for i := range snapshot.Accounts {
		a := &snapshot.Accounts[i]
		if !a.PolledAt.IsZero() {
			emit(ch, c.polled, seconds(a.PolledAt), clean(a.Name))
		}
		for _, kind := range []wallet.FaultKind{wallet.FaultCredentials, wallet.FaultUnavailable} {
			emit(ch, c.fault, number(a.Fault.Kind == kind), clean(a.Name), string(kind))
		}
		outcomes := map[int64][]wallet.Outcome{}
		for j := range a.Episodes {
			if e := &a.Episodes[j]; firing(e) {
				firingAt[clean(e.Level)]++
				outcomes[e.Wallet] = e.Outcomes
			}
		}
		for _, w := range a.Wallets {
			l := label(read(policy, w, now))
			wallets = append(wallets, l)
			c.delivery.collectNotified(ch, &l, outcomes[w.ID], a.Pending)
		}
	}
	c.collectWallets(ch, wallets)
	emitEach(ch, c.alerts, firingAt)
	c.delivery.collectWaiting(ch, policy, snapshot, now)
}

func emitEach(ch chan<- prometheus.Metric, desc *prometheus.Desc, values map[string]int) {
	for label, n := range values {
		emit(ch, desc, float64(n), label)
	}
}

func emit(ch chan<- prometheus.Metric, desc *prometheus.Desc, value float64, labels ...string) {
	m, err := prometheus.NewConstMetric(desc, prometheus.GaugeValue, value, labels...)
	if err != nil {
		m = prometheus.NewInvalidMetric(desc, err)
	}
	ch <- m
}

// clean makes a label value that Prometheus accepts: names come from people and from the vendor.
func clean(label string) string { return strings.ToValidUTF8(label, "\uFFFD") }

// seconds is t in Unix seconds to the millisecond, which is what the store keeps.
func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }
