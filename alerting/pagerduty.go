package alerting

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	pagerduty "github.com/PagerDuty/go-pagerduty"

	"walletwatch/secret"
	"walletwatch/wallet"
)

// The Events API's base URLs by service region.
const (
	PagerDutyUS = "https://events.pagerduty.com"
	PagerDutyEU = "https://events.eu.pagerduty.com"
)

// PagerDutyConfig is what a PagerDuty receiver needs.
type PagerDutyConfig struct {
	RoutingKey secret.Value      // of an Events API v2 integration, read at each delivery
	EventsURL  string            // base URL; "": PagerDutyUS
	Transport  http.RoundTripper // nil: a new http.Transport
	Now        func() time.Time  // nil: time.Now
}

// PagerDuty opens and resolves incidents through the Events API v2, all news about one Key under its dedup_key.
type PagerDuty struct {
	cfg    PagerDutyConfig
	render func(*wallet.Delivery, time.Time) *pagerduty.V2Event
}

// NewPagerDuty makes a receiver that uses the Events API v2. It sends nothing.
func NewPagerDuty(cfg PagerDutyConfig) *PagerDuty {
	cfg.EventsURL = strings.TrimRight(cmp.Or(cfg.EventsURL, PagerDutyUS), "/")
	if cfg.Transport == nil {
		cfg.Transport = newTransport()
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &PagerDuty{cfg: cfg, render: renderPagerDuty}
}

// Deliver triggers while d wants the alert to fire and resolves otherwise. Both may be repeated: PagerDuty applies
// a trigger to the incident that is open for the dedup_key, and drops a resolve when none is.
//
// A resolve is sent also when no trigger is known to have been accepted: one may have been, with its answer lost,
// and its incident would stay open for ever. When an older episode's incident is still open it goes on: to resolve
// it first would risk that PagerDuty, which works asynchronously, resolves the new one.
func (p *PagerDuty) Deliver(ctx context.Context, d *wallet.Delivery) (string, error) {
	key, err := p.cfg.RoutingKey.Reveal()
	if err != nil {
		return "", &Refusal{Reason: err.Error()}
	}
	if key == "" {
		return "", &Refusal{Permanent: true, Reason: "no PagerDuty routing key is set"}
	}
	event := orPlainly(p.render, plainPagerDuty, d, p.cfg.Now())
	event.RoutingKey = key
	if refusal := p.send(ctx, event); refusal != nil {
		return "", refusal
	}
	return "", nil
}

func (p *PagerDuty) send(ctx context.Context, event *pagerduty.V2Event) *Refusal {
	x := &exchange{service: "PagerDuty", base: p.cfg.Transport, now: p.cfg.Now, hide: hiding(event.RoutingKey)}
	client := pagerduty.NewClient("", pagerduty.WithV2EventsAPIEndpoint(p.cfg.EventsURL))
	client.HTTPClient = x.client()
	answer, err := client.ManageEventWithContext(ctx, event)
	switch {
	case err != nil:
		return x.refusal(eventsReason(x.body))
	case answer.Status != "success" || answer.DedupKey == "":
		return x.refusal("")
	}
	return nil
}

// eventsReason finds the reason in an answer of the Events API, which the library loses; "" when there is none.
func eventsReason(body []byte) string {
	var answer struct {
		Status  string
		Message string
		Errors  []string
	}
	if json.Unmarshal(body, &answer) != nil {
		return ""
	}
	if len(answer.Errors) > 0 {
		return strings.Join(answer.Errors, "; ")
	}
	return cmp.Or(answer.Message, answer.Status)
}
