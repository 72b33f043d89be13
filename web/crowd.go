package web

import (
	"container/list"
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"walletwatch/problem"
)

// The limits of a listener.
const (
	// maxConnections are open at once. An idle one was measured to cost 20 KB (BenchmarkIdleConnection), most of it the
	// stack and the buffers of its goroutine in net/http, so these take 40 MB. They are many times what the services that
	// place orders keep open.
	maxConnections = 2000
	// maxSpare more are served, in part, while all of those are busy. Each is sure to last until so many others have come:
	// at 10,000 new ones a second 25 ms, which is enough for a probe.
	maxSpare = 250
	// spareTime is how long such a connection has to be answered.
	spareTime = 5 * time.Second
)

// crowd keeps the connections of a listener within bounds. Nobody waits to be let in: room is made for each at once,
// for whoever waits in the listener's queue may be a probe. It goes first to who was last to come.
type crowd struct {
	most, spareMost int
	meter           *meter
	logger          *slog.Logger

	mu      sync.Mutex
	members map[net.Conn]*member
	idle    list.List // of *member, the one that has been idle the longest first
	spare   list.List // of *member, the one that came first first
	crowded bool      // somebody was turned out since there was plenty of room
}

// member is an open connection.
type member struct {
	conn  net.Conn
	spare bool          // beyond the most: only half served; never changes
	place *list.Element // in idle or spare; nil: busy
}

// memberKey is the key of a connection's *member in the context of its requests.
type memberKey struct{}

func newCrowd(metrics *connectionMetrics, at net.Addr, logger *slog.Logger) *crowd {
	return &crowd{
		most: maxConnections, spareMost: maxSpare, meter: metrics.of(at.String()), logger: logger.With("listen", at.String()),
		members: map[net.Conn]*member{},
	}
}

// admit lets a connection in, which may cost another one its place. It is a ConnContext of http.Server.
func (c *crowd) admit(ctx context.Context, conn net.Conn) context.Context {
	m := &member{conn: conn}
	if out := c.place(m); out != nil {
		hangUp(out.conn)
	}
	return context.WithValue(ctx, memberKey{}, m)
}

// place finds m a place, and returns who has to go for that.
func (c *crowd) place(m *member) (out *member) {
	c.mu.Lock()
	defer c.mu.Unlock()
	list := &c.idle
	switch {
	case len(c.members)-c.spare.Len() < c.most:
	case c.idle.Len() > 0:
		out = c.turnOut(&c.idle)
		c.meter.idle.Inc()
	default:
		m.spare, list = true, &c.spare
		if c.spare.Len() >= c.spareMost {
			out = c.turnOut(&c.spare)
			c.meter.cut.Inc()
		}
	}
	m.place = list.PushBack(m)
	c.members[m.conn] = m
	c.meter.open.Set(float64(len(c.members)))
	if (out != nil || m.spare) && !c.crowded {
		c.crowded = true
		c.logger.Warn("there are too many connections: idle ones are closed for new ones, and while none is idle new ones are refused most things",
			"most", c.most)
	}
	return out
}

func (c *crowd) turnOut(from *list.List) *member {
	m := from.Front().Value.(*member)
	c.leave(m, from)
	return m
}

// moved follows the connections. It is a ConnState of http.Server. A new connection counts as idle until its first
// request has come, so that those that say nothing are the first to go.
func (c *crowd) moved(conn net.Conn, state http.ConnState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	m := c.members[conn]
	if m == nil { // it was turned out
		return
	}
	switch {
	case state == http.StateClosed || state == http.StateHijacked:
		c.leave(m, c.listOf(m))
	case m.spare:
	case state == http.StateActive && m.place != nil:
		c.idle.Remove(m.place)
		m.place = nil
	case state == http.StateIdle && m.place == nil:
		m.place = c.idle.PushBack(m)
	}
}

func (c *crowd) listOf(m *member) *list.List {
	if m.spare {
		return &c.spare
	}
	return &c.idle
}

func (c *crowd) leave(m *member, from *list.List) {
	if m.place != nil {
		from.Remove(m.place)
	}
	delete(c.members, m.conn)
	c.meter.open.Set(float64(len(c.members)))
	if c.crowded && len(c.members) < c.most/2 {
		c.crowded = false
		c.logger.Info("there is plenty of room for connections again", "open", len(c.members), "most", c.most)
	}
}

// hangUp closes a connection without the farewell of TLS, which can block.
func hangUp(conn net.Conn) {
	if t, ok := conn.(*tls.Conn); ok {
		conn = t.NetConn()
	}
	_ = conn.Close()
}

// guard answers requests on spare connections, once each, as far as that takes neither a body nor long.
func (c *crowd) guard(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if m, ok := r.Context().Value(memberKey{}).(*member); !ok || !m.spare {
			h.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Connection", "close")
		control, end := http.NewResponseController(w), time.Now().Add(spareTime)
		_ = control.SetReadDeadline(end) // a connection that cannot do this is not from Serve
		_ = control.SetWriteDeadline(end)
		if r.Method == http.MethodGet || r.Method == http.MethodHead {
			h.ServeHTTP(w, r)
			return
		}
		c.meter.refused.Inc()
		w.Header().Set("Retry-After", "1")
		(&problem.Problem{Status: http.StatusServiceUnavailable, Code: "TOO_MANY_CONNECTIONS",
			Message: "Too many connections are busy; try again shortly."}).Write(w)
	})
}
