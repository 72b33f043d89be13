package wallet

import (
	"time"

	"github.com/shopspring/decimal"
)

// Episode is one stretch of time for which a wallet (or the monitor) was below something.
type Episode struct {
	Key
	Since      time.Time // with Key: its identity
	Level      string    // the level it is at, or was at last
	ResolvedAt time.Time // zero: firing
	Confirmed  bool      // false: the API could not confirm what an order response or webhook claimed
	Outcomes   []Outcome // per receiver, sorted by name
}

// Outcome is how far the news of an episode got with one receiver.
type Outcome struct {
	Receiver   string
	State      OutcomeState
	Attempts   int
	LastError  string
	AcceptedAt time.Time // of the newest news that the receiver accepted; zero: none yet
}

// OutcomeState is the state of a delivery as the JSON API shows it.
type OutcomeState string

// The states of a delivery.
const (
	Pending  OutcomeState = "pending"
	Accepted OutcomeState = "accepted"
	Failed   OutcomeState = "failed" // refused for good; tried rarely until somebody mends it
)

// Occasion is why a receiver is told something.
type Occasion string

// The occasions.
const (
	Triggered Occasion = "triggered"
	Worsened  Occasion = "worsened"
	Improved  Occasion = "improved" // still below something, but at a milder level
	Changed   Occasion = "changed"  // at its level, but something else is wrong with the monitor
	Verified  Occasion = "verified" // at its level, and the API now confirms what it could not before
	Reminded  Occasion = "reminded"
	Resolved  Occasion = "resolved"
	Tested    Occasion = "tested"
)

// Display is what a receiver should show, or has accepted, about one Key.
type Display struct {
	Seq    int64     // grows with every change; 0: nothing was ever accepted
	Firing bool      // false: resolved
	Level  string    // while firing, the level; after it, the last one
	About  string    // the monitor: which troubles it shows; others are news. A wallet: Unconfirmed or ""
	Since  time.Time // which episode
}

// Unconfirmed is what a wallet's Display is About while the API cannot confirm its level.
const Unconfirmed = "unconfirmed"

// Delivery is one difference between what a receiver should show and what it has accepted, claimed for sending.
type Delivery struct {
	Receiver string
	Want     Display
	Accepted Display
	Handle   string // what the receiver asked to remember about this Key with its last acceptance; "" at first
	Attempts int    // earlier attempts at this difference, all failed
	DueAt    time.Time
	Claim    string // names the claim; a later claim has another
	Notice   Notice
	Previous *Notice // when Accepted still shows another, older episode as firing: how that one ended
}

// Notice is everything a message may say. Amounts are in Currency.
type Notice struct {
	Key
	Occasion   Occasion
	Firing     bool
	Level      string // the level the receiver is told of: the present one, or the last one when it is over
	Shown      string // the wallet's level for people at this moment; "" for the monitor
	Rank       int    // of Level among the terms' levels, 0 the mildest
	Severity   string // critical, error, warning or info
	Since      time.Time
	ResolvedAt time.Time // zero while firing
	At         time.Time // when this was put together
	Confirmed  bool

	Name        string // of the wallet; for the monitor "monitor of <account>"
	Currency    string
	Precision   int32
	Balance     decimal.Decimal
	ObservedAt  time.Time
	Source      Source
	Read        decimal.Decimal // the balance when the API last said it; Balance unless Source is something else
	ReadAt      time.Time       // when that was true
	DailySpend  decimal.Decimal
	SpendSource SpendSource
	Learning    bool
	Threshold   *decimal.Decimal // of Level; nil when it has none (balance at or below zero)
	RecoverAt   *decimal.Decimal // the balance at which Level ends; nil when unknown
	Percent     *decimal.Decimal // of daily spend, as configured for Level; nil: not by percentage
	Runway      time.Duration
	HasRunway   bool

	Faults []string // the monitor: one sentence for each thing that is wrong, the gravest first

	Runbook    string
	StatusURL  string // the wallet's page; "" without --external-url
	SourceHost string // host of the account's base URL
}

// IsMonitor reports whether the notice is about the monitor itself rather than a wallet.
func (n *Notice) IsMonitor() bool { return n.Wallet == 0 }

// Result is what became of an attempt to deliver.
type Result struct {
	At        time.Time
	Handle    string        // on acceptance: replaces Delivery.Handle
	Err       string        // "" on acceptance
	Permanent bool          // the receiver refuses for good
	Wait      time.Duration // on failure: not before this much time has passed
}
