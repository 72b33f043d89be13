package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"
)

// What a chaos is given in the environment: the seed of a run that failed, and how long to go on, such as 30m.
const (
	chaosSeed = "WALLETWATCH_CHAOS_SEED"
	chaosTime = "WALLETWATCH_CHAOS_FOR"
)

// chaos is a fleet with a driver for each wallet and a monkey that breaks what it can.
type chaos struct {
	*fleet
	seed    uint64
	lasts   time.Duration // until no new episodes begin
	tower   *tower
	drivers []*driver
	diary   diary
	stop    chan struct{} // closed: no new episodes
}

const (
	chaosReplicas = 3
	chaosWallets  = 40
	chaosClaim    = 2500 * time.Millisecond
)

// TestChaos runs three replicas whose clocks are up to a minute wrong, kills, stops and cuts them off at random, breaks
// the receivers, and takes wallets down and up meanwhile. In the end it looks at what the receivers hold.
func TestChaos(t *testing.T) {
	t.Parallel()
	c := newChaos(t)
	m := newMonkey(c)
	for _, r := range c.replicas {
		c.start(r, m.skew())
	}
	eventually(t, "a replica knows what the last wallet spends", func() bool { return c.replicas[0].daemon().level(chaosWallets) == "ok" })
	var driving sync.WaitGroup
	for _, d := range c.drivers {
		driving.Go(d.run)
	}
	m.play()
	close(c.stop)
	m.mendAll()
	c.diary.note("all is mended")
	driving.Wait()
	c.judge(m)
}

func newChaos(t *testing.T) *chaos {
	c := &chaos{fleet: newFleet(t, chaosReplicas, chaosClaim), seed: seedOf(t), lasts: chaosDuration(t), stop: make(chan struct{})}
	c.tower = watch(c.world)
	t.Logf("to repeat this run as far as it can be repeated: %s=%d", chaosSeed, c.seed)
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(c.diary.String())
		}
	})
	for id := range int64(chaosWallets) {
		c.spent(id+1, "USD", "1000", "5000")
		c.drivers = append(c.drivers, &driver{chaos: c, wallet: id + 1, key: fmt.Sprintf("walletwatch/default/%d", id+1), rng: c.random(uint64(id + 1))})
	}
	return c
}

// random returns random numbers of one's own.
func (c *chaos) random(whose uint64) *rand.Rand { return rand.New(rand.NewPCG(c.seed, whose)) }

func seedOf(t *testing.T) uint64 {
	text := os.Getenv(chaosSeed)
	if text == "" {
		return rand.Uint64()
	}
	seed, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", chaosSeed, err)
	}
	return seed
}

func chaosDuration(t *testing.T) time.Duration {
	text := os.Getenv(chaosTime)
	if text == "" {
		return time.Minute
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatalf("%s: %v", chaosTime, err)
	}
	return d
}
