package alerting

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"

	pagerduty "github.com/PagerDuty/go-pagerduty"
	"github.com/shopspring/decimal"

	"walletwatch/money"
	"walletwatch/wallet"
)

// PagerDuty's limits (developer-docs, events-API-v2): of a summary in characters, of an event in bytes.
const (
	mostSummary = 1024
	mostEvent   = 512 << 10
)

// renderPagerDuty renders a delivery, but for the routing key.
func renderPagerDuty(d *wallet.Delivery, now time.Time) *pagerduty.V2Event {
	if !d.Want.Firing {
		return &pagerduty.V2Event{Action: "resolve", DedupKey: d.Notice.DedupKey()}
	}
	t := tell(d, now)
	p := t.page()
	e := &pagerduty.V2Event{
		Action:    "trigger",
		DedupKey:  d.Notice.DedupKey(),
		Client:    "walletwatch",
		ClientURL: clientURL(p),
		Payload:   t.payload(p),
	}
	for _, l := range p.links {
		e.Links = append(e.Links, map[string]string{"href": l.url, "text": l.label})
	}
	if b, err := json.Marshal(e); err != nil || len(b) > mostEvent {
		return plainPagerDuty(d)
	}
	return e
}

func clientURL(p *page) string {
	for _, l := range p.links {
		if l.label == statusPage {
			return l.url
		}
	}
	return ""
}

func (t *telling) payload(p *page) *pagerduty.V2Payload {
	class := "wallet balance"
	if t.IsMonitor() {
		class = "monitor"
	}
	at := t.At
	if at.IsZero() {
		at = t.now
	}
	return &pagerduty.V2Payload{
		Summary:   summary(p),
		Source:    cmp.Or(t.SourceHost, "walletwatch"),
		Severity:  severity(t.Severity),
		Timestamp: at.UTC().Format(time.RFC3339),
		Component: t.Name,
		Group:     t.Account,
		Class:     class,
		Details:   t.details(),
	}
}

// summary is what the phone shows: the gravest first.
func summary(p *page) string {
	parts := append([]string{p.title + " - " + p.lead}, p.faults...)
	return clip(strings.Join(append(parts, p.notes...), " • "), mostSummary)
}

// severity returns what PagerDuty knows; anything else is taken for the gravest, because a page too loud is the
// safe side.
func severity(s string) string {
	if slices.Contains([]string{"critical", "error", "warning", "info"}, s) {
		return s
	}
	return "critical"
}

// details are the numbers behind the decision. Amounts are exact decimals.
type details struct {
	Account   string `json:"account"`
	Level     string `json:"level"`
	Occasion  string `json:"occasion"`
	Since     string `json:"since"`
	Confirmed bool   `json:"confirmed"`
	*claim
	Faults []string `json:"faults,omitempty"`
	*numbers
}

// claim is what stands against what while the API has not confirmed a level.
type claim struct {
	ClaimedBy   string `json:"claimed_by"`
	LastBalance string `json:"last_confirmed_balance"`
	LastAt      string `json:"last_confirmed_at"`
}

type numbers struct {
	Wallet        string `json:"wallet"`
	WalletID      int64  `json:"wallet_id"`
	Currency      string `json:"currency"`
	Balance       string `json:"balance"`
	DailySpend    string `json:"daily_spend"`
	SpendSource   string `json:"spend_source"`
	Learning      bool   `json:"learning"`
	Threshold     string `json:"threshold"`
	Percent       string `json:"percent_of_daily_spend,omitempty"`
	RecoverAt     string `json:"recover_at,omitempty"`
	Runway        string `json:"runway"`
	RunwaySeconds int64  `json:"runway_seconds,omitempty"`
	ObservedAt    string `json:"observed_at"`
	Age           string `json:"age"`
	Source        string `json:"source"`
}

func (t *telling) details() *details {
	d := &details{
		Account:   t.Account,
		Level:     t.Level,
		Occasion:  string(t.Occasion),
		Since:     t.Since.UTC().Format(time.RFC3339),
		Confirmed: !t.unconfirmed(),
		Faults:    t.Faults,
	}
	if t.unconfirmed() {
		d.claim = t.exactClaim()
	}
	if !t.IsMonitor() {
		d.numbers = t.exactNumbers()
	}
	return d
}

func (t *telling) exactClaim() *claim {
	c := &claim{ClaimedBy: claimant(t.Source), LastBalance: "unknown", LastAt: "unknown"}
	if !t.ReadAt.IsZero() {
		c.LastBalance, c.LastAt = money.Format(t.Read, places(&t.Notice)), t.ReadAt.UTC().Format(time.RFC3339)
	}
	return c
}

func (t *telling) exactNumbers() *numbers {
	n := &numbers{
		Wallet:      t.Name,
		WalletID:    t.Wallet,
		Currency:    t.Currency,
		Balance:     money.Format(t.Balance, places(&t.Notice)),
		DailySpend:  "unknown",
		SpendSource: string(cmp.Or(t.SpendSource, wallet.SpendFromNone)),
		Learning:    t.Learning,
		Threshold:   cmp.Or(t.derived(t.Threshold), "none"),
		RecoverAt:   t.derived(t.RecoverAt),
		Runway:      t.runway(),
		ObservedAt:  "unknown",
		Age:         t.age(),
		Source:      string(t.Source),
	}
	if !t.ObservedAt.IsZero() {
		n.ObservedAt = t.ObservedAt.UTC().Format(time.RFC3339)
	}
	if t.hasSpend() {
		n.DailySpend = t.derived(&t.DailySpend)
	}
	if t.Percent != nil {
		n.Percent = t.Percent.String()
	}
	if t.HasRunway {
		n.RunwaySeconds = int64(t.Runway / time.Second)
	}
	return n
}

func (t *telling) derived(d *decimal.Decimal) string {
	if d == nil {
		return ""
	}
	return money.FormatDerived(*d, places(&t.Notice))
}

// plainPagerDuty is the least that makes a page.
func plainPagerDuty(d *wallet.Delivery) *pagerduty.V2Event {
	e := &pagerduty.V2Event{Action: "resolve", DedupKey: d.Notice.DedupKey()}
	if d.Want.Firing {
		e.Action = "trigger"
		e.Payload = &pagerduty.V2Payload{
			Summary: clip(plainly(d), mostSummary), Source: "walletwatch", Severity: severity(d.Notice.Severity),
			Details: map[string]bool{"confirmed": doubtOf(&d.Notice) == ""},
		}
	}
	return e
}
