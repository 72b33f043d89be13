package config

import (
	"slices"

	"github.com/shopspring/decimal"
)

// condition is one way to be low, as far as two levels can be compared by it. A greater value is the milder one.
type condition struct {
	key   string
	field func(*level) any
	value func(*level) (v decimal.Decimal, text string, ok bool)
}

// conditions are the comparable ones, with the floor of by for levels that have none of their own.
func conditions(by *rule) []condition {
	return []condition{
		{"percent_of_daily_spend", func(l *level) any { return &l.PercentOfDailySpend }, func(l *level) (v decimal.Decimal, text string, ok bool) {
			if l.PercentOfDailySpend == nil {
				return v, "", false
			}
			return l.PercentOfDailySpend.Decimal, l.PercentOfDailySpend.String(), true
		}},
		{"floor", func(l *level) any { return &l.Floor }, func(l *level) (v decimal.Decimal, text string, ok bool) {
			floor := l.Floor
			if floor == nil && by != nil {
				floor = by.Floor
			}
			if floor == nil {
				return v, "", false
			}
			return floor.Decimal, floor.String(), true
		}},
		{"runway_below", func(l *level) any { return &l.RunwayBelow }, func(l *level) (v decimal.Decimal, text string, ok bool) {
			if l.RunwayBelow == nil {
				return v, "", false
			}
			return decimal.NewFromInt(int64(l.RunwayBelow.Duration)), FormatDuration(l.RunwayBelow.Duration), true
		}},
	}
}

// order reports levels that are not written mildest first.
func (p *parser) order(list []level, by *rule) {
	all := conditions(by)
	for _, c := range all {
		p.descending(list, by, c)
	}
	for i := 1; i < len(list); i++ {
		milder, worse := &list[i-1], &list[i]
		same := !slices.ContainsFunc(all, func(c condition) bool {
			a, _, _ := c.value(milder)
			b, _, _ := c.value(worse)
			return !a.Equal(b)
		})
		if same && p.sound(milder, worse) {
			p.rejectAt(p.origin(worse).value, "the level %s has the same conditions as %s, which would never show: change one", quote(worse.Name), quote(milder.Name))
		}
	}
}

// descending reports levels that are easier to reach by c than a milder one.
func (p *parser) descending(list []level, by *rule, c condition) {
	var milder *level
	for i := range list {
		worse := &list[i]
		v, text, ok := c.value(worse)
		if !ok {
			continue
		}
		if milder != nil {
			if most, limit, _ := c.value(milder); v.GreaterThan(most) {
				p.misordered(c, milder, worse, by, limit, text)
			}
		}
		milder = worse
	}
}

func (p *parser) misordered(c condition, milder, worse *level, by *rule, limit, text string) {
	if c.key == "floor" && (worse.Floor == nil || milder.Floor == nil) {
		p.reject(&by.Floor, "floor: with %s here, the worse level %s would begin at %s and the milder level %s only at %s: change it, or give this entry levels",
			by.Floor, quote(worse.Name), text, quote(milder.Name), limit)
		return
	}
	p.reject(c.field(worse), "%s: %s for %s is above the %s of the milder level %s: write the mildest level first",
		c.key, text, quote(worse.Name), limit, quote(milder.Name))
}
