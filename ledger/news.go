package ledger

import (
	"context"
	"fmt"

	"walletwatch/wallet"
)

// Record records what order responses and webhooks say of an account's wallets, in the order given, each key at most
// once, and returns what became of each. No level gets worse by it before a poll has confirmed it, or could not in time:
// see Wish.
func (l *Ledger) Record(ctx context.Context, name string, list []wallet.Observation) ([]wallet.Verdict, error) {
	verdicts := make([]wallet.Verdict, len(list))
	err := l.transact(ctx, name, func(e *edit) error {
		keys := make([]string, len(list))
		for i := range list {
			keys[i] = list[i].Key
		}
		fresh, err := e.journal.Remember(keys, e.now)
		if err != nil {
			return err
		}
		e.hear(list, fresh, verdicts)
		e.evaluateTouched()
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("recording what was heard of %s: %w", name, err)
	}
	return verdicts, nil
}

// hear takes observations in and says what became of each.
func (e *edit) hear(list []wallet.Observation, fresh []bool, verdicts []wallet.Verdict) {
	hearings := map[int64]*wallet.Hearing{}
	for i := range list {
		o := &list[i]
		verdicts[i] = e.hearOne(o, fresh[i], hearings)
		e.observe(o.Source, string(verdicts[i]), 1)
	}
	for id, h := range hearings {
		e.asked = e.asked || h.Ask
		if next := h.State(); next != e.wallet(id) {
			e.put(next)
		}
	}
}

func (e *edit) hearOne(o *wallet.Observation, fresh bool, hearings map[int64]*wallet.Hearing) wallet.Verdict {
	// A refund is expected, and nothing but a poll tells of it: also when the order was counted before it failed. A
	// webhook that comes again says nothing, however often somebody sends it.
	e.asked = e.asked || o.Ended && (fresh || o.Source == wallet.FromOrder)
	switch {
	case !fresh:
		return wallet.Duplicate
	case o.Ended:
		return wallet.NotCharged
	case o.Idle:
		return wallet.Noted
	}
	s := e.wallet(o.Wallet)
	if o.Wallet == 0 {
		s = wallet.OnlyOne(e.wallets, o.Currency)
	}
	switch {
	case s == nil && o.Wallet != 0:
		e.asked = true // it may be new
		return wallet.UnknownWallet
	case s == nil:
		e.asked = true
		return wallet.HeardUnclear
	}
	h, ok := hearings[s.ID]
	if !ok {
		h = e.account.Listen(s)
		hearings[s.ID] = h
	}
	return h.Hear(o, e.now)
}

// compare counts and explains how a trusted reading compares with what was heard before it.
func (e *edit) compare(old *wallet.State, r *wallet.Reading, next *wallet.State) {
	b, ok := old.Bear(*r.Balance, next.ReadAt)
	if !ok {
		return
	}
	if b.Borne {
		e.observe(b.Channel, "confirmed", 1)
		return
	}
	e.observe(b.Channel, "contradicted", 1)
	detail := fmt.Sprintf("%s said %s, the API says %s", b.Channel.Told(), old.Human(b.Said), old.Human(*r.Balance))
	if alerted := !old.Confirmed(); alerted || e.worthTelling("contradicted by "+string(b.Channel), old.ID) {
		e.audit(old.ID, "contradicted", detail)
		e.l.log.Warn("the API contradicts what was heard", "account", e.account.Name, "wallet", old.ID, "why", detail, "alerted", alerted)
	}
}
