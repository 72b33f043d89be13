package octopustest_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"walletwatch/octopus/octopustest"
)

const hookSecret = "whsec-canary"

// inbox receives webhooks without a socket.
type inbox struct {
	answer func(n int) int // the status of the nth delivery; nil: 200

	mu   sync.Mutex
	got  []string // the amount of each delivery, as the top-ups below number events
	when []time.Time
}

func (i *inbox) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	if r.Header.Get("X-Signature") != octopustest.Sign(hookSecret, body) {
		return nil, fmt.Errorf("wrong signature of %s", body)
	}
	_, amount, _ := strings.Cut(string(body), `"amount":`)
	i.mu.Lock()
	defer i.mu.Unlock()
	i.got = append(i.got, strings.TrimRight(amount, "}"))
	i.when = append(i.when, time.Now())
	status := http.StatusOK
	if i.answer != nil {
		status = i.answer(len(i.got))
	}
	if status == 0 {
		return nil, io.ErrUnexpectedEOF
	}
	return &http.Response{StatusCode: status, Body: io.NopCloser(strings.NewReader("ok")), Request: r}, nil
}

// amounts is what was delivered so far.
func (i *inbox) amounts() []string {
	i.mu.Lock()
	defer i.mu.Unlock()
	return slices.Clone(i.got)
}

func (i *inbox) hook(h octopustest.Hook) octopustest.Hook {
	h.URL, h.Secret, h.Client = "https://example.test/webhooks/octopus", hookSecret, &http.Client{Transport: i}
	return h
}

// delivering runs Deliver in a bubble; stop waits for its end.
func delivering(t *testing.T, s *octopustest.Server, h octopustest.Hook) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() {
		if err := s.Deliver(ctx, h); err != nil {
			t.Error(err)
		}
	})
	synctest.Wait()
	return func() { cancel(); running.Wait() }
}

func topUps(s *octopustest.Server, from, to int64) {
	for n := from; n <= to; n++ {
		s.TopUp(1, dec(fmt.Sprint(n)))
	}
}

func numbers(from, to int) (list []string) {
	for n := from; n <= to; n++ {
		list = append(list, fmt.Sprint(n))
	}
	return list
}

func TestDeliverInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := eventful(octopustest.Config{})
		topUps(s, 1, 5) // before anyone listens
		var in inbox
		stop := delivering(t, s, in.hook(octopustest.Hook{Parallel: 1}))
		topUps(s, 6, 20)
		synctest.Wait()
		stop()
		equal(t, "delivered", fmt.Sprint(in.got), fmt.Sprint(numbers(1, 20)))
		equal(t, "lost", s.LostEvents(), 0)
	})
}

func TestDeliverQueuesFromItsFirstCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := octopustest.New(octopustest.Config{})
		s.AddWallet(octopustest.Wallet{ID: 1, Currency: "USD"})
		topUps(s, 1, 3)
		var in inbox
		delivering(t, s, in.hook(octopustest.Hook{Parallel: 1}))()
		topUps(s, 4, 6) // nobody listens, but somebody did
		stop := delivering(t, s, in.hook(octopustest.Hook{Parallel: 1}))
		stop()
		equal(t, "delivered", fmt.Sprint(in.got), fmt.Sprint(numbers(4, 6)))
	})
}

func TestRefusedWebhooksAreRepeated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := eventful(octopustest.Config{})
		statuses := []int{500, 0, 302, 401, 204}
		in := inbox{answer: func(n int) int { return statuses[n-1] }}
		var told []string
		stop := delivering(t, s, in.hook(octopustest.Hook{Backoff: time.Second, OnAttempt: func(a octopustest.Attempt) {
			told = append(told, fmt.Sprint(a.Number, a.Status, a.Err == nil))
		}}))
		topUps(s, 1, 1)
		time.Sleep(time.Hour)
		stop()
		equal(t, "told", fmt.Sprint(told), "[1 500 false 2 0 false 3 302 false 4 401 false 5 204 true]")
		for i, nominal := range []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second} {
			if wait := in.when[i+1].Sub(in.when[i]); wait < nominal/2 || wait > nominal*3/2 {
				t.Errorf("wait %d took %s, want %s × 0.5–1.5", i+1, wait, nominal)
			}
		}
	})
}

func TestWebhooksAreGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		s := eventful(octopustest.Config{Logger: slog.New(slog.NewTextHandler(&log, nil))})
		in := inbox{answer: func(n int) int { return []int{503, 503, 503, 200}[n-1] }}
		stop := delivering(t, s, in.hook(octopustest.Hook{Parallel: 1, Attempts: 3}))
		topUps(s, 1, 2)
		time.Sleep(time.Hour)
		stop()
		equal(t, "deliveries", fmt.Sprint(in.got), "[1 1 1 2]")
		if text := log.String(); !strings.Contains(text, s.Events()[0].ID) || !strings.Contains(text, "attempts=3") || strings.Contains(text, hookSecret) {
			t.Errorf("the log says: %s", text)
		}
	})
}

func TestUnacknowledgedEventsGoToTheNextDeliver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := eventful(octopustest.Config{})
		down := inbox{answer: func(int) int { return 503 }}
		stop := delivering(t, s, down.hook(octopustest.Hook{Parallel: 3, Duplicate: 2}))
		topUps(s, 1, 9)
		synctest.Wait()
		stop()
		var up inbox
		stop = delivering(t, s, up.hook(octopustest.Hook{Parallel: 1}))
		synctest.Wait()
		stop()
		equal(t, "delivered", fmt.Sprint(up.got), fmt.Sprint(numbers(1, 9)))
	})
}

func TestFaultsOfDelivery(t *testing.T) {
	for name, c := range map[string]struct {
		hook octopustest.Hook
		want []string
	}{
		"duplicate": {octopustest.Hook{Duplicate: 3}, []string{"1", "2", "3", "3", "4", "5", "6", "6", "7"}},
		"drop":      {octopustest.Hook{Drop: 3}, []string{"1", "2", "4", "5", "7"}},
		"both":      {octopustest.Hook{Drop: 4, Duplicate: 2}, []string{"1", "2", "2", "3", "5", "6", "6", "7"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := eventful(octopustest.Config{})
				var in inbox
				c.hook.Parallel = 1
				stop := delivering(t, s, in.hook(c.hook))
				topUps(s, 1, 7)
				synctest.Wait()
				stop()
				equal(t, "delivered", fmt.Sprint(in.got), fmt.Sprint(c.want))
			})
		})
	}
}

func TestDelayedDelivery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := eventful(octopustest.Config{})
		var in inbox
		stop := delivering(t, s, in.hook(octopustest.Hook{Parallel: 1, Delay: time.Minute}))
		began := time.Now()
		topUps(s, 1, 3)
		time.Sleep(30 * time.Second)
		topUps(s, 4, 4)
		time.Sleep(time.Hour)
		stop()
		var after []time.Duration
		for _, at := range in.when {
			after = append(after, at.Sub(began))
		}
		equal(t, "delays", fmt.Sprint(after), "[1m0s 1m0s 1m0s 1m30s]")
	})
}

func TestShuffledDelivery(t *testing.T) {
	const window = 5
	shuffled := func(seed uint64) (got []string) {
		synctest.Test(t, func(t *testing.T) {
			s := eventful(octopustest.Config{})
			topUps(s, 1, 23)
			var in inbox
			stop := delivering(t, s, in.hook(octopustest.Hook{Parallel: 1, Shuffle: window, Linger: time.Second, Seed: seed}))
			equal(t, "before the last group is complete", len(in.amounts()), 20)
			time.Sleep(time.Second)
			synctest.Wait()
			stop()
			got = in.got
		})
		return got
	}
	got := shuffled(7)
	equal(t, "the same seed", fmt.Sprint(shuffled(7)), fmt.Sprint(got))
	if other := shuffled(8); slices.Equal(other, got) || slices.Equal(got, numbers(1, 23)) {
		t.Errorf("seeds 7 and 8: %v and %v", got, other)
	}
	for from := 0; from < 23; from += window {
		to := min(from+window, 23)
		group := slices.Clone(got[from:to])
		slices.SortFunc(group, func(a, b string) int { return dec(a).Cmp(dec(b)) })
		equal(t, "group", fmt.Sprint(group), fmt.Sprint(numbers(from+1, to)))
	}
}

