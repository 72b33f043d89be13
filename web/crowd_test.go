package web_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"walletwatch/web"
)

const (
	most  = 2000
	spare = 250
)

// crowded is a server on a real socket with its metrics.
type crowded struct {
	address  string
	registry *prometheus.Registry
	begun    chan struct{} // gets one for each order whose handler has begun
}

// serveCrowd starts a server whose orders wait for their body.
func serveCrowd(t testing.TB) *crowded {
	t.Helper()
	c := &crowded{registry: prometheus.NewRegistry(), begun: make(chan struct{}, most)}
	s, err := web.New(web.Config{Source: newView(), Now: clock, Registry: c.registry, Routes: map[string]http.Handler{
		"POST /api/v1/orders": http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			c.begun <- struct{}{}
			_, _ = io.Copy(io.Discard, r.Body)
		}),
	}})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c.address = l.Addr().String()
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- s.Serve(ctx, l, s.Handler(), "") }()
	t.Cleanup(func() {
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return c
}

// dial opens n connections, which end with the test, and sends text on each.
func (c *crowded) dial(t testing.TB, n int, text string) []net.Conn {
	t.Helper()
	conns := make([]net.Conn, n)
	for i := range conns {
		conn, err := net.Dial("tcp", c.address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		if _, err := io.WriteString(conn, text); err != nil && text != "" {
			t.Fatal(err)
		}
		conns[i] = conn
	}
	return conns
}

// ask sends one request on a connection of its own and returns the answer, which must come promptly.
func (c *crowded) ask(t testing.TB, method, path string) (*http.Response, string) {
	t.Helper()
	conn := c.dial(t, 1, method+" "+path+" HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")[0]
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	r, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	return r, string(body)
}

// alive reports whether a connection is open; one that the server has closed says so within the patience.
func alive(conn net.Conn, patience time.Duration) bool {
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	_, err := conn.Read(make([]byte, 1))
	return errors.Is(err, os.ErrDeadlineExceeded)
}

func (c *crowded) closed(t testing.TB, why string) float64 {
	t.Helper()
	return c.value(t, "walletwatch_http_connections_closed_total", c.address, why)
}

func (c *crowded) open(t testing.TB) float64 {
	t.Helper()
	return c.value(t, "walletwatch_http_connections", c.address)
}

// value returns the sample of a metric that has these label values.
func (c *crowded) value(t testing.TB, metric string, labels ...string) float64 {
	t.Helper()
	families, err := c.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		for _, m := range family.Metric {
			var values []string
			for _, l := range m.Label {
				values = append(values, l.GetValue())
			}
			if family.GetName() == metric && slices.Equal(values, labels) {
				return m.GetGauge().GetValue() + m.GetCounter().GetValue()
			}
		}
	}
	t.Fatalf("there is no %s with %q", metric, labels)
	return 0
}

func TestIdleConnectionsMakeRoom(t *testing.T) {
	c := serveCrowd(t)
	kept := c.dial(t, 20, "GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n") // idle after a request
	for _, conn := range kept {
		_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
		if _, err := http.ReadResponse(bufio.NewReader(conn), nil); err != nil {
			t.Fatal(err)
		}
	}
	c.dial(t, most-len(kept), "") // silent
	late := c.dial(t, 200, "")
	for range 10 {
		if r, _ := c.ask(t, "GET", "/-/healthy"); r.StatusCode != http.StatusOK || r.Close {
			t.Errorf("the probe gets %s, close %v", r.Status, r.Close)
		}
	}
	if r, _ := c.ask(t, "POST", "/api/v1/orders"); r.StatusCode != http.StatusOK {
		t.Errorf("an order gets %s", r.Status)
	}
	for i, conn := range late {
		if !alive(conn, time.Millisecond) {
			t.Errorf("connection %d of the newest was closed", i)
		}
	}
	for i, conn := range kept {
		if alive(conn, 5*time.Second) {
			t.Errorf("connection %d, idle the longest, is open", i)
		}
	}
	if got := c.open(t); got > most {
		t.Errorf("%v connections are open", got)
	}
	if idle, refused := c.closed(t, "idle"), c.closed(t, "refused"); idle < 201 || idle > 211 || refused != 0 {
		t.Errorf("%v were closed for being idle, %v were refused", idle, refused)
	}
}

func TestProbesGetThroughABusyCrowd(t *testing.T) {
	c := serveCrowd(t)
	slow := c.dial(t, most, "POST /api/v1/orders HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf")
	for range slow {
		<-c.begun
	}
	check := func() {
		t.Helper()
		for _, path := range []string{"/-/healthy", "/-/ready", "/metrics"} {
			if r, body := c.ask(t, "GET", path); r.StatusCode != http.StatusOK || !r.Close {
				t.Errorf("%s: %s, close %v: %s", path, r.Status, r.Close, body)
			}
		}
		r, body := c.ask(t, "POST", "/api/v1/orders")
		if r.StatusCode != http.StatusServiceUnavailable || !r.Close || r.Header.Get("Retry-After") != "1" ||
			r.Header.Get("X-Request-Id") == "" || !strings.Contains(body, `"TOO_MANY_CONNECTIONS"`) {
			t.Errorf("an order gets %s, %v: %s", r.Status, r.Header, body)
		}
	}
	check()
	silent := c.dial(t, spare+30, "")
	check()
	if alive(silent[0], 5*time.Second) {
		t.Error("the first of too many spare connections is open")
	}
	if !alive(silent[len(silent)-1], time.Millisecond) {
		t.Error("the last of the spare connections was closed")
	}
	if !alive(slow[0], time.Millisecond) || !alive(slow[most-1], time.Millisecond) {
		t.Error("a busy connection was closed")
	}
	if got := c.open(t); got > most+spare {
		t.Errorf("%v connections are open", got)
	}
	if refused, cut, idle := c.closed(t, "refused"), c.closed(t, "cut"), c.closed(t, "idle"); refused != 2 || cut < 30 || idle != 0 {
		t.Errorf("%v were refused, %v cut, %v idle", refused, cut, idle)
	}
	for _, conn := range slow[:50] { // they finish, and their places are free
		_, _ = io.WriteString(conn, " body.")
		_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
		if r, err := http.ReadResponse(bufio.NewReader(conn), nil); err != nil || r.StatusCode != http.StatusOK {
			t.Fatal(r, err)
		}
		conn.Close()
	}
	if r, _ := c.ask(t, "POST", "/api/v1/orders"); r.StatusCode != http.StatusOK {
		t.Errorf("an order gets %s after the crowd", r.Status)
	}
}

// BenchmarkIdleConnection measures the memory that one idle connection takes, both ends of the socket and the test's
// own records included.
func BenchmarkIdleConnection(b *testing.B) {
	c := serveCrowd(b)
	before := inUse()
	conns := c.dial(b, 1000, "GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n")
	for _, conn := range conns {
		if _, err := conn.Read(make([]byte, 1<<10)); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(inUse()-before)/float64(len(conns)), "B/conn")
}

func inUse() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapInuse + m.StackInuse)
}
