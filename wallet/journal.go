package wallet

import "time"

// Journal answers what a Change needs to know beyond the Book, inside the transaction that stores the Change.
type Journal interface {
	// Spend calls each with every stored sum of the account after one minute and up to another.
	Spend(after, upTo time.Time, each func(MinuteSpend)) error
	// Count marks movements as seen and returns those that had not settled before and have now: each movement is
	// returned at most once in its life, however often it is read.
	Count(movements []Movement) ([]Movement, error)
	// Remember notes the keys of observations made at a time, and says of each whether it was new.
	Remember(keys []string, at time.Time) ([]bool, error)
}

// PendingMovement is a movement that may still become completed.
type PendingMovement struct {
	ID        int64
	CreatedAt time.Time
}

// Retention says what may be forgotten of an account.
type Retention struct {
	SpendBefore    time.Time // sums of minutes before this
	SeenFrom       time.Time // settled movements created from here …
	SeenUpTo       time.Time // … to here need not be remembered: they are never read again
	PendingBefore  time.Time // movements still pending that were created before this no longer matter
	SamplesBefore  time.Time // balance samples before this
	ThinBefore     time.Time // of older samples one an hour is kept
	EpisodesBefore time.Time // episodes that ended before this, and audit lines
	OrdersBefore   time.Time // keys of orders heard of before this
	EventsBefore   time.Time // keys of webhook events heard of before this
}

// The keys of observations begin with what they are news of.
const (
	OrderKey = "order/" // an order of vouchers
	TopupKey = "topup/" // an order of a top-up or an eSIM, which the vendor numbers by themselves
	EventKey = "event/" // a webhook event
)

// How long keys are remembered. Events that are older by their own date are refused, and those without a date never
// change a balance, so a replay does not count. An order that comes back after a week is corrected by the next poll.
const (
	OrderMemory = 7 * Day
	EventMemory = 30 * Day
)

// Overlap is how far behind the newest counted transaction new ones are still looked for: the vendor may show a row
// later than the time it bears.
const Overlap = 10 * time.Minute

// Cursor says what of an account's transactions has been read.
type Cursor struct {
	Ready  bool      // the wallets are known, so transactions can be filed
	Newest time.Time // every transaction created before this less Overlap is counted, back to the fill; zero: none
	Fill   Fill
}

// Progress is what a page of transactions completes.
type Progress struct {
	ReadAt      time.Time // all new transactions were read by a request sent then; zero: not yet
	Newest      time.Time // creation time of the newest of them
	FillTarget  time.Time // Target of the fill that the page was read for; what is said of another fill is ignored
	FillReached time.Time // the history is counted back to here; zero: unchanged
	FillDone    bool      // the history is counted back to the start of the window
}
