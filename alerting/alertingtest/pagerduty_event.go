package alertingtest

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// PagerDuty's limits (developer-docs, events-API-v2).
const (
	mostEvent    = 512 << 10
	mostSummary  = 1024
	mostDedupKey = 255
)

// faultsOf returns what is wrong with an event, in PagerDuty's words. A trigger without a dedup_key gets one, as
// each of them opens an incident of its own.
func (p *PagerDuty) faultsOf(e *Event) []string {
	var faults []string
	fault := func(wrong bool, format string, args ...any) {
		if wrong {
			faults = append(faults, fmt.Sprintf(format, args...))
		}
	}
	fault(e.RoutingKey == "", "'routing_key' is missing or blank")
	fault(e.RoutingKey != "" && p.RoutingKey != "" && e.RoutingKey != p.RoutingKey, "Invalid routing key")
	fault(!slices.Contains([]string{"trigger", "acknowledge", "resolve"}, e.Action), "'event_action' must be trigger, acknowledge or resolve")
	fault(e.Action != "trigger" && e.DedupKey == "", "'dedup_key' is missing or blank")
	fault(utf8.RuneCountInString(e.DedupKey) > mostDedupKey, "'dedup_key' is longer than %d characters", mostDedupKey)
	if e.Action == "trigger" {
		if e.Payload == nil {
			e.Payload = &Payload{}
		}
		faults = append(faults, e.Payload.faults()...)
	}
	for _, l := range e.Links {
		fault(!strings.HasPrefix(l.Href, "http://") && !strings.HasPrefix(l.Href, "https://"), "'links' must hold web addresses")
	}
	if len(faults) == 0 && e.DedupKey == "" {
		random := make([]byte, 16)
		_, _ = rand.Read(random) // never fails
		e.DedupKey = hex.EncodeToString(random)
	}
	return faults
}

func (p *Payload) faults() []string {
	var faults []string
	for name, value := range map[string]string{"summary": p.Summary, "source": p.Source, "severity": p.Severity} {
		if strings.TrimSpace(value) == "" {
			faults = append(faults, fmt.Sprintf("'payload.%s' is missing or blank", name))
		}
	}
	slices.Sort(faults)
	if utf8.RuneCountInString(p.Summary) > mostSummary {
		faults = append(faults, fmt.Sprintf("'payload.summary' is longer than %d characters", mostSummary))
	}
	if p.Severity != "" && !slices.Contains([]string{"critical", "error", "warning", "info"}, p.Severity) {
		faults = append(faults, "'payload.severity' must be critical, error, warning or info")
	}
	if _, err := time.Parse(time.RFC3339, p.Timestamp); p.Timestamp != "" && err != nil {
		faults = append(faults, "'payload.timestamp' is not an ISO 8601 date")
	}
	return faults
}

func refuseEvent(w http.ResponseWriter, status int, faults ...string) {
	answerJSON(w, status, map[string]any{"status": "invalid event", "message": "Event object is invalid", "errors": faults})
}
