package ingest_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"walletwatch/octopus"
)

// TestSlowRecordingIsNotWaitedFor: the vendor gets an answer within a second, and when it sends the event again it
// learns that it was recorded after all.
func TestSlowRecordingIsNotWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		k := newHookKit(t, func(k *hookKit) { k.ledger.hold = func() { <-release } })
		start := time.Now()
		w := k.send(debited)
		if took := time.Since(start); w.Code != 503 || w.Header().Get("Retry-After") != "5" || took >= time.Second || took < 500*time.Millisecond {
			t.Errorf("after %s the answer is %d %s, Retry-After %s", took, w.Code, w.Body, w.Header().Get("Retry-After"))
		}
		close(release)
		synctest.Wait()
		if w := k.send(debited); w.Code != 200 || w.Body.String() != "{\"status\":\"duplicate\"}\n" {
			t.Errorf("sent again, it is answered %d %s", w.Code, w.Body)
		}
		if n := len(k.ledger.recorded()); n != 1 {
			t.Errorf("%d observations are recorded", n)
		}
	})
}

// TestTooManyWebhooksAtOnce: what waits to be recorded at once is bounded.
func TestTooManyWebhooksAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		k := newHookKit(t, func(k *hookKit) { k.ledger.hold = func() { <-release } })
		var clients sync.WaitGroup
		for i := range 256 {
			clients.Go(func() {
				if w := k.send(fmt.Sprintf(`{"id":"evt_%d","type":"order.delivered"}`, i)); w.Code != 200 {
					t.Errorf("webhook %d is answered %d %s", i, w.Code, w.Body)
				}
			})
		}
		synctest.Wait()
		if w := k.send(debited); w.Code != 503 || w.Header().Get("Retry-After") != "1" || errorCode(w.Body.Bytes()) != "OVERLOADED" {
			t.Errorf("one more is answered %d %s", w.Code, w.Body)
		}
		close(release)
		clients.Wait()
		if w := k.send(debited); w.Code != 200 {
			t.Errorf("afterwards the answer is %d %s", w.Code, w.Body)
		}
	})
}

// TestSilentSendersKeepNobodyOut: whoever sends a part of a webhook and no more takes nothing from others but what large
// bodies are read with.
func TestSilentSendersKeepNobodyOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newHookKit(t, nil)
		silence := make(chan struct{})
		var senders sync.WaitGroup
		large := debited + strings.Repeat(" ", 5000)
		for i := range 1500 {
			senders.Go(func() {
				r := k.signed(hookPath, debited)
				r.Body, r.ContentLength = io.NopCloser(io.MultiReader(strings.NewReader(large[:1000*(i%5)+200]), mute{silence})), int64(len(large))
				k.answer(r)
			})
		}
		synctest.Wait()
		if w := k.send(debited); w.Code != 200 {
			t.Errorf("a webhook is answered %d %s", w.Code, w.Body)
		}
		r := k.signed(hookPath, large)
		r.Body = &watched{Reader: strings.NewReader(large)}
		w := k.answer(r)
		if w.Code != 503 || errorCode(w.Body.Bytes()) != "OVERLOADED" || w.Header().Get("Retry-After") != "1" || r.Body.(*watched).n > 4096 {
			t.Errorf("a large one is answered %d %s after %d bytes", w.Code, w.Body, r.Body.(*watched).n)
		}
		close(silence)
		senders.Wait()
		if w := k.send(large); w.Code != 200 {
			t.Errorf("afterwards a large one is answered %d %s", w.Code, w.Body)
		}
	})
}

// mute sends nothing until the silence ends, and breaks off then.
type mute struct{ silence <-chan struct{} }

func (m mute) Read([]byte) (int, error) {
	<-m.silence
	return 0, io.ErrUnexpectedEOF
}

// watched is a body that counts what is read of it.
type watched struct {
	*strings.Reader
	n int
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.Reader.Read(p)
	w.n += n
	return n, err
}

func (*watched) Close() error { return nil }

// served sends requests to the handler over a connection that knows deadlines.
func served(k *hookKit) (client net.Conn, stop func()) {
	client, there := net.Pipe()
	listener := &onePipe{conn: make(chan net.Conn, 1), done: make(chan struct{})}
	listener.conn <- there
	server := &http.Server{Handler: k.handler}
	var serving sync.WaitGroup
	serving.Go(func() { _ = server.Serve(listener) })
	return client, func() {
		_ = client.Close()
		_ = server.Close()
		serving.Wait()
	}
}

