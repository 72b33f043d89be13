package octopustest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/shopspring/decimal"
)

// pull is how strongly a run of early or late orders is made up for: spend follows the plan within a few orders,
// whatever the seed, while single orders come irregularly.
const pull = 0.1

// Spender spends from one wallet by a plan. It lives in simulated time: nothing happens but by History and Advance,
// and how the time between is cut into steps makes no difference. It is safe for concurrent use.
type Spender struct {
	server *Server
	cfg    Spending
	sizes  sizes
	mean   float64 // size of an order, in units: for pacing, never an amount
	perDay float64 // mean-sized orders on an average day

	mu       sync.Mutex
	rhythm   rhythm
	random   *rand.Rand
	at       time.Time // everything before this has happened
	last     time.Time // the previous order
	gap      float64   // from the previous order to the next, in average days
	lead     float64   // how far orders are ahead of the plan, in mean-sized orders
	next     time.Time // the next order
	due      []dueEvent
	awaiting bool            // a top-up is under way
	unfunded decimal.Decimal // history: spent since the last top-up
	activity Activity
}

// Activity counts what a Spender has done.
type Activity struct {
	Orders   int // accepted
	Rejected int // the wallet could not pay them
	Refunds  int
	TopUps   int
}

func (a Activity) minus(b Activity) Activity {
	return Activity{a.Orders - b.Orders, a.Rejected - b.Rejected, a.Refunds - b.Refunds, a.TopUps - b.TopUps}
}

func (a Activity) plus(b Activity) Activity {
	return Activity{a.Orders + b.Orders, a.Rejected + b.Rejected, a.Refunds + b.Refunds, a.TopUps + b.TopUps}
}

// NewSpender returns a spender for a wallet of s, or an error that says what is wrong with the plan.
func NewSpender(s *Server, cfg Spending) (*Spender, error) {
	p, err := newSpender(s, cfg)
	if err != nil {
		return nil, fmt.Errorf("planning the spend of wallet %d: %w", cfg.Wallet, err)
	}
	return p, nil
}

func newSpender(s *Server, cfg Spending) (*Spender, error) {
	cfg.setDefaults(s.cfg.Now())
	if err := cfg.check(); err != nil {
		return nil, err
	}
	precision, ok := s.precision(cfg.Wallet)
	if !ok {
		return nil, errors.New("there is no such wallet")
	}
	sizes, err := newSizes(cfg, precision)
	if err != nil {
		return nil, err
	}
	rhythm, err := newRhythm(cfg)
	if err != nil {
		return nil, err
	}
	p := &Spender{
		server: s, cfg: cfg, sizes: sizes, rhythm: rhythm,
		random: rand.New(rand.NewPCG(cfg.Seed, uint64(cfg.Wallet))),
	}
	p.mean = sizes.mean().InexactFloat64()
	p.perDay = cfg.MeanDaily.Shift(sizes.digits).InexactFloat64() / p.mean / (1 - cfg.FailedShare)
	p.begin(cfg.Start)
	return p, nil
}

func (s *Server) precision(wallet int64) (int32, bool) {
	s.world.mu.RLock()
	defer s.world.mu.RUnlock()
	w := s.world.walletByID[wallet]
	if w == nil {
		return 0, false
	}
	return w.currency.Precision, true
}

// AddCampaign adds a campaign, which may already have begun.
func (p *Spender) AddCampaign(c Campaign) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rhythm.campaigns = append(p.rhythm.campaigns, c)
	p.schedule()
}

// begin puts the spender at a time with the first order somewhere in the first gap.
func (p *Spender) begin(at time.Time) {
	p.at, p.last = at, at
	p.gap = p.random.Float64() / p.perDay
	p.schedule()
}

// plan draws the gap after an order of this many units. Big orders are followed by longer gaps, so that money rather
// than the number of orders keeps to the plan.
func (p *Spender) plan(units int64) {
	weight := float64(units) / p.mean
	drawn := max(0, weight*2*p.random.Float64()+pull*p.lead)
	p.lead += weight - drawn
	p.gap = drawn / p.perDay
	p.last = p.next
	p.schedule()
}

func (p *Spender) schedule() {
	p.next = p.rhythm.after(p.last, p.gap)
	if p.next.Before(p.at) {
		p.next = p.at
	}
}
