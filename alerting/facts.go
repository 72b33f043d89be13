package alerting

import (
	"fmt"
	"net/url"
	"strings"
	"unicode/utf8"

	"walletwatch/wallet"
)

// numbers are the facts behind the decision about a wallet.
func (t *telling) numbers() []fact {
	facts := []fact{
		{"Wallet", t.Name},
		{"Balance", t.balance()},
		{"Daily spend", t.spend()},
		{"Threshold", t.threshold()},
		{"Runway", t.runway()},
		{"Data", t.age()},
	}
	if t.heard() && !t.ReadAt.IsZero() {
		facts = append(facts, fact{"API said last", fmt.Sprintf("%s, %s (%s)", amount(t.Read, &t.Notice), ago(t.ReadAt, t.now), clock(t.ReadAt))})
	}
	if t.firing && t.RecoverAt != nil && t.RecoverAt.GreaterThan(t.Balance) {
		facts = append(facts, fact{"To recover", fmt.Sprintf("top up at least %s (ends at %s)",
			ceiling(t.RecoverAt.Sub(t.Balance), &t.Notice), ceiling(*t.RecoverAt, &t.Notice))})
	}
	return facts
}

// balance says where the balance is from unless it is the API's own word.
func (t *telling) balance() string {
	text := amount(t.Balance, &t.Notice)
	if t.heard() {
		text += ", " + t.origin()
	}
	return text
}

func (t *telling) origin() string {
	text := balanceSource(t.Source)
	switch {
	case t.Source == wallet.FromEstimate && !t.ReadAt.IsZero():
		text += " since the poll at " + clock(t.ReadAt)
	case t.Source != wallet.FromEstimate && !t.ObservedAt.IsZero():
		text += " at " + clock(t.ObservedAt)
	}
	return text
}

func (t *telling) spend() string {
	switch {
	case !t.hasSpend():
		return "not known yet"
	case t.Learning:
		return fmt.Sprintf("%s so far (%s; still learning)", amount(t.DailySpend, &t.Notice), spendSource(t.SpendSource))
	}
	return fmt.Sprintf("%s (%s)", amount(t.DailySpend, &t.Notice), spendSource(t.SpendSource))
}

func (t *telling) threshold() string {
	switch {
	case t.Threshold == nil:
		return "none at present"
	case t.byPercent():
		return fmt.Sprintf("%s (%s: %s %% of daily spend)", amount(*t.Threshold, &t.Notice), t.Level, t.Percent)
	}
	return fmt.Sprintf("%s (%s)", amount(*t.Threshold, &t.Notice), t.Level)
}

func (t *telling) runway() string {
	switch {
	case !t.HasRunway:
		return "not known"
	case !t.Balance.IsPositive():
		return "none"
	}
	return about(t.Runway)
}

func (t *telling) age() string {
	if t.ObservedAt.IsZero() {
		return "age not known"
	}
	text := fmt.Sprintf("%s (%s)", ago(t.ObservedAt, t.now), clock(t.ObservedAt))
	if t.heard() {
		return text // the balance says where it is from
	}
	return text + ", " + balanceSource(t.Source)
}

// when says how long it has been going on, or went on.
func (t *telling) when() []fact {
	if t.ResolvedAt.IsZero() {
		return []fact{{"Since", fmt.Sprintf("%s (%s)", clock(t.Since), ago(t.Since, t.now))}}
	}
	return []fact{{"Lasted", fmt.Sprintf("%s to %s (%s)", clock(t.Since), clock(t.ResolvedAt), wallet.Span(t.lasted()))}}
}

// webAddress reports whether s may become a link: an absolute http or https URL, not too long, without anything
// that could end a link in Slack's markup.
func webAddress(s string) bool {
	if utf8.RuneCountInString(s) > mostURL || strings.ContainsAny(s, "<>|\"` ") || oneLine(s) != s {
		return false
	}
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
}
