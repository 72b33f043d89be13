package octopustest

import (
	"sync"
	"time"

	"github.com/shopspring/decimal"
)

// world is everything the API knows besides tokens. mu guards all of it; methods of world expect it to be held.
type world struct {
	now func() time.Time

	mu         sync.RWMutex
	wallets    []*walletState // id descending
	walletByID map[int64]*walletState
	currencies []Currency
	ledger     ledger
	products   []Product
	rates      map[[2]string]decimal.Decimal // {product currency, wallet currency} → price of one unit
	orders     []*order                      // oldest first
	orderByRef map[string]*order
	orderNo    int64 // the last number given to an order, real or only named in a remark
	outcomes   []string

	orderBalance string // see Config
	eventBalance string // see Config; never changes
	events       *eventLog
}

func newWorld(cfg Config) *world {
	mustPath(CheckOrderBalance(cfg.OrderBalance))
	mustPath(checkEventBalance(cfg.EventBalance))
	return &world{
		now:        cfg.Now,
		walletByID: map[int64]*walletState{},
		ledger:     ledger{byWallet: map[int64][]*row{}},
		rates:      map[[2]string]decimal.Decimal{},
		orderByRef: map[string]*order{},

		orderBalance: cfg.OrderBalance,
		eventBalance: cfg.EventBalance,
		events:       newEventLog(cfg.Events),
	}
}

func (w *world) nextOrder() int64 {
	w.orderNo++
	return w.orderNo
}
