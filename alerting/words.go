package alerting

import (
	"time"

	"github.com/shopspring/decimal"

	"walletwatch/money"
	"walletwatch/wallet"
)

// ago writes how long before now t was: "just now", "2 min ago".
func ago(t, now time.Time) string {
	if d := now.Sub(t); d >= 5*time.Second {
		return wallet.Span(d) + " ago"
	}
	return "just now"
}

// about writes a runway. It is an estimate and says so.
func about(d time.Duration) string {
	switch {
	case d < time.Minute:
		return "less than a minute"
	case d >= 365*24*time.Hour:
		return "more than a year"
	}
	return "about " + wallet.Span(d)
}

// clock writes a moment: "23 Nov 14:03 UTC".
func clock(t time.Time) string { return t.UTC().Format("2 Jan 15:04 MST") }

// amount writes an amount in the notice's currency.
func amount(d decimal.Decimal, n *wallet.Notice) string {
	return money.Human(d, places(n), n.Currency)
}

// ceiling writes an amount that must not be less than d: rounded up.
func ceiling(d decimal.Decimal, n *wallet.Notice) string {
	return amount(d.RoundCeil(places(n)), n)
}

// places is the notice's precision within what a currency can have, so that a wrong one can't fill the message.
func places(n *wallet.Notice) int32 { return min(max(n.Precision, 0), 8) }

// spendSource says where a daily spend was learnt.
func spendSource(s wallet.SpendSource) string {
	switch s {
	case wallet.SpendFromLedger:
		return "vendor's transactions"
	case wallet.SpendFromBalance:
		return "drops between balances"
	}
	return string(s)
}

// balanceSource says where a balance was learnt.
func balanceSource(s wallet.Source) string {
	switch s {
	case wallet.FromPoll:
		return "read from the API"
	case wallet.FromOrder:
		return "from an order response"
	case wallet.FromWebhook:
		return "from a webhook"
	case wallet.FromEstimate:
		return "estimated from orders"
	}
	return string(s)
}

// claimant names who claims a balance, without an article.
func claimant(s wallet.Source) string {
	switch s {
	case wallet.FromOrder:
		return "order response"
	case wallet.FromWebhook:
		return "webhook"
	case wallet.FromEstimate:
		return "estimate from orders"
	}
	return "order response or webhook"
}
