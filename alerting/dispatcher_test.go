package alerting_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"walletwatch/alerting"
	"walletwatch/wallet"
)

// recorder is a receiver that notes when it was called and does what it is told.
type recorder struct {
	mu    sync.Mutex
	calls []call
	do    func(ctx context.Context, d *wallet.Delivery) (string, error)
}

type call struct {
	at       time.Time
	wallet   int64
	attempts int
}

func (r *recorder) Deliver(ctx context.Context, d *wallet.Delivery) (string, error) {
	r.mu.Lock()
	r.calls = append(r.calls, call{time.Now(), d.Notice.Wallet, d.Attempts})
	r.mu.Unlock()
	if r.do == nil {
		return "handle", nil
	}
	return r.do(ctx, d)
}

func failing(err error) *recorder {
	return &recorder{do: func(context.Context, *wallet.Delivery) (string, error) { return "", err }}
}

// due puts a delivery for a receiver and wallet into the outbox, due now.
func (o *outbox) due(receiver string, id int64) {
	n := notice()
	n.Wallet = id
	d := delivery(n)
	d.Receiver, d.DueAt = receiver, time.Now()
	o.put(d)
}

// running starts a dispatcher in a synctest bubble and stops it when the test ends.
func running(t *testing.T, cfg alerting.Config) (stop func()) {
	t.Helper()
	cfg.Random = func() float64 { return 0.5 }
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := alerting.New(cfg).Run(ctx); err != nil {
			t.Errorf("Run: %v", err)
		}
	}()
	return func() { cancel(); <-ended }
}

func waits(calls []call) []time.Duration {
	var out []time.Duration
	for i := 1; i < len(calls); i++ {
		out = append(out, calls[i].at.Sub(calls[i-1].at))
	}
	return out
}

func TestDispatcherBacksOff(t *testing.T) {
	const s = time.Second
	tests := map[string]struct {
		err  error
		want []time.Duration
	}{
		"temporary":        {&alerting.Refusal{Reason: "busy"}, []time.Duration{1 * s, 2 * s, 4 * s, 8 * s, 15 * s, 15 * s}},
		"of another type":  {errors.New("odd"), []time.Duration{1 * s, 2 * s, 4 * s, 8 * s, 15 * s, 15 * s}},
		"asked for longer": {&alerting.Refusal{Reason: "busy", RetryAfter: 30 * s}, []time.Duration{30 * s, 30 * s, 30 * s}},
		"asked too much":   {&alerting.Refusal{Reason: "busy", RetryAfter: time.Hour}, []time.Duration{60 * s, 60 * s}},
		"permanent":        {&alerting.Refusal{Reason: "no", Permanent: true}, []time.Duration{300 * s, 300 * s}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				box, r := newOutbox(time.Now), failing(test.err)
				box.due("r", 1)
				stop := running(t, alerting.Config{Outbox: box, Receivers: map[string]alerting.Receiver{"r": r}, Idle: 100 * time.Millisecond})
				time.Sleep(20 * time.Minute)
				stop()
				if got := waits(r.calls)[:len(test.want)]; !slices.Equal(got, test.want) {
					t.Errorf("got waits %v, want %v", got, test.want)
				}
				if got := r.calls[3].attempts; got != 3 {
					t.Errorf("attempts of the 4th: got %d, want 3", got)
				}
				if permanent := strings.HasPrefix(name, "permanent"); box.results[0].Permanent != permanent {
					t.Errorf("result: got permanent %v", box.results[0].Permanent)
				}
			})
		})
	}
}

func TestDispatcherHangingReceiverDelaysNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		box := newOutbox(time.Now)
		hanging := &recorder{do: func(ctx context.Context, _ *wallet.Delivery) (string, error) {
			<-ctx.Done()
			return "", ctx.Err()
		}}
		healthy := &recorder{}
		for id := range int64(5) {
			box.due("slack", id)
			box.due("pagerduty", id)
		}
		began := time.Now()
		stop := running(t, alerting.Config{Outbox: box, Receivers: map[string]alerting.Receiver{"slack": hanging, "pagerduty": healthy}})
		time.Sleep(35 * time.Second)
		stop()
		if n := len(healthy.calls); n != 5 || !healthy.calls[n-1].at.Equal(began) {
			t.Errorf("the healthy receiver got %d of 5 deliveries, want all at once", n)
		}
		if got := waits(hanging.calls)[0]; got != 10*time.Second {
			t.Errorf("a hanging attempt took %v, want 10 s", got)
		}
	})
}

