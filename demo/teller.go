package demo

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"walletwatch/alerting/alertingtest"
)

// Teller prints what happens in a world, one line each, as it happens.
type Teller struct {
	w      *World
	began  time.Time
	colour bool

	mu  sync.Mutex
	out io.Writer
}

// NewTeller makes a Teller that prints to out, in colour or plain. It hears of every message and page from now on.
func NewTeller(w *World, out io.Writer, colour bool) *Teller {
	t := &Teller{w: w, out: out, colour: colour, began: time.Now()}
	w.Slack.OnMessage = t.slack
	w.OnPage = t.page
	w.OnNews = func(who, what string) { t.line(colourOf(who), who, what) }
	return t
}

// The colours of an ANSI terminal.
const (
	plain  = ""
	dim    = "2"
	red    = "31;1"
	green  = "32;1"
	yellow = "33;1"
	blue   = "34;1"
	purple = "35;1"
)

func colourOf(who string) string {
	switch who {
	case "top-up":
		return green
	case "attacker":
		return purple
	}
	return blue
}

func (t *Teller) line(colour, kind, text string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	kind = fmt.Sprintf("%-10s", kind)
	if t.colour && colour != plain {
		kind = "\x1b[" + colour + "m" + kind + "\x1b[0m"
	}
	elapsed := fmt.Sprintf("+%ds", int(time.Since(t.began).Round(time.Second).Seconds()))
	fmt.Fprintf(t.out, "%6s  %s  %s %s\n", elapsed, t.w.Clock.Now().Format("15:04"), kind, text)
}

// Say prints a remark about the demo itself.
func (t *Teller) Say(text string) { t.line(blue, "demo", text) }

func (t *Teller) slack(m alertingtest.Message) {
	switch {
	case m.ThreadTS != "":
		t.line(yellow, "SLACK", "reply in its thread: "+headline(m.Text, 1))
	case m.Edits > 0:
		t.line(yellow, "SLACK", "message edited: "+headline(m.Text, 2))
	default:
		t.line(yellow, "SLACK", "new message: "+headline(m.Text, 2))
	}
}

func (t *Teller) page(e alertingtest.Event, i *alertingtest.Incident) {
	switch {
	case e.Action == "trigger" && e.Payload != nil:
		t.line(red, "PAGERDUTY", fmt.Sprintf("incident %s (%s): %s", e.DedupKey, e.Payload.Severity, oneLine(e.Payload.Summary)))
	case i != nil:
		t.line(green, "PAGERDUTY", fmt.Sprintf("incident %s is resolved, %d events in all", e.DedupKey, len(i.Events)))
	}
}

// headline is the beginning of a message: its first lines.
func headline(s string, lines int) string {
	all := strings.Split(s, "\n")
	return oneLine(strings.Join(all[:min(len(all), lines)], " | "))
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// watchEvery is how often the Teller asks the daemon what it knows.
const watchEvery = time.Second

// Watch asks the daemon for its wallets until ctx ends, and prints what is new about them.
func (t *Teller) Watch(ctx context.Context) {
	last := ""
	for sleepUntil(ctx, time.Now().Add(watchEvery)) {
		wallets, err := t.w.daemon.wallets(ctx)
		if text := balances(wallets); err == nil && text != "" && text != last {
			last = text
			t.line(dim, "balances", text)
		}
	}
}

func balances(wallets []watched) string {
	parts := make([]string, 0, len(wallets))
	for _, w := range wallets {
		part := fmt.Sprintf("%s %s %s %s", w.Name, w.Balance, w.Currency, w.Level)
		if w.ID == StoryWallet && w.RunwaySeconds != nil {
			part += fmt.Sprintf(" (lasts %d min)", *w.RunwaySeconds/60)
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, " | ")
}
