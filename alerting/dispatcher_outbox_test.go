package alerting_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"walletwatch/alerting"
	"walletwatch/wallet"
)

func TestDispatcherOutlastsAnOutboxThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		box, r := newOutbox(time.Now), &recorder{}
		box.claimErr = errors.New("database is locked")
		box.due("r", 1)
		stop := running(t, alerting.Config{Outbox: box, Receivers: map[string]alerting.Receiver{"r": r}, Logger: slog.New(slog.NewTextHandler(&log, nil))})
		time.Sleep(time.Minute)
		box.mu.Lock()
		box.claimErr = nil
		box.mu.Unlock()
		time.Sleep(1500 * time.Millisecond)
		stop()
		if len(r.calls) != 1 {
			t.Errorf("got %d deliveries, want 1 as soon as the outbox works", len(r.calls))
		}
		if n := strings.Count(log.String(), "database is locked"); n != 1 {
			t.Errorf("logged the same trouble %d times, want once:\n%s", n, log.String())
		}
		if !strings.Contains(log.String(), "works again") {
			t.Error("the end of the trouble is not logged")
		}
	})
}

func TestDispatcherRecordsAnAcceptanceUntilItIsRecorded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		box, r := newOutbox(time.Now), &recorder{}
		failures := 20
		box.settle = func() error {
			if failures--; failures >= 0 {
				return errors.New("database is locked")
			}
			return nil
		}
		box.due("r", 1)
		stop := running(t, alerting.Config{Outbox: box, Receivers: map[string]alerting.Receiver{"r": r}})
		time.Sleep(2 * time.Minute)
		stop()
		if len(r.calls) != 1 || len(box.results) != 1 {
			t.Errorf("got %d deliveries and %d results, want one of each: what is not recorded is sent again", len(r.calls), len(box.results))
		}
	})
}

func TestDispatcherGivesUpRecordingWhenItsClaimEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		box, r := newOutbox(time.Now), &recorder{}
		box.settle = func() error { return errors.New("disk is full") }
		box.due("r", 1)
		stop := running(t, alerting.Config{Outbox: box, Receivers: map[string]alerting.Receiver{"r": r}})
		time.Sleep(31 * time.Second)
		began := time.Now()
		stop()
		if len(r.calls) != 2 {
			t.Errorf("got %d deliveries in 31 s, want a second one after the claim of 30 s has ended", len(r.calls))
		}
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("stopping took %v with an outbox that fails", took)
		}
	})
}

func TestDrainTriesEachDeliveryOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		box := newOutbox(time.Now)
		refusing := &recorder{do: func(ctx context.Context, d *wallet.Delivery) (string, error) {
			time.Sleep(2 * time.Second) // longer than the first wait: a repeat would come before the others
			if d.Notice.Wallet%2 == 0 {
				return "", &alerting.Refusal{Reason: "busy"}
			}
			return "", nil
		}}
		for id := range int64(4) {
			box.due("r", id)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
		defer cancel()
		alerting.New(alerting.Config{Outbox: box, Receivers: map[string]alerting.Receiver{"r": refusing}}).Drain(ctx)
		if len(refusing.calls) != 4 || len(box.results) != 4 {
			t.Fatalf("got %d attempts, want one for each of 4", len(refusing.calls))
		}
		if w := box.results[0].Wait; w != 13*time.Second {
			t.Errorf("got a wait of %v after 2 s of 15 s, want the rest of the drain", w)
		}
	})
}

func TestDrainWithoutDeadlineEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		box := newOutbox(time.Now)
		slow := &recorder{do: func(context.Context, *wallet.Delivery) (string, error) {
			time.Sleep(5 * time.Second)
			return "", &alerting.Refusal{Reason: "busy"}
		}}
		box.due("r", 1)
		box.due("r", 2)
		alerting.New(alerting.Config{Outbox: box, Receivers: map[string]alerting.Receiver{"r": slow}}).Drain(t.Context())
		if n := len(slow.calls); n > 2 {
			t.Errorf("got %d attempts at 2 deliveries", n)
		}
	})
}

func TestDrainIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		box := newOutbox(time.Now)
		hanging := &recorder{do: func(ctx context.Context, _ *wallet.Delivery) (string, error) {
			<-ctx.Done()
			return "", ctx.Err()
		}}
		for id := range int64(9) {
			box.due("a-hangs", id)
			box.due("b-works", id)
		}
		healthy := &recorder{}
		ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second)
		defer cancel()
		began := time.Now()
		alerting.New(alerting.Config{Outbox: box, Receivers: map[string]alerting.Receiver{"a-hangs": hanging, "b-works": healthy}}).Drain(ctx)
		if took := time.Since(began); took != 4*time.Second {
			t.Errorf("took %v, want 4 s", took)
		}
		if len(healthy.calls) != 9 || len(box.results) != 10 {
			t.Errorf("got %d deliveries and %d results, want all 9 and the failure", len(healthy.calls), len(box.results))
		}
	})
}

// TestRunEndsSoonWithAnAttemptUnderWay: stopping must not wait for as long as an attempt may otherwise take, but an
// acceptance that comes soon is still recorded.
func TestRunEndsSoonWithAnAttemptUnderWay(t *testing.T) {
	for name, test := range map[string]struct {
		takes, want time.Duration
		accepted    bool
	}{
		"hangs":           {takes: time.Hour, want: 5 * time.Second},
		"answers in time": {takes: 4 * time.Second, want: 3 * time.Second, accepted: true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				box := newOutbox(time.Now)
				r := &recorder{do: func(ctx context.Context, _ *wallet.Delivery) (string, error) {
					select {
					case <-ctx.Done():
						return "", ctx.Err()
					case <-time.After(test.takes):
						return "handle", nil
					}
				}}
				box.due("r", 1)
				stop := running(t, alerting.Config{Outbox: box, Receivers: map[string]alerting.Receiver{"r": r}})
				time.Sleep(time.Second)
				began := time.Now()
				stop()
				if took := time.Since(began); took != test.want {
					t.Errorf("stopping took %v, want %v", took, test.want)
				}
				if len(box.results) != 1 || (box.results[0].Err == "") != test.accepted {
					t.Errorf("recorded %+v", box.results)
				}
			})
		})
	}
}
