package ledger

import (
	"fmt"
	"slices"

	"walletwatch/wallet"
)

// notice puts together what a receiver is told when it is to show want, with the numbers of this moment.
func (e *edit) notice(d *wallet.Dispatch, want wallet.Display) wallet.Notice {
	n := wallet.Notice{
		Key: d.Key, Firing: want.Firing, Level: want.Level, Since: want.Since, At: e.now,
		Confirmed: true, SourceHost: e.l.cfg.SourceHosts[d.Account],
	}
	if ep := e.book.Episode(d.Wallet, want.Since); ep != nil {
		n.Confirmed, n.ResolvedAt = ep.Confirmed, ep.ResolvedAt
	}
	if !want.Firing && n.ResolvedAt.IsZero() {
		// The wallet is still below something, but no longer anything that this receiver is told of.
		n.ResolvedAt = d.DueAt
	}
	if d.Wallet == 0 {
		e.describeMonitor(&n, d)
	} else if s := e.book.Wallet(d.Wallet); s != nil {
		told := *s
		if n.Confirmed || !n.Firing {
			told = s.AsRead() // what the API confirms is told in its own numbers
		}
		e.describeWallet(&n, d, e.policy.Look(&e.account, &told, nil, nil, e.now))
	}
	return n
}

func (e *edit) describeMonitor(n *wallet.Notice, d *wallet.Dispatch) {
	n.Name = "monitor of " + d.Account
	n.Faults = faults(e.troubles())
	rank := func(level string) int {
		return slices.IndexFunc(e.policy.StaleAfter, func(s wallet.StaleAfter) bool { return s.Level == level })
	}
	n.Rank = rank(n.Level)
	n.Severity = severity(e.policy.Levels, slices.IndexFunc(e.policy.Levels, func(l wallet.Level) bool { return l.Name == n.Level }))
	n.Occasion = d.Occasion(rank(d.Accepted.Level), n.Rank)
	n.StatusURL = e.link("/")
}

func (e *edit) describeWallet(n *wallet.Notice, d *wallet.Dispatch, w *wallet.Wallet) {
	n.Name, n.Currency, n.Precision, n.Runbook = w.Terms.Name, w.Currency, w.Precision, w.Terms.Runbook
	n.Balance, n.ObservedAt, n.Source = w.Balance, w.ObservedAt, w.Source
	n.Read, n.ReadAt = w.Read, w.ReadAt
	n.DailySpend, n.SpendSource, n.Learning = w.DailySpend, w.SpendSource, w.Learning
	n.Runway, n.HasRunway = w.Runway, w.HasRunway
	n.Shown = w.Shown
	n.Rank = w.Terms.Level(n.Level)
	n.Severity = severity(w.Terms.Levels, n.Rank)
	n.Occasion = d.Occasion(w.Terms.Level(d.Accepted.Level), n.Rank)
	n.StatusURL = e.link(fmt.Sprintf("/wallets/%s/%d", w.Account, w.ID))
	if n.Rank >= 0 {
		n.Percent = w.Terms.Levels[n.Rank].Percent
	}
	if amount, ok := w.Threshold(n.Level); ok {
		back := amount.Mul(e.policy.RecoverAt)
		n.Threshold, n.RecoverAt = &amount, &back
	}
}

// severity is that of the level at rank; a level that is no longer configured is a warning.
func severity(levels []wallet.Level, rank int) string {
	if rank < 0 {
		return "warning"
	}
	return wallet.Severity(levels, rank)
}

func (e *edit) link(path string) string {
	if e.l.cfg.ExternalURL == "" {
		return ""
	}
	return e.l.cfg.ExternalURL + path
}
