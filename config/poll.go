package config

import (
	"time"
)

// The bounds of interfaces.md, thresholds.yaml, poll.
const (
	fastestPoll = time.Minute
	slowestPoll = 5 * time.Minute
)

func (p *parser) location(doc *document) *time.Location {
	if !p.sound(&doc.Timezone) {
		return time.UTC
	}
	loc, err := time.LoadLocation(doc.Timezone)
	// "" and "Local" load, but mean something else on another machine.
	if err != nil || doc.Timezone == "" || doc.Timezone == "Local" {
		p.reject(&doc.Timezone, "timezone: expected UTC or an IANA name such as Europe/Berlin, got %s", quote(doc.Timezone))
		return time.UTC
	}
	return loc
}

// pollEvery returns the longest time between two polls, or 0 when poll is wrong.
func (p *parser) pollEvery(doc *document, loc *time.Location, opt Options) time.Duration {
	if !p.sound(&doc.Poll) {
		return 0
	}
	s, err := ParseSchedule(doc.Poll, loc)
	if err != nil {
		p.reject(&doc.Poll, `poll: %v; right would be "@every 2m" or "*/2 * * * *"`, err)
		return 0
	}
	shortest, longest := gaps(s)
	switch {
	case longest > slowestPoll:
		p.reject(&doc.Poll, `poll: %s leaves %s between polls, at most %s are allowed: write for example "@every 2m"`,
			quote(doc.Poll), atLeast(longest), FormatDuration(slowestPoll))
	case shortest < fastestPoll && !opt.AllowFastPoll:
		p.reject(&doc.Poll, "poll: %s polls every %s, at least %s must lie between polls (--allow-fast-poll lifts this for sandboxes)",
			quote(doc.Poll), FormatDuration(shortest), FormatDuration(fastestPoll))
	default:
		return longest
	}
	return 0
}

// atLeast words a gap, of which beyond an hour only the order of magnitude is known.
func atLeast(gap time.Duration) string {
	if gap >= time.Hour {
		return "an hour or more"
	}
	return FormatDuration(gap)
}

func (p *parser) remindEvery(doc *document) time.Duration {
	d := doc.RemindEvery.Duration
	if d < time.Minute && d != 0 && p.sound(&doc.RemindEvery) {
		p.reject(&doc.RemindEvery, "remind_every: %s is too often: expected 0 or at least 1m", FormatDuration(d))
	}
	return d
}
