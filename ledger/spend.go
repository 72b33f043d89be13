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
	a.Fill = wallet.Fill{Target: wallet.Minute(e.now).Add(-e.policy.Spend.Window), Ever: a.Fill.Ever}
	a.LedgerNewest = time.Time{}
	e.change.DropSpend = append(e.change.DropSpend, wallet.SpendFromLedger)
}

// live reports whether the wallets' buckets follow the stored sums. They do not while the history is being read:
// at first there are none, and later they stay as they were until drops between balances reach over the window.
func (e *edit) live() bool {
	a := &e.account
	if a.Fill.Complete || a.SpendSource != wallet.SpendFromBalance {
		return a.Fill.Complete
	}
	return !a.Fill.Ever || e.now.Sub(a.LedgerReadAt) > e.policy.Spend.Window
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

// skew is how far the clocks of several processes may differ without anything being worked out anew.
const skew = 2 * time.Minute

// advance lets the spending window end now.
func (e *edit) advance() error {
	if !e.live() {
		return nil
	}
	end, days := wallet.Minute(e.now), e.policy.Spend.Days()
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
		err := e.journal.Spend(start.Add(-ago), end.Add(-ago), func(m wallet.MinuteSpend) {
			if !e.usable(m) {
				return
			}
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
	end, days := wallet.Minute(e.now), e.policy.Spend.Days()
	buckets, first := map[int64]wallet.Buckets{}, map[int64]time.Time{}
	add := func(m wallet.MinuteSpend) {
		i := wallet.Bucket(m.Minute, end)
		if !e.usable(m) || i < 0 || i >= days {
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
	if err := e.journal.Spend(end.Add(-e.policy.Spend.Window), end, add); err != nil {
		return err
	}
	for _, m := range e.change.Spend {
		add(m)
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
	next.Spend = s.Spend.Add(wallet.Bucket(m.Minute, e.account.SpendEnd), m.Amount)
	return &next
}
