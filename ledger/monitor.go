package ledger

import (
	"slices"

	"walletwatch/wallet"
)

// monitor brings the alert about the account's monitor up to date.
func (e *edit) monitor() {
	troubles := e.troubles()
	e.view.Faults = faults(troubles)
	if e.untried() {
		return
	}
	key := wallet.Key{Account: e.account.Name}
	alarm := wallet.Alarm{Key: key, Remind: e.settings.Reminded, Every: e.policy.RemindEvery}
	reason := "nothing is wrong any more"
	if len(troubles) > 0 {
		alarm.Level, alarm.Urgency = e.policy.StaleLevel(troubles[0].Rank).Name, troubles[0].Rank
		alarm.Receivers, alarm.About = e.policy.MonitorReceivers(troubles), wallet.About(troubles)
		reason = troubles[0].Text
	}
	m := &e.account.Monitor
	if from := m.Level; alarm.Level != from {
		m.Level, m.Since = e.episode(key, from, alarm.Level, m.Since)
		e.decided = append(e.decided, decision{key: key, name: "monitor", from: named(from), to: named(m.Level), reason: reason, confirmed: true})
		e.audit(0, "level", named(from)+" to "+named(m.Level)+": "+reason)
	}
	alarm.Since = m.Since
	e.address(alarm)
}

// untried reports whether nobody has tried yet to read the account since this process began to watch, and had no
// time to. Until then, the alert about the monitor stays as it was.
func (e *edit) untried() bool {
	patience := e.policy.StaleAfter
	return !e.tried && len(patience) > 0 && e.now.Sub(e.watching) < patience[0].Age
}

func (e *edit) troubles() []wallet.Trouble {
	return e.policy.Troubles(&e.account, e.wallets, e.refusals(), e.watching, e.now)
}

func faults(troubles []wallet.Trouble) []string {
	var texts []string
	for _, t := range troubles {
		texts = append(texts, t.Text)
	}
	return texts
}

// refusals returns the configured receivers that refuse deliveries of this account for good.
func (e *edit) refusals() []wallet.Refusal {
	var found []wallet.Refusal
	for _, d := range e.book.Dispatches {
		if d.Settled() || !d.Permanent || !slices.Contains(e.settings.Receivers, d.Receiver) {
			continue
		}
		i := slices.IndexFunc(found, func(r wallet.Refusal) bool { return r.Receiver == d.Receiver })
		if i < 0 {
			found = append(found, wallet.Refusal{Receiver: d.Receiver, Reason: d.LastError})
			i = len(found) - 1
		}
		found[i].Waiting++
	}
	return found
}
