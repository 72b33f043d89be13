package ingest_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"walletwatch/ingest"
	"walletwatch/wallet"
)

// openStream begins a stream to which the test writes; end ends it and returns the answer.
func openStream(t *testing.T, k *orderKit) (w *io.PipeWriter, end func() (int, string)) {
	t.Helper()
	body, w := io.Pipe()
	var status int
	var text string
	var posting sync.WaitGroup
	posting.Go(func() {
		answer := k.post(lines, body)
		status, text = answer.Code, strings.TrimSpace(answer.Body.String())
	})
	return w, func() (int, string) {
		_ = w.Close()
		posting.Wait()
		return status, text
	}
}

// TestSlowStreamIsRecordedAtOnce: a line is recorded when it is there, not when others have followed it.
func TestSlowStreamIsRecordedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newOrderKit(t, nil)
		w, end := openStream(t, k)
		start := time.Now()
		for i := range 3 {
			_, _ = fmt.Fprintf(w, "{\"id\":%d}\n{\"id\":%d", 2*i, 2*i+1)
			synctest.Wait()
			if got := len(k.ledger.keys("default")); got != 2*i+1 {
				t.Errorf("%d lines are recorded, want %d", got, 2*i+1)
			}
			_, _ = io.WriteString(w, "}\n")
			synctest.Wait()
			if got := len(k.ledger.keys("default")); got != 2*i+2 {
				t.Errorf("%d lines are recorded, want %d", got, 2*i+2)
			}
		}
		if took := time.Since(start); took != 0 {
			t.Errorf("it took %s", took)
		}
		if status, text := end(); status != 202 || text != `{"accepted":6,"ignored":0}` {
			t.Errorf("the answer is %d %s", status, text)
		}
	})
}

// TestStreamBehindASlowCommit: what comes while a commit is under way waits for company, for 50 ms at most.
func TestStreamBehindASlowCommit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start, begun := time.Now(), []time.Duration{}
		k := newOrderKit(t, hooked(func(context.Context, []wallet.Observation) error {
			begun = append(begun, time.Since(start))
			time.Sleep(20 * time.Millisecond)
			return nil
		}))
		w, end := openStream(t, k)
		for i := range 3 {
			_, _ = fmt.Fprintf(w, "{\"id\":%d}\n", i)
			time.Sleep(5 * time.Millisecond)
		}
		time.Sleep(time.Minute) // nothing follows
		if status, text := end(); status != 202 || text != `{"accepted":3,"ignored":0}` {
			t.Errorf("the answer is %d %s", status, text)
		}
		if err := k.stop(); err != nil {
			t.Error(err)
		}
		if want := []time.Duration{0, 55 * time.Millisecond}; !slices.Equal(begun, want) || !slices.Equal(k.ledger.batches, []int{1, 2}) {
			t.Errorf("%v were recorded from %v on, want from %v", k.ledger.batches, begun, want)
		}
	})
}

// TestStreamBehindAStuckCommit: a stream is not read on for ever while nothing of it is recorded.
func TestStreamBehindAStuckCommit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newOrderKit(t, stuck(nil))
		start := time.Now()
		w := k.post(lines, strings.NewReader(strings.Repeat("{\"id\":1}\n", 1000)))
		if took := time.Since(start); w.Code != 503 || errorCode(w.Body.Bytes()) != "TIMEOUT" || w.Header().Get("Retry-After") != "5" || took != 10*time.Second {
			t.Errorf("after %s the answer is %d %s", took, w.Code, w.Body)
		}
	})
}

// TestBusyStreamIsRecordedInBatches: lines that come one by one, faster than they could be committed one by one.
func TestBusyStreamIsRecordedInBatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newOrderKit(t, hooked(func(context.Context, []wallet.Observation) error {
			time.Sleep(20 * time.Millisecond)
			return nil
		}))
		w, end := openStream(t, k)
		for i := range 1000 {
			_, _ = fmt.Fprintf(w, "{\"id\":%d}\n", i)
			time.Sleep(time.Millisecond)
		}
		if status, text := end(); status != 202 || text != `{"accepted":1000,"ignored":0}` {
			t.Errorf("the answer is %d %s", status, text)
		}
		if n := len(k.ledger.batches); n > 60 {
			t.Errorf("it took %d commits", n)
		}
	})
}

// TestNewsIsDatedWhenItArrived: neither the rest of a body nor a full queue makes news younger than it is.
func TestNewsIsDatedWhenItArrived(t *testing.T) {
	pieces := []string{`{"id":1}` + "\n" + `{"id":`, `2}`, "\n", `{"id":3}`, ""}
	for kind, want := range map[string][]time.Duration{
		lines:    {1 * time.Second, 3 * time.Second, 4 * time.Second},
		document: {0, 0, 0},
	} {
		watch := newClock()
		start := watch.now()
		k := newOrderKit(t, func(c *ingest.Config) {
			c.Now = watch.now
			hooked(func(context.Context, []wallet.Observation) error { watch.advance(time.Hour); return nil })(c)
		})
		body := &passing{watch: watch, pieces: pieces}
		if kind == document {
			body.pieces = []string{`[{"id":1}`, `,{"id":2},`, `{"id":3}]`}
		}
		if w := k.post(kind, body); w.Code != http.StatusAccepted {
			t.Fatalf("the answer is %d %s", w.Code, w.Body)
		}
		for i, o := range k.ledger.list {
			if at := o.At.Sub(start) % time.Hour; at != want[i] {
				t.Errorf("%s: %s is dated %s after the start, want %s", kind, o.Key, at, want[i])
			}
		}
	}
}

// passing hands out one piece a second.
type passing struct {
	watch  *clock
	pieces []string
}

func (p *passing) Read(b []byte) (int, error) {
	if len(p.pieces) == 0 {
		return 0, io.EOF
	}
	p.watch.advance(time.Second)
	n := copy(b, p.pieces[0])
	p.pieces = p.pieces[1:]
	return n, nil
}
