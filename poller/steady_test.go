package poller_test

import (
	"strings"
	"testing"
	"time"

	"github.com/robfig/cron/v3"

	"walletwatch/poller"
)

// TestSteady: a schedule's times are the same as ever, but counted from the moment they are asked for by the clock that
// nobody sets, which Go shows as m=.
func TestSteady(t *testing.T) {
	now := time.Now()
	for spec, every := range map[string]time.Duration{"*/2 * * * *": 2 * time.Minute, "7 3 * * *": 24 * time.Hour, "@every 2m": 2 * time.Minute} {
		schedule, err := cron.ParseStandard(spec)
		if err != nil {
			t.Fatal(err)
		}
		got, want := poller.Steady(schedule).Next(now), schedule.Next(now)
		if !got.Equal(want) || got.Sub(now) > every {
			t.Errorf("%s fires next at %s, want %s", spec, got, want)
		}
		if !strings.Contains(got.String(), " m=") {
			t.Errorf("%s fires next at %s, a time of day that setting the clock moves away", spec, got)
		}
	}
	never, err := cron.ParseStandard("0 0 30 2 *")
	if err != nil {
		t.Fatal(err)
	}
	if got := poller.Steady(never).Next(now); !got.IsZero() {
		t.Errorf("a schedule that never fires fires next at %s", got)
	}
}
