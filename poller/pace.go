package poller

import (
	"math/rand/v2"
	"time"

	"golang.org/x/time/rate"

	"walletwatch/wallet"
)

// Confirmation reads of an account may use so much of its quota (200 reads a minute, all retries included), however
// much is wished: the rest is left to polls and transactions.
const (
	readsPerSecond = 2
	readsAtOnce    = 20
)

// soonEvery is how far apart reads begin that are wished for soon.
const soonEvery = 10 * time.Second

// The pauses after reads that failed or stayed in doubt: the first, doubling, up to the longest, each × a random 0.5–1.5.
const (
	firstPause   = 500 * time.Millisecond
	longestPause = 10 * time.Second
)

// never is long: whoever waits for nothing else looks again after it.
const never = time.Hour

// pace says when the next confirmation read of an account may begin.
type pace struct {
	budget   *rate.Limiter
	began    time.Time // the last read; zero: none
	ended    time.Time
	failures int       // in a row, since nothing was wished last
	next     time.Time // not before this; zero: at once
	deadline time.Time // of the wish that was asked about last
}

func newPace() *pace { return &pace{budget: rate.NewLimiter(readsPerSecond, readsAtOnce)} }

// begin reports whether a read for a wish begins now; otherwise it returns how long until one may.
func (p *pace) begin(w wallet.Wish) (time.Duration, bool) {
	now := time.Now()
	if wait := p.pause(w, now); wait > 0 {
		return wait, false
	}
	paid := p.budget.ReserveN(now, 1)
	if wait := paid.DelayFrom(now); wait > 0 {
		paid.CancelAt(now)
		return wait, false
	}
	p.began = now
	return 0, true
}

func (p *pace) pause(w wallet.Wish, now time.Time) time.Duration {
	switch w.Urgency {
	case wallet.WishedNow:
		if !w.Deadline.Equal(p.deadline) {
			p.deadline = w.Deadline
			p.refresh()
		}
		return p.next.Sub(now)
	case wallet.WishedSoon:
		return p.began.Add(soonEvery).Sub(now)
	default:
		p.failures, p.next = 0, time.Time{}
		return never
	}
}

// refresh keeps the long pauses of an older wish from using up the time of a new one.
func (p *pace) refresh() {
	if soon := p.ended.Add(firstPause); p.next.After(soon) {
		p.failures, p.next = 1, soon
	}
}

// end takes down the result of a read.
func (p *pace) end(result string) {
	now := time.Now()
	p.ended = now
	if result == resultDoubtful {
		p.budget.ReserveN(now, 1) // the second read
	}
	if result == resultOK {
		p.failures, p.next = 0, time.Time{}
		return
	}
	nominal := min(firstPause<<min(p.failures, 10), longestPause)
	p.failures++
	p.next = now.Add(nominal/2 + rand.N(nominal))
}
