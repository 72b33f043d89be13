package alerting

import (
	"fmt"

	"github.com/shopspring/decimal"

	"walletwatch/wallet"
)

// lead says what is the matter in a sentence or two that are true for every way to get to a level.
func (t *telling) lead() string {
	switch {
	case t.Occasion == wallet.Tested && t.firing:
		return "This is a test of walletwatch: this receiver works. Nothing is wrong with any wallet."
	case t.Occasion == wallet.Tested:
		return "The test of walletwatch is over: this receiver works, and resolving works too."
	case t.past:
		return fmt.Sprintf("This alert on %s has ended, and there has been a newer one. %s", t.Name, t.course())
	case t.IsMonitor():
		return t.monitorLead()
	case t.firing:
		return t.walletLead()
	}
	return t.resolvedLead()
}

func (t *telling) monitorLead() string {
	if t.moved {
		return fmt.Sprintf("The trouble with account %s goes on, but is no longer announced here.", t.Account)
	}
	if t.firing {
		return fmt.Sprintf("walletwatch cannot do its job for account %s. While this lasts, a low balance may go unnoticed.", t.Account)
	}
	return fmt.Sprintf("walletwatch can do its job for account %s again. The trouble lasted %s.", t.Account, wallet.Span(t.lasted()))
}

func (t *telling) walletLead() string {
	if t.Occasion == wallet.Verified && t.Confirmed {
		return t.verifiedLead()
	}
	return t.accordingTo() + t.stateOfWallet()
}

// stateOfWallet is one or two sentences, the first of which begins with the wallet's name.
func (t *telling) stateOfWallet() string {
	left := amount(t.Balance, &t.Notice) + " left"
	if t.HasRunway && t.Balance.IsPositive() {
		left += ", " + about(t.Runway) + " at the usual rate"
	}
	switch {
	case t.Balance.IsNegative():
		return fmt.Sprintf("%s is overdrawn: %s.", t.Name, amount(t.Balance, &t.Notice))
	case t.Balance.IsZero():
		return fmt.Sprintf("%s is empty: %s.", t.Name, left)
	case t.below():
		return fmt.Sprintf("%s is below %s: %s. Threshold %s.", t.Name, t.line(), left, amount(*t.Threshold, &t.Notice))
	case t.recovering():
		return fmt.Sprintf("%s is back above its threshold but has not recovered yet: %s.", t.Name, left)
	}
	return fmt.Sprintf("%s is running out: %s.", t.Name, left)
}

// below reports whether the balance itself is below the threshold: a level may also be due to the runway, and it
// lasts until the balance is well above the threshold again.
func (t *telling) below() bool {
	return t.Threshold != nil && t.Balance.LessThan(*t.Threshold)
}

func (t *telling) recovering() bool {
	return t.Occasion != wallet.Triggered && t.Occasion != wallet.Worsened &&
		t.Threshold != nil && t.RecoverAt != nil && t.Balance.LessThan(*t.RecoverAt)
}

// line names what the threshold is. With a known spend, one that isn't the percentage may be the floor or what a
// minimum runway needs; which of them, the notice doesn't say.
func (t *telling) line() string {
	switch {
	case t.byPercent():
		return t.Percent.String() + " % of a day's spend"
	case t.Learning || !t.hasSpend():
		return "its floor"
	}
	return "its threshold"
}

// byPercent reports whether the threshold is the level's percentage of the daily spend: the largest of several
// conditions counts. Less than a minor unit apart they are the same, as the threshold may have been rounded.
func (t *telling) byPercent() bool {
	if t.Percent == nil || t.Threshold == nil || t.Learning || !t.hasSpend() {
		return false
	}
	share := t.DailySpend.Mul(*t.Percent).Div(decimal.NewFromInt(100))
	return t.Threshold.Sub(share).LessThan(decimal.New(1, -places(&t.Notice)))
}

func (t *telling) hasSpend() bool {
	return t.SpendSource == wallet.SpendFromLedger || t.SpendSource == wallet.SpendFromBalance
}

// resolvedLead says "recovered" only where the balance shows it: an alert also ends when its rules change.
func (t *telling) resolvedLead() string {
	left := amount(t.Balance, &t.Notice) + " left"
	switch {
	case t.moved:
		return fmt.Sprintf("%s%s is at %s now, which is not announced here: %s.", t.accordingTo(), t.Name, t.Shown, left)
	case t.below() || !t.Balance.IsPositive() || (t.unconfirmed() && t.heard()):
		return fmt.Sprintf("The alert on %s has ended with %s. %s", t.Name, left, t.course())
	case t.unconfirmed():
		return t.refutedLead()
	}
	return fmt.Sprintf("%s has recovered: %s. The alert lasted %s, last at %s.", t.Name, left, wallet.Span(t.lasted()), t.Level)
}

// course says how an alert went that is over.
func (t *telling) course() string {
	text := fmt.Sprintf("It lasted %s, last at %s", wallet.Span(t.lasted()), t.Level)
	if t.unconfirmed() {
		text += ", which the API did not confirm"
	}
	return text + "."
}

// notes are what the reader must not overlook.
func (t *telling) notes() []string {
	if t.Occasion == wallet.Tested {
		return nil
	}
	var notes []string
	if t.unconfirmed() && (t.firing || t.moved) {
		notes = append(notes, t.doubt())
	}
	if t.firing && !t.IsMonitor() && t.Learning {
		notes = append(notes, "Daily spend is still being learnt, so only floors apply.")
	}
	if t.late {
		notes = append(notes, "It is not known to have been announced here while it lasted.")
	}
	return notes
}
