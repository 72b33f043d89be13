package config

import (
	"strings"

	"walletwatch/wallet"
)

// rules checks the wallets entries.
func (p *parser) rules(doc *document, f *File) []wallet.Rule {
	var out []wallet.Rule
	for i := range doc.Wallets {
		r := &doc.Wallets[i]
		p.matchKeys(doc, &r.Match, f.Accounts)
		p.runbook(r)
		rule := wallet.Rule{
			Match: wallet.Match{Account: r.Match.Account, ID: r.Match.ID, Currency: r.Match.Currency, Type: wallet.Type(r.Match.Type)},
			Name:  r.Name, Runbook: r.Runbook, Mute: r.Mute,
		}
		if r.Floor != nil {
			rule.Floor = &r.Floor.Decimal
			p.ownFloor(doc, r)
		}
		if p.given(&r.Levels) {
			rule.Levels = p.levels(doc, r.Levels, r)
		}
		out = append(out, rule)
	}
	p.shadowed(doc.Wallets, f.Accounts)
	return out
}

func (p *parser) matchKeys(doc *document, m *match, accounts []AccountRef) {
	if *m == (match{}) && p.sound(m) && p.given(m) && !p.given(&m.Account) {
		p.reject(m, "match: expected at least one of account, id, currency and type")
	}
	if !p.given(&m.Account) || !p.sound(&m.Account, &doc.Accounts) {
		return
	}
	known := make([]string, len(accounts))
	for i, a := range accounts {
		known[i] = a.Name
		if a.Name == m.Account {
			return
		}
	}
	p.reject(&m.Account, "account: there is no account %s; %s", quote(m.Account), unknown(m.Account, known))
}

func (p *parser) runbook(r *rule) {
	if p.given(&r.Runbook) && p.sound(&r.Runbook) && !isWebPage(r.Runbook) {
		p.reject(&r.Runbook, "runbook: expected an http or https address such as https://wiki.example.com/wallets/usd, got %s", quote(r.Runbook))
	}
}

// ownFloor checks an entry's floor against the levels it will be put into.
func (p *parser) ownFloor(doc *document, r *rule) {
	switch {
	case p.given(&r.Levels): // levels will look at it
	case r.Match.Type == string(wallet.Postpaid):
		p.reject(&r.Floor, "floor: POSTPAID wallets are only watched by levels of their own: give this entry levels")
	default:
		p.order(doc.Levels, r)
	}
}

// shadowed reports entries behind one that already takes every wallet they match.
func (p *parser) shadowed(rules []rule, accounts []AccountRef) {
	seen := map[match]int{} // :: match → line of its first entry
	for i := range rules {
		m := rules[i].Match
		if !p.sound(&rules[i].Match, &rules[i].Match.Account) || m == (match{}) {
			continue
		}
		if len(accounts) == 1 {
			m.Account = "" // everything is of the only account
		}
		if line, ok := wider(m, seen); ok {
			p.reject(&rules[i].Match, "match: this entry is never used: the entry on line %d comes first and takes every wallet that this one matches", line)
			continue
		}
		seen[m] = p.origin(&rules[i]).value.Line
	}
}

// wider finds the first match that is as general as m or more: one with some of m's keys left out.
func wider(m match, seen map[match]int) (line int, found bool) {
	for left := range 16 {
		g := m
		if left&1 != 0 {
			g.Account = ""
		}
		if left&2 != 0 {
			g.ID = 0
		}
		if left&4 != 0 {
			g.Currency = ""
		}
		if left&8 != 0 {
			g.Type = ""
		}
		if l, ok := seen[g]; ok && (!found || l < line) {
			line, found = l, true
		}
	}
	return line, found
}

func isWebPage(s string) bool {
	u, err := parseURL(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && !strings.ContainsAny(s, " \t\n")
}
