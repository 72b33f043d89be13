package main

import (
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// vitals are the metrics about the daemon as a whole.
type vitals struct {
	beat     atomic.Int64 // when the heartbeat was last accepted, in Unix milliseconds; 0: not yet
	database *prometheus.Desc
	heart    *prometheus.Desc
	inForce  *prometheus.Desc
	healthy  func() error // whether what happens can be stored
	decides  func() bool  // whether our configuration is the one in force
}

func newVitals(registry *prometheus.Registry, healthy func() error, decides func() bool) *vitals {
	v := &vitals{
		database: prometheus.NewDesc("walletwatch_database_up", "1 when what happened last could be stored, 0 when it could not.", nil, nil),
		heart: prometheus.NewDesc("walletwatch_heartbeat_last_success_timestamp_seconds",
			"When the dead man's switch last accepted a heartbeat, in Unix seconds; absent before the first.", nil, nil),
		inForce: prometheus.NewDesc("walletwatch_policy_in_force",
			"1 when this process decides, 0 when it stands by because another thresholds.yaml or another version is in force.", nil, nil),
		healthy: healthy, decides: decides,
	}
	registry.MustRegister(v)
	return v
}

func (v *vitals) beaten(at time.Time) { v.beat.Store(at.UnixMilli()) }

// Describe implements prometheus.Collector.
func (v *vitals) Describe(ch chan<- *prometheus.Desc) {
	ch <- v.database
	ch <- v.inForce
	ch <- v.heart
}

// Collect implements prometheus.Collector.
func (v *vitals) Collect(ch chan<- prometheus.Metric) {
	ch <- prometheus.MustNewConstMetric(v.database, prometheus.GaugeValue, one(v.healthy() == nil))
	ch <- prometheus.MustNewConstMetric(v.inForce, prometheus.GaugeValue, one(v.decides()))
	if at := v.beat.Load(); at != 0 {
		ch <- prometheus.MustNewConstMetric(v.heart, prometheus.GaugeValue, float64(at)/1000)
	}
}

func one(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
