package wallet

import (
	"time"

	"github.com/shopspring/decimal"
)

// Observation is news of a wallet that did not come from a poll: what an order response or a webhook says.
type Observation struct {
	Key    string // what it is news of, unique within the account: "order/…" or "event/…". It is counted once.
	Source Source // FromOrder or FromWebhook
	At     time.Time

	Wallet   int64            // the wallet's id; 0: not said, then Currency must tell
	Currency string           // of the wallet, as far as it is said; "": not
	Balance  *decimal.Decimal // the wallet's balance afterwards; nil: not said
	Spent    *decimal.Decimal // what left the wallet; nil: not said, or not in the wallet's currency

	// Ended marks an order that failed or was cancelled: it has cost nothing, or a refund follows. Nothing is taken
	// from the balance, and news of the order that comes later says nothing any more.
	Ended bool

	// Idle marks news that says nothing of a balance: only its key is remembered.
	Idle bool
}

// Verdict is what became of an Observation.
type Verdict string

// The verdicts. They are the values of the metric's label result.
const (
	HeardClaim    Verdict = "accepted"       // the balance that it claims was taken
	HeardEstimate Verdict = "estimated"      // what it says was spent was taken from the balance
	HeardUnclear  Verdict = "unclear"        // it says that something happened but not what: the API is asked
	Noted         Verdict = "noted"          // Idle
	Duplicate     Verdict = "duplicate"      // counted before
	NotCharged    Verdict = "not_charged"    // Ended
	UnknownWallet Verdict = "unknown_wallet" // no such wallet
	Outdated      Verdict = "outdated"       // older than the last poll, which knows better
)

// Accepted reports whether the observation was of use.
func (v Verdict) Accepted() bool {
	return v == HeardClaim || v == HeardEstimate || v == HeardUnclear || v == Noted
}

// Wish is how badly a poll is wanted before the next one is due.
type Wish struct {
	Urgency Urgency
	// Deadline is, for WishedNow, when an alert goes out unconfirmed unless a poll has settled the matter.
	Deadline time.Time
}

// Urgency orders wishes.
type Urgency int

// The urgencies.
const (
	NotWished  Urgency = iota
	WishedSoon         // something happened that observations alone do not tell
	WishedNow          // an observation would worsen a level: only a poll may say so
)
