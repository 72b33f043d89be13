package web

import (
	"crypto/tls"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
)

// TestCrowdOverTLS: with TLS, and HTTP/2 on top, connections are the same ones to admit, moved and guard.
func TestCrowdOverTLS(t *testing.T) {
	for _, two := range []bool{false, true} {
		c := smallCrowd(t, 1, 1)
		moves := make(chan http.ConnState, 100)
		begun, finish := make(chan struct{}), make(chan struct{})
		mux := http.NewServeMux()
		mux.HandleFunc("/quick", func(http.ResponseWriter, *http.Request) {})
		mux.HandleFunc("/slow", func(http.ResponseWriter, *http.Request) { close(begun); <-finish })
		server := httptest.NewUnstartedServer(dress(c.guard(mux), time.Now))
		server.Config.ConnContext, server.Config.ConnState, server.EnableHTTP2 = c.admit, func(conn net.Conn, state http.ConnState) {
			c.moved(conn, state)
			moves <- state
		}, two
		server.StartTLS()
		client := func() *http.Client {
			transport := server.Client().Transport.(*http.Transport).Clone()
			t.Cleanup(transport.CloseIdleConnections)
			return &http.Client{Transport: transport, Timeout: 10 * time.Second}
		}
		ask := func(client *http.Client, method, path string) int {
			r, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			w, err := client.Do(r)
			if err != nil {
				t.Errorf("%s %s: %v", method, path, err)
				return 0
			}
			w.Body.Close()
			if two != (w.ProtoMajor == 2) {
				t.Errorf("it speaks %s", w.Proto)
			}
			return w.StatusCode
		}
		first, second := client(), client()
		if got := ask(first, "GET", "/quick"); got != http.StatusOK {
			t.Errorf("the first gets %d", got)
		}
		for c.idling() == 0 { // it is a moment later than the answer
			<-moves
		}
		slow := make(chan int, 1)
		go func() { slow <- ask(second, "GET", "/slow") }()
		<-begun
		if got := testutil.ToFloat64(c.meter.idle); got != 1 {
			t.Errorf("HTTP/2 %v: %v idle connections were closed", two, got)
		}
		if got := ask(client(), "GET", "/quick"); got != http.StatusOK {
			t.Errorf("a probe gets %d", got)
		}
		if got := ask(client(), "POST", "/quick"); got != http.StatusServiceUnavailable {
			t.Errorf("an order gets %d", got)
		}
		close(finish)
		if got := <-slow; got != http.StatusOK {
			t.Errorf("the busy one gets %d", got)
		}
		server.Close()
	}
}

func (c *crowd) idling() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.idle.Len()
}

// TestHangUpDoesNotWait for somebody who does not read: the newcomer would wait too.
func TestHangUpDoesNotWait(t *testing.T) {
	server := httptest.NewTLSServer(http.NotFoundHandler())
	certificates := server.TLS.Certificates
	server.Close()
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		defer far.Close()
		client := tls.Client(far, &tls.Config{InsecureSkipVerify: true})
		conn := tls.Server(near, &tls.Config{Certificates: certificates, SessionTicketsDisabled: true})
		go func() { _ = client.Handshake() }()
		if err := conn.Handshake(); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		hangUp(conn)
		if took := time.Since(start); took != 0 {
			t.Errorf("it took %v", took)
		}
	})
}