type onePipe struct {
	conn chan net.Conn
	done chan struct{}
	once sync.Once
}

func (l *onePipe) Accept() (net.Conn, error) {
	select {
	case c := <-l.conn:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *onePipe) Close() error {
	l.once.Do(func() { close(l.done) })
	return nil
}

func (l *onePipe) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

// TestSlowBody: a body that takes too long is given up; one that just makes it has all the time for recording.
func TestSlowBody(t *testing.T) {
	large := debitedNow + strings.Repeat(" ", 1000) + strings.Repeat("\n", 4096)
	tests := []struct {
		body   string
		at     int           // where in the body the pause is
		pause  time.Duration // in the middle of the body
		status int
		code   string
		after  time.Duration
	}{
		{debitedNow, 20, 4900 * time.Millisecond, 200, "no envelope", 5400 * time.Millisecond},
		{debitedNow, 20, time.Hour, 408, "BODY_TIMEOUT", 5 * time.Second},
		{large, 4095, 4900 * time.Millisecond, 200, "no envelope", 5400 * time.Millisecond},
		{large, 4096, 900 * time.Millisecond, 200, "no envelope", 1400 * time.Millisecond},
		{large, 4096, time.Hour, 408, "BODY_TIMEOUT", time.Second},
	}
	for _, test := range tests {
		synctest.Test(t, func(t *testing.T) {
			k := newHookKit(t, func(k *hookKit) {
				k.Now = time.Now
				k.ledger.hold = func() { time.Sleep(500 * time.Millisecond) }
			})
			client, stop := served(k)
			var sending sync.WaitGroup
			defer sending.Wait()
			defer stop()
			start := time.Now()
			sending.Go(func() {
				_, _ = fmt.Fprintf(client, "POST %s HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\nX-Timestamp: %d\r\nX-Signature: %s\r\n\r\n%s",
					hookPath, len(test.body), start.Unix(), octopus.Sign(hookSecret, []byte(test.body)), test.body[:test.at])
				time.Sleep(test.pause)
				_, _ = io.WriteString(client, test.body[test.at:])
			})
			resp, err := http.ReadResponse(bufio.NewReader(client), nil)
			if err != nil {
				t.Fatal(err)
			}
			body, _ := io.ReadAll(resp.Body)
			if took := time.Since(start); resp.StatusCode != test.status || errorCode(body) != test.code || took != test.after {
				t.Errorf("with a pause of %s at byte %d the answer is %d %s after %s", test.pause, test.at, resp.StatusCode, body, took)
			}
		})
	}
}

const debitedNow = `{"id":"evt_1","type":"wallet.debited","data":{"wallet_id":1,"amount":5}}`

// TestBrokenBody: what broke off is not taken for the whole, however good its signature.
func TestBrokenBody(t *testing.T) {
	k := newHookKit(t, nil)
	r := k.signed(hookPath, debited)
	r.Body = io.NopCloser(io.MultiReader(strings.NewReader(debited), broken{}))
	if w := k.answer(r); w.Code != 408 || errorCode(w.Body.Bytes()) != "BODY_CUT" || len(k.ledger.recorded()) != 0 {
		t.Errorf("answered %d %s, recorded %+v", w.Code, w.Body, k.ledger.recorded())
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// TestWebhooksAtOnce sends the same events from several sides: each counts once.
func TestWebhooksAtOnce(t *testing.T) {
	k := newHookKit(t, nil)
	accepted := make([]int, 8)
	var clients sync.WaitGroup
	for c := range accepted {
		clients.Go(func() {
			for i := range 200 {
				w := httptest.NewRecorder()
				k.handler.ServeHTTP(w, k.signed(hookPath, fmt.Sprintf(`{"id":"evt_%d","type":"wallet.debited"}`, i)))
				if strings.Contains(w.Body.String(), "accepted") {
					accepted[c]++
				}
			}
		})
	}
	clients.Wait()
	sum := 0
	for _, n := range accepted {
		sum += n
	}
	if sum != 200 || len(k.ledger.recorded()) != 200 {
		t.Errorf("%d were accepted and %d recorded", sum, len(k.ledger.recorded()))
	}
}
