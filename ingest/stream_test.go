package ingest_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"walletwatch/ingest"
	"walletwatch/secret"
	"walletwatch/wallet"
)

// endless makes lines up to a number and watches how much of them is in memory.
type endless struct {
	t        *testing.T
	recorded *atomic.Int64
	made     int64
	most     int64  // lines made and not recorded
	heap     uint64 // most memory in use
	rest     []byte
}

const manyLines = 200_000

func (e *endless) Read(p []byte) (int, error) {
	if len(e.rest) == 0 {
		if e.made == manyLines {
			return 0, io.EOF
		}
		e.made++
		e.most = max(e.most, e.made-e.recorded.Load())
		if e.made%20_000 == 0 {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			e.heap = max(e.heap, m.HeapAlloc)
		}
		e.rest = append(e.rest, `{"id":`+strconv.FormatInt(e.made, 10)+`,"wallet_id":1,"status":"DELIVERED","wallet_balance":5,"vouchers":[{"pin_code":"1234"}]}`+"\n"...)
	}
	n := copy(p, e.rest)
	e.rest = append(e.rest[:0], e.rest[n:]...)
	return n, nil
}

// TestStreamInBoundedMemory: however long a stream is, only a few chunks of it are in memory.
func TestStreamInBoundedMemory(t *testing.T) {
	var recorded atomic.Int64
	k := newOrderKit(t, func(c *ingest.Config) { c.Recorder = counting{&recorded} })
	body := &endless{t: t, recorded: &recorded}
	var before runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	expectAnswer(t, "the stream", k.post(lines, body), 202, `{"accepted":200000,"ignored":0}`)
	if recorded.Load() != manyLines {
		t.Errorf("%d are recorded", recorded.Load())
	}
	if body.most > 3*200+2 {
		t.Errorf("%d lines were read and not recorded", body.most)
	}
	if grown := int64(body.heap) - int64(before.HeapAlloc); grown > 48<<20 {
		t.Errorf("the memory in use grew by %d MiB", grown>>20)
	}
}

type counting struct{ recorded *atomic.Int64 }

func (c counting) Record(_ context.Context, _ string, list []wallet.Observation) ([]wallet.Verdict, error) {
	c.recorded.Add(int64(len(list)))
	verdicts := make([]wallet.Verdict, len(list))
	for i := range verdicts {
		verdicts[i] = wallet.HeardClaim
	}
	return verdicts, nil
}

// pipeServer serves k over one connection in memory, so that a bubble's clock runs.
func pipeServer(t *testing.T, k *orderKit) net.Conn {
	client, side := net.Pipe()
	listener := &pipeListener{conns: make(chan net.Conn, 1), closed: make(chan struct{})}
	listener.conns <- side
	// The time to write is shorter than what recording may take.
	server := &http.Server{Handler: k.handler, ReadTimeout: 30 * time.Second, WriteTimeout: 8 * time.Second}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = client.Close(); _ = server.Close() })
	return client
}

type pipeListener struct {
	conns  chan net.Conn
	closed chan struct{}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error   { close(l.closed); return nil }
func (l *pipeListener) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

// send writes a chunked request, piece by piece with pauses before each, and returns the answer.
func sendSlowly(t *testing.T, c net.Conn, kind string, pause time.Duration, pieces ...string) (int, string) {
	t.Helper()
	go func() {
		_, _ = io.WriteString(c, "POST /api/v1/orders HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "+ingestToken+
			"\r\nContent-Type: "+kind+"\r\nTransfer-Encoding: chunked\r\n\r\n")
		for _, piece := range pieces {
			time.Sleep(pause)
			if _, err := io.WriteString(c, strconv.FormatInt(int64(len(piece)), 16)+"\r\n"+piece+"\r\n"); err != nil {
				return
			}
		}
		if len(pieces) > 2 {
			_, _ = io.WriteString(c, "0\r\n\r\n")
		}
	}()
	response, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, strings.TrimSpace(string(text))
}

// TestLongStream: a stream may last longer than the server's limits for a request, as long as something arrives.
func TestLongStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := pipeServer(t, newOrderKit(t, nil))
		var pieces []string
		for i := range 12 {
			pieces = append(pieces, `{"id":`+strconv.Itoa(i)+"}\n")
		}
		if status, text := sendSlowly(t, c, lines, 20*time.Second, pieces...); status != 202 || text != `{"accepted":12,"ignored":0}` {
			t.Errorf("the answer is %d %s", status, text)
		}
	})
}

