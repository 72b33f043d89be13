package alerting_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"walletwatch/alerting"
)

func TestMetrics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reg := prometheus.NewPedanticRegistry()
		metrics := alerting.NewMetrics(reg)
		box := newOutbox(time.Now)
		for _, name := range []string{"good", "busy", "closed"} {
			box.due(name, 1)
		}
		time.Sleep(2 * time.Second)
		alerting.New(alerting.Config{Outbox: box, Metrics: metrics, Receivers: map[string]alerting.Receiver{
			"good":   &recorder{},
			"busy":   failing(&alerting.Refusal{Reason: "busy"}),
			"closed": failing(&alerting.Refusal{Reason: "closed", Permanent: true}),
		}}).Drain(t.Context())

		err := testutil.GatherAndCompare(reg, strings.NewReader(`
# HELP walletwatch_notifications_total Attempts to notify a receiver, by occasion and result: accepted, failed (tried again soon) or refused (for good).
# TYPE walletwatch_notifications_total counter
walletwatch_notifications_total{kind="triggered",receiver="busy",result="failed"} 1
walletwatch_notifications_total{kind="triggered",receiver="closed",result="refused"} 1
walletwatch_notifications_total{kind="triggered",receiver="good",result="accepted"} 1
`), "walletwatch_notifications_total")
		if err != nil {
			t.Error(err)
		}
		families, err := reg.Gather()
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range families {
			if f.GetName() == "walletwatch_notification_duration_seconds" {
				if h := f.GetMetric()[0].GetHistogram(); len(f.GetMetric()) != 1 || h.GetSampleCount() != 1 || h.GetSampleSum() != 2 {
					t.Errorf("got %v, want one acceptance 2 s after it was due", f)
				}
			}
		}
		problems, err := testutil.GatherAndLint(reg)
		if err != nil || len(problems) > 0 {
			t.Errorf("lint: %v %v", problems, err)
		}
	})
}
