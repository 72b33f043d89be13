package ingest

import (
	"context"
	"errors"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"walletwatch/wallet"
)

const (
	// maxWaiting bounds the observations that were taken in and are not recorded yet. At about 200 bytes each they
	// take a few megabytes; at the slowest pace worth waiting for, 2,000 a second, they are recorded in 10 seconds.
	maxWaiting = 20_000
	// patience is how long a stream waits for room in the queue before it is refused, and how long any sender of orders
	// waits for what it has sent to be recorded.
	patience = 10 * time.Second
)

var (
	// errOverloaded means that the queue is full.
	errOverloaded = errors.New("too many observations wait to be recorded")
	// errStopping means that recording has ended.
	errStopping = errors.New("recording has ended")
)

// job is a list of observations on its way through the queue. The loop sets verdicts and err, then closes done.
type job struct {
	account  string
	list     []wallet.Observation
	verdicts []wallet.Verdict
	err      error
	done     chan struct{}
}

// wait returns the verdicts, or the error of ctx when that ends first: the list is recorded all the same.
func (j *job) wait(ctx context.Context) ([]wallet.Verdict, error) {
	select {
	case <-j.done:
	case <-ctx.Done():
		if !j.isDone() {
			return nil, ctx.Err()
		}
	}
	return j.verdicts, j.err
}

// isDone reports whether wait would return at once.
func (j *job) isDone() bool {
	select {
	case <-j.done:
		return true
	default:
		return false
	}
}

// queue holds what waits to be recorded, in order of arrival and bounded by the number of observations.
type queue struct {
	room *semaphore.Weighted // for observations, until they are recorded
	wake chan struct{}       // has an element when there may be something to take

	mu     sync.Mutex
	jobs   []*job
	count  int // observations taken in and not recorded
	closed bool
}

func newQueue() *queue {
	return &queue{room: semaphore.NewWeighted(maxWaiting), wake: make(chan struct{}, 1)}
}

// offer puts a list into the queue, or fails at once.
func (q *queue) offer(account string, list []wallet.Observation) (*job, error) {
	if !q.room.TryAcquire(int64(len(list))) {
		return nil, errOverloaded
	}
	return q.put(account, list)
}

// offerPatiently puts a list into the queue and waits for room, until ctx ends or patience does.
func (q *queue) offerPatiently(ctx context.Context, account string, list []wallet.Observation) (*job, error) {
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := q.room.Acquire(waiting, int64(len(list))); err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, errOverloaded
	}
	return q.put(account, list)
}

func (q *queue) put(account string, list []wallet.Observation) (*job, error) {
	j := &job{account: account, list: list, done: make(chan struct{})}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		q.room.Release(int64(len(list)))
		return nil, errStopping
	}
	q.jobs = append(q.jobs, j)
	q.count += len(list)
	q.poke()
	return j, nil
}

// take waits for jobs and returns those that came first, with at most most observations together unless the very
// first has more; more is false when the queue is closed and empty.
func (q *queue) take(most int) (batch []*job, more bool) {
	for range q.wake {
		q.mu.Lock()
		n, sum := 0, 0
		for n < len(q.jobs) && (n == 0 || sum+len(q.jobs[n].list) <= most) {
			sum += len(q.jobs[n].list)
			n++
		}
		batch = q.jobs[:n:n]
		if q.jobs = q.jobs[n:]; len(q.jobs) == 0 {
			q.jobs = nil // or the array would keep what was recorded
		}
		closed := q.closed
		if len(q.jobs) > 0 || closed {
			q.poke()
		}
		q.mu.Unlock()
		if n > 0 {
			return batch, true
		}
		if closed {
			return nil, false
		}
	}
	return nil, false
}

// finish answers whoever waits for a job that take returned.
func (q *queue) finish(j *job, err error) {
	n := len(j.list)
	j.err, j.list = err, nil
	q.mu.Lock()
	q.count -= n
	q.mu.Unlock()
	q.room.Release(int64(n))
	close(j.done) // last: who is answered finds it gone
}

// close refuses what comes from now on; what is in the queue can still be taken.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.poke()
}

// poke wakes take; the caller holds mu.
func (q *queue) poke() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// waiting returns the number of observations that are taken in and not recorded yet.
func (q *queue) waiting() float64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	return float64(q.count)
}
