package main

import (
	"context"
	"fmt"
	"testing"
	"time"

	"walletwatch/deploy/grafana/dash"
	"walletwatch/deploy/grafana/rig"
)

// seenInTime: an order is seen in the minutes in which it came, be it the first or a later one, and not in the seconds after it.
func seenInTime(ctx context.Context, t *testing.T, r *rig.Rig) {
	health := dashboards(t)[2]
	seen := func(w dash.Window) (answer float64) {
		for _, p := range health.Charts() {
			if p.Title != "Webhooks and orders" {
				continue
			}
			values, err := health.Choose(ctx, r.Prometheus, w.To, dash.Values{"job": {Value: "walletwatch"}})
			if err != nil {
				t.Fatal(err)
			}
			series, err := p.Targets[1].Ask(ctx, r.Prometheus, values, w)
			if err != nil || len(series) != 1 {
				t.Fatalf("orders seen: %v, %v", series, err)
			}
			return series[0].Points[0].Value
		}
		t.Fatal("there is no such panel")
		return 0
	}
	if seen(lately(2*time.Minute)) != 1 {
		t.Error("the orders of these minutes are not seen")
	}
	eventually(ctx, t, 20*time.Second, func() (wrong []string) {
		if seen(lately(4*time.Second)) != 0 {
			wrong = append(wrong, "seconds after the last order one is seen in them")
		}
		return wrong
	})
	if err := r.Order(ctx, 2, "1"); err != nil {
		t.Fatal(err)
	}
	eventually(ctx, t, 10*time.Second, func() (wrong []string) {
		if v := seen(lately(4 * time.Second)); v != 1 {
			wrong = append(wrong, fmt.Sprintf("a later order is not seen: %v", v))
		}
		return wrong
	})
}
