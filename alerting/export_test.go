package alerting

import (
	"time"

	pagerduty "github.com/PagerDuty/go-pagerduty"

	"walletwatch/wallet"
)

var (
	RetryIn         = retryIn
	ParseRetryAfter = parseRetryAfter
	ParseHandle     = func(s string) (channel, ts string, ok bool) {
		h, ok := parseHandle(s)
		return h.Channel, h.TS, ok
	}
	OneLine      = oneLine
	EventsReason = eventsReason
	WebhookCode  = webhookCode
	Hiding       = hiding
	Escape       = escape
	Shorten      = shorten
	About        = about
)

// Rendered is what the receivers make of a delivery, before it is sent.
type Rendered struct {
	Text, Reply string
	Blocks      any
	Event       *pagerduty.V2Event
}

// Render renders a delivery for both receivers.
func Render(d *wallet.Delivery, now time.Time) Rendered {
	r := renderSlack(d, now)
	out := Rendered{Text: r.main.text, Reply: r.reply.text, Event: renderPagerDuty(d, now)}
	if r.main.blocks != nil {
		out.Blocks = r.main.blocks
	}
	return out
}

// Break makes rendering panic.
func Break(r Receiver) {
	switch r := r.(type) {
	case *Slack:
		r.render = func(*wallet.Delivery, time.Time) rendered { panic("broken on purpose") }
	case *SlackWebhook:
		r.render = func(*wallet.Delivery, time.Time) rendered { panic("broken on purpose") }
	case *PagerDuty:
		r.render = func(*wallet.Delivery, time.Time) *pagerduty.V2Event { panic("broken on purpose") }
	}
}
