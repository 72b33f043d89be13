package ledger

import (
	"slices"
	"time"

	"walletwatch/wallet"
)

// restart throws the sums of spend away when they were made under other settings, and has the history read
// again. Until that is done the wallets keep the daily spend they had. While transactions cannot be read, the sums
// that are there are the best there is.
func (e *edit) restart() {
	a := &e.account
	basis := e.policy.Spend.Basis()
	if a.SpendBasis == basis || (a.Fill.Complete && a.SpendSource == wallet.SpendFromBalance) {
		return
	}
	e.restarted = true
	if a.SpendBasis != "" {
		e.audit(0, "spend", "the spending window or the refunds pattern changed: reading the transactions again")
	}
	a.SpendBasis = basis
	a.Fill = wallet.Fill{Target: e.now.Add(-e.policy.Spend.Window), Ever: a.Fill.Ever}
	a.LedgerNewest = time.Time{}
	e.change.DropSpend = append(e.change.DropSpend, wallet.SpendFromLedger)
}

// live reports whether the wallets' buckets follow the stored sums. They do not while the history is being read:
// at first there are none, and later they stay as they were until they are given up for drops between balances.
func (e *edit) live() bool {
	a := &e.account
	return a.Fill.Complete || (a.SpendSource == wallet.SpendFromBalance && !a.Fill.Ever)
}

// giveUp lets go of the daily spend that the wallets had before the history was read again, once that reading failed
// and drops between balances alone make a history that is long enough. Sooner there would be no daily spend, and
// whatever is below its threshold would seem to recover.
func (e *edit) giveUp() bool {
	a := &e.account
	if a.Fill.Complete || !a.Fill.Ever || a.SpendSource != wallet.SpendFromBalance || e.now.Sub(a.DropsSince) < e.policy.Spend.MinHistory {
		return false
	}
	a.Fill.Ever = false
	e.audit(0, "spend", "the transactions of the new window cannot be read: daily spend comes from drops between balances alone")
	return true
}

// usable reports whether a stored sum is part of the daily spend. What the transactions say and what drops between
// balances say of the same time must not both count: drops stand in for the transactions after the last complete
// reading of those.
func (e *edit) usable(m wallet.MinuteSpend) bool {
	a := &e.account
	if m.Source == wallet.SpendFromBalance || a.SpendSource == wallet.SpendFromLedger {
		return m.Source == a.SpendSource
	}
	return a.Fill.Ever && !m.Minute.After(wallet.Minute(a.LedgerReadAt))
}

// sums calls each with the usable sums that count in the time after one minute and up to another.
func (e *edit) sums(after, upTo time.Time, each func(wallet.MinuteSpend)) error {
	gap := e.account.Gap()
	err := e.journal.Spend(after, upTo, func(m wallet.MinuteSpend) {
		if e.usable(m) && (gap == 0 || m.Source == wallet.SpendFromBalance) {
			each(m)
		}
	})
	if err != nil || gap == 0 {
		return err
	}
	return e.journal.Spend(after.Add(-gap), upTo.Add(-gap), func(m wallet.MinuteSpend) {
		if e.usable(m) && m.Source == wallet.SpendFromLedger {
			each(m)
		}
	})
}

// bucket returns the bucket in which a sum counts when the newest one ends with end.
func (e *edit) bucket(m wallet.MinuteSpend, end time.Time) int {
	if m.Source == wallet.SpendFromLedger {
		m.Minute = m.Minute.Add(e.account.Gap())
	}
	return wallet.Bucket(m.Minute, end)
}

// end returns the minute that the spending window ends with: now, but no later than the last reading of transactions
// and the mildest stale_after allow. Until the transactions after a longer pause are read, or are given up for drops
// between balances, the daily spend stays as it was: days that nobody looked at are not days without spend.
func (e *edit) end() time.Time {
	a, patience := &e.account, e.policy.StaleAfter
	if a.SpendSource != wallet.SpendFromLedger || a.LedgerReadAt.IsZero() || len(patience) == 0 {
		return wallet.Minute(e.now)
	}
	return wallet.Minute(earlier(e.now, a.LedgerReadAt.Add(patience[0].Age)))
}

// skew is how far the clocks of several processes may differ without anything being worked out anew.
const skew = 2 * time.Minute

// advance lets the spending window end where it should by now.
func (e *edit) advance() error {
	if e.giveUp() {
		return e.rebuild()
	}
	if !e.live() {
		return nil
	}
	end, days := e.end(), e.policy.Spend.Days()
	start := e.account.SpendEnd
	resized := slices.ContainsFunc(e.wallets, func(s *wallet.State) bool { return len(s.Spend) != days })
	if resized || start.IsZero() || start.Sub(end) > skew || end.Sub(start) >= wallet.Day {
		return e.rebuild()
	}
	if !end.After(start) {
		return nil
	}
	moved := map[int64]wallet.Buckets{}
	for i := range days + 1 {
		ago := time.Duration(i) * wallet.Day
		err := e.sums(start.Add(-ago), end.Add(-ago), func(m wallet.MinuteSpend) {
			b, ok := moved[m.Wallet]
			if !ok {
				b = make(wallet.Buckets, days)
				moved[m.Wallet] = b
			}
			b.Shift(i, m.Amount)
		})
		if err != nil {
			return err
		}
	}
	e.account.SpendEnd = end
	for id, delta := range moved {
		if s := e.wallet(id); s != nil && !delta.Zero() {
			next := *s
			next.Spend = s.Spend.Plus(delta)
			e.put(&next)
		}
	}
	return nil
}

// rebuild works the wallets' buckets out anew from the stored sums.
func (e *edit) rebuild() error {
	if !e.live() {
		return nil
	}
	end, days := e.end(), e.policy.Spend.Days()
	buckets, first := map[int64]wallet.Buckets{}, map[int64]time.Time{}
	add := func(m wallet.MinuteSpend) {
		i := e.bucket(m, end)
		if i < 0 || i >= days {
			return
		}
		b, ok := buckets[m.Wallet]
		if !ok {
			b = make(wallet.Buckets, days)
			buckets[m.Wallet] = b
		}
		b[i] = b[i].Add(m.Amount)
		if at, ok := first[m.Wallet]; m.Source == wallet.SpendFromLedger && (!ok || m.Minute.Before(at)) {
			first[m.Wallet] = m.Minute
		}
	}
	if err := e.sums(end.Add(-e.policy.Spend.Window), end, add); err != nil {
		return err
	}
	for _, m := range e.change.Spend {
		if e.usable(m) {
			add(m)
		}
	}
	e.account.SpendEnd = end
	for _, s := range e.wallets {
		next := *s
		next.Spend = buckets[s.ID]
		if next.Spend == nil {
			next.Spend = make(wallet.Buckets, days)
		}
		if at, ok := first[s.ID]; ok && (next.FirstMovement.IsZero() || at.Before(next.FirstMovement)) {
			next.FirstMovement = at
		}
		e.put(&next)
	}
	return nil
}

// spend adds to the stored sums and, where it falls into the window, to the wallet's buckets. It returns the
// wallet's state, which the caller puts.
func (e *edit) spend(s *wallet.State, m wallet.MinuteSpend) *wallet.State {
	e.change.Spend = append(e.change.Spend, m)
	if !e.live() || !e.usable(m) || m.Amount.IsZero() {
		return s
	}
	next := *s
	next.Spend = s.Spend.Add(e.bucket(m, e.account.SpendEnd), m.Amount)
	return &next
}
