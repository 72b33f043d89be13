package octopustest

import (
	"sync"
	"time"
)

type quotaClass int

const (
	quotaNone quotaClass = iota
	quotaLogin
	quotaRefresh
	quotaReads
	quotaCharges
	quotaOrders
)

// perMinute is the vendor's default production quota per client account.
func (q quotaClass) perMinute() int {
	switch q {
	case quotaLogin:
		return 10
	case quotaRefresh:
		return 20
	case quotaReads:
		return 300
	case quotaCharges:
		return 120
	case quotaOrders:
		return 60
	}
	return 0
}

// quotas counts requests in a rolling minute of the simulated clock. Refused requests do not count.
type quotas struct {
	on     bool
	mu     sync.Mutex
	served map[quotaClass][]time.Time // oldest first, at most perMinute of them
}

func newQuotas(on bool) *quotas { return &quotas{on: on, served: map[quotaClass][]time.Time{}} }

// spend takes one request from the quota, or says how long to wait for the next.
func (q *quotas) spend(class quotaClass, now time.Time) (wait time.Duration, over bool) {
	limit := class.perMinute()
	if !q.on || limit == 0 {
		return 0, false
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	times := q.served[class]
	for len(times) > 0 && !times[0].After(now.Add(-time.Minute)) {
		times = times[1:]
	}
	if len(times) >= limit {
		q.served[class] = times
		return times[0].Add(time.Minute).Sub(now), true
	}
	q.served[class] = append(times, now)
	return 0, false
}
