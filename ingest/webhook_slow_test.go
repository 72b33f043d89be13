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

// TestTooManyWebhooksAtOnce: what is read and recorded at once is bounded, and the rest refused before it is read.
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
		r := k.signed(hookPath, debited)
		r.Body = io.NopCloser(unread{t})
		if w := k.answer(r); w.Code != 503 || w.Header().Get("Retry-After") != "1" || errorCode(w.Body.Bytes()) != "OVERLOADED" {
			t.Errorf("one more is answered %d %s", w.Code, w.Body)
		}
		close(release)
		clients.Wait()
		if w := k.send(debited); w.Code != 200 {
			t.Errorf("afterwards the answer is %d %s", w.Code, w.Body)
		}
	})
}

type unread struct{ t *testing.T }

func (u unread) Read([]byte) (int, error) {
	u.t.Error("the body is read")
	return 0, io.EOF
}

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
	tests := []struct {
		pause  time.Duration // in the middle of the body
		status int
		code   string
		after  time.Duration
	}{
		{4900 * time.Millisecond, 200, "no envelope", 5400 * time.Millisecond},
		{time.Hour, 400, "BODY_TIMEOUT", 5 * time.Second},
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
					hookPath, len(debitedNow), start.Unix(), octopus.Sign(hookSecret, []byte(debitedNow)), debitedNow[:20])
				time.Sleep(test.pause)
				_, _ = io.WriteString(client, debitedNow[20:])
			})
			resp, err := http.ReadResponse(bufio.NewReader(client), nil)
			if err != nil {
				t.Fatal(err)
			}
			body, _ := io.ReadAll(resp.Body)
			if took := time.Since(start); resp.StatusCode != test.status || errorCode(body) != test.code || took != test.after {
				t.Errorf("with a pause of %s the answer is %d %s after %s", test.pause, resp.StatusCode, body, took)
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
	if w := k.answer(r); w.Code != 400 || errorCode(w.Body.Bytes()) != "BODY_CUT" || len(k.ledger.recorded()) != 0 {
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
