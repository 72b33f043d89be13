package poller

import (
	"context"
	"time"

	"github.com/robfig/cron/v3"
)

// Steady is the schedule that a Poller makes of another.
func Steady(s cron.Schedule) cron.Schedule { return steady{s} }

// Locate is where the reader of an account would go on with a history that is counted back to a time.
func Locate(ctx context.Context, api API, at time.Time) (int, error) {
	p := New(Config{Accounts: []Account{{Name: "default", API: api}}})
	return p.readers[0].locate(ctx, at)
}

// Rows asked for at once.
const (
	NewRows  = newRows
	ManyRows = manyRows
)
