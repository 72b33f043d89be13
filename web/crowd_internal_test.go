package web

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"pgregory.net/rapid"
)

// stub is a connection that remembers being closed.
type stub struct {
	net.Conn
	spare, closed bool
}

func (s *stub) Close() error {
	s.closed = true
	return nil
}

func smallCrowd(t interface{ Fatal(...any) }, most, spare int) *crowd {
	metrics, err := newConnectionMetrics(prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	c := newCrowd(metrics, &net.TCPAddr{}, slog.New(slog.DiscardHandler))
	c.most, c.spareMost = most, spare
	return c
}

// TestCrowdKeepsItsPromises: whatever connections do, a newcomer is let in, the bounds hold, busy ones below the most
// are never closed, and of the idle and the spare ones those that were longest so.
func TestCrowdKeepsItsPromises(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		most, spareMost := rapid.IntRange(1, 6).Draw(t, "most"), rapid.IntRange(1, 3).Draw(t, "spare")
		c := smallCrowd(t, most, spareMost)
		var idle, busy, spare []*stub // each in the order in which it became so
		drop := func(list []*stub, s *stub) []*stub {
			return slices.DeleteFunc(list, func(o *stub) bool { return o == s })
		}
		pick := func(t *rapid.T, list []*stub) *stub {
			if len(list) == 0 {
				t.Skip("there is none")
			}
			return rapid.SampledFrom(list).Draw(t, "connection")
		}
		t.Repeat(map[string]func(*rapid.T){
			"comes": func(t *rapid.T) {
				s := &stub{}
				var out *stub
				switch {
				case len(idle)+len(busy) < most:
					idle = append(idle, s)
				case len(idle) > 0:
					out, idle = idle[0], append(idle[1:], s)
				default:
					s.spare = true
					if spare = append(spare, s); len(spare) > spareMost {
						out, spare = spare[0], spare[1:]
					}
				}
				ctx := c.admit(t.Context(), s)
				if m := ctx.Value(memberKey{}).(*member); m.spare != s.spare {
					t.Fatalf("spare is %v", m.spare)
				}
				if out != nil {
					if !out.closed {
						t.Fatal("the wrong one was closed, or none")
					}
					c.moved(out, http.StateClosed) // what net/http says of it later changes nothing
				}
			},
			"becomes active": func(t *rapid.T) {
				s := pick(t, idle)
				idle, busy = drop(idle, s), append(busy, s)
				c.moved(s, http.StateActive)
			},
			"becomes idle": func(t *rapid.T) {
				s := pick(t, busy)
				busy, idle = drop(busy, s), append(idle, s)
				c.moved(s, http.StateIdle)
			},
			"a spare one answers": func(t *rapid.T) { c.moved(pick(t, spare), http.StateActive) },
			"ends": func(t *rapid.T) {
				s := pick(t, slices.Concat(idle, busy, spare))
				idle, busy, spare = drop(idle, s), drop(busy, s), drop(spare, s)
				c.moved(s, http.StateClosed)
			},
			"": func(t *rapid.T) {
				all := slices.Concat(idle, busy, spare)
				if slices.ContainsFunc(all, func(s *stub) bool { return s.closed }) {
					t.Fatal("one was closed that should not be")
				}
				if got := testutil.ToFloat64(c.meter.open); int(got) != len(all) || len(c.members) != len(all) {
					t.Fatalf("%d are open, the gauge says %v", len(all), got)
				}
				if c.idle.Len() != len(idle) || c.spare.Len() != len(spare) {
					t.Fatalf("%d idle and %d spare, want %d and %d", c.idle.Len(), c.spare.Len(), len(idle), len(spare))
				}
			},
		})
	})
}

// TestCrowdIsAnnouncedOnce: one warning for a crowd, however many come and go, and one line when it is over.
func TestCrowdIsAnnouncedOnce(t *testing.T) {
	c, lines := smallCrowd(t, 4, 2), &counting{}
	c.logger = slog.New(lines)
	for range 2 {
		var conns []*stub
		for range 20 {
			s := &stub{}
			conns = append(conns, s)
			c.admit(t.Context(), s)
		}
		for _, s := range conns {
			c.moved(s, http.StateClosed)
		}
	}
	if got := []int{lines.warnings, lines.others}; !slices.Equal(got, []int{2, 2}) {
		t.Errorf("two crowds gave %d warnings and %d other lines", got[0], got[1])
	}
	if got := testutil.ToFloat64(c.meter.idle); got != 32 {
		t.Errorf("%v were closed for being idle, want 32", got)
	}
}

type counting struct{ warnings, others int }

func (c *counting) Enabled(context.Context, slog.Level) bool { return true }
func (c *counting) WithAttrs([]slog.Attr) slog.Handler       { return c }
func (c *counting) WithGroup(string) slog.Handler            { return c }

func (c *counting) Handle(_ context.Context, r slog.Record) error {
	if r.Level == slog.LevelWarn {
		c.warnings++
	} else {
		c.others++
	}
	return nil
}
