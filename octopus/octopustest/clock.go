package octopustest

import "time"

// Clock is a clock that runs faster or slower than the wall clock. It is safe for concurrent use.
type Clock struct {
	start  time.Time // simulated
	origin time.Time // real, with its monotonic reading
	speed  float64
}

// NewClock returns a clock that shows start now and advances speed simulated seconds per real second.
// A speed that is not positive counts as 1.
func NewClock(start time.Time, speed float64) *Clock {
	if !(speed > 0) {
		speed = 1
	}
	return &Clock{start: start.UTC(), origin: time.Now(), speed: speed}
}

// Now is the simulated time. It never goes back, whatever happens to the wall clock.
func (c *Clock) Now() time.Time {
	return c.start.Add(time.Duration(float64(time.Since(c.origin)) * c.speed))
}

// Speed is the number of simulated seconds per real second.
func (c *Clock) Speed() float64 { return c.speed }

// Real returns how long a simulated duration takes on the wall clock.
func (c *Clock) Real(simulated time.Duration) time.Duration {
	return time.Duration(float64(simulated) / c.speed)
}

// Wall returns the wall-clock time at which the clock shows, or showed, t.
func (c *Clock) Wall(t time.Time) time.Time {
	return c.origin.Add(c.Real(t.Sub(c.start))).Round(0).UTC()
}
