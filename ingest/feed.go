package ingest

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"walletwatch/wallet"
)

const (
	// chunkSize is how many observations of one request are handed over together.
	chunkSize = 200
	// maxFlight is how many chunks of one request may wait to be recorded while the next one is read.
	maxFlight = 2
	// maxDelay is how long an observation of a stream may wait for others to be handed over with.
	maxDelay = 50 * time.Millisecond
)

// feed hands the observations of one request to the recording loop, chunk by chunk, and counts what becomes of them.
// With at most maxFlight+1 chunks of its own in memory, a request may bring any number.
type feed struct {
	server  *Server
	ctx     context.Context
	account string
	stream  bool                // waits for room in the queue, and hands over what there is when its sender pauses
	ages    prometheus.Observer // takes the age of each observation, in seconds

	mu     sync.Mutex           // holds off the timer late; it guards all that follows
	late   *time.Timer          // hands over the chunk while its sender is waited for; nil: never needed so far
	list   []wallet.Observation // the chunk that is being filled
	start  int                  // number of its first record
	flight []flying

	accepted, ignored int
	resume            int // number of the record to send again from; 0: all was recorded so far
	err               error
	tired             bool // a chunk was waited for in vain: what follows it is not waited for again
}

// flying is a chunk that is being recorded.
type flying struct {
	*job
	start int
}

// add takes in record number n. false means that a chunk could not be recorded: there is no use in reading on.
func (f *feed) add(n int, o wallet.Observation, arrival time.Time) bool {
	f.ages.Observe(arrival.Sub(o.At).Seconds())
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.list) == 0 {
		f.start = n
		f.arm()
	}
	f.list = append(f.list, o)
	if len(f.list) == chunkSize {
		f.send()
	}
	return f.err == nil
}

// ignore counts a record that is no observation.
func (f *feed) ignore() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ignored++
}

// arm sees to it that the chunk that begins now is handed over in time, whatever its sender does.
func (f *feed) arm() {
	switch {
	case !f.stream:
	case f.late == nil:
		f.late = time.AfterFunc(maxDelay, f.sendLate)
	default:
		f.late.Reset(maxDelay)
	}
}

func (f *feed) sendLate() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.send()
}

// catchUp is called before more is read, as that may take long. It counts what is recorded by now, and hands over what
// there is if nothing else is on its way; otherwise the chunk may grow meanwhile. false means that there is no use in
// reading on.
func (f *feed) catchUp() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	for len(f.flight) > 0 && f.flight[0].isDone() {
		f.land()
	}
	if len(f.flight) == 0 {
		f.send()
	}
	return f.err == nil
}

// send puts the chunk into the queue, after room was made for it in flight. The caller holds mu.
func (f *feed) send() {
	if f.late != nil {
		f.late.Stop()
	}
	for len(f.flight) >= maxFlight {
		f.land()
	}
	list := f.list
	f.list = nil
	if len(list) == 0 || f.err != nil {
		return
	}
	offer := f.server.queue.offer
	if f.stream {
		offer = func(account string, list []wallet.Observation) (*job, error) {
			return f.server.queue.offerPatiently(f.ctx, account, list)
		}
	}
	j, err := offer(f.account, list)
	if err != nil {
		f.fail(f.start, err)
		return
	}
	f.flight = append(f.flight, flying{j, f.start})
}

// land waits for the chunk that was sent first, for patience at most. The caller holds mu.
func (f *feed) land() {
	first := f.flight[0]
	f.flight = append(f.flight[:0], f.flight[1:]...)
	ctx, cancel := context.WithTimeout(f.ctx, patience)
	defer cancel()
	verdicts, err := first.wait(ctx)
	if err != nil {
		f.tired = !first.isDone()
		f.fail(first.start, err)
		return
	}
	for _, v := range verdicts {
		if v.Accepted() {
			f.accepted++
		} else {
			f.ignored++
		}
	}
}

func (f *feed) fail(start int, err error) {
	if f.resume == 0 || start < f.resume {
		f.resume = start
	}
	f.err = errors.Join(f.err, err)
}

// finish waits until everything that was added is recorded or has failed, for patience at most once it is all in the
// queue.
func (f *feed) finish() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.send()
	ctx, cancel := context.WithTimeout(f.ctx, patience)
	defer cancel()
	if f.tired {
		cancel()
	}
	f.ctx = ctx
	for len(f.flight) > 0 {
		f.land()
	}
	return f.err
}
