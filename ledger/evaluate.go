package ledger

import (
	"log/slog"
	"slices"
	"strings"
	"time"

	"walletwatch/wallet"
)

// decision is a change of level, for the log.
type decision struct {
	key    wallet.Key
	name   string
	from   string
	to     string
	reason string
}

func (d decision) log(l *slog.Logger) {
	l.Info("level changed", "account", d.key.Account, "wallet", d.key.Wallet, "name", d.name, "from", d.from, "to", d.to, "reason", d.reason)
}

// evaluate decides every wallet's level and the monitor's, opens and ends episodes, and asks for the deliveries
// that follow.
func (e *edit) evaluate() {
	present := map[wallet.Key][]*wallet.Dispatch{}
	for _, d := range e.book.Dispatches {
		present[d.Key] = append(present[d.Key], d)
	}
	e.present = present
	states := e.states()
	e.view.Wallets = make([]*wallet.Wallet, 0, len(states))
	for _, s := range states {
		e.view.Wallets = append(e.view.Wallets, e.decide(s))
	}
	e.monitor()
}

// decide brings one wallet's level up to date and returns how people see it.
func (e *edit) decide(s *wallet.State) *wallet.Wallet {
	w := &wallet.Wallet{State: e.account.Current(s)}
	w.Terms = e.policy.TermsFor(&w.State)
	w.Assessment = e.policy.Assess(&e.account, &w.State, w.Terms, e.now)
	if level := e.policy.Decide(&w.State, w.Terms, &w.Assessment, e.now); level != w.Level {
		w.Level, w.Since = e.episode(w.Key(), w.Level, level, w.Since)
		w.Shown, w.Reason = e.policy.Show(&w.State, w.Terms, &w.Assessment, e.now)
		stored := *s
		stored.Level, stored.Since = w.Level, w.Since
		e.put(&stored)
		e.decided = append(e.decided, decision{key: w.Key(), name: w.Terms.Name, from: named(s.Level), to: named(w.Level), reason: w.Reason})
		e.audit(s.ID, "level", named(s.Level)+" to "+named(w.Level)+": "+w.Reason)
	}
	e.address(e.alarm(w))
	return w
}

func named(level string) string {
	if level == "" {
		return wallet.OK
	}
	return level
}

// alarm says who must show what about a wallet.
func (e *edit) alarm(w *wallet.Wallet) wallet.Alarm {
	a := wallet.Alarm{Key: w.Key(), Level: w.Level, Since: w.Since}
	if rank := w.Terms.Level(w.Level); rank >= 0 && !w.Terms.Mute {
		a.Receivers, a.Urgency = w.Terms.Levels[rank].Notify, rank
	}
	if e.policy.Fresh(&w.State, e.now) {
		a.Remind, a.Every = e.settings.Reminded, e.policy.RemindEvery
	}
	return a
}

// address asks for the deliveries that follow from an alarm.
func (e *edit) address(a wallet.Alarm) {
	present := e.present[a.Key]
	if len(a.Receivers) == 0 && len(present) == 0 {
		return
	}
	changed := wallet.Address(a, present, e.now)
	if len(changed) == 0 {
		return
	}
	e.due = true
	for _, d := range changed {
		e.putDispatch(d)
		e.outcome(d, d.Want.Since)
	}
}

// episode opens, continues or ends the episode of a key whose level changes, and returns the level and since when.
func (e *edit) episode(key wallet.Key, from, to string, since time.Time) (string, time.Time) {
	if from == "" {
		since = e.opening(key)
		e.addEpisode(wallet.Episode{Key: key, Since: since, Level: to, Confirmed: true})
		return to, since
	}
	ep := e.findEpisode(key.Wallet, since)
	if ep == nil {
		ep = e.addEpisode(wallet.Episode{Key: key, Since: since, Level: from, Confirmed: true})
	}
	if to == "" {
		ep.ResolvedAt = e.now
		return "", time.Time{}
	}
	ep.Level = to
	return to, since
}

