package alerting

import (
	"errors"
	"time"
)

// The cadence of interfaces.md, Timing.
const (
	firstWait     = time.Second
	longestWait   = 15 * time.Second
	mostAskedFor  = 60 * time.Second // the longest Retry-After that is honoured
	permanentWait = 5 * time.Minute
)

// Refusal is why a receiver did not accept a delivery. Receivers return it as *Refusal; an error of another type
// counts as temporary.
type Refusal struct {
	Permanent  bool          // trying again is pointless until a person mends something
	RetryAfter time.Duration // how long the receiver asked to be left alone; 0: it did not say
	Reason     string        // one sentence for people, without secrets

	code string // the vendor's error code; "": none
}

// Error returns the reason.
func (r *Refusal) Error() string { return r.Reason }

// retryIn says how long to wait after a failure and whether the refusal is permanent. attempts counts the failures
// before this one; random is in [0, 1).
func retryIn(attempts int, err error, random float64) (wait time.Duration, permanent bool) {
	var refusal *Refusal
	if errors.As(err, &refusal) && refusal.Permanent {
		return permanentWait, true
	}
	wait = longestWait
	if attempts < 4 {
		wait = firstWait << max(attempts, 0)
	}
	wait = min(time.Duration(float64(wait)*(0.5+random)), longestWait)
	if refusal != nil {
		wait = max(wait, min(refusal.RetryAfter, mostAskedFor))
	}
	return wait, false
}
