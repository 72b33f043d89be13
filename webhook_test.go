package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"walletwatch/octopus/octopustest"
)

const (
	testHook = "canary-webhook-secret"
	hookPath = "/webhooks/octopus"
)

// told is a world whose API can send webhooks, and is polled seldom.
func told(t testing.TB) *world {
	t.Helper()
	w := hearing(t)
	w.env["OCTOPUS_WEBHOOK_SECRET"] = testHook
	return w
}

// deliver sends what happens from now on to a daemon, until the test ends or stop is called.
func (w *world) deliver(url string, h octopustest.Hook) (stop func()) {
	w.t.Helper()
	h.URL, h.Secret = url+hookPath, cmp.Or(h.Secret, testHook)
	ctx, cancel := context.WithCancel(context.Background())
	ended, end := context.WithCancel(ctx)
	end()
	if err := w.api.Deliver(ended, h); err != nil { // events are queued when it has returned
		w.t.Fatal(err)
	}
	var delivering sync.WaitGroup
	delivering.Go(func() { _ = w.api.Deliver(ctx, h) })
	stop = sync.OnceFunc(func() { cancel(); delivering.Wait() })
	w.t.Cleanup(stop)
	return stop
}

// debited is an event made by hand, of which the API knows nothing.
func debited(id string, wallet int64, amount string) octopustest.Event {
	data := fmt.Sprintf(`{"wallet_id":%d,"currency":"USD","amount":%s}`, wallet, amount)
	return octopustest.NewEvent(id, octopustest.WalletDebited, time.Now(), []byte(data))
}

// hooked sends a webhook and returns the status and the answer.
func hooked(t testing.TB, r *http.Request) (int, string) {
	t.Helper()
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, strings.TrimSpace(string(answer))
}

// signed sends an event as the vendor does, now, and returns the status.
func (p *process) signed(e octopustest.Event, secret string) int {
	p.t.Helper()
	status, _ := hooked(p.t, e.Request(p.url+hookPath, secret, time.Now()))
	return status
}

func (p *process) shows(id int64, source, balance string) bool {
	got := p.shown(id)
	return got.Source == source && got.Balance != "" && decimal.RequireFromString(got.Balance).Equal(decimal.RequireFromString(balance))
}

// TestWebhooksPage: the vendor's webhooks alone bring the page and close it, long before the next poll, also when they
// come late, twice and in disorder.
func TestWebhooksPage(t *testing.T) {
	for name, hook := range map[string]octopustest.Hook{
		"in order":                    {Parallel: 1},
		"late, twice and in disorder": {Parallel: 8, Delay: 300 * time.Millisecond, Duplicate: 2, Shuffle: 7, Seed: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := told(t)
			c := w.spawn()
			eventually(t, "the wallet is ok", func() bool { return c.level(1) == "ok" })
			polls := w.api.Count(octopustest.RouteWallets)
			w.deliver(c.url, hook)
			for range 20 {
				w.api.Debit(1, decimal.NewFromInt(100), time.Time{})
			}
			eventually(t, "every debit is counted", func() bool { return c.shows(1, "estimate", "3000") })
			if n := w.api.Count(octopustest.RouteWallets); n != polls {
				t.Errorf("the API was asked %d times though nothing got worse", n-polls)
			}

			w.api.Debit(1, decimal.NewFromInt(2960), time.Time{})
			eventually(t, "the page", func() bool { return len(w.pager.OpenIncidents()) == 1 })
			if w.api.Count(octopustest.RouteWallets) == polls {
				t.Error("the page went out without a poll")
			}
			if confirmed, found := c.confirmed(); !found || !confirmed {
				t.Errorf("the alert is there: %v, confirmed: %v", found, confirmed)
			}

			began := time.Now()
			w.api.TopUp(1, decimal.NewFromInt(8000))
			eventually(t, "the page closes", func() bool { return len(w.pager.OpenIncidents()) == 0 })
			if waited := time.Since(began); waited > 13*time.Second {
				t.Errorf("the page closed only after %v", waited)
			}
			eventually(t, "the truth is known", func() bool { return c.shows(1, "poll", "8040") })
			if n := len(w.pager.Incidents()); n != 1 {
				t.Errorf("%d incidents for one episode", n)
			}
		})
	}
}

// TestCreditsAskForPolls: a credit is never believed, but looked at: the first at once, those that follow soon enough.
func TestCreditsAskForPolls(t *testing.T) {
	t.Parallel()
	w := told(t)
	c := w.spawn()
	eventually(t, "the wallet is ok", func() bool { return c.level(1) == "ok" })
	w.deliver(c.url, octopustest.Hook{})
	polls := w.api.Count(octopustest.RouteWallets)
	for i, within := range []time.Duration{2 * time.Second, 13 * time.Second} {
		began := time.Now()
		for range 50 {
			w.api.TopUp(1, decimal.NewFromInt(10))
		}
		eventually(t, "the credits are known", func() bool { return c.shows(1, "poll", w.api.Balance(1).String()) })
		if waited := time.Since(began); waited > within {
			t.Errorf("round %d: the credits were known only after %v", i+1, waited)
		}
	}
	if n := w.api.Count(octopustest.RouteWallets) - polls; n > 4 {
		t.Errorf("the API was asked %d times for two bursts of credits", n)
	}
}

