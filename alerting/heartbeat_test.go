package alerting_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"walletwatch/alerting"
	"walletwatch/secret"
)

// answers is a transport that gives one answer after the other: a status, 0 for a broken connection, -1 for none.
type answers struct {
	statuses []int
	requests []string
}

func (a *answers) RoundTrip(req *http.Request) (*http.Response, error) {
	a.requests = append(a.requests, req.Method+" "+req.URL.String())
	status := a.statuses[len(a.requests)-1]
	switch status {
	case 0:
		return nil, errors.New("connection reset by peer")
	case -1:
		<-req.Context().Done()
		return nil, req.Context().Err()
	}
	return &http.Response{StatusCode: status, Body: http.NoBody, Header: http.Header{}, Request: req}, nil
}

func TestHeartbeat(t *testing.T) {
	const url = "https://hc.example.com/ping/canary-1234"
	tests := map[string]struct {
		statuses []int
		requests int
		ok       bool
		took     time.Duration
	}{
		"well":              {[]int{200}, 1, true, 0},
		"accepted":          {[]int{202}, 1, true, 0},
		"once broken":       {[]int{0, 200}, 2, true, 0},
		"once failing":      {[]int{503, 200}, 2, true, 0},
		"failing":           {[]int{503, 500}, 2, false, 0},
		"broken":            {[]int{0, 0}, 2, false, 0},
		"redirected":        {[]int{302, 302}, 2, false, 0},
		"gone":              {[]int{404, 404}, 2, false, 0},
		"silent, then well": {[]int{-1, 200}, 2, true, 5 * time.Second},
		"silent":            {[]int{-1, -1}, 2, false, 10 * time.Second},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				transport := &answers{statuses: test.statuses}
				began := time.Now()
				err := alerting.NewHeartbeat(secret.Literal(url), transport).Ping(t.Context())
				if (err == nil) != test.ok || len(transport.requests) != test.requests || time.Since(began) != test.took {
					t.Errorf("got %v after %d requests and %v", err, len(transport.requests), time.Since(began))
				}
				if err != nil && strings.Contains(err.Error(), "canary") {
					t.Errorf("the error holds the URL: %v", err)
				}
				if transport.requests[0] != "GET "+url {
					t.Errorf("got %s", transport.requests[0])
				}
			})
		})
	}
}

func TestHeartbeatStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	transport := &answers{statuses: []int{-1, -1}}
	if err := alerting.NewHeartbeat(secret.Literal("https://hc.example.com/x"), transport).Ping(ctx); err == nil {
		t.Error("got no error")
	}
}

func TestHeartbeatWithoutAddress(t *testing.T) {
	for _, url := range []string{"", "canary", "http://[canary"} {
		err := alerting.NewHeartbeat(secret.Literal(url), &answers{}).Ping(t.Context())
		if err == nil || strings.Contains(err.Error(), "canary") {
			t.Errorf("%q: got %v, want an error that does not repeat it", url, err)
		}
	}
	if err := alerting.NewHeartbeat(secret.File(t.TempDir()+"/none"), nil).Ping(t.Context()); err == nil {
		t.Error("an unreadable file: got no error")
	}
}