// TestSilentSender: one that sends nothing for 30 seconds is told what was taken.
func TestSilentSender(t *testing.T) {
	for kind, extra := range map[string]string{lines: `"accepted":1,"ignored":0,"line":2`, document: ""} {
		synctest.Test(t, func(t *testing.T) {
			c := pipeServer(t, newOrderKit(t, nil))
			start := time.Now()
			status, text := sendSlowly(t, c, kind, 0, "{\"id\":1}\n", "{\"id\":")
			took := time.Since(start)
			if status != 408 || !strings.Contains(text, `"BODY_TIMEOUT"`) || took != 30*time.Second {
				t.Errorf("%s: the answer is %d %s after %s", kind, status, text, took)
			}
			for _, member := range strings.Split(extra, ",") {
				if !strings.Contains(text, member) {
					t.Errorf("%s: %s is not in %s", kind, member, text)
				}
			}
		})
	}
}

// TestSlowRecordingOverAConnection: the limits for reading do not cut off a sender that waits for the answer.
func TestSlowRecordingOverAConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		c := pipeServer(t, newOrderKit(t, stuck(release)))
		start := time.Now()
		time.AfterFunc(36*time.Second, func() { close(release) })
		status, text := sendSlowly(t, c, document, 9*time.Second, `{"i`, `d":`, `1}`)
		if took := time.Since(start); status != 202 || text != `{"accepted":1,"ignored":0}` || took != 36*time.Second {
			t.Errorf("after %s the answer is %d %s", took, status, text)
		}
	})
}

// TestNothingIsLeftRunning: requests that end in every way leave no goroutine behind.
func TestNothingIsLeftRunning(t *testing.T) {
	before := runtime.NumGoroutine()
	synctest.Test(t, func(t *testing.T) {
		k := newOrderKit(t, func(c *ingest.Config) { c.Token = secret.Literal("old " + ingestToken) })
		for _, body := range []string{`{"id":1}`, `{`, arrayOf(1, 1000), "[]", padded(1, 2<<20)} {
			k.post(document, strings.NewReader(body))
			k.post(lines, strings.NewReader(body))
		}
		if err := k.stop(); err != nil {
			t.Error(err)
		}
	}) // a bubble does not end while a goroutine of it runs
	if after := runtime.NumGoroutine(); after > before {
		t.Errorf("%d goroutines before, %d after", before, after)
	}
}

// TestLongStreamOverHTTP2: there, the server's time to write would end a stream whose sender is not done.
func TestLongStreamOverHTTP2(t *testing.T) {
	k := newOrderKit(t, nil)
	server := httptest.NewUnstartedServer(k.handler)
	server.EnableHTTP2 = true
	server.Config.WriteTimeout = time.Second
	server.StartTLS()
	defer server.Close()
	body, w := io.Pipe()
	go func() {
		tick := time.NewTicker(250 * time.Millisecond)
		defer tick.Stop()
		for i := range 6 {
			<-tick.C
			_, _ = io.WriteString(w, `{"id":`+strconv.Itoa(i)+"}\n")
		}
		_ = w.Close()
	}()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+ingestToken)
	r.Header.Set("Content-Type", lines)
	answer, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if text, err := io.ReadAll(answer.Body); answer.ProtoMajor != 2 || answer.StatusCode != 202 || strings.TrimSpace(string(text)) != `{"accepted":6,"ignored":0}` {
		t.Errorf("the answer is %s %d %s, %v", answer.Proto, answer.StatusCode, text, err)
	}
}
