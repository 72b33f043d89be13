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

		families, err := reg.Gather()
		if err != nil {
			t.Fatal(err)
		}
		counted := map[string]float64{}
		for _, f := range families {
			for _, m := range f.GetMetric() {
				var labels []string
				for _, l := range m.GetLabel() {
					labels = append(labels, l.GetValue())
				}
				counted[f.GetName()+" "+strings.Join(labels, " ")] = m.GetCounter().GetValue() + m.GetHistogram().GetSampleSum()
			}
		}
		if n := len(counted); n != 3*7*3+3 {
			t.Errorf("%d series, want one for every receiver, kind and result, and a histogram for every receiver", n)
		}
		want := map[string]float64{
			"walletwatch_notifications_total triggered busy failed": 1, "walletwatch_notifications_total triggered closed refused": 1,
			"walletwatch_notifications_total triggered good accepted": 1, "walletwatch_notification_duration_seconds good": 2,
		}
		for series, n := range counted {
			if n != want[series] {
				t.Errorf("%s is %v, want %v", series, n, want[series])
			}
		}
		problems, err := testutil.GatherAndLint(reg)
		if err != nil || len(problems) > 0 {
			t.Errorf("lint: %v %v", problems, err)
		}
	})
}
