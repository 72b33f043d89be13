package poller_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/robfig/cron/v3"

	"walletwatch/poller"
)

func TestPollsAtOnceThenOnSchedule(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, book := &api{}, &notebook{}
		p := run(t, book, one(a))
		pass(3*every + time.Second)
		want := []time.Duration{0, every, 2 * every, 3 * every}
		if got := a.polls(p.start); !slices.Equal(got, want) {
			t.Errorf("polled at %v, want %v", got, want)
		}
		if len(book.polls) != len(want) || book.polls[0].Account != "default" || len(book.polls[0].Readings) != 1 {
			t.Errorf("recorded %d polls, want %d; the first is %+v", len(book.polls), len(want), book.polls[0])
		}
	})
}

// TestJitter: accounts are asked a little apart, each always by the same time, and nobody's first poll waits.
func TestJitter(t *testing.T) {
	tests := map[string]struct{ interval, most time.Duration }{
		"of slow polls": {5 * time.Minute, 5 * time.Second},
		"of fast polls": {10 * time.Second, 500 * time.Millisecond},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var first []time.Duration
			for range 2 {
				synctest.Test(t, func(t *testing.T) { first = checkJitter(t, test.interval, test.most, first) })
			}
		})
	}
}

// checkJitter returns the jitter of each account, which must be the one that is known, if any.
func checkJitter(t *testing.T, interval, most time.Duration, known []time.Duration) []time.Duration {
	names := []string{"eu", "us", "jp"}
	apis, accounts := map[string]*api{}, map[string]poller.API{}
	for _, name := range names {
		apis[name] = &api{}
		accounts[name] = apis[name]
	}
	p := run(t, &notebook{}, accounts, func(c *poller.Config) { c.Schedule, c.Every = cron.Every(interval), interval })
	pass(3*interval + most)
	var found []time.Duration
	for _, name := range names {
		got := apis[name].polls(p.start)
		j := got[1] - interval
		if want := []time.Duration{0, interval + j, 2*interval + j, 3*interval + j}; !slices.Equal(got, want) || j < 0 || j >= most {
			t.Errorf("%s was polled at %v, want at once and then always as long (below %s) after the schedule", name, got, most)
		}
		found = append(found, j)
	}
	if known != nil && !slices.Equal(known, found) {
		t.Errorf("the jitter is %v, and was %v", found, known)
	}
	if found[0] == found[1] && found[1] == found[2] {
		t.Errorf("every account has the same jitter %s", found[0])
	}
	return found
}

func TestOneAccountHasNoJitter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &api{}
		p := run(t, &notebook{}, map[string]poller.API{"eu": a})
		pass(every)
		if got := a.polls(p.start); !slices.Equal(got, []time.Duration{0, every}) {
			t.Errorf("polled at %v, want at once and exactly on schedule", got)
		}
	})
}

func TestForgetsEveryHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		book := &notebook{}
		p := run(t, book, one(&api{}))
		pass(2*time.Hour + time.Minute)
		if got := since(p.start, book.forgot); !slices.Equal(got, []time.Duration{time.Hour, 2 * time.Hour}) {
			t.Errorf("forgot at %v, want every hour", got)
		}
	})
}

// TestClockChanges: where hours are repeated or left out, cron fields still fire as often as they say.
func TestClockChanges(t *testing.T) {
	changes := map[string]time.Time{
		"UTC":                 time.Date(2000, 4, 2, 5, 0, 0, 0, time.UTC),
		"America/New_York":    time.Date(2000, 4, 2, 5, 0, 0, 0, time.UTC),    // 02:00 becomes 03:00 at 07:00 UTC
		"Europe/Berlin":       time.Date(2000, 10, 28, 23, 0, 0, 0, time.UTC), // 03:00 becomes 02:00 at 01:00 UTC
		"Australia/Lord_Howe": time.Date(2000, 8, 26, 13, 0, 0, 0, time.UTC),  // half an hour is left out at 15:30 UTC
	}
	for zone, before := range changes {
		t.Run(zone, func(t *testing.T) {
			location, err := time.LoadLocation(zone)
			if err != nil {
				t.Fatal(err)
			}
			schedule, err := cron.ParseStandard("*/5 * * * *")
			if err != nil {
				t.Fatal(err)
			}
			schedule.(*cron.SpecSchedule).Location = location
			synctest.Test(t, func(t *testing.T) {
				pass(time.Until(before))
				a := &api{}
				p := run(t, &notebook{}, one(a), func(c *poller.Config) { c.Schedule, c.Every = schedule, 5*time.Minute })
				pass(6 * time.Hour)
				var want []time.Duration
				for at := time.Duration(0); at <= 6*time.Hour; at += 5 * time.Minute {
					want = append(want, at)
				}
				if got := a.polls(p.start); !slices.Equal(got, want) {
					t.Errorf("polled at %v, want every five minutes", got)
				}
			})
		})
	}
}