// opening returns the time that identifies a new episode: now, or later if the key's last one began now.
func (e *edit) opening(key wallet.Key) time.Time {
	at := e.now
	for _, old := range e.episodesOf(key.Wallet) {
		if !old.Since.Before(at) {
			at = old.Since.Add(time.Millisecond)
		}
	}
	return at
}

// episodesOf returns the episodes of a wallet (0: of the monitor) as they become.
func (e *edit) episodesOf(id int64) []*wallet.Episode {
	if e.episodes == nil {
		e.episodes = map[int64][]*wallet.Episode{}
		for _, ep := range e.book.Episodes {
			e.episodes[ep.Wallet] = append(e.episodes[ep.Wallet], ep)
		}
		e.changed = map[*wallet.Episode]bool{}
	}
	return e.episodes[id]
}

// findEpisode returns the episode for changing, or nil.
func (e *edit) findEpisode(id int64, since time.Time) *wallet.Episode {
	all := e.episodesOf(id)
	i := slices.IndexFunc(all, func(ep *wallet.Episode) bool { return ep.Since.Equal(since) })
	if i < 0 {
		return nil
	}
	if !e.changed[all[i]] {
		next := *all[i]
		next.Outcomes = slices.Clone(next.Outcomes)
		all[i] = &next
		e.changed[&next] = true
	}
	return all[i]
}

// addEpisode adds an episode for changing.
func (e *edit) addEpisode(ep wallet.Episode) *wallet.Episode {
	e.episodes[ep.Wallet] = append(e.episodesOf(ep.Wallet), &ep)
	e.changed[&ep] = true
	return &ep
}

// outcome notes in the episode that began at since how far its news got with the dispatch's receiver.
func (e *edit) outcome(d *wallet.Dispatch, since time.Time) {
	ep := e.findEpisode(d.Wallet, since)
	if ep == nil {
		return
	}
	o := d.Outcome()
	i, found := slices.BinarySearchFunc(ep.Outcomes, o.Receiver, func(o wallet.Outcome, name string) int {
		return strings.Compare(o.Receiver, name)
	})
	if !found {
		ep.Outcomes = slices.Insert(ep.Outcomes, i, o)
		return
	}
	ep.Outcomes[i] = o
}

// monitor brings the alert about the account's monitor up to date.
func (e *edit) monitor() {
	troubles := e.policy.Troubles(&e.account, e.states(), e.refusals(), e.l.watching, e.now)
	key := wallet.Key{Account: e.account.Name}
	alarm := wallet.Alarm{Key: key, Remind: e.settings.Reminded, Every: e.policy.RemindEvery}
	if len(troubles) > 0 {
		alarm.Level, alarm.Urgency = e.policy.StaleLevel(troubles[0].Rank).Name, troubles[0].Rank
		alarm.Receivers = e.policy.MonitorReceivers(troubles)
		for _, t := range troubles {
			e.view.Faults = append(e.view.Faults, t.Text)
		}
	}
	m := &e.account.Monitor
	if alarm.Level != m.Level {
		from := m.Level
		m.Level, m.Since = e.episode(key, m.Level, alarm.Level, m.Since)
		reason := "nothing is wrong any more"
		if len(e.view.Faults) > 0 {
			reason = e.view.Faults[0]
		}
		e.decided = append(e.decided, decision{key: key, name: "monitor", from: named(from), to: named(m.Level), reason: reason})
		e.audit(0, "level", named(from)+" to "+named(m.Level)+": "+reason)
	}
	alarm.Since = m.Since
	e.address(alarm)
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

// pending returns the deliveries that configured receivers have not accepted.
func pending(b *wallet.Book, s *Settings) []wallet.PendingAt {
	var all []wallet.PendingAt
	for _, d := range b.Dispatches {
		if !d.Settled() && slices.Contains(s.Receivers, d.Receiver) {
			all = append(all, wallet.PendingAt{Key: d.Key, Receiver: d.Receiver, DueAt: d.DueAt, Attempts: d.Attempts, LastError: d.LastError, Permanent: d.Permanent})
		}
	}
	return all
}

func episodes(b *wallet.Book) []wallet.Episode {
	all := make([]wallet.Episode, 0, len(b.Episodes))
	for _, e := range b.Episodes {
		all = append(all, *e)
	}
	return all
}
