package ingest

import (
	"context"
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"walletwatch/wallet"
)

const (
	// chunkSize is how many observations of one request are handed over together.
	chunkSize = 200
	// maxFlight is how many chunks of one request may wait to be recorded while the next one is read.
	maxFlight = 2
)

// feed hands the observations of one request to the recording loop, chunk by chunk, and counts what becomes of them.
// With at most maxFlight+1 chunks of its own in memory, a request may bring any number.
type feed struct {
	server  *Server
	ctx     context.Context
	account string
	patient bool                // waits for room in the queue
	ages    prometheus.Observer // takes the age of each observation, in seconds

	list   []wallet.Observation // the chunk that is being filled
	start  int                  // number of its first record
	flight []flying

	accepted, ignored int
	resume            int // number of the record to send again from; 0: all was recorded so far
	err               error
}

// flying is a chunk that is being recorded.
type flying struct {
	*job
	start int
}

// add takes in record number n. false means that a chunk could not be recorded: there is no use in reading on.
func (f *feed) add(n int, o wallet.Observation, arrival time.Time) bool {
	f.ages.Observe(arrival.Sub(o.At).Seconds())
	if len(f.list) == 0 {
		f.start = n
	}
	f.list = append(f.list, o)
	if len(f.list) == chunkSize {
		f.send()
	}
	return f.err == nil
}

// send puts the chunk into the queue, after room was made for it in flight.
func (f *feed) send() {
	for len(f.flight) >= maxFlight {
		f.land()
	}
	list := f.list
	f.list = nil
	if len(list) == 0 || f.err != nil {
		return
	}
	offer := f.server.queue.offer
	if f.patient {
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

// land waits for the chunk that was sent first.
func (f *feed) land() {
	first := f.flight[0]
	f.flight = append(f.flight[:0], f.flight[1:]...)
	verdicts, err := first.wait(f.ctx)
	if err != nil {
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

// finish waits until everything that was added is recorded or has failed.
func (f *feed) finish() error {
	f.send()
	for len(f.flight) > 0 {
		f.land()
	}
	return f.err
}
