package tap

import (
	"sync"
	"time"
)

// record is an order response on its way to the daemon: a JSON object without its closing bracket, so that its age can be
// added each time it is sent.
type record struct {
	text     []byte
	received time.Time
}

// age is how long ago the response was received, by whichever clock says longer: the monotonic one stands still while
// the machine sleeps, the other may be set back. Too old is harmless, too young could override a newer poll.
func (r record) age(now time.Time) time.Duration {
	return max(0, now.Sub(r.received), now.Round(0).Sub(r.received.Round(0)))
}

// queue holds what waits, oldest first, in a ring. When it is full the oldest makes room: the daemon's next poll has it
// covered soonest, and the newest says most about the balance.
type queue struct {
	mu    sync.Mutex
	ring  []record
	first int
	n     int
	taken int // by the sender, not delivered yet
	ended bool
}

func newQueue(size int) *queue { return &queue{ring: make([]record, size)} }

// put appends a record. The reason is none, full (an older one was dropped for it) or closed (it was itself).
func (q *queue) put(r record) reason {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.ended {
		return closed
	}
	if q.n == len(q.ring) {
		q.ring[q.first] = r
		q.first = (q.first + 1) % len(q.ring)
		return full
	}
	q.ring[(q.first+q.n)%len(q.ring)] = r
	q.n++
	return none
}

// take removes up to limit records. Until done is told of them, they count as waiting.
func (q *queue) take(limit int) []record {
	q.mu.Lock()
	defer q.mu.Unlock()
	batch := make([]record, min(limit, q.n))
	for i := range batch {
		batch[i], q.ring[q.first] = q.ring[q.first], record{}
		q.first = (q.first + 1) % len(q.ring)
	}
	q.n -= len(batch)
	q.taken += len(batch)
	return batch
}

// done forgets n of the records that were taken: they were delivered, or dropped for good.
func (q *queue) done(n int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.taken -= n
}

// waiting counts the records in the queue and those on their way.
func (q *queue) waiting() (queued, onTheWay int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.n, q.taken
}

// ahead reports whether something is queued and whether nothing more will be, as of one moment: asked one after the
// other, a record that is put and followed by shut in between would be overlooked.
func (q *queue) ahead() (some, ended bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.n > 0, q.ended
}

// shut lets nothing more in.
func (q *queue) shut() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.ended = true
}

func (q *queue) isShut() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.ended
}

// empty forgets everything and returns how many records that were.
func (q *queue) empty() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	lost := q.n + q.taken
	clear(q.ring)
	q.n, q.taken = 0, 0
	return lost
}
