package ingest_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"walletwatch/ingest"
	"walletwatch/wallet"
)

// stuck makes the ledger wait until release is closed or its context ends.
func stuck(release <-chan struct{}) func(*ingest.Config) {
	return hooked(func(ctx context.Context, _ []wallet.Observation) error {
		select {
		case <-release:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
}

func hooked(before func(ctx context.Context, list []wallet.Observation) error) func(*ingest.Config) {
	return func(c *ingest.Config) { c.Recorder.(*orderLedger).before = before }
}

// arrayOf is an array of n orders, with ids from first on.
func arrayOf(first, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `,{"id":%d}`, first+i)
	}
	return "[" + b.String()[1:] + "]"
}

// TestFullQueue: what is more than the queue holds is refused, single requests at once and streams after 10 seconds;
// what was taken in is recorded when recording goes on, also of senders who could not wait for it.
func TestFullQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		k := newOrderKit(t, stuck(release))
		var posts sync.WaitGroup
		for i := range 100 {
			posts.Go(func() {
				w := k.post(document, strings.NewReader(arrayOf(200*i, 200)))
				if w.Code != 503 || !strings.Contains(w.Body.String(), `"TIMEOUT"`) || w.Header().Get("Retry-After") != "5" {
					t.Errorf("what fits is answered with %d %s", w.Code, w.Body)
				}
			})
		}
		synctest.Wait()
		overloaded := problemText("ServiceUnavailableError", "OVERLOADED", "More arrives than can be recorded at present: send the request again shortly.", "")
		start := time.Now()
		w := k.post(document, strings.NewReader(`{"id":1}`))
		expectAnswer(t, "a single order", w, 503, merged(overloaded, `"accepted":0,"ignored":0`))
		if w.Header().Get("Retry-After") != "1" || time.Since(start) != 0 {
			t.Errorf("it took %s, and Retry-After is %q", time.Since(start), w.Header().Get("Retry-After"))
		}
		w = k.post(lines, strings.NewReader(`{"id":1}`))
		expectAnswer(t, "a stream", w, 503, merged(overloaded, `"accepted":0,"ignored":0,"line":1`))
		if time.Since(start) != 10*time.Second {
			t.Errorf("a stream waited for %s", time.Since(start))
		}
		posts.Wait()
		if time.Since(start) != 10*time.Second {
			t.Errorf("those that fit waited for %s", time.Since(start))
		}
		close(release)
		if err := k.stop(); err != nil {
			t.Error(err)
		}
		if got := len(k.ledger.keys("default")); got != 20_000 {
			t.Errorf("%d observations were recorded", got)
		}
		for _, n := range k.ledger.batches {
			if n > 2_000 {
				t.Errorf("a batch has %d observations", n)
			}
		}
	})
}

// TestStreamWaitsForRoom: a stream goes on when the queue has room again.
func TestStreamWaitsForRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		k := newOrderKit(t, stuck(release))
		var posts sync.WaitGroup
		for i := range 100 {
			posts.Go(func() { k.post(document, strings.NewReader(arrayOf(1000+200*i, 200))) })
		}
		synctest.Wait()
		posts.Go(func() {
			expectAnswer(t, "the stream", k.post(lines, strings.NewReader(`{"id":1}`)), 202, `{"accepted":1,"ignored":0}`)
		})
		time.Sleep(9 * time.Second)
		close(release)
		posts.Wait()
	})
}

// TestTooManyRequests: more requests at once than 256 are refused before their bodies are read.
func TestTooManyRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		k := newOrderKit(t, stuck(release))
		var posts sync.WaitGroup
		for i := range 256 {
			posts.Go(func() {
				if w := k.post(document, strings.NewReader(`{"id":`+strconv.Itoa(i)+`}`)); w.Code != http.StatusAccepted {
					t.Errorf("request %d is answered with %d %s", i, w.Code, w.Body)
				}
			})
		}
		synctest.Wait()
		w := k.post(document, failing{t})
		if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") != "1" {
			t.Errorf("one more is answered with %d, Retry-After %q", w.Code, w.Header().Get("Retry-After"))
		}
		close(release)
		posts.Wait()
		expectAnswer(t, "afterwards", k.post(document, strings.NewReader(`{"id":"later"}`)), 202, `{"accepted":1,"ignored":0}`)
	})
}

// TestFailingRecorder: nothing is said to be recorded that is not, and the sender learns where to go on.
func TestFailingRecorder(t *testing.T) {
	const down = "The database could not be written: send the request again."
	answer := func(more, extra string) string {
		return merged(problemText("ServiceUnavailableError", "STORE_UNREACHABLE", down+more, ""), extra)
	}
	body := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "{\"id\":%d}\n", i+1)
		}
		return b.String()
	}
	tests := []struct {
		name, kind, body string
		failFrom         string // key at which recording begins to fail
		answer           string
		recorded         int
		passes           bool // recording fails just once
	}{
		{"object", document, `{"id":1}`, "order/1", answer(" Nothing of it was recorded.", `"accepted":0,"ignored":0`), 0, false},
		{"array", document, arrayOf(1, 3), "order/1", answer(" Nothing of it was recorded.", `"accepted":0,"element":1,"ignored":0`), 0, false},
		{"second chunk", lines, body(600), "order/201", answer(" The 200 lines before line 201 were taken; send the rest again from line 201 on.", `"accepted":200,"ignored":0,"line":201`), 200, false},
		{"bad record after a failure", lines, body(250) + "{}\n", "order/201", answer(" The 200 lines before line 201 were taken; send the rest again from line 201 on.", `"accepted":200,"ignored":0,"line":201`), 200, false},
		{"a failure that passes", lines, body(600), "order/1", answer("", `"accepted":200,"ignored":0,"line":1`), 200, true},
	}
	for _, test := range tests {
		synctest.Test(t, func(t *testing.T) {
			down := false
			k := newOrderKit(t, hooked(func(_ context.Context, list []wallet.Observation) error {
				down = down || slices.ContainsFunc(list, func(o wallet.Observation) bool { return o.Key == test.failFrom })
				if down {
					if down = !test.passes; !down {
						time.Sleep(time.Second) // until the next chunk is on its way
					}
					return errors.New("disk full: canary-path")
				}
				return nil
			}))
			body := &bitByBit{strings.NewReader(test.body), 1}
			if test.passes {
				body.lines = 200
			}
			w := k.post(test.kind, body)
			expectAnswer(t, test.name, w, 503, test.answer)
			if w.Header().Get("Retry-After") != "5" {
				t.Errorf("%s: Retry-After is %q", test.name, w.Header().Get("Retry-After"))
			}
			if got := len(k.ledger.keys("default")); got != test.recorded {
				t.Errorf("%s: %d are recorded", test.name, got)
			}
			if n := strings.Count(k.logs.String(), "recording observations failed"); n != 1 {
				t.Errorf("%s: the failure was logged %d times", test.name, n)
			}
		})
	}
}

