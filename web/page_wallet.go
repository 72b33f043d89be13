package web

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"walletwatch/wallet"
)

type walletData struct {
	frame
	Row      walletRow
	Account  accountRow
	Facts    []string
	Levels   []levelText
	Runbook  string
	Episodes alertTable
}

// levelText explains one level of a wallet.
type levelText struct {
	Badge  badge
	Begins string
	Basis  string
	Ends   string
}

type missingData struct {
	frame
	Account, ID string
}

func (s *Server) walletPage(w http.ResponseWriter, r *http.Request) error {
	const root = "../../"
	account, id := r.PathValue("account"), r.PathValue("id")
	snapshot, policy, now := s.source.Snapshot(), s.source.Policy(), s.now()
	view, found, ok := find(snapshot, account, id)
	if !ok {
		return s.render(w, http.StatusNotFound, "missing.html", missingData{s.frame("No such wallet", snapshot, root), account, id})
	}
	v := read(policy, found, now)
	return s.render(w, http.StatusOK, "wallet.html", walletData{
		frame:    s.frame(v.Terms.Name+" - walletwatch", snapshot, root),
		Row:      newWalletRow(v, now),
		Account:  newAccountRow(view, now),
		Facts:    facts(policy, v, now),
		Levels:   levelTexts(policy, v),
		Runbook:  v.Terms.Runbook,
		Episodes: newAlertTable(episodesOf(snapshot, v.Key()), maxResolved, namesOf([]reading{v}), root, now),
	})
}

func episodesOf(snapshot *wallet.Snapshot, key wallet.Key) []wallet.Episode {
	var own []wallet.Episode
	for _, e := range episodes(snapshot) {
		if e.Key == key {
			own = append(own, e)
		}
	}
	return own
}

// facts explains a wallet's level, one sentence each.
func facts(p *wallet.Policy, r reading, now time.Time) []string {
	level := "The level is " + r.shown
	if r.why != "" {
		level += ": " + r.why
	}
	out := []string{
		level + ".",
		balanceFact(r, now),
	}
	if r.asking() {
		out = append(out, "No poll has seen it that low: asking the API whether this is so, for "+wallet.Span(max(0, now.Sub(r.Suspect)))+" by now.")
	}
	out = append(out, spendFact(p, r))
	if runway, ok := r.runway(); ok {
		out = append(out, "At that spend the balance lasts "+wallet.Span(runway)+".")
	} else {
		out = append(out, "How long the balance lasts is unknown.")
	}
	if r.Level != "" && r.Level != r.shown {
		out = append(out, "The alert at level "+r.Level+" stays open: an unknown balance is never a recovery.")
	}
	if r.Terms.Mute {
		out = append(out, "The wallet is muted: levels are worked out and shown, nobody is notified.")
	}
	return out
}

func spendFact(p *wallet.Policy, r reading) string {
	if !r.spendKnown() {
		return "Daily spend is unknown: no spending is known yet."
	}
	text := fmt.Sprintf("Daily spend is %s, the %s of the last %s, worked out %s.", exact(r.DailySpend, r.Precision, r.Currency),
		p.Spend.Statistic, count(p.Spend.Days(), "day", "days"), spendOrigin(r.SpendSource))
	if r.Learning {
		text += " That is too little history to go by: until there is " + wallet.Span(p.Spend.MinHistory) + " of it, only floors apply."
	}
	return text
}

func levelTexts(p *wallet.Policy, r reading) []levelText {
	var out []levelText
	for i := range r.Terms.Levels {
		l := &r.Terms.Levels[i]
		text := levelText{Badge: badgeFor(l.Name, r.Terms), Basis: basis(l, r)}
		if amount, ok := r.Threshold(l.Name); ok {
			text.Begins = exact(amount, r.Precision, r.Currency)
			text.Ends = exact(amount.Mul(p.RecoverAt), r.Precision, r.Currency)
		}
		out = append(out, text)
	}
	return out
}

// basis says what a level's threshold is made of.
func basis(l *wallet.Level, r reading) string {
	var parts []string
	if l.Percent != nil {
		parts = append(parts, l.Percent.String()+" % of daily spend")
	}
	if l.Floor != nil {
		parts = append(parts, "the floor of "+exact(*l.Floor, r.Precision, r.Currency))
	}
	if l.Runway > 0 {
		parts = append(parts, "what is spent in "+wallet.Span(l.Runway))
	}
	if len(parts) > 1 {
		return "the largest of " + strings.Join(parts[:len(parts)-1], ", ") + " and " + parts[len(parts)-1]
	}
	return strings.Join(parts, "")
}
