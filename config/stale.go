package config

import (
	"slices"
	"time"

	"walletwatch/wallet"
)

// staleAfter returns the ages at which the monitor calls itself blind, mildest level first.
func (p *parser) staleAfter(doc *document, levels []wallet.Level, pollEvery time.Duration) []wallet.StaleAfter {
	if !p.given(&doc.StaleAfter) {
		return staleByDefault(levels)
	}
	p.staleNames(doc, levels)
	var out []wallet.StaleAfter
	for _, l := range levels {
		age, ok := doc.StaleAfter[l.Name]
		if !ok || !p.sound(age) {
			continue
		}
		if age.Duration <= pollEvery {
			p.reject(age, "stale_after: %s for %s is not longer than the %s between two polls, so the monitor would call itself blind while all is well: write more than %s",
				FormatDuration(age.Duration), quote(l.Name), FormatDuration(pollEvery), FormatDuration(pollEvery))
		}
		if n := len(out); n > 0 && age.Duration <= out[n-1].Age {
			p.reject(age, "stale_after: %s for %s must be longer than the %s for the milder level %s",
				FormatDuration(age.Duration), quote(l.Name), FormatDuration(out[n-1].Age), quote(out[n-1].Level))
		}
		out = append(out, wallet.StaleAfter{Level: l.Name, Age: age.Duration})
	}
	return out
}

func (p *parser) staleNames(doc *document, levels []wallet.Level) {
	if !p.sound(&doc.Levels) || len(levels) == 0 {
		return
	}
	known := make([]string, len(levels))
	for i, l := range levels {
		known[i] = l.Name
	}
	for name, age := range doc.StaleAfter {
		if !slices.Contains(known, name) {
			p.rejectKey(age, "stale_after: there is no level %s at the top of the file; %s", quote(name), unknown(name, known))
		}
	}
}

// staleByDefault gives warning 10 and critical 30 minutes; where the levels have other names, the mildest and the
// worst. A single level gets 10.
func staleByDefault(levels []wallet.Level) []wallet.StaleAfter {
	if len(levels) == 0 {
		return nil
	}
	mild, worst := 0, len(levels)-1
	rank := func(name string) int {
		return slices.IndexFunc(levels, func(l wallet.Level) bool { return l.Name == name })
	}
	if w, c := rank("warning"), rank("critical"); w >= 0 && c > w {
		mild, worst = w, c
	}
	out := []wallet.StaleAfter{{Level: levels[mild].Name, Age: 10 * time.Minute}}
	if worst > mild {
		out = append(out, wallet.StaleAfter{Level: levels[worst].Name, Age: 30 * time.Minute})
	}
	return out
}
