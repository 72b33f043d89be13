package ingest

import (
	"sync"
	"time"
)

// logPause is how long the same kind of trouble is only counted after it was logged: under load it may come a
// thousand times a second.
const logPause = time.Minute

// occasional thins out log lines of one kind. The zero value is ready; it is safe for concurrent use.
type occasional struct {
	mu     sync.Mutex
	last   time.Time
	missed int
}

// due reports whether to log now, and how many times it was not since it last said so.
func (o *occasional) due(now time.Time) (missed int, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.last.IsZero() && now.Sub(o.last) < logPause {
		o.missed++
		return 0, false
	}
	missed = o.missed
	o.last, o.missed = now, 0
	return missed, true
}
