package config

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// ParseSchedule reads a schedule: "@every 2m", a descriptor such as "@hourly", or five cron fields whose hours are
// those of loc. It refuses what the cron library reads in a way that nobody expects: time zones within the text,
// blanks around it, intervals below or between whole seconds, and dates that never come.
func ParseSchedule(spec string, loc *time.Location) (s cron.Schedule, err error) {
	if err := checkSpec(spec); err != nil {
		return nil, err
	}
	// The parser panics on some malformed texts.
	defer func() {
		if r := recover(); r != nil {
			s, err = nil, fmt.Errorf("%s is not a schedule", quote(spec))
		}
	}()
	s, err = cron.ParseStandard(spec)
	if err != nil {
		return nil, fmt.Errorf("%s is not a schedule: %w", quote(spec), err)
	}
	if fields, ok := s.(*cron.SpecSchedule); ok {
		fields.Location = loc
	}
	if s.Next(reference()).IsZero() {
		return nil, fmt.Errorf("%s never fires: there is no such date", quote(spec))
	}
	return s, nil
}

func checkSpec(spec string) error {
	switch {
	case strings.HasPrefix(spec, "TZ=") || strings.HasPrefix(spec, "CRON_TZ="):
		return errors.New("name the time zone under timezone, not in the schedule")
	case spec != strings.TrimSpace(spec):
		return fmt.Errorf("%s has blanks around it: remove them", quote(spec))
	}
	every, ok := strings.CutPrefix(spec, "@every ")
	if !ok {
		return nil
	}
	d, err := time.ParseDuration(every)
	if err != nil {
		return fmt.Errorf("%s is not a schedule: write the time as in \"@every 2m\"", quote(spec))
	}
	if d < time.Second || d%time.Second != 0 {
		return fmt.Errorf("%s is not a whole number of seconds, at least one", quote(spec))
	}
	return nil
}

// reference is where simulations of a schedule begin: any moment would do, but always the same one.
func reference() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) }

// gaps returns the shortest and the longest time between two firings of s. For cron fields that leave out an hour or
// a day, longest is only known to be an hour or more.
func gaps(s cron.Schedule) (shortest, longest time.Duration) {
	switch s := s.(type) {
	case cron.ConstantDelaySchedule:
		return s.Delay, s.Delay
	case *cron.SpecSchedule:
		shortest, longest = simulate(s)
		if !everyHour(s) {
			longest = max(longest, time.Hour)
		}
	}
	return shortest, longest
}

// simulate follows s for two days and through the next changes of the clock.
func simulate(s *cron.SpecSchedule) (shortest, longest time.Duration) {
	follow := func(from time.Time, stretch time.Duration) {
		end := from.Add(stretch)
		for t := s.Next(from); t.Before(end) && !t.IsZero(); {
			next := s.Next(t)
			if gap := next.Sub(t); !next.IsZero() {
				longest = max(longest, gap)
				if shortest == 0 || gap < shortest {
					shortest = gap
				}
			}
			t = next
		}
	}
	follow(reference(), 2*day)
	change := reference().In(s.Location)
	for range 4 {
		_, change = change.ZoneBounds()
		if change.IsZero() {
			break
		}
		follow(change.Add(-3*time.Hour), 6*time.Hour)
	}
	return shortest, longest
}

// everyHour reports whether the fields let s fire in each hour of each day.
func everyHour(s *cron.SpecSchedule) bool {
	const star = 1 << 63 // set by the library for a field written as *
	full := func(bits, first, last uint64) bool {
		for i := first; i <= last; i++ {
			if bits&(1<<i) == 0 {
				return false
			}
		}
		return true
	}
	dom, dow := full(s.Dom, 1, 31), full(s.Dow, 0, 6)
	days := dom && dow
	if s.Dom&star == 0 && s.Dow&star == 0 {
		days = dom || dow // with both restricted, either is enough
	}
	return days && full(s.Hour, 0, 23) && full(s.Month, 1, 12)
}
