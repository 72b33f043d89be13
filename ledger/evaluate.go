package ledger

import (
	"log/slog"
	"slices"

	"walletwatch/wallet"
)

// decision is a change of level, for the log.
type decision struct {
	key       wallet.Key
	name      string
	from      string
	to        string
	reason    string
	confirmed bool
}

func (d decision) log(l *slog.Logger) {
	l.Info("level changed", "account", d.key.Account, "wallet", d.key.Wallet, "name", d.name, "from", d.from, "to", d.to, "reason", d.reason, "confirmed", d.confirmed)
}

// seen is what the last evaluation came to.
type seen struct {
	policy  *wallet.Policy
	account wallet.Account
	wallets []*wallet.Wallet
	states  []*wallet.State // that wallets were made of
}

// wallet returns the i-th wallet if it is the one with this id and was seen under this policy, or nil.
func (s *seen) wallet(i int, id int64, policy *wallet.Policy) *wallet.Wallet {
	if s.policy != policy || i >= len(s.wallets) || s.wallets[i].ID != id {
		return nil
	}
	return s.wallets[i]
}

// evaluateTouched evaluates only those wallets whose state is not the one that was evaluated last, and leaves what
// time alone changes to the next evaluation of all.
func (e *edit) evaluateTouched() {
	before, last := &e.mem.seen, e.mem.view.Load()
	if e.standsBy || before.policy != e.policy || before.account != e.account || len(before.states) != len(e.wallets) {
		e.evaluate()
		return
	}
	e.touchedOnly = true
	e.view.Wallets, e.view.Faults = slices.Clone(before.wallets), last.Faults
	for i, s := range e.wallets {
		if s == before.states[i] {
			continue
		}
		if e.present == nil {
			e.lookUpDispatches()
		}
		e.view.Wallets[i] = e.decide(i)
	}
}

// lookUpDispatches sorts the book's dispatches by what they are about.
func (e *edit) lookUpDispatches() {
	e.present = map[wallet.Key][]*wallet.Dispatch{}
	for _, d := range e.book.Dispatches {
		e.present[d.Key] = append(e.present[d.Key], d)
	}
}

// evaluate decides every wallet's level and the monitor's, opens and ends episodes, and asks for the deliveries
// that follow.
func (e *edit) evaluate() {
	if e.standsBy {
		e.lookOn()
		return
	}
	e.lookUpDispatches()
	e.view.Wallets = make([]*wallet.Wallet, len(e.wallets))
	for i := range e.wallets {
		e.view.Wallets[i] = e.decide(i)
	}
	e.monitor()
}

// lookOn shows what others have decided.
func (e *edit) lookOn() {
	e.view.Wallets = make([]*wallet.Wallet, len(e.wallets))
	for i, s := range e.wallets {
		e.view.Wallets[i] = e.policy.Look(&e.account, s, &e.mem.seen.account, e.mem.seen.wallet(i, s.ID, e.policy), e.now)
	}
	e.view.Faults = faults(e.troubles())
}

// decide brings the i-th wallet's level up to date and returns how people see it.
func (e *edit) decide(i int) *wallet.Wallet {
	s := e.wallets[i]
	w := e.policy.Look(&e.account, s, &e.mem.seen.account, e.mem.seen.wallet(i, s.ID, e.policy), e.now)
	j := e.policy.Judge(&w.State, w.Terms, &w.Assessment, e.now, e.unanswered(s))
	if j.Level != w.Level || j.Proven != w.Proven || !j.Suspect.Equal(w.Suspect) {
		e.judged(w, s, j)
	}
	if w.Level == "" || w.Terms.Level(w.Level) >= 0 || w.Terms.Mute {
		e.address(e.alarm(w))
	}
	// A level that is no longer configured stays shown as it is until the balance can be judged again.
	return w
}

// judged puts a judgement in force that says something new, where s is the wallet's state before.
func (e *edit) judged(w *wallet.Wallet, s *wallet.State, j wallet.Judgement) {
	if s.Suspect.IsZero() && !j.Suspect.IsZero() && e.worthTelling("suspected", s.ID) {
		e.audit(s.ID, "suspected", w.Rumour()+": asking the API before anyone is alerted")
	}
	w.Proven, w.Suspect = j.Proven, j.Suspect
	if j.Level != w.Level {
		w.Level, w.Since = e.episode(w.Key(), w.Level, j.Level, w.Since)
	}
	if w.Level != "" {
		e.confirm(s.ID, w.Since, w.Confirmed())
	}
	w.Shown, w.Reason = e.policy.Show(&w.State, w.Terms, &w.Assessment, e.now)
	stored := *s
	stored.Level, stored.Since, stored.Proven, stored.Suspect = w.Level, w.Since, w.Proven, w.Suspect
	e.put(&stored)
	if w.Level == s.Level {
		return
	}
	e.decided = append(e.decided, decision{key: w.Key(), name: w.Terms.Name, from: named(s.Level), to: named(w.Level), reason: w.Reason, confirmed: w.Confirmed()})
	e.audit(s.ID, "level", named(s.Level)+" to "+named(w.Level)+": "+w.Reason)
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
	if !w.Confirmed() {
		a.About = wallet.Unconfirmed
	}
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