// bitByBit hands out some lines at a time, each time once all that can be recorded before them is.
type bitByBit struct {
	*strings.Reader
	lines int
}

func (b *bitByBit) Read(p []byte) (int, error) {
	synctest.Wait()
	left := b.lines
	for i := range p {
		c, err := b.ReadByte()
		if err != nil {
			return i, err
		}
		if p[i] = c; c == '\n' {
			left--
		}
		if left == 0 {
			return i + 1, nil
		}
	}
	return len(p), nil
}

// TestSenderGoesAway: what a sender handed over before it went away is recorded all the same.
func TestSenderGoesAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		k := newOrderKit(t, stuck(release))
		ctx, leave := context.WithCancel(t.Context())
		gone := make(chan *httptest.ResponseRecorder)
		go func() { gone <- k.do(orderRequest(document, strings.NewReader(`{"id":1}`)).WithContext(ctx)) }()
		synctest.Wait()
		leave()
		if w := <-gone; w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), `"TIMEOUT"`) {
			t.Errorf("the answer is %d %s", w.Code, w.Body)
		}
		close(release)
		synctest.Wait()
		if got := k.ledger.keys("default"); len(got) != 1 {
			t.Errorf("recorded are %v", got)
		}
	})
}

// TestStop: what was taken in is recorded before Run returns, and nothing is taken in afterwards.
func TestStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		k := newOrderKit(t, stuck(release))
		var posts sync.WaitGroup
		for i := range 3 {
			posts.Go(func() {
				expectAnswer(t, "an order from before", k.post(document, strings.NewReader(`{"id":`+strconv.Itoa(i)+`}`)), 202, `{"accepted":1,"ignored":0}`)
			})
			synctest.Wait()
		}
		time.AfterFunc(2900*time.Millisecond, func() { close(release) })
		if err := k.stop(); err != nil {
			t.Errorf("Run returns %v", err)
		}
		posts.Wait()
		w := k.post(document, strings.NewReader(`{"id":9}`))
		if w.Code != 503 || !strings.Contains(w.Body.String(), `"STOPPING"`) || w.Header().Get("Retry-After") == "" {
			t.Errorf("an order afterwards is answered with %d %s", w.Code, w.Body)
		}
	})
}

// TestStopIsBounded: a database that hangs keeps Run for 3 seconds, and everyone who waits is told.
func TestStopIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newOrderKit(t, stuck(nil))
		var posts sync.WaitGroup
		for i := range 3 {
			posts.Go(func() {
				if w := k.post(document, strings.NewReader(`{"id":`+strconv.Itoa(i)+`}`)); w.Code != 503 {
					t.Errorf("an order is answered with %d %s", w.Code, w.Body)
				}
			})
			synctest.Wait()
		}
		start := time.Now()
		if err := k.stop(); err == nil || time.Since(start) != 3*time.Second {
			t.Errorf("Run returns %v after %s", err, time.Since(start))
		}
		posts.Wait()
	})
}

// TestManySenders: each gets the verdicts of its own orders, and each account's are recorded in order.
func TestManySenders(t *testing.T) {
	k := newOrderKit(t, func(c *ingest.Config) { c.Accounts = append(c.Accounts, ingest.Account{Name: "eu"}) })
	var senders sync.WaitGroup
	for sender := range 16 {
		account := []string{"default", "eu"}[sender%2]
		senders.Go(func() {
			for i := range 50 {
				body := fmt.Sprintf(`[{"id":"%d-%d"},{"id":"%d-%d","status":"FAILED"},{"id":"%d-%d"}]`, sender, 2*i, sender, 2*i+1, sender, 2*i)
				r := orderRequest(document, strings.NewReader(body))
				r.URL.RawQuery = "account=" + account
				expectAnswer(t, account, k.do(r), 202, `{"accepted":1,"ignored":2}`)
			}
		})
	}
	senders.Wait()
	for _, account := range []string{"default", "eu"} {
		last := make(map[string]int)
		keys := k.ledger.keys(account)
		for i, key := range keys {
			sender, number, _ := strings.Cut(strings.TrimPrefix(key, "order/"), "-")
			n, _ := strconv.Atoi(number)
			if i%3 == 0 && n < last[sender] {
				t.Fatalf("%s comes after %d", key, last[sender])
			}
			last[sender] = n
		}
		if len(keys) != 8*50*3 {
			t.Errorf("%d observations of %s were recorded", len(keys), account)
		}
	}
}
