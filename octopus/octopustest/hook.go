package octopustest

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// Hook is where webhooks go and what goes wrong on the way. URL and Secret are required.
type Hook struct {
	URL    string
	Secret string
	Client *http.Client // nil: one that waits 10 s and follows no redirects

	Parallel int           // deliveries at a time; 0: 4. With 1 nothing overtakes but by Shuffle
	Backoff  time.Duration // wait after the first refusal, doubling up to 60 times that, × a random 0.5–1.5; 0: 1 s
	Attempts int           // tries before an event is given up; 0: 12

	Delay     time.Duration // from the event to its first delivery, at least
	Duplicate int           // every nth event is sent twice; 0: none
	Drop      int           // every nth event is never sent; 0: none
	Shuffle   int           // events are shuffled in groups of this many; 0 and 1: sent in order
	Linger    time.Duration // how long a group waits to be complete; 0: 100 ms
	Seed      uint64        // the same seed shuffles alike

	OnAttempt func(Attempt) // told of every delivery, by several goroutines at once; nil: nobody
}

// Attempt is one delivery of an event.
type Attempt struct {
	Event  Event
	Number int   // 1 for the first
	Status int   // 0: no answer
	Err    error // nil: acknowledged
}

func (h Hook) check() error {
	u, err := url.Parse(h.URL)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return errors.New("the webhook URL must be http:// or https:// and name a host")
	case h.Secret == "":
		return errors.New("a webhook needs a secret to be signed with")
	case min(h.Parallel, h.Attempts, h.Duplicate, h.Drop, h.Shuffle) < 0 || min(h.Backoff, h.Delay, h.Linger) < 0:
		return errors.New("the numbers and durations of a webhook must not be negative")
	case h.Shuffle > maxEvents:
		return fmt.Errorf("a webhook can shuffle at most %d events at a time", maxEvents)
	}
	return nil
}

func (h Hook) withDefaults() Hook {
	if h.Client == nil {
		h.Client = &http.Client{
			Timeout:       10 * time.Second,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}
	}
	if h.Parallel == 0 {
		h.Parallel = 4
	}
	if h.Backoff == 0 {
		h.Backoff = time.Second
	}
	if h.Attempts == 0 {
		h.Attempts = 12
	}
	if h.Linger == 0 {
		h.Linger = 100 * time.Millisecond
	}
	if h.OnAttempt == nil {
		h.OnAttempt = func(Attempt) {}
	}
	h.Shuffle = max(1, h.Shuffle)
	return h
}
