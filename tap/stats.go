package tap

import "sync/atomic"

// Stats says what became of the order responses since Open. Once bodies that are being read are finished with,
// Seen = Sent + Waiting + Dropped.Total().
type Stats struct {
	Seen     uint64 // order responses with status 200 to 299
	Sent     uint64 // the daemon has taken in; nearly always Accepted + Ignored
	Accepted uint64 // … and made use of
	Ignored  uint64 // … and had no use for: counted before, failed, cancelled, older than its last poll, of an unknown wallet
	Waiting  int    // queued or on their way
	Dropped  Dropped
}

// Dropped counts the responses that were not forwarded, by reason.
type Dropped struct {
	Incomplete uint64 // the caller did not read them to the end
	TooLarge   uint64 // larger than 1 MiB
	Unreadable uint64 // not a JSON object with an id, or in an encoding other than gzip
	Full       uint64 // the queue was full; the oldest goes
	Expired    uint64 // waited longer than 10 minutes
	Refused    uint64 // the daemon found that they are not order responses
	Closed     uint64 // not delivered when Close gave up, or read to the end only after it
	Fault      uint64 // a fault of this package
}

// Total is the sum of all reasons.
func (d Dropped) Total() uint64 {
	return d.Incomplete + d.TooLarge + d.Unreadable + d.Full + d.Expired + d.Refused + d.Closed + d.Fault
}

// Stats returns the counts as of now. Those of a nil *Tap are zero.
func (t *Tap) Stats() Stats {
	if t == nil {
		return Stats{}
	}
	queued, onTheWay := t.queue.waiting()
	dropped := func(r reason) uint64 { return t.counts.dropped[r].Load() }
	return Stats{
		Seen:     t.counts.seen.Load(),
		Sent:     t.counts.sent.Load(),
		Accepted: t.counts.accepted.Load(),
		Ignored:  t.counts.ignored.Load(),
		Waiting:  queued + onTheWay,
		Dropped: Dropped{
			Incomplete: dropped(incomplete),
			TooLarge:   dropped(tooLarge),
			Unreadable: dropped(unreadable),
			Full:       dropped(full),
			Expired:    dropped(expired),
			Refused:    dropped(refused),
			Closed:     dropped(closed),
			Fault:      dropped(fault),
		},
	}
}

// reason is why a response was not forwarded.
type reason int

const (
	none reason = iota
	incomplete
	tooLarge
	unreadable
	full
	expired
	refused
	closed
	fault
	reasons
)

func (r reason) String() string {
	return [reasons]string{"none", "incomplete", "too_large", "unreadable", "full", "expired", "refused", "closed", "fault"}[r]
}

type counters struct {
	seen, sent, accepted, ignored atomic.Uint64
	dropped                       [reasons]atomic.Uint64
}

// drop counts responses that are not forwarded, and has the sender say so.
func (t *Tap) drop(why reason, n int) {
	t.counts.dropped[why].Add(uint64(n))
	t.nudge()
}

// enqueue queues a record and wakes the sender.
func (t *Tap) enqueue(r record) {
	if why := t.queue.put(r); why != none {
		t.counts.dropped[why].Add(1)
	}
	t.nudge()
}

// nudge wakes the sender without waiting for it.
func (t *Tap) nudge() {
	select {
	case t.wake <- struct{}{}:
	default:
	}
}
