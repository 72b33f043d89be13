package poller_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/robfig/cron/v3"

	"walletwatch/octopus"
	"walletwatch/poller"
	"walletwatch/wallet"
)

// claims are a ledger's suspicions: each stands until a poll that was sent after it is recorded, and is due after ten
// seconds. Like the ledger, it names the earliest deadline that is still to come.
type claims struct {
	came chan struct{}

	mu   sync.Mutex
	now  []time.Time // when each urgent claim was made
	soon []time.Time
}

const confirmWithin = 10 * time.Second

func newClaims() *claims { return &claims{came: make(chan struct{}, 1)} }

func (c *claims) Wished(string) <-chan struct{} { return c.came }

func (c *claims) Wish(string) wallet.Wish {
	c.mu.Lock()
	defer c.mu.Unlock()
	var wish wallet.Wish
	if len(c.soon) > 0 {
		wish.Urgency = wallet.WishedSoon
	}
	for _, at := range c.now {
		wish = wallet.Wish{Urgency: wallet.WishedNow, Deadline: at.Add(confirmWithin)}
		if wish.Deadline.After(time.Now()) {
			break
		}
	}
	return wish
}

// urge claims what only a poll may say; ask claims what may wait a little.
func (c *claims) urge() { c.claim(&c.now) }

func (c *claims) ask() { c.claim(&c.soon) }

func (c *claims) claim(list *[]time.Time) {
	c.mu.Lock()
	*list = append(*list, time.Now())
	c.mu.Unlock()
	select {
	case c.came <- struct{}{}:
	default:
	}
}

// settle is what a recorded poll does to claims.
func (c *claims) settle(p *wallet.Poll) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now, c.soon = after(c.now, p.SentAt), after(c.soon, p.SentAt)
	return nil
}

func after(times []time.Time, sent time.Time) []time.Time {
	var left []time.Time
	for _, t := range times {
		if t.After(sent) {
			left = append(left, t)
		}
	}
	return left
}

// standing returns how many claims nothing has settled.
func (c *claims) standing() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.now) + len(c.soon)
}

// waiting runs a poller that hears claims, after its first poll and with the next one an hour away; the api must
// answer that first one.
func waiting(t *testing.T, a *api, book *notebook, edit ...func(*poller.Config)) (*claims, *polling) {
	t.Helper()
	c := newClaims()
	if book.record == nil {
		book.record = c.settle
	}
	p := run(t, book, one(a), append([]func(*poller.Config){func(cfg *poller.Config) {
		cfg.Wishes, cfg.Schedule, cfg.Every = c, cron.Every(time.Hour), time.Hour
	}}, edit...)...)
	pass(time.Minute)
	book.mu.Lock()
	book.polls, book.failures = nil, nil
	book.mu.Unlock()
	p.start = time.Now()
	return c, p
}

// reads returns when balances were asked for since start.
func (p *polling) reads(a *api) []time.Duration {
	return slices.DeleteFunc(a.polls(p.start), func(d time.Duration) bool { return d < 0 })
}

// slowly answers after a while with what is true when the request is sent.
func slowly(d time.Duration) func() octopus.WalletList {
	return func() octopus.WalletList {
		list := listing("100")
		time.Sleep(d)
		return list
	}
}
