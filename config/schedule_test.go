package config_test

import (
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/robfig/cron/v3"

	"walletwatch/config"
)

func TestParseScheduleRefusesWhatTheLibraryMisreads(t *testing.T) {
	for spec, want := range map[string]string{
		"TZ=UTC":                    "name the time zone under timezone, not in the schedule",
		"TZ=UTC */2 * * * *":        "name the time zone under timezone, not in the schedule",
		"CRON_TZ=UTC */2 * * * *":   "name the time zone under timezone, not in the schedule",
		"@daily ":                   `"@daily " has blanks around it: remove them`,
		"\t@daily":                  `"\t@daily" has blanks around it: remove them`,
		"@every -5m":                `"@every -5m" is not a whole number of seconds, at least one`,
		"@every 0s":                 `"@every 0s" is not a whole number of seconds, at least one`,
		"@every 500ms":              `"@every 500ms" is not a whole number of seconds, at least one`,
		"@every 1500ms":             `"@every 1500ms" is not a whole number of seconds, at least one`,
		"@every 2":                  `"@every 2" is not a schedule: write the time as in "@every 2m"`,
		"0 0 30 2 *":                `"0 0 30 2 *" never fires: there is no such date`,
		"":                          `"" is not a schedule: `,
		"* * * * * *":               `"* * * * * *" is not a schedule: `,
		"60 * * * *":                `"60 * * * *" is not a schedule: `,
		"0 0 * * 7":                 `"0 0 * * 7" is not a schedule: `,
		"@fortnightly":              `"@fortnightly" is not a schedule: `,
		"*/0 * * * *":               `"*/0 * * * *" is not a schedule: `,
		"@every  2m":                `"@every  2m" is not a schedule: write the time as in "@every 2m"`,
		strings.Repeat("1,", 5000):  `is not a schedule: `,
		"@every 9999999999999999h":  `is not a schedule: write the time as in "@every 2m"`,
		"* * 31 2,4,6,9,11 *":       `never fires: there is no such date`,
		"CRON_TZ= * * * * *":        "name the time zone under timezone, not in the schedule",
		"*/2 * * * *\n@every 1h":    `is not a schedule: `,
		"TZ=Europe/Berlin @every 5": "name the time zone under timezone, not in the schedule",
	} {
		s, err := config.ParseSchedule(spec, time.UTC)
		if s != nil || err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: got %v, %v, want %q", spec, s, err, want)
		}
	}
}

func FuzzParseSchedule(f *testing.F) {
	for _, s := range []string{"@every 2m", "*/2 * * * *", "TZ=", "1-5/2,7 */3 1 JAN-MAR mon", "@daily", "*/0 ? * * *"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, spec string) {
		s, err := config.ParseSchedule(spec, time.UTC)
		if err != nil {
			return
		}
		at := time.Date(2026, 11, 23, 12, 0, 0, 1, time.UTC)
		if next := s.Next(at); next.Sub(at) < 1 || next.Nanosecond() != 0 && !strings.HasPrefix(spec, "@every") {
			t.Errorf("%q: after %v comes %v", spec, at, next)
		}
	})
}

func TestParseScheduleUsesTheZone(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	s, err := config.ParseSchedule("30 9 * * *", berlin)
	if err != nil {
		t.Fatal(err)
	}
	got := s.Next(time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC))
	if want := time.Date(2026, 7, 1, 7, 30, 0, 0, time.UTC); !got.Equal(want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// Zones whose clocks change by an hour at night, at midnight, by half an hour, or with an odd offset.
func TestPollsKeepTheirPaceWhenClocksChange(t *testing.T) {
	for _, zone := range []string{"UTC", "America/New_York", "Africa/Cairo", "America/Santiago", "Australia/Lord_Howe", "Asia/Kathmandu"} {
		f := parse(t, minimal+"poll: \"*/5 * * * *\"\ntimezone: "+zone+"\n")
		s, err := config.ParseSchedule(f.Poll, f.Location)
		if err != nil {
			t.Fatal(err)
		}
		// Four clock changes, or four days where there are none.
		for change := time.Date(2026, 1, 1, 0, 0, 0, 0, f.Location); change.Year() < 2028; {
			_, next := change.ZoneBounds()
			if next.IsZero() {
				next = change.AddDate(0, 6, 0)
			}
			change = next
			for at, end := change.Add(-12*time.Hour), change.Add(12*time.Hour); at.Before(end); {
				fires := s.Next(at)
				if gap := fires.Sub(at); gap > f.PollEvery {
					t.Fatalf("%s: %v between polls at %v, PollEvery is %v", zone, gap, at, f.PollEvery)
				}
				at = fires
			}
		}
	}
}

func TestGapsAreFoundWhereverTheyAre(t *testing.T) {
	for _, spec := range []string{
		"*/2 * * 1-11 *", "*/2 * * * 1-5", "*/2 * 1-30 * *", "*/2 0-22 * * *", "*/2 * */2 * 1-6", "*/2 * * * 0-5",
		"0-53 * * * *", "@hourly", "@yearly", "@every 301s", "@every 2h",
	} {
		_, err := config.Parse("x", []byte(minimal+"poll: \""+spec+"\"\n"), config.Options{AllowFastPoll: true})
		if err == nil || !strings.Contains(err.Error(), "between polls, at most 5m are allowed") {
			t.Errorf("%s: got %v", spec, err)
		}
	}
	for spec, want := range map[string]time.Duration{
		"* * * * *": time.Minute, "*/5 * * * *": 5 * time.Minute, "*/2 * 1-31 * 1": 2 * time.Minute, "*/2 * 5 * 0-6": 2 * time.Minute,
		"*/4 0-23 * 1-12 ?": 4 * time.Minute, "@every 5m": 5 * time.Minute, "@every 1m1s": 61 * time.Second,
	} {
		f, err := config.Parse("x", []byte(minimal+"poll: \""+spec+"\"\n"), config.Options{})
		if err != nil || f.PollEvery != want {
			t.Errorf("%s: got %v, %v", spec, f, err)
		}
	}
}

func TestAParsedScheduleRunsInCron(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := config.ParseSchedule("@every 2m", time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		var fired atomic.Int64
		c := cron.New()
		c.Schedule(s, cron.FuncJob(func() { fired.Add(1) }))
		c.Start()
		time.Sleep(time.Hour + time.Second)
		<-c.Stop().Done()
		if n := fired.Load(); n != 30 {
			t.Errorf("fired %d times in an hour", n)
		}
	})
}
