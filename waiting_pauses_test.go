package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestPersist: attempts come ever more rarely, but at least every 5 s, and the log speaks once a minute. What waiting
// cannot mend, success and the end of ctx end it at once.
func TestPersist(t *testing.T) {
	away, foreign := context.DeadlineExceeded, errors.New("it belongs to another program")
	for name, want := range map[string]error{"there": nil, "foreign": foreign} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var log lockedBuffer
				var pauses []time.Duration
				began, last := time.Now(), time.Now()
				err := persist(t.Context(), away, func(context.Context) error {
					pauses = append(pauses, time.Since(last))
					last = time.Now()
					if time.Since(began) > 150*time.Second {
						return want
					}
					return away
				}, slog.New(slog.NewTextHandler(&log, nil)))
				if err != want {
					t.Errorf("the error is %v", err)
				}
				if first := []time.Duration{1e9, 2e9, 4e9, 5e9, 5e9}; !slices.Equal(pauses[:5], first) || slices.Max(pauses) != 5*time.Second {
					t.Errorf("it paused for %v", pauses)
				}
				if n := strings.Count(log.String(), "waiting for the database"); n != 3 {
					t.Errorf("in 150 s the log says it %d times:\n%s", n, log.String())
				}
				if log.contains("the database is there") != (want == nil) {
					t.Errorf("in the end the log says\n%s", log.String())
				}
			})
		})
	}
	t.Run("asked to stop", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(12500*time.Millisecond, cancel)
			began := time.Now()
			err := persist(ctx, away, func(context.Context) error { return away }, slog.New(slog.DiscardHandler))
			if err != context.Canceled || time.Since(began) != 12500*time.Millisecond {
				t.Errorf("%v after %v", err, time.Since(began))
			}
		})
	})
}

// TestLent: whoever connects when a lent listener is given back is answered by the next to accept.
func TestLent(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	given := lent{l.(*net.TCPListener)}
	ended := make(chan error)
	go func() {
		for {
			if _, err := given.Accept(); err != nil {
				ended <- err
				return
			}
		}
	}()
	if err := given.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != net.ErrClosed {
		t.Errorf("Accept ended with %v", err)
	}
	client, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if err := given.SetDeadline(time.Time{}); err != nil {
		t.Fatal(err)
	}
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if conn.RemoteAddr().String() != client.LocalAddr().String() {
		t.Errorf("%v was accepted, not %v", conn.RemoteAddr(), client.LocalAddr())
	}
}
