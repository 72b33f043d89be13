package alerting

import (
	"fmt"
	"time"

	"walletwatch/wallet"
)

// patienceWithAPI is how long after its last good answer the API counts as silent. Before that it may well answer, but
// what was heard is newer.
const patienceWithAPI = 10 * time.Second

// unconfirmed reports whether the level rests on what orders or webhooks say, without the API bearing it out.
func (t *telling) unconfirmed() bool {
	return !t.Confirmed && !t.IsMonitor() && t.Occasion != wallet.Tested
}

// heard reports whether the balance is what orders or webhooks say, rather than the API.
func (t *telling) heard() bool { return t.Source != "" && t.Source != wallet.FromPoll }

// accordingTo says at the start of a sentence who claims what follows; "" when the API does.
func (t *telling) accordingTo() string {
	if !t.unconfirmed() || !t.heard() {
		return ""
	}
	article, preposition := "an", "of"
	switch t.Source {
	case wallet.FromWebhook:
		article = "a"
	case wallet.FromEstimate:
		preposition = "up to"
	}
	text := fmt.Sprintf("According to %s %s", article, claimant(t.Source))
	if !t.ObservedAt.IsZero() {
		text += fmt.Sprintf(" %s %s (%s)", preposition, clock(t.ObservedAt), ago(t.ObservedAt, t.now))
	}
	return text + ", "
}

// doubt explains why something is unconfirmed, and what happens next.
func (t *telling) doubt() string {
	text := "Not confirmed: the Octopus API has never given this wallet's balance."
	if !t.ReadAt.IsZero() {
		text = fmt.Sprintf("Not confirmed: the Octopus API last said %s, %s (%s)",
			amount(t.Read, &t.Notice), ago(t.ReadAt, t.now), clock(t.ReadAt))
		if t.now.Sub(t.ReadAt) >= patienceWithAPI {
			text += ", and has given no good answer since"
		}
		text += "."
	}
	if t.firing {
		text += " walletwatch keeps asking, and this closes or changes by itself when the API says otherwise."
	}
	return text
}

// verifiedLead says what the API confirms. What was heard since may have lowered the balance below what it confirmed.
func (t *telling) verifiedLead() string {
	if !t.heard() || t.ReadAt.IsZero() {
		return "The API confirms: " + t.stateOfWallet()
	}
	return fmt.Sprintf("The API confirms that %s is at %s: it said %s at %s. By now, %s",
		t.Name, t.Level, amount(t.Read, &t.Notice), clock(t.ReadAt), t.stateOfWallet())
}

// refutedLead says how an alert ended that the API did not confirm. What was claimed may have been wrong, or right for
// a while: that is not known.
func (t *telling) refutedLead() string {
	return fmt.Sprintf("The API does not confirm it: the balance of %s is %s. "+
		"What orders or webhooks said was wrong, or a credit has arrived since. The alert lasted %s, last at %s.",
		t.Name, amount(t.Balance, &t.Notice), wallet.Span(t.lasted()), t.Level)
}
