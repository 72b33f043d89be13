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
	"time"

	"walletwatch/ingest"
	"walletwatch/secret"
)

// TestRefusalsDoNotWaitForTheBody: a request that is refused is answered at once, and its connection let go of, whatever
// its sender has announced and does not send.
func TestRefusalsDoNotWaitForTheBody(t *testing.T) {
	busy := newOrderKit(t, stuck(nil))
	var posts sync.WaitGroup
	defer posts.Wait()
	defer func() { _ = busy.stop() }()
	for i := range 256 {
		posts.Go(func() { busy.post(document, strings.NewReader(fmt.Sprintf(`{"id":%d}`, i))) })
	}
	for waitUntil := time.Now().Add(10 * time.Second); gauge(t, busy.registry, "walletwatch_ingest_queue_observations") != 256; {
		if time.Now().After(waitUntil) {
			t.Fatal("the 256 requests are not under way")
		}
	}
	orders := newOrderKit(t, nil)
	closed := newOrderKit(t, func(c *ingest.Config) { c.Token = secret.Value{} })
	hooks := newHookKit(t, nil)
	const good = "Authorization: Bearer " + ingestToken + "\r\nContent-Type: "
	tests := []struct {
		name    string
		handler http.Handler
		request string // line and headers
		sent    string // of the body
		status  int
	}{
		{"method", orders.handler, "PUT / HTTP/1.1\r\n" + good + document, "{", 405},
		{"token", orders.handler, "POST / HTTP/1.1\r\nContent-Type: " + document, "{", 401},
		{"account", orders.handler, "POST /?account=x HTTP/1.1\r\n" + good + document, "{", 404},
		{"content type", orders.handler, "POST / HTTP/1.1\r\n" + good + "text/csv", "{", 415},
		{"expects to be asked on", orders.handler, "POST / HTTP/1.1\r\nExpect: 100-continue\r\n" + good + "text/csv", "{", 415},
		{"no token configured", closed.handler, "POST / HTTP/1.1\r\n" + good + document, "{", 404},
		{"too many requests", busy.handler, "POST / HTTP/1.1\r\n" + good + document, "{", 429},
		{"a bad line", orders.handler, "POST / HTTP/1.1\r\n" + good + lines, "{\"id\":1}\n{}\n{", 400},
		{"webhook of no account", hooks.handler, "POST /webhooks/octopus/x HTTP/1.1", "{", 404},
		{"webhook elsewhere", hooks.handler, "POST /webhooks HTTP/1.1", "{", 404},
		{"webhook encoded", hooks.handler, "POST /webhooks/octopus HTTP/1.1\r\nContent-Encoding: gzip", "{", 415},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			status, answered, ended := exchange(t, test.handler, test.request, 100_000, test.sent)
			if status != test.status || answered > 5*time.Second || ended > 5*time.Second {
				t.Errorf("answered %d after %s, the connection was freed after %s", status, answered, ended)
			}
		})
	}
}

// TestOverloadedWebhooksDoNotWaitForTheBody: the same when the slots for large bodies are taken.
func TestOverloadedWebhooksDoNotWaitForTheBody(t *testing.T) {
	k, silence := newHookKit(t, nil), make(chan struct{})
	var reading, senders sync.WaitGroup
	reading.Add(256)
	for range 256 {
		senders.Go(func() {
			r := k.signed(hookPath, "")
			r.Body = io.NopCloser(io.MultiReader(strings.NewReader(strings.Repeat(" ", 4096)), &announced{mute{silence}, reading.Done}))
			r.ContentLength = 5000
			k.answer(r)
		})
	}
	reading.Wait()
	status, answered, ended := exchange(t, k.handler, "POST "+hookPath+" HTTP/1.1", 100_000, strings.Repeat(" ", 4097))
	if status != 503 || answered > 5*time.Second || ended > 5*time.Second {
		t.Errorf("answered %d after %s, the connection was freed after %s", status, answered, ended)
	}
	close(silence)
	senders.Wait()
}

// announced tells when it is read.
type announced struct {
	mute
	reading func()
}

func (a *announced) Read(p []byte) (int, error) {
	a.reading()
	return a.mute.Read(p)
}

// exchange sends a part of a request to a server that would wait 30 seconds for the rest. It returns the status of the
// answer, and after how long that came and the server was done with the connection.
func exchange(t *testing.T, h http.Handler, request string, length int, sent string) (status int, answered, ended time.Duration) {
	t.Helper()
	freed := make(chan struct{})
	server := httptest.NewUnstartedServer(h)
	server.Config.ReadTimeout = 30 * time.Second
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateClosed {
			close(freed)
		}
	}
	server.Start()
	defer server.Close()
	c, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	start := time.Now()
	_ = c.SetDeadline(start.Add(20 * time.Second))
	if _, err := fmt.Fprintf(c, "%s\r\nHost: h\r\nContent-Length: %d\r\n\r\n%s", request, length, sent); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatalf("no answer after %s: %v", time.Since(start), err)
	}
	if body, err := io.ReadAll(resp.Body); err != nil || errorCode(body) == "no envelope" {
		t.Errorf("the answer is %s, %v", body, err)
	}
	answered = time.Since(start)
	select {
	case <-freed:
	case <-time.After(20 * time.Second):
	}
	return resp.StatusCode, answered, time.Since(start)
}
