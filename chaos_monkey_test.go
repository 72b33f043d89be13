package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"syscall"
	"time"

	"walletwatch/alerting/alertingtest"
)

// diary says what was done when. It is safe for concurrent use.
type diary struct {
	mu    sync.Mutex
	lines []string
}

func (d *diary) note(format string, args ...any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines = append(d.lines, stampOf(time.Now())+" "+fmt.Sprintf(format, args...))
}

func (d *diary) String() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return "the monkey's diary:\n" + strings.Join(d.lines, "\n")
}

// stampOf writes a time as the daemons' logs do.
func stampOf(t time.Time) string { return "time=" + t.Format("2006-01-02T15:04:05.000Z07:00") }

// monkey breaks things at random and mends them again after a while. All it does it does in one goroutine.
type monkey struct {
	c        *chaos
	rng      *rand.Rand
	troubles []*trouble
	done     map[string]int // how often, by what
	repeats  int            // how many Slack messages may have been posted a second time at the most
}

// trouble is something that is broken at present.
type trouble struct {
	with  any // the replica or the faults of a receiver
	until time.Time
	mend  func()
}

func newMonkey(c *chaos) *monkey {
	return &monkey{c: c, rng: c.random(0), done: map[string]int{}}
}

// skew is by how much a clock is wrong.
func (m *monkey) skew() time.Duration { return time.Duration(m.rng.Int64N(121)-60) * time.Second }

// play goes on for a while, a deed every second or so.
func (m *monkey) play() {
	end, next := time.Now().Add(m.c.lasts), time.Now()
	within(m.c.lasts+time.Minute, func() bool {
		now := time.Now()
		m.mend(now)
		m.inspect()
		if now.After(next) {
			m.act()
			next = now.Add(200*time.Millisecond + time.Duration(m.rng.Int64N(int64(time.Second))))
		}
		return now.After(end)
	})
}

func (m *monkey) mend(now time.Time) {
	var left []*trouble
	for _, t := range m.troubles {
		if t.until.After(now) {
			left = append(left, t)
			continue
		}
		t.mend()
	}
	m.troubles = left
}

func (m *monkey) mendAll() {
	m.mend(time.Now().Add(time.Hour))
	m.c.slack.Heal()
	m.c.pager.Heal()
}

// inspect complains of processes that have ended although nobody killed them. One that is cut off from its database
// before it has begun to watch ends, and is started again by whoever runs it.
func (m *monkey) inspect() {
	for _, r := range m.c.replicas {
		d := r.daemon()
		if m.troubled(r) || !d.over() {
			continue
		}
		if d.log.contains("walletwatch is watching") || d.code != exitRefused {
			m.c.t.Errorf("%s has ended by itself:\n%s", r.name, d.log)
		}
		m.start(r)
	}
}

func (m *monkey) start(r *replica) {
	skew := m.skew()
	m.c.start(r, skew)
	m.c.diary.note("%s started, its clock wrong by %v, pid %d", r.name, skew, r.daemon().cmd.Process.Pid)
}

func (m *monkey) troubled(with any) bool {
	for _, t := range m.troubles {
		if t.with == with {
			return true
		}
	}
	return false
}

func (m *monkey) act() {
	if m.rng.IntN(4) == 0 {
		m.breakReceiver()
		return
	}
	r := m.c.replicas[m.rng.IntN(len(m.c.replicas))]
	well := 0
	for _, r := range m.c.replicas {
		if !m.troubled(r) {
			well++
		}
	}
	if m.troubled(r) || well == 1 && m.rng.IntN(6) > 0 { // now and then nobody is left
		return
	}
	m.breakReplica(r)
}

func (m *monkey) breakReplica(r *replica) {
	seconds := func(least, most float64) time.Duration {
		return time.Duration((least + m.rng.Float64()*(most-least)) * float64(time.Second))
	}
	d := r.daemon()
	beyond := chaosClaim.Seconds()
	switch m.rng.IntN(7) {
	case 0, 1:
		m.broken(r, "killed", seconds(0, 3), func() { m.start(r) })
		d.kill()
	case 2:
		m.broken(r, "stopped", seconds(beyond, 2*beyond), func() { d.signal(syscall.SIGCONT) })
		d.signal(syscall.SIGSTOP)
	case 3:
		m.broken(r, "cut off for a moment", 0, func() {})
		r.wire.Cut()
	case 4:
		m.broken(r, "cut off", seconds(0.5, 2*beyond), r.wire.Mend)
		r.wire.Refuse()
	case 5:
		m.broken(r, "cut off without a word", seconds(0.5, 2*beyond), r.wire.Mend)
		r.wire.Hold()
	case 6:
		m.broken(r, "hung up on, as all are", 0, func() {})
		m.repeats += len(m.c.replicas) - 1
		m.c.hangUp()
	}
}

// broken notes a trouble. Each may keep a replica from noting down that Slack has taken a message, which it then posts again.
func (m *monkey) broken(r *replica, how string, d time.Duration, mend func()) {
	m.done[how]++
	m.repeats++
	m.c.diary.note("%s %s for %v", r.name, how, d)
	m.troubles = append(m.troubles, &trouble{r, time.Now().Add(d), func() {
		m.c.diary.note("%s, %s, mended", r.name, how)
		mend()
	}})
}

func (m *monkey) breakReceiver() {
	name, faults := "Slack", &m.c.slack.Faults
	if m.rng.IntN(2) == 0 {
		name, faults = "PagerDuty", &m.c.pager.Faults
	}
	if m.troubled(faults) {
		return
	}
	d := time.Duration(m.rng.Int64N(int64(3 * time.Second)))
	how := ""
	switch m.rng.IntN(4) {
	case 0:
		how = "answers 503"
		faults.Always(alertingtest.Fault{Status: 503})
	case 1:
		how = "hangs"
		faults.Always(alertingtest.Fault{Hang: true})
	case 2:
		how = "cuts connections"
		faults.Always(alertingtest.Fault{Reset: true})
	case 3:
		how = "takes two and its answers are lost"
		faults.Next(alertingtest.Fault{Drop: true}, alertingtest.Fault{Drop: true})
		if name == "Slack" {
			m.repeats += 2
		}
	}
	m.done[name+" "+how]++
	m.c.diary.note("%s %s for %v", name, how, d)
	m.troubles = append(m.troubles, &trouble{faults, time.Now().Add(d), func() {
		m.c.diary.note("%s is well", name)
		faults.Heal()
	}})
}
