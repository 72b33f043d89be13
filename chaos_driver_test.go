package main

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"

	"github.com/shopspring/decimal"
)

// driver takes one wallet down and up again, and waits each time until the receivers know.
type driver struct {
	*chaos
	wallet   int64
	key      string // of its incidents
	rng      *rand.Rand
	orders   int64
	episodes []*episode
}

// episode is one stay below a threshold. Times are zero for what did not happen.
type episode struct {
	level                      string // the worst
	lowered, told, risen, over time.Time
}

// mostPatience is how long receivers may be broken, or replicas away, at the worst, and then some: a transaction that is
// held up 20 s, and retries that are 15 s apart.
const mostPatience = 90 * time.Second

// run goes on until the chaos ends, and then to the end of the episode that it is in.
func (d *driver) run() {
	for {
		select {
		case <-d.stop:
			return
		default:
		}
		if !d.play() {
			return
		}
	}
}

// play plays an episode. It reports false when the receivers did not learn of it.
func (d *driver) play() bool {
	before := d.tower.of(d.key)
	e := &episode{level: "critical", lowered: time.Now()}
	d.episodes = append(d.episodes, e)
	dice := d.rng.IntN(10)
	if dice < 4 {
		e.level = "warning"
		d.lower(120)
		if !d.await(func(s sight) bool { return len(s.posted) > len(before.posted) && s.fires("warning") }) {
			return false
		}
	}
	if dice < 2 || dice >= 4 { // a warning may get worse
		e.level = "critical"
		d.lower(10)
		if !d.await(func(s sight) bool {
			return len(s.opened) > len(before.opened) && len(s.posted) > len(before.posted) && s.fires("critical")
		}) {
			return false
		}
	}
	e.told = time.Now()
	d.linger()
	d.api.TopUp(d.wallet, decimal.NewFromInt(5000))
	e.risen = time.Now()
	if !d.await(func(s sight) bool {
		return len(s.closed) == len(s.opened) && (s.over() || e.level == "critical" && dice == 9) // some do not wait for Slack
	}) {
		return false
	}
	e.over = time.Now()
	d.linger()
	return true
}

// lower leaves a little more than an amount in the wallet. Now and then an order response says so, to any replica: that it
// may not be taken is no matter.
func (d *driver) lower(amount int64) {
	balance := decimal.New(amount*100+d.rng.Int64N(3000), -2)
	d.api.SetBalance(d.wallet, balance)
	if d.rng.IntN(3) > 0 {
		return
	}
	d.orders++
	body := fmt.Sprintf(`{"id":%d,"wallet_id":%d,"wallet_balance":%s,"status":"DELIVERED"}`, d.wallet*1_000_000+d.orders, d.wallet, balance)
	r := d.replicas[d.rng.IntN(len(d.replicas))]
	req, err := http.NewRequest(http.MethodPost, r.daemon().url+"/api/v1/orders", strings.NewReader(body))
	if err != nil {
		d.t.Error(err)
		return
	}
	req.Header.Set("Authorization", "Bearer "+testIngest)
	req.Header.Set("Content-Type", "application/json")
	client := http.Client{Timeout: time.Second}
	if resp, err := client.Do(req); err == nil {
		resp.Body.Close()
	}
}

// linger waits a little now and then.
func (d *driver) linger() {
	if d.rng.IntN(4) == 0 {
		rest(rand.N(2 * time.Second))
	}
}

func (d *driver) await(holds func(sight) bool) bool {
	return within(mostPatience, func() bool { return holds(d.tower.of(d.key)) })
}
