package ingest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"walletwatch/ingest"
)

func TestMetrics(t *testing.T) {
	watch := newClock()
	k := newOrderKit(t, func(c *ingest.Config) { c.Now = watch.now })
	k.post(document, strings.NewReader(`[{"id":1,"walletwatch_age_ms":20000},{"id":2},{"error":{}},{}]`))
	k.post(lines, strings.NewReader("{\"id\":3}\n"+padded(1, 70<<10)))
	k.post(document, strings.NewReader(`{"id":4}`))
	k.post("text/csv", strings.NewReader(``))
	const want = `
# HELP walletwatch_ingest_queue_observations Observations that were taken in and are not recorded yet.
# TYPE walletwatch_ingest_queue_observations gauge
walletwatch_ingest_queue_observations 0
# HELP walletwatch_ingest_refused_records_total Records that never became an observation, by reason.
# TYPE walletwatch_ingest_refused_records_total counter
walletwatch_ingest_refused_records_total{reason="error_response"} 1
walletwatch_ingest_refused_records_total{reason="no_id"} 1
walletwatch_ingest_refused_records_total{reason="too_long"} 1
# HELP walletwatch_ingest_requests_total Requests that brought order responses or webhooks, by endpoint and status code of the answer.
# TYPE walletwatch_ingest_requests_total counter
walletwatch_ingest_requests_total{code="202",endpoint="orders"} 1
walletwatch_ingest_requests_total{code="400",endpoint="orders"} 1
walletwatch_ingest_requests_total{code="413",endpoint="orders"} 1
walletwatch_ingest_requests_total{code="415",endpoint="orders"} 1
# HELP walletwatch_observation_age_seconds Age of observations on arrival: the time since what they tell of happened.
# TYPE walletwatch_observation_age_seconds histogram
walletwatch_observation_age_seconds_bucket{account="default",source="order",le="0.01"} 3
walletwatch_observation_age_seconds_bucket{account="default",source="order",le="0.05"} 3
walletwatch_observation_age_seconds_bucket{account="default",source="order",le="0.1"} 3
walletwatch_observation_age_seconds_bucket{account="default",source="order",le="0.5"} 3
walletwatch_observation_age_seconds_bucket{account="default",source="order",le="1"} 3
walletwatch_observation_age_seconds_bucket{account="default",source="order",le="5"} 3
walletwatch_observation_age_seconds_bucket{account="default",source="order",le="10"} 3
walletwatch_observation_age_seconds_bucket{account="default",source="order",le="30"} 4
walletwatch_observation_age_seconds_bucket{account="default",source="order",le="60"} 4
walletwatch_observation_age_seconds_bucket{account="default",source="order",le="300"} 4
walletwatch_observation_age_seconds_bucket{account="default",source="order",le="900"} 4
walletwatch_observation_age_seconds_bucket{account="default",source="order",le="3600"} 4
walletwatch_observation_age_seconds_bucket{account="default",source="order",le="+Inf"} 4
walletwatch_observation_age_seconds_sum{account="default",source="order"} 20
walletwatch_observation_age_seconds_count{account="default",source="order"} 4
`
	if err := testutil.GatherAndCompare(k.registry, strings.NewReader(want), "walletwatch_ingest_queue_observations",
		"walletwatch_ingest_refused_records_total", "walletwatch_ingest_requests_total", "walletwatch_observation_age_seconds"); err != nil {
		t.Error(err)
	}
	if problems, err := testutil.GatherAndLint(k.registry); err != nil || len(problems) > 0 {
		t.Errorf("the metrics' names and texts: %v, %v", problems, err)
	}
	for _, name := range []string{"walletwatch_ingest_commit_duration_seconds", "walletwatch_ingest_batch_observations"} {
		if n := samples(t, k.registry, name); n != 3 {
			t.Errorf("%s has %d samples, want one for each of 3 commits", name, n)
		}
	}
}

// samples returns how many observations a histogram has.
func samples(t *testing.T, r *prometheus.Registry, name string) uint64 {
	t.Helper()
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == name {
			return f.GetMetric()[0].GetHistogram().GetSampleCount()
		}
	}
	return 0
}

// TestQueueMetric: what waits for a database is seen.
func TestQueueMetric(t *testing.T) {
	release, k := make(chan struct{}), (*orderKit)(nil)
	k = newOrderKit(t, stuck(release))
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		k.post(document, strings.NewReader(arrayOf(1, 7)))
	}()
	deadline := time.After(10 * time.Second)
	for gauge(t, k.registry, "walletwatch_ingest_queue_observations") != 7 {
		select {
		case <-deadline:
			t.Fatal("the 7 observations that wait are not shown")
		default:
		}
	}
	close(release)
	<-answered
	if got := gauge(t, k.registry, "walletwatch_ingest_queue_observations"); got != 0 {
		t.Errorf("afterwards %v wait", got)
	}
}

func gauge(t *testing.T, r *prometheus.Registry, name string) float64 {
	t.Helper()
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == name {
			return f.GetMetric()[0].GetGauge().GetValue()
		}
	}
	return -1
}

// TestMetricsTwice: a second server on one registry is refused rather than silently uncounted.
func TestMetricsTwice(t *testing.T) {
	k := newOrderKit(t, nil)
	_, err := ingest.New(ingest.Config{Recorder: k.ledger, Accounts: []ingest.Account{{Name: "a"}}, Registerer: k.registry})
	if err == nil {
		t.Error("a second server is made")
	}
}
