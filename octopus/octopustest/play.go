package octopustest

import (
	"context"
	"time"
)

// Play lets spenders live until ctx ends: every so often (real time) it brings all of them to the clock's present.
// It returns nil when ctx ends. told, if not nil, hears what happened whenever something did.
func Play(ctx context.Context, clock *Clock, every time.Duration, told func(Activity), spenders ...*Spender) error {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		now := clock.Now()
		var sum Activity
		for _, p := range spenders {
			sum = sum.plus(p.Advance(now))
		}
		if told != nil && sum != (Activity{}) {
			told(sum)
		}
	}
}