// TestGroupsAreNeverTooLarge lets a group begin with one event before many more come at once.
func TestGroupsAreNeverTooLarge(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // so that they do come at once
	synctest.Test(t, func(t *testing.T) {
		s := eventful(octopustest.Config{})
		var in inbox
		stop := delivering(t, s, in.hook(octopustest.Hook{Parallel: 1, Shuffle: 5, Linger: time.Second}))
		topUps(s, 1, 1)
		synctest.Wait()
		topUps(s, 2, 8)
		synctest.Wait()
		first := in.amounts()
		stop()
		slices.Sort(first)
		equal(t, "the first group", fmt.Sprint(first), fmt.Sprint(numbers(1, 5)))
	})
}

// TestHooksShareTheQueue: while one hook waits for its receiver, another gets what came along with it.
func TestHooksShareTheQueue(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	synctest.Test(t, func(t *testing.T) {
		s := eventful(octopustest.Config{})
		var waiting atomic.Int32
		stuck := octopustest.Hook{URL: "http://example.test/", Secret: "s", Parallel: 1, Client: &http.Client{
			Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
				waiting.Add(1)
				<-r.Context().Done()
				return nil, r.Context().Err()
			}),
		}}
		stopOne, stopOther := delivering(t, s, stuck), delivering(t, s, stuck)
		topUps(s, 1, 9)
		synctest.Wait()
		equal(t, "receivers kept busy", waiting.Load(), 2)
		stopOne()
		stopOther()
		var in inbox
		stop := delivering(t, s, in.hook(octopustest.Hook{Parallel: 1}))
		stop()
		equal(t, "delivered after all", fmt.Sprint(in.got), fmt.Sprint(numbers(1, 9)))
	})
}

func TestHooksThatCannotBeUsed(t *testing.T) {
	good := octopustest.Hook{URL: "http://127.0.0.1:1/", Secret: "s"}
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // a hook that is accepted ends at once
	for want, change := range map[string]func(*octopustest.Hook){
		"must be http:// or https://":     func(h *octopustest.Hook) { h.URL = "ftp://user:canary@x/" },
		"must be http:// or https:// and": func(h *octopustest.Hook) { h.URL = "http://x:canary" },
		"needs a secret":                  func(h *octopustest.Hook) { h.Secret = "" },
		"must not be negative":            func(h *octopustest.Hook) { h.Drop = -1 },
		"durations of a webhook":          func(h *octopustest.Hook) { h.Delay = -1 },
		"at most 10000 events":            func(h *octopustest.Hook) { h.Shuffle = 10_001 },
	} {
		h := good
		change(&h)
		err := octopustest.New(octopustest.Config{}).Deliver(ctx, h)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "canary") {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

func TestTimestampFollowsTheSimulatedClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clock := &manual{t: noon()}
		s := octopustest.New(octopustest.Config{Now: clock.Now, Events: true})
		s.AddWallet(octopustest.Wallet{ID: 1, Currency: "USD"})
		topUps(s, 1, 1)
		clock.add(90 * time.Second)
		var stamp string
		client := &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			stamp = r.Header.Get("X-Timestamp")
			return &http.Response{StatusCode: 200, Body: http.NoBody}, nil
		})}
		delivering(t, s, octopustest.Hook{URL: "http://example.test/", Secret: "s", Client: client})()
		equal(t, "stamp", stamp, fmt.Sprint(noon().Unix()+90))
		equal(t, "created", s.Events()[0].CreatedAt, noon())
	})
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
