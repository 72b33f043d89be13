package poller

import (
	"log/slog"
	"time"

	"github.com/robfig/cron/v3"
)

// steady makes a schedule's times count from the moment they are asked for, by a clock that nobody sets. Those of cron
// fields are times of day, and cron would wait for the clock to come there again after it was set back.
type steady struct{ cron.Schedule }

// Next returns the time after t at which the schedule fires next, or zero when it never does again.
func (s steady) Next(t time.Time) time.Time {
	next := s.Schedule.Next(t)
	if next.IsZero() {
		return next
	}
	return t.Add(next.Sub(t))
}

// cronLogger lets cron log through slog. Its routine messages are of no use to anyone but a debugger.
type cronLogger struct{ log *slog.Logger }

func (l cronLogger) Info(msg string, keysAndValues ...any) {
	l.log.Debug("cron: "+msg, keysAndValues...)
}

func (l cronLogger) Error(err error, msg string, keysAndValues ...any) {
	l.log.Error("cron: "+msg, append(keysAndValues, "error", err)...)
}
