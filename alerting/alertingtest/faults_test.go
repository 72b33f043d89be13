package alertingtest_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"walletwatch/alerting/alertingtest"
)

// send posts an event; the status is 0 when there was no answer.
func send(t *testing.T, rt http.RoundTripper, timeout time.Duration, url string) (status int, header http.Header, body string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/v2/enqueue", strings.NewReader(event("trigger", "a", good)))
	if err != nil {
		t.Fatal(err)
	}
	res, err := rt.RoundTrip(req)
	if err != nil {
		return 0, nil, ""
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, res.Header, string(b)
}

func TestFaultsInSequence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := alertingtest.NewPagerDuty()
		rt := alertingtest.Transport(p)
		p.Next(
			alertingtest.Fault{Status: 429, RetryAfter: "3", Body: "{}"}, alertingtest.Fault{Hang: true}, alertingtest.Fault{Reset: true},
			alertingtest.Fault{Drop: true}, alertingtest.Fault{Delay: 2 * time.Second}, alertingtest.Fault{Body: "<html>"},
		)
		if status, header, body := send(t, rt, time.Hour, "http://pd"); status != 429 || header.Get("Retry-After") != "3" || body != "{}" || header.Get("Content-Type") != "application/json" {
			t.Errorf("status: got %d %v %q", status, header, body)
		}
		began := time.Now()
		if status, _, _ := send(t, rt, 9*time.Second, "http://pd"); status != 0 || time.Since(began) != 9*time.Second {
			t.Errorf("hang: got %d after %v", status, time.Since(began))
		}
		if status, _, _ := send(t, rt, time.Hour, "http://pd"); status != 0 || len(p.Incidents()) != 0 {
			t.Errorf("reset: got %d and %d incidents", status, len(p.Incidents()))
		}
		if status, _, _ := send(t, rt, time.Hour, "http://pd"); status != 0 || len(p.Incidents()) != 1 {
			t.Errorf("drop: got %d and %d incidents, want no answer and one incident", status, len(p.Incidents()))
		}
		began = time.Now()
		if status, _, _ := send(t, rt, time.Hour, "http://pd"); status != 202 || time.Since(began) != 2*time.Second {
			t.Errorf("delay: got %d after %v", status, time.Since(began))
		}
		if status, header, _ := send(t, rt, time.Hour, "http://pd"); status != 200 || header.Get("Content-Type") != "text/html" {
			t.Errorf("html: got %d %v", status, header)
		}
		if status, _, _ := send(t, rt, time.Hour, "http://pd"); status != 202 || p.Requests() != 7 {
			t.Errorf("after all: got %d and %d requests", status, p.Requests())
		}
	})
}

func TestFaultsUntilHealed(t *testing.T) {
	p := alertingtest.NewPagerDuty()
	rt := alertingtest.Transport(p)
	p.Always(alertingtest.Fault{Status: 503, Body: " "})
	p.Next(alertingtest.Fault{Status: 500, Body: " "})
	for _, want := range []int{500, 503, 503} {
		if status, _, _ := send(t, rt, time.Minute, "http://pd"); status != want {
			t.Errorf("got %d, want %d", status, want)
		}
	}
	p.Heal()
	if status, _, _ := send(t, rt, time.Minute, "http://pd"); status != 202 {
		t.Errorf("healed: got %d", status)
	}
}

// TestFaultsOverSockets checks what the in-process transport stands in for.
func TestFaultsOverSockets(t *testing.T) {
	p := alertingtest.NewPagerDuty()
	server := httptest.NewServer(p)
	defer server.Close()
	p.Next(alertingtest.Fault{Reset: true}, alertingtest.Fault{Drop: true}, alertingtest.Fault{Hang: true})
	for _, name := range []string{"reset", "drop", "hang"} {
		timeout := time.Minute
		if name == "hang" {
			timeout = 50 * time.Millisecond
		}
		if status, _, _ := send(t, http.DefaultTransport, timeout, server.URL); status != 0 {
			t.Errorf("%s: got %d, want no answer", name, status)
		}
	}
	if n := len(p.Incidents()); n != 1 {
		t.Errorf("got %d incidents, want the one of the lost answer", n)
	}
}

func TestFaultsForOneMethod(t *testing.T) {
	s := alertingtest.NewSlack()
	s.Next(alertingtest.Fault{Method: "chat.update", Code: "internal_error"})
	a := ask(t, s, "chat.postMessage", "channel", "#a", "text", "x")
	if !a.OK {
		t.Fatalf("another method: got %+v", a)
	}
	if a := ask(t, s, "chat.update", "channel", a.Channel, "ts", a.TS, "text", "y"); a.Error != "internal_error" {
		t.Errorf("its method: got %+v", a)
	}
}