// TestFailedOrderIsRefunded: an order that failed is debited, then refunded; in the end the API's balance is shown.
func TestFailedOrderIsRefunded(t *testing.T) {
	t.Parallel()
	w := told(t)
	c := w.spawn()
	eventually(t, "the wallet is ok", func() bool { return c.level(1) == "ok" })
	w.deliver(c.url, octopustest.Hook{Parallel: 1, Delay: 1100 * time.Millisecond}) // when all is over, so that one poll sees it all
	for _, outcome := range []string{octopustest.OrderFailed, octopustest.OrderCancelled} {
		w.api.OrderOutcomes(outcome)
		w.order(1, "500", 1)
	}
	w.order(1, "100", 1)
	eventually(t, "the truth is known", func() bool { return c.shows(1, "poll", w.api.Balance(1).String()) })
	if n := len(w.pager.Incidents()) + len(w.slack.Messages("#wallet-alerts")); n != 0 {
		t.Errorf("%d alerts went out", n)
	}
}

// TestForgedWebhooks: what is not signed, not recent or contradicts its headers changes nothing.
func TestForgedWebhooks(t *testing.T) {
	t.Parallel()
	w := told(t)
	c := w.spawn()
	eventually(t, "the wallet is ok", func() bool { return c.level(1) == "ok" })
	polls := w.api.Count(octopustest.RouteWallets)
	url, event := c.url+hookPath, debited("evt_forged", 1, "4990")
	header := func(name, value string) *http.Request {
		r := event.Request(url, testHook, time.Now())
		r.Header.Set(name, value)
		return r
	}
	tampered := event
	tampered.Body = []byte(strings.Replace(string(event.Body), "4990", "4991", 1))
	forged := tampered.Request(url, testHook, time.Now())
	forged.Header.Set("X-Signature", octopustest.Sign(testHook, event.Body))
	for name, tt := range map[string]struct {
		request *http.Request
		status  int
	}{
		"another secret":        {event.Request(url, "another", time.Now()), 401},
		"another body":          {forged, 401},
		"no signature":          {header("X-Signature", ""), 401},
		"half a signature":      {header("X-Signature", octopustest.Sign(testHook, event.Body)[:32]), 401},
		"stale":                 {event.Request(url, testHook, time.Now().Add(-6*time.Minute)), 401},
		"from the future":       {event.Request(url, testHook, time.Now().Add(6*time.Minute)), 401},
		"no time":               {header("X-Timestamp", ""), 401},
		"no number":             {header("X-Timestamp", time.Now().Format(time.RFC3339)), 401},
		"another id":            {header("X-Event-ID", "evt_other"), 400},
		"another type":          {header("X-Event-Type", octopustest.WalletCredited), 400},
		"signed, but no event":  {octopustest.Event{ID: "x", Body: []byte(`{"id":"x"`)}.Request(url, testHook, time.Now()), 400},
		"too large":             {octopustest.Event{ID: "x", Body: make([]byte, 300<<10)}.Request(url, testHook, time.Now()), 413},
		"nobody's account":      {event.Request(url+"/nobody", testHook, time.Now()), 404},
		"a path that is longer": {event.Request(url+"/default/more", testHook, time.Now()), 404},
	} {
		status, answer := hooked(t, tt.request)
		if status != tt.status || !strings.Contains(answer, `"message"`) {
			t.Errorf("%s: %d %s, want %d", name, status, answer, tt.status)
		}
	}
	if !c.shows(1, "poll", "5000") || w.api.Count(octopustest.RouteWallets) != polls || len(w.pager.Incidents()) != 0 {
		t.Errorf("something came of it: %+v, %d polls, %d pages", c.shown(1), w.api.Count(octopustest.RouteWallets)-polls, len(w.pager.Incidents()))
	}
	if status := c.signed(debited("evt_true", 1, "10"), testHook); status != http.StatusOK || !c.shows(1, "estimate", "4990") {
		t.Errorf("the true one: %d, then %+v", status, c.shown(1))
	}
}

// TestReplayedWebhooks: an event counts once, however often and freshly dated it comes, and whatever becomes of the process.
func TestReplayedWebhooks(t *testing.T) {
	t.Parallel()
	w := told(t)
	c := w.spawn()
	eventually(t, "the wallet is ok", func() bool { return c.level(1) == "ok" })
	event := debited("evt_once", 1, "100")
	replay := func(want string) {
		t.Helper()
		for _, off := range []time.Duration{0, 4 * time.Minute, -4 * time.Minute} {
			status, answer := hooked(t, event.Request(c.url+hookPath, testHook, time.Now().Add(off)))
			if status != http.StatusOK || answer != `{"status":"`+want+`"}` {
				t.Errorf("dated %v from now: %d %s, want %s", off, status, answer, want)
			}
			want = "duplicate"
		}
		if !c.shows(1, "estimate", "4900") {
			t.Errorf("then it shows %+v", c.shown(1))
		}
	}
	replay("accepted")
	c.kill()
	w.api.FailAlways(octopustest.RouteWallets, octopustest.Fault{Status: 503}) // so that nothing but what was kept can show
	c = w.spawn()
	eventually(t, "what was heard is known", func() bool { return c.shown(1).Source == "estimate" })
	replay("duplicate")
}
