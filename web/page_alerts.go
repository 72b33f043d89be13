package web

import (
	"time"

	"walletwatch/wallet"
)

// alertTable is a list of alerts on a page, cut to what a person can read.
type alertTable struct {
	Rows   []alertRow
	Hidden int
}

type alertRow struct {
	Subject     string
	Path        string // of the wallet's page; "" for the monitor and for a wallet that is no longer known
	Account     string
	Badge       badge
	Since       *moment
	Resolved    *moment
	Unconfirmed bool
	Nobody      string // why nobody is told
	Deliveries  []deliveryText
}

type deliveryText struct {
	Receiver, Text string
	When           *moment
	Trouble        bool
}

func split(all []wallet.Episode) (open, closed []wallet.Episode) {
	for i := range all {
		if !firing(&all[i]) {
			return all[:i], all[i:]
		}
	}
	return all, nil
}

// namesOf finds the wallets that alerts are about.
func namesOf(all []reading) map[wallet.Key]*wallet.Wallet {
	names := make(map[wallet.Key]*wallet.Wallet, len(all))
	for _, r := range all {
		names[r.Key()] = r.Wallet
	}
	return names
}

func newAlertTable(all []wallet.Episode, most int, names map[wallet.Key]*wallet.Wallet, root string, now time.Time) alertTable {
	t := alertTable{Hidden: max(0, len(all)-most)}
	for i := range all[:min(len(all), most)] {
		t.Rows = append(t.Rows, newAlertRow(&all[i], names[all[i].Key], root, now))
	}
	return t
}

func newAlertRow(e *wallet.Episode, w *wallet.Wallet, root string, now time.Time) alertRow {
	row := alertRow{
		Account: e.Account, Since: maybeAt(e.Since, now), Resolved: maybeAt(e.ResolvedAt, now),
		Unconfirmed: !e.Confirmed, Badge: badgeFor(e.Level, &wallet.Terms{}),
	}
	switch {
	case e.Wallet == 0:
		row.Subject = "The monitor of " + e.Account
	case w == nil:
		row.Subject = "A wallet that is no longer listed"
	default:
		row.Subject, row.Path, row.Badge = w.Terms.Name, root+walletPath(e.Account, e.Wallet), badgeFor(e.Level, w.Terms)
	}
	for _, o := range e.Outcomes {
		row.Deliveries = append(row.Deliveries, newDeliveryText(o, now))
	}
	if len(e.Outcomes) == 0 {
		row.Nobody = "no receiver has been told"
		if w != nil && w.Terms.Mute {
			row.Nobody = "muted: nobody is told"
		}
	}
	return row
}

func newDeliveryText(o wallet.Outcome, now time.Time) deliveryText {
	d := deliveryText{Receiver: o.Receiver}
	switch {
	case o.State == wallet.Accepted:
		d.Text, d.When = "accepted", maybeAt(o.AcceptedAt, now)
		return d
	case o.State == wallet.Failed:
		d.Text, d.Trouble = "refused after "+count(o.Attempts, "attempt", "attempts"), true
	case o.Attempts == 0:
		d.Text = "waiting to be sent"
	default:
		d.Text, d.Trouble = "not accepted after "+count(o.Attempts, "attempt", "attempts")+", tried again", true
	}
	if o.LastError != "" {
		d.Text += ": " + o.LastError
	}
	return d
}
