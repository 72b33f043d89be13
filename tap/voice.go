package tap

import (
	"context"
	"log/slog"
	"time"
)

// quiet is the least time between two lines on the same matter.
const quiet = time.Minute

// voice tells the log what goes wrong, without flooding it. It belongs to the sender's goroutine.
type voice struct {
	log *slog.Logger

	failing  bool
	failed   time.Time // when that was said last
	dropped  [reasons]uint64
	reported time.Time
	unsaid   bool // drops that are not reported yet
}

func (v *voice) fails(err error, waiting int) {
	now := time.Now()
	if !v.failed.IsZero() && now.Sub(v.failed) < quiet {
		return
	}
	v.failing, v.failed = true, now
	v.say(slog.LevelWarn, "order responses wait: walletwatch does not take them", "err", err, "waiting", waiting)
}

// works says so after a failure was said.
func (v *voice) works() {
	if v.failing {
		v.failing = false
		v.say(slog.LevelInfo, "walletwatch takes order responses again")
	}
}

// drops says how many responses were dropped since the last line, by reason, given the counts of all time.
func (v *voice) drops(counts [reasons]uint64, last bool) {
	now := time.Now()
	if v.unsaid = counts != v.dropped; !v.unsaid || !last && !v.reported.IsZero() && now.Sub(v.reported) < quiet {
		return
	}
	var attrs []any
	for r, n := range counts {
		if more := n - v.dropped[r]; more > 0 {
			attrs = append(attrs, reason(r).String(), more)
		}
	}
	v.dropped, v.reported, v.unsaid = counts, now, false
	v.say(slog.LevelWarn, "order responses were not forwarded to walletwatch", attrs...)
}

// due fires when drops that could not be reported yet can be; nil if there are none.
func (v *voice) due() <-chan time.Time {
	if !v.unsaid {
		return nil
	}
	return time.After(time.Until(v.reported.Add(quiet)))
}

// say logs. A handler that panics is the service's own, but this goroutine must not take the service down.
func (v *voice) say(level slog.Level, message string, attrs ...any) {
	defer func() { _ = recover() }()
	v.log.Log(context.Background(), level, message, attrs...)
}
