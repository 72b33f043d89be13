package ledger

import (
	"slices"
	"sync/atomic"
	"time"

	"walletwatch/wallet"
)

// wishes are what an account's observations ask of the poller.
type wishes struct {
	came chan struct{}               // sent to when there is a new one
	now  atomic.Pointer[[]time.Time] // when wallets are alerted of unconfirmed, the earliest first
	soon atomic.Int64                // when a poll was last asked for that may wait a little; Unix milliseconds
}

// Wished is sent to when the wish of an account may have changed.
func (l *Ledger) Wished(name string) <-chan struct{} {
	if mem, err := l.account(name); err == nil {
		return mem.wishes.came
	}
	return nil
}

// Wish returns how badly a poll of an account is wanted at present. Once one has settled what was heard, it no longer is.
func (l *Ledger) Wish(name string) wallet.Wish {
	mem, err := l.account(name)
	if err != nil || mem.standsBy.Load() {
		return wallet.Wish{}
	}
	if deadlines := *mem.wishes.now.Load(); len(deadlines) > 0 {
		wish := wallet.Wish{Urgency: wallet.WishedNow, Deadline: deadlines[len(deadlines)-1]}
		now := l.now()
		for _, at := range deadlines {
			if at.After(now) {
				wish.Deadline = at
				break
			}
		}
		return wish
	}
	asked, now := mem.wishes.soon.Load(), l.instant().UnixMilli()
	if asked > now { // the clock was set back
		mem.wishes.soon.CompareAndSwap(asked, now)
	}
	if asked > 0 && min(asked, now) >= mem.view.Load().PolledAt.UnixMilli() {
		return wallet.Wish{Urgency: wallet.WishedSoon}
	}
	return wallet.Wish{}
}

// wish makes known what a committed edit asks of the poller: deadlines are those of the wallets that are suspect.
func (l *Ledger) wish(e *edit, deadlines []time.Time) {
	w := &e.mem.wishes
	slices.SortFunc(deadlines, time.Time.Compare)
	w.now.Store(&deadlines)
	if e.asked {
		w.soon.Store(e.now.UnixMilli())
	}
	if !e.asked && len(deadlines) == 0 {
		return
	}
	select {
	case w.came <- struct{}{}:
	default:
	}
}
