// Package wallet holds the rules: what balance, spend, threshold and level mean. It does no I/O, reads no clock
// and knows no SQL; every function takes the time it needs.
package wallet

import (
	"fmt"
	"strings"
	"time"

	"github.com/shopspring/decimal"
)

// Type is the vendor's wallet type.
type Type string

// The wallet types the vendor documents. Others are treated like Prepaid: to alert too much is the safe side.
const (
	Prepaid  Type = "PREPAID"
	Postpaid Type = "POSTPAID"
)

// Source says where a balance was learnt.
type Source string

// The sources of a balance.
const (
	FromPoll     Source = "poll"
	FromOrder    Source = "order"
	FromWebhook  Source = "webhook"
	FromEstimate Source = "estimate"
)

// SpendSource says where daily spend was learnt.
type SpendSource string

// The sources of a daily spend.
const (
	SpendFromLedger  SpendSource = "ledger"  // the vendor's transactions
	SpendFromBalance SpendSource = "balance" // drops between balances
	SpendFromNone    SpendSource = "none"    // nothing has moved yet, or nothing is known yet
)

// The levels that are not configured. An ok wallet is stored with the empty level.
const (
	OK       = "ok"
	Learning = "learning"
	Unknown  = "unknown"
)

// State is what is stored of one wallet. Amounts are in the wallet's currency.
type State struct {
	Account    string
	ID         int64
	CurrencyID int64
	Currency   string
	Precision  int32 // minor-unit digits of the currency
	Type       Type

	Balance    decimal.Decimal // what is believed: Read, or less when News says so
	ObservedAt time.Time       // when Balance was true
	Source     Source

	Read         decimal.Decimal // the balance as the last trusted poll read it
	ReadAt       time.Time       // when that was true; zero: it was never read
	EverPositive bool            // a balance above zero has been read
	News         []News          // what order responses and webhooks have said since, the oldest first
	Suspect      time.Time       // since when News says that the wallet is worse than Proven; zero: it does not

	Doubt      string    // why the last read cannot be trusted; "" when it can
	DoubtSince time.Time // zero when there is no doubt

	FirstMovement time.Time // minute of the first known completed transaction; zero: none known
	FirstSeen     time.Time // when the wallet was first observed
	Spend         Buckets   // reaching up to Account.SpendEnd

	Level  string    // the configured level of the open episode; "" when none is open
	Since  time.Time // when the open episode began; zero when none is open
	Proven string    // the level that polls alone give: Level, unless the API could not confirm in time what News says
}

// defaultName is how a wallet is called when thresholds.yaml gives it no name.
func (s *State) defaultName() string {
	return strings.TrimSpace(fmt.Sprintf("%s wallet %d", s.Currency, s.ID))
}

// Wallet is one wallet as people see it: what is stored, the rules that hold for it, and what follows from both.
type Wallet struct {
	State
	Terms *Terms
	Assessment
}

// Account is what is stored of one API account.
type Account struct {
	Name      string
	CreatedAt time.Time // when it was first watched

	PolledAt time.Time // when the request of the last good poll was sent; zero: never
	Fault    Fault     // why the last poll failed; zero when it did not

	SpendSource  SpendSource // where spend is learnt at present: SpendFromLedger or SpendFromBalance
	SpendBasis   string      // the settings under which the stored sums were made; others mean reading again
	SpendEnd     time.Time   // the minute up to which the wallets' spend buckets reach
	LedgerReadAt time.Time   // when the request of the last complete reading of new transactions was sent; zero: never
	LedgerNewest time.Time   // creation time of the newest transaction counted, by the vendor's clock; zero: none
	Fill         Fill
	DropsSince   time.Time // when drops between balances began to be recorded; zero while SpendSource is SpendFromLedger

	Monitor Monitor

	Policy      string    // names the configuration in force: only processes that go by it decide; "": none yet
	PolicyUntil time.Time // when another one may come into force, unless a process that goes by Policy says so again
}

// Fill is the reading of the transaction history, from the newest row back to the start of the window. Until it
// is complete the wallets' spend buckets stay as they were (at first: empty, and the wallets are learning).
type Fill struct {
	Target     time.Time // rows created before this are not needed; no two fills of an account have the same
	Reached    time.Time // rows created at or after this are counted; zero: not begun
	ProgressAt time.Time // when Reached last moved or the fill began, later by pauses in which nothing could be read; zero: not begun
	Complete   bool      // for the present SpendBasis
	Ever       bool      // it was complete once, and the buckets still go by that
}

// Fault says what keeps an account from being read.
type Fault struct {
	Kind    FaultKind
	Message string    // one sentence for people, without secrets
	Since   time.Time // of the first failure in a row
}

// FaultKind classifies faults as far as the rules differ.
type FaultKind string

// The kinds of fault.
const (
	NoFault          FaultKind = ""
	FaultUnavailable FaultKind = "unavailable" // network, 5xx, time-outs, nonsense: may pass by itself
	FaultCredentials FaultKind = "credentials" // the API rejects the key, the secret or the address: a person must act
)

// Monitor is the state of the alert about the monitor itself: one per account.
type Monitor struct {
	Level string    // a level of stale_after; "" when nothing is wrong
	Since time.Time // when the open episode began
}

// Key names what an alert is about: a wallet, or with Wallet 0 the account's monitor.
type Key struct {
	Account string
	Wallet  int64
}

// DedupKey is the PagerDuty dedup_key of interfaces.md, Notifications: the same on trigger and resolve, after a
// restart and on every replica.
func (k Key) DedupKey() string {
	if k.Wallet == 0 {
		return "walletwatch/" + k.Account + "/monitor"
	}
	return fmt.Sprintf("walletwatch/%s/%d", k.Account, k.Wallet)
}

// Confirmed reports whether the API bears out the wallet's level.
func (s *State) Confirmed() bool { return s.Level == s.Proven }

// Key returns what alerts about this wallet are filed under.
func (s *State) Key() Key { return Key{Account: s.Account, Wallet: s.ID} }