func TestDispatcherIsWoken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		box, a, b := newOutbox(time.Now), &recorder{}, &recorder{}
		wake := make(chan struct{})
		stop := running(t, alerting.Config{Outbox: box, Receivers: map[string]alerting.Receiver{"a": a, "b": b}, Wake: wake, Idle: time.Hour})
		time.Sleep(time.Minute)
		box.due("a", 1)
		box.due("b", 1)
		due := time.Now()
		wake <- struct{}{}
		synctest.Wait()
		if len(a.calls) != 1 || len(b.calls) != 1 || !a.calls[0].at.Equal(due) {
			t.Errorf("one wake-up reached %d and %d receivers, want both at once", len(a.calls), len(b.calls))
		}
		close(wake)
		time.Sleep(time.Minute) // a closed channel must not make it spin, which would freeze this clock
		stop()
	})
}

func TestDispatcherFindsDueDeliveriesWithoutWake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		box, r := newOutbox(time.Now), &recorder{}
		stop := running(t, alerting.Config{Outbox: box, Receivers: map[string]alerting.Receiver{"r": r}})
		time.Sleep(10*time.Second + time.Millisecond)
		box.due("r", 1)
		due := time.Now()
		time.Sleep(2 * time.Second)
		stop()
		if len(r.calls) != 1 || r.calls[0].at.Sub(due) > time.Second {
			t.Errorf("got %v, want a delivery within a second of %v", r.calls, due)
		}
	})
}

func TestDispatcherFinishesTheAttemptUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		box := newOutbox(time.Now)
		slow := &recorder{do: func(ctx context.Context, _ *wallet.Delivery) (string, error) {
			select {
			case <-time.After(3 * time.Second):
				return "late", nil
			case <-ctx.Done():
				return "", ctx.Err()
			}
		}}
		box.due("r", 1)
		box.due("r", 2)
		stop := running(t, alerting.Config{Outbox: box, Receivers: map[string]alerting.Receiver{"r": slow}})
		time.Sleep(time.Second)
		began := time.Now()
		stop()
		if took := time.Since(began); took != 2*time.Second {
			t.Errorf("stopping took %v, want the 2 s that the attempt still needed", took)
		}
		if len(box.results) != 1 || box.results[0].Handle != "late" || box.results[0].Err != "" {
			t.Errorf("got results %+v, want the acceptance recorded and nothing begun after the end", box.results)
		}
	})
}

func TestDispatcherSurvivesPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		box := newOutbox(time.Now)
		broken := &recorder{do: func(_ context.Context, d *wallet.Delivery) (string, error) {
			if d.Attempts == 0 {
				panic("secret of the receiver")
			}
			var none []int
			return "", errors.New(string(rune(none[d.Attempts])))
		}}
		box.due("r", 1)
		stop := running(t, alerting.Config{Outbox: box, Receivers: map[string]alerting.Receiver{"r": broken}, Logger: slog.New(slog.NewTextHandler(&log, nil))})
		time.Sleep(4 * time.Second)
		stop()
		if len(broken.calls) < 3 {
			t.Errorf("got %d attempts, want it to go on", len(broken.calls))
		}
		if got := box.results[0].Err; !strings.Contains(got, "panicked") || strings.Contains(got+log.String(), "secret of the receiver") {
			t.Errorf("got %q, want a word of the panic and not its value", got)
		}
		if got := box.results[1].Err; !strings.Contains(got, "index out of range") {
			t.Errorf("got %q, want the runtime's error", got)
		}
	})
}

func TestDispatcherErrorWithoutTextIsNoAcceptance(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		box := newOutbox(time.Now)
		box.due("r", 1)
		stop := running(t, alerting.Config{Outbox: box, Receivers: map[string]alerting.Receiver{"r": failing(&alerting.Refusal{})}})
		synctest.Wait()
		stop()
		if len(box.results) != 1 || box.results[0].Err == "" {
			t.Errorf("got %+v, want a failure", box.results)
		}
	})
}
