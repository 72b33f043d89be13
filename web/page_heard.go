package web

import (
	"fmt"
	"time"

	"walletwatch/money"
	"walletwatch/wallet"
)

// heardText says, in a line of the wallet table, where a balance is from that no poll has read, and what the last poll
// read: Before, the time of that poll, After.
type heardText struct {
	Before string
	Polled moment
	After  string
}

func newHeardText(r reading, now time.Time) *heardText {
	if !r.heard() {
		return nil
	}
	polled, amount := at(r.ReadAt, now), money.Human(r.Read, r.Precision, r.Currency)
	if r.Source == wallet.FromEstimate {
		return &heardText{"estimate since the poll", polled, ", which read " + amount}
	}
	return &heardText{heardFrom(r.Source) + "; the poll", polled, " read " + amount}
}

func heardFrom(source wallet.Source) string {
	switch source {
	case wallet.FromOrder:
		return "from an order response"
	case wallet.FromWebhook:
		return "from a webhook"
	}
	return "from " + string(source)
}

// balanceFact says what the balance is and how that is known, in a sentence.
func balanceFact(r reading, now time.Time) string {
	if r.neverRead() {
		return "The balance was never read."
	}
	text := "The balance is "
	if !r.fresh {
		text = "The last known balance is "
	}
	text += exact(r.Balance, r.Precision, r.Currency) + ", " + balanceOrigin(r, now)
	if !r.fresh {
		text += "; what it is now is unknown"
	}
	return text + "."
}

func balanceOrigin(r reading, now time.Time) string {
	heard := wallet.Span(r.age) + " ago"
	if !r.heard() {
		return "read from the API " + heard
	}
	polled, amount := wallet.Span(max(0, now.Sub(r.ReadAt))), exact(r.Read, r.Precision, r.Currency)
	if r.Source == wallet.FromEstimate {
		return fmt.Sprintf("an estimate since the poll %s ago, which read %s, with news of %s", polled, amount, heard)
	}
	return fmt.Sprintf("%s %s; the poll %s ago read %s", heardFrom(r.Source), heard, polled, amount)
}
