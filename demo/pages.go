package demo

import (
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"walletwatch/alerting/alertingtest"
)

// pages remembers when pages came.
type pages struct {
	mu     sync.Mutex
	opened map[string]time.Time // by dedup key: when the newest incident began
}

// paged takes down an event that PagerDuty has accepted, and passes it on.
func (w *World) paged(e alertingtest.Event, i *alertingtest.Incident) {
	if i != nil && i.Open && len(i.Events) == 1 {
		w.pages.mu.Lock()
		w.pages.opened[e.DedupKey] = time.Now()
		w.pages.mu.Unlock()
	}
	w.OnPage(e, i)
}

// pagedSince returns when the page about a wallet came; false: not since then.
func (w *World) pagedSince(wallet int64, since time.Time) (time.Time, bool) {
	w.pages.mu.Lock()
	defer w.pages.mu.Unlock()
	at := w.pages.opened[pageOf(wallet)]
	return at, at.After(since)
}

// open reports whether there is a page about a wallet.
func (w *World) open(wallet int64) bool {
	return slices.ContainsFunc(w.Pager.OpenIncidents(), func(i alertingtest.Incident) bool { return i.DedupKey == pageOf(wallet) })
}

// told counts the messages and pages about a wallet that thresholds.yaml calls by a name.
func (w *World) told(wallet int64, name string) int {
	count := 0
	for _, i := range w.Pager.Incidents() {
		if i.DedupKey == pageOf(wallet) {
			count += len(i.Events)
		}
	}
	for _, m := range w.Slack.Messages(channel) {
		if strings.Contains(m.Text, name) {
			count += 1 + m.Edits
		}
	}
	return count
}

func pageOf(wallet int64) string { return "walletwatch/default/" + strconv.FormatInt(wallet, 10) }
