package config

import (
	"slices"

	"walletwatch/wallet"
)

// levels checks a list of levels: the file's own, or with by the one of that wallets entry.
func (p *parser) levels(doc *document, list []level, by *rule) []wallet.Level {
	out := make([]wallet.Level, len(list))
	lines := map[string]int{}
	for i := range list {
		l := &list[i]
		p.levelName(l, lines)
		p.condition(l, by)
		p.notify(doc, l, by)
		out[i] = l.terms()
	}
	p.order(list, by)
	return out
}

func (l *level) terms() wallet.Level {
	out := wallet.Level{Name: l.Name, Severity: l.Severity, Notify: l.Notify}
	if l.PercentOfDailySpend != nil {
		out.Percent = &l.PercentOfDailySpend.Decimal
	}
	if l.Floor != nil {
		out.Floor = &l.Floor.Decimal
	}
	if l.RunwayBelow != nil {
		out.Runway = l.RunwayBelow.Duration
	}
	return out
}

func (p *parser) levelName(l *level, lines map[string]int) {
	if !p.sound(&l.Name) || !p.given(&l.Name) {
		return
	}
	first, again := lines[l.Name]
	switch {
	case slices.Contains([]string{wallet.OK, wallet.Learning, wallet.Unknown}, l.Name):
		p.reject(&l.Name, "name: %s is what wallets are called that are at no level: choose another name", quote(l.Name))
	case again:
		p.reject(&l.Name, "name: there is a level %s already, on line %d: choose another name", quote(l.Name), first)
	default:
		lines[l.Name] = p.origin(&l.Name).value.Line
	}
}

func (p *parser) condition(l *level, by *rule) {
	if l.RunwayBelow != nil && l.RunwayBelow.Duration == 0 {
		p.reject(&l.RunwayBelow, "runway_below: expected a duration above 0 such as 6h")
	}
	lacking := l.PercentOfDailySpend == nil && l.Floor == nil && l.RunwayBelow == nil
	if !lacking || !p.sound(l) {
		return
	}
	if by == nil {
		p.reject(l, "the level %s has no condition: give it percent_of_daily_spend, floor or runway_below", quote(l.Name))
	} else if !p.given(&by.Floor) {
		p.reject(l, "the level %s has no condition: give it percent_of_daily_spend, floor or runway_below, or give this wallets entry a floor", quote(l.Name))
	}
}

// notify makes sure that somebody is told: a level without receivers is a breach that nobody hears of.
func (p *parser) notify(doc *document, l *level, by *rule) {
	if !p.sound(&l.Notify) || !p.given(&l.Name) {
		return
	}
	if len(l.Notify) == 0 && (by == nil || !by.Mute) {
		var at any = l
		if p.given(&l.Notify) {
			at = &l.Notify
		}
		p.reject(at, "the level %s notifies nobody: give it notify with the name of a receiver", quote(l.Name))
	}
	for i, name := range l.Notify {
		switch {
		case doc.Receivers[name] == nil && len(doc.Receivers) > 0:
			p.reject(&l.Notify[i], "notify: there is no receiver %s; %s", quote(name), unknown(name, keys(doc.Receivers)))
		case slices.Contains(l.Notify[:i], name):
			p.reject(&l.Notify[i], "notify: %s is named twice: keep one", quote(name))
		}
	}
}
