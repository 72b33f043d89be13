package alerting_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"walletwatch/alerting"
	"walletwatch/alerting/alertingtest"
	"walletwatch/secret"
	"walletwatch/wallet"
)

// everyone returns each kind of receiver, and the heartbeat, over one transport.
func everyone(rt http.RoundTripper) map[string]alerting.Receiver {
	return map[string]alerting.Receiver{
		"slack":     alerting.NewSlack(alerting.SlackConfig{Channel: "#a", Token: secret.Literal(token), Transport: rt}),
		"webhook":   alerting.NewSlackWebhook(alerting.SlackWebhookConfig{URL: secret.Literal(webhookURL), Transport: rt}),
		"pagerduty": alerting.NewPagerDuty(alerting.PagerDutyConfig{RoutingKey: secret.Literal(routingKey), Transport: rt}),
		"heartbeat": pinging{alerting.NewHeartbeat(secret.Literal(webhookURL), rt)},
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

func TestNobodyFollowsRedirects(t *testing.T) {
	for _, status := range []int{301, 302, 307, 308} {
		strayed := false
		rt := roundTrip(func(req *http.Request) (*http.Response, error) {
			strayed = strayed || req.URL.Host == "elsewhere.example.com"
			header := http.Header{"Location": {"https://elsewhere.example.com/"}}
			return &http.Response{StatusCode: status, Header: header, Body: http.NoBody, Request: req}, nil
		})
		for name, r := range everyone(rt) {
			if _, err := r.Deliver(t.Context(), delivery(notice())); err == nil || strayed {
				t.Errorf("%s, %d: got error %v, went elsewhere: %v", name, status, err, strayed)
			}
		}
	}
}

func TestAnswersThatBreakOffAreNotAcceptance(t *testing.T) {
	rt := roundTrip(func(req *http.Request) (*http.Response, error) {
		broken := io.MultiReader(strings.NewReader(`{"ok":true,"channel":"C1","ts":"1.2","status":"success","dedup_key":"k"}`), failingReader{})
		return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(broken), Request: req}, nil
	})
	for name, r := range everyone(rt) {
		if _, err := r.Deliver(t.Context(), delivery(notice())); err == nil || !strings.Contains(err.Error(), "reading the answer") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

type failingReader struct{}

func (failingReader) Read([]byte) (int, error) { return 0, errors.New("connection reset by peer") }

func TestEndlessAnswersAreCut(t *testing.T) {
	rt := roundTrip(func(req *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(endless{}), Request: req}, nil
	})
	for name, r := range everyone(rt) {
		if _, err := r.Deliver(t.Context(), delivery(notice())); err == nil && name != "heartbeat" {
			t.Errorf("%s: got no error", name)
		}
	}
}

type endless struct{}

func (endless) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = 'x'
	}
	return len(b), nil
}

func TestSilenceEndsInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		silent := roundTrip(func(req *http.Request) (*http.Response, error) {
			<-req.Context().Done()
			return nil, req.Context().Err()
		})
		for name, r := range everyone(silent) {
			began := time.Now()
			_, err := r.Deliver(t.Context(), delivery(notice()))
			if took := time.Since(began); err == nil || took > 10*time.Second {
				t.Errorf("%s: got %v after %v, want an error within 10 s", name, err, took)
			}
			if !strings.Contains(err.Error(), "no answer in time") {
				t.Errorf("%s: got %v", name, err)
			}
		}
	})
}

func TestSlackEditThatHangsLeavesTimeForTheNews(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := alertingtest.NewSlack()
		s := newSlack(fake)
		first := delivery(notice())
		next := then(first, mustDeliver(t, s, first), func(n *wallet.Notice) { n.Since, n.Balance = start, dec("77") })
		next.Previous, next.Attempts = &first.Notice, 5
		fake.Always(alertingtest.Fault{Method: "chat.update", Hang: true})
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		if _, err := s.Deliver(ctx, next); err != nil {
			t.Errorf("the news did not get through: %v", err)
		}
		if n := len(fake.Messages("#wallet-alerts")); n != 2 {
			t.Errorf("got %d messages, want 2", n)
		}
	})
}
