package store

import (
	"context"
	"database/sql"
	"sync"
	"time"
)

// How the database's clock is followed.
const (
	askedEvery = 15 * time.Second
	askedTimes = 3
	// sureWithin is how long an answer may take to be believed when there is an earlier one.
	sureWithin = 500 * time.Millisecond
)

// clock follows the database's clock. Replicas go by it, and not by their own: claims end, and what was read is older
// or newer, at the same moment for all of them, however wrong the clocks of their machines are. Between two
// questions it goes on by a clock that nobody sets.
type clock struct {
	mu    sync.Mutex
	db    time.Time // the database's time …
	at    time.Time // … at this moment here
	asked time.Time
}

// serverTime is the time of a PostgreSQL server, in Unix microseconds.
const serverTime = `CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)`

// farOff is how far the clock may be from what the server said on the way before that is believed at once.
const farOff = time.Second

// heard takes in what the server said the time was a moment ago: when this machine has slept, or another server has taken
// over, the clock is far off until it is asked for next.
func (c *clock) heard(micros int64) {
	server := time.UnixMicro(micros).UTC()
	if c.now().Sub(server).Abs() < farOff {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.db, c.at = server, time.Now()
}

// now is the database's time.
func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.db.Add(time.Since(c.at))
}

// follow asks for the time when it was last asked for long ago.
func (c *clock) follow(ctx context.Context, db *sql.DB) error {
	c.mu.Lock()
	first, due := c.at.IsZero(), c.asked.IsZero() || time.Since(c.asked) >= askedEvery
	if due {
		c.asked = time.Now()
	}
	c.mu.Unlock()
	if !due {
		return nil
	}
	best := time.Duration(-1)
	var then, at time.Time
	for range askedTimes {
		began := time.Now()
		var micros int64
		err := db.QueryRowContext(ctx, `SELECT `+serverTime).Scan(&micros)
		if err != nil {
			return err
		}
		if took := time.Since(began); best < 0 || took < best {
			best, then, at = took, time.UnixMicro(micros).UTC(), began.Add(took/2)
		}
	}
	if first || best <= sureWithin {
		c.mu.Lock()
		c.db, c.at = then, at
		c.mu.Unlock()
	}
	return nil
}

// Clock returns the time that everyone who uses the database agrees on: the server's, or local where the database is
// a file of this machine.
func (s *Store) Clock(local func() time.Time) func() time.Time {
	if s.clock == nil {
		return local
	}
	return s.clock.now
}
