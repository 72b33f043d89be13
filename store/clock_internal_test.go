package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"testing"
	"testing/synctest"
	"time"
)

// timeServer answers every question with its clock, as long after it was asked as it takes. Of that time, the part that has
// gone by when it looks at the clock is lag.
type timeServer struct {
	ahead      time.Duration // of our clock
	takes, lag time.Duration
	err        error
	asked      int
}

func (s *timeServer) Connect(context.Context) (driver.Conn, error) { return timeConn{s}, nil }
func (s *timeServer) Driver() driver.Driver                        { return nil }

type timeConn struct{ server *timeServer }

func (c timeConn) Prepare(string) (driver.Stmt, error) { return nil, errors.New("not here") }
func (c timeConn) Begin() (driver.Tx, error)           { return nil, errors.New("not here") }
func (c timeConn) Close() error                        { return nil }

func (c timeConn) QueryContext(context.Context, string, []driver.NamedValue) (driver.Rows, error) {
	s := c.server
	s.asked++
	time.Sleep(s.lag)
	at := time.Now().Add(s.ahead).UnixMicro()
	time.Sleep(s.takes - s.lag)
	if s.err != nil {
		return nil, s.err
	}
	return &timeRows{at: at}, nil
}

type timeRows struct {
	at   int64
	done bool
}

func (r *timeRows) Columns() []string { return []string{"micros"} }
func (r *timeRows) Close() error      { return nil }

func (r *timeRows) Next(to []driver.Value) error {
	if r.done {
		return io.EOF
	}
	r.done, to[0] = true, r.at
	return nil
}

// TestClockFollows asks a server whose clock is wrong, by any distance and over any network: between two questions and after
// them ours is off by half of what an answer took at most.
func TestClockFollows(t *testing.T) {
	for name, ahead := range map[string]time.Duration{"behind": -time.Hour, "the same": 0, "ahead": 90 * time.Second, "years ahead": 3 * 365 * 24 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := &timeServer{ahead: ahead, takes: 40 * time.Millisecond, lag: 30 * time.Millisecond}
				db := sql.OpenDB(server)
				defer db.Close()
				c := &clock{}
				for range 10 {
					if err := c.follow(t.Context(), db); err != nil {
						t.Fatal(err)
					}
					if off := c.now().Sub(time.Now().Add(ahead)).Abs(); off > 20*time.Millisecond {
						t.Errorf("it is off by %v", off)
					}
					time.Sleep(7 * time.Second)
					if off := c.now().Sub(time.Now().Add(ahead)).Abs(); off > 20*time.Millisecond {
						t.Errorf("after some time it is off by %v", off)
					}
				}
				if asked := server.asked; asked != 4*askedTimes { // at 0, 21, 42 and 63 seconds: the rest is too soon
					t.Errorf("it was asked %d times", asked)
				}
			})
		})
	}
}

// TestClockThatJumps: the server's clock is set, by a person or with a failover to another server. It is followed the next
// time, unless the answer took so long that it may be wrong; the first answer is always better than none.
func TestClockThatJumps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &timeServer{ahead: time.Minute, takes: 10 * time.Second}
		db := sql.OpenDB(server)
		defer db.Close()
		c := &clock{}
		follow := func() {
			t.Helper()
			if err := c.follow(t.Context(), db); err != nil {
				t.Fatal(err)
			}
		}
		off := func() time.Duration { return c.now().Sub(time.Now().Add(server.ahead)) }
		follow()
		if off().Abs() > 5*time.Second {
			t.Errorf("the first answer was not taken: off by %v", off())
		}
		server.takes = time.Millisecond
		time.Sleep(askedEvery)
		follow()
		if off().Abs() > time.Millisecond {
			t.Errorf("a better answer was not taken: off by %v", off())
		}
		server.ahead, server.takes = -time.Hour, sureWithin+time.Millisecond
		time.Sleep(askedEvery)
		follow()
		if off().Abs() < time.Hour {
			t.Errorf("an answer that took too long was believed: off by %v", off())
		}
		server.takes = sureWithin
		time.Sleep(askedEvery)
		follow()
		if off().Abs() > sureWithin/2+time.Millisecond {
			t.Errorf("the jump was not followed: off by %v", off())
		}
	})
}

// TestClockWithoutAServer goes on by itself when nobody answers, and says so.
func TestClockWithoutAServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &timeServer{ahead: time.Minute}
		db := sql.OpenDB(server)
		defer db.Close()
		c := &clock{}
		if err := c.follow(t.Context(), db); err != nil {
			t.Fatal(err)
		}
		server.err = errors.New("gone")
		time.Sleep(askedEvery)
		if err := c.follow(t.Context(), db); !errors.Is(err, server.err) {
			t.Errorf("the error is %v", err)
		}
		time.Sleep(time.Hour)
		if off := c.now().Sub(time.Now().Add(server.ahead)); off != 0 {
			t.Errorf("it is off by %v", off)
		}
	})
}

// TestClockThatIsFarOff is what a machine has that slept, until it hears the server's time.
func TestClockThatIsFarOff(t *testing.T) {
	server := time.Now().Add(time.Hour).Truncate(time.Microsecond)
	c := &clock{db: server.Add(-11 * time.Minute), at: time.Now()}
	c.heard(server.UnixMicro())
	if off := c.now().Sub(server); off < 0 || off > farOff {
		t.Errorf("it is %v off", off)
	}
	before := c.db
	c.heard(server.Add(-farOff / 2).UnixMicro())
	if !c.db.Equal(before) {
		t.Error("an answer that took a while moved it")
	}
}
