package web_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// pipes is a listener without sockets, so that time inside a synctest bubble can pass.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn), closed: make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "pipe"} }

func (p *pipes) dial() net.Conn {
	client, server := net.Pipe()
	p.conns <- server
	return client
}

// exchange sends text and returns everything that comes back until the server closes, and how long that took.
func exchange(t *testing.T, c net.Conn, text string) (string, time.Duration) {
	t.Helper()
	start := time.Now()
	go func() { _, _ = io.WriteString(c, text) }() // fails once the server closes its end
	answer, err := io.ReadAll(c)
	if err != nil {
		t.Error(err)
	}
	c.Close()
	return string(answer), time.Since(start)
}

// inBubble runs f against a server on pipes in a synctest bubble; stop ends the server's context, and served gets
// what Serve returned.
func inBubble(t *testing.T, h http.Handler, f func(t *testing.T, p *pipes, stop func(), served <-chan error)) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		p, served := newPipes(), make(chan error, 1)
		go func() { served <- bare(t).Serve(ctx, p, h, "") }()
		f(t, p, stop, served)
		stop()
		select {
		case <-served:
		case <-time.After(time.Minute): // f has received it
		}
		synctest.Wait()
	})
}

func TestSlowClientsAreCutOff(t *testing.T) {
	ok := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) })
	for name, test := range map[string]struct {
		sends string
		after time.Duration
	}{
		"nothing":         {"", 5 * time.Second},
		"half a header":   {"GET / HTTP/1.1\r\nHost: x\r\n", 5 * time.Second},
		"half a body":     {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf", 30 * time.Second},
		"nothing further": {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", 2 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, ok, func(t *testing.T, p *pipes, _ func(), _ <-chan error) {
				if _, took := exchange(t, p.dial(), test.sends); took < test.after || took > test.after+time.Second {
					t.Errorf("cut off after %v, want %v", took, test.after)
				}
			})
		})
	}
}

func TestLargeHeadersAreRefused(t *testing.T) {
	h := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the request came through") })
	inBubble(t, h, func(t *testing.T, p *pipes, _ func(), _ <-chan error) {
		answer, _ := exchange(t, p.dial(), "GET / HTTP/1.1\r\nHost: x\r\nX-Long: "+strings.Repeat("a", 70<<10)+"\r\n\r\n")
		if !strings.HasPrefix(answer, "HTTP/1.1 431 ") {
			t.Errorf("%.80q", answer)
		}
	})
}

func TestRequestsUnderWayAreFinished(t *testing.T) {
	for name, test := range map[string]struct {
		finish   func(r *http.Request)
		answered bool
		longest  time.Duration
	}{
		"in time": {func(*http.Request) { time.Sleep(3 * time.Second) }, true, 4 * time.Second},
		"never":   {func(r *http.Request) { <-r.Context().Done() }, false, 5 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				test.finish(r)
				_, _ = io.WriteString(w, "finished")
			})
			inBubble(t, h, func(t *testing.T, p *pipes, stop func(), served <-chan error) {
				answer := make(chan string, 1)
				go func() {
					text, _ := exchange(t, p.dial(), "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
					answer <- text
				}()
				synctest.Wait() // the handler has begun
				start := time.Now()
				stop()
				if err := <-served; err != nil {
					t.Error(err)
				}
				if took := time.Since(start); took < 3*time.Second || took > test.longest {
					t.Errorf("stopped after %v", took)
				}
				if got := <-answer; strings.HasSuffix(got, "finished") != test.answered {
					t.Errorf("answer %q", got)
				}
			})
		})
	}
}

func TestStoppingBeforeTheFirstRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		stop()
		p := newPipes()
		if err := bare(t).Serve(ctx, p, http.NotFoundHandler(), ""); err != nil {
			t.Error(err)
		}
		if _, err := p.Accept(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("the listener is still open: %v", err)
		}
	})
}
