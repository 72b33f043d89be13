package alerting

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"walletwatch/wallet"
)

// The longest pieces of data in a message, in runes.
const (
	mostName   = 80
	mostLevel  = 40
	mostFault  = 400
	mostFaults = 10
	mostURL    = 1000
)

const statusPage = "Status page"

// page is what a message says, before it takes the form of a receiver. Its strings are plain: valid UTF-8 on one
// line each, not escaped, without markup.
type page struct {
	mark   string // one emoji that shows the state at a glance
	title  string // state and subject, a few words
	lead   string // what is the matter, in a sentence or two
	faults []string
	facts  []fact
	notes  []string // what the reader must not overlook
	news   string   // why the receiver is told now
	links  []link
	key    string
}

type fact struct{ label, value string }

type link struct{ label, url string }

// telling is a notice about to be told.
type telling struct {
	wallet.Notice           // its strings cleaned
	now           time.Time // when it is told
	firing        bool      // for this receiver
	moved         bool      // it goes on, but this receiver is no longer told of it
	past          bool      // an older episode, while the numbers are those of now
	late          bool      // over before this receiver accepted that it fired
}

// tell prepares the notice of a delivery.
func tell(d *wallet.Delivery, now time.Time) *telling {
	t := &telling{
		Notice: cleaned(d.Notice),
		now:    now,
		firing: d.Notice.Firing && d.Want.Firing,
		past:   d.Previous != nil && d.Previous.Since.Equal(d.Want.Since),
		late:   !d.Want.Firing && !continues(d),
	}
	t.moved = !t.firing && !t.past && t.goesOn()
	return t
}

// goesOn reports whether something is still wrong with what t is about, whoever is told.
func (t *telling) goesOn() bool {
	if t.IsMonitor() {
		return len(t.Faults) > 0
	}
	return !slices.Contains([]string{"", wallet.OK, wallet.Learning, wallet.Unknown}, t.Shown)
}

// continues reports whether the receiver has accepted earlier news of the episode that d is about.
func continues(d *wallet.Delivery) bool {
	return d.Accepted.Seq != 0 && d.Accepted.Since.Equal(d.Want.Since)
}

// cleaned returns n with strings that are bounded, printable on one line and not empty where a message needs them.
func cleaned(n wallet.Notice) wallet.Notice {
	n.Name = cmp.Or(clip(oneLine(n.Name), mostName), shownKey(n.Key))
	n.Level = cmp.Or(clip(oneLine(n.Level), mostLevel), "alert")
	n.Shown = clip(oneLine(n.Shown), mostLevel)
	n.Account = clip(oneLine(n.Account), mostName)
	n.Currency = clip(oneLine(n.Currency), 12)
	n.Occasion = wallet.Occasion(clip(oneLine(string(n.Occasion)), mostLevel))
	n.Source = wallet.Source(clip(oneLine(string(n.Source)), mostLevel))
	n.SpendSource = wallet.SpendSource(clip(oneLine(string(n.SpendSource)), mostLevel))
	n.SourceHost = clip(oneLine(n.SourceHost), mostName)
	n.Faults = cleanedFaults(n.Faults)
	return n
}

// shownKey is the dedup_key as people see it.
func shownKey(k wallet.Key) string { return clip(oneLine(k.DedupKey()), 2*mostName) }

func cleanedFaults(faults []string) []string {
	var out []string
	for i, f := range faults {
		if i == mostFaults {
			return append(out, fmt.Sprintf("and %d more", len(faults)-i))
		}
		if f = clip(oneLine(f), mostFault); f != "" {
			out = append(out, f)
		}
	}
	return out
}

// page composes what t says.
func (t *telling) page() *page {
	p := &page{
		mark:  t.mark(),
		title: t.title(),
		lead:  t.lead(),
		notes: t.notes(),
		news:  t.news(),
		links: t.links(),
		key:   shownKey(t.Key),
	}
	switch {
	case t.Occasion == wallet.Tested:
	case t.past:
		p.facts = t.when()
	case t.IsMonitor():
		p.facts = t.when()
		p.faults = t.Faults
	default:
		p.facts = append(t.numbers(), t.when()...)
	}
	return p
}

func (t *telling) mark() string {
	switch {
	case t.Occasion == wallet.Tested:
		return "🧪"
	case t.moved:
		return "➡️"
	case !t.firing:
		return "✅"
	case t.Severity == "warning":
		return "🟠"
	case t.Severity == "info":
		return "🔵"
	}
	return "🔴"
}

func (t *telling) title() string {
	switch {
	case t.Occasion == wallet.Tested && t.firing:
		return "TEST: no action needed"
	case t.Occasion == wallet.Tested:
		return "TEST resolved: no action needed"
	case t.moved && t.IsMonitor():
		return "No longer announced here: " + t.Name
	case t.moved:
		return "Moved to " + strings.ToUpper(t.Shown) + ": " + t.Name
	case !t.firing && t.unconfirmed():
		return "Resolved, not confirmed: " + t.Name
	case !t.firing:
		return "Resolved: " + t.Name
	case t.unconfirmed():
		return "Unconfirmed: " + strings.ToUpper(t.Level) + " for " + t.Name
	}
	return strings.ToUpper(t.Level) + ": " + t.Name
}

// news says why the receiver is told now, and on how firm a ground.
func (t *telling) news() string {
	switch {
	case t.moved:
		return "Not over, but no longer announced here"
	case !t.firing || !t.unconfirmed():
		return t.reason()
	case t.Occasion == wallet.Reminded:
		return t.reason() + ", still unconfirmed"
	}
	return t.reason() + ", unconfirmed"
}

func (t *telling) reason() string {
	switch t.Occasion {
	case wallet.Triggered:
		return "New alert: " + t.Level
	case wallet.Worsened:
		return "Worse: now " + t.Level
	case wallet.Improved:
		return "Better: now " + t.Level
	case wallet.Changed:
		return "Changed: still " + t.Level + ", and something else is wrong or right again"
	case wallet.Verified:
		return "Still " + t.Level
	case wallet.Reminded:
		return "Reminder: still " + t.Level + " after " + wallet.Span(t.now.Sub(t.Since))
	case wallet.Resolved:
		return "Resolved after " + wallet.Span(t.lasted())
	case wallet.Tested:
		return "Test"
	}
	return "News: " + t.Level
}

// links leaves out what isn't a web address: nothing else may become a link.
func (t *telling) links() []link {
	var out []link
	for _, l := range []link{{statusPage, t.StatusURL}, {"Runbook", t.Runbook}} {
		if webAddress(l.url) {
			out = append(out, l)
		}
	}
	return out
}

func (t *telling) lasted() time.Duration {
	end := t.ResolvedAt
	if end.IsZero() {
		end = t.now
	}
	return end.Sub(t.Since)
}
