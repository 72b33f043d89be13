package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
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
	w.Pager.OnEvent = t.page
	w.OnTopUp = func(amount string) { t.line(green, "top-up", amount) }
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
)

func (t *Teller) line(colour, kind, text string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	kind = fmt.Sprintf("%-10s", kind)
	if t.colour && colour != plain {
		kind = "\x1b[" + colour + "m" + kind + "\x1b[0m"
	}
	elapsed := fmt.Sprintf("+%ds", int(time.Since(t.began).Seconds()))
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

// Watch asks the daemon at url for its wallets until ctx ends, and prints what is new about them.
func (t *Teller) Watch(ctx context.Context, url string) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	last := ""
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if text, err := balances(ctx, url); err == nil && text != "" && text != last {
			last = text
			t.line(dim, "balances", text)
		}
	}
}

// balances asks once.
func balances(ctx context.Context, url string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/api/v1/wallets", nil)
	if err != nil {
		return "", err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	var wallets []struct {
		ID                             int64
		Name, Currency, Level, Balance string
		RunwaySeconds                  *int64 `json:"runway_seconds"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&wallets); err != nil {
		return "", err
	}
	parts := make([]string, 0, len(wallets))
	for _, w := range wallets {
		part := fmt.Sprintf("%s %s %s %s", w.Name, w.Balance, w.Currency, w.Level)
		if w.ID == StoryWallet && w.RunwaySeconds != nil {
			part += fmt.Sprintf(" (lasts %d min)", *w.RunwaySeconds/60)
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, " | "), nil
}
