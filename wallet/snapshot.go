package wallet

import "time"

// Snapshot is everything that is known at one moment, for the page, the JSON API and the metrics. It is
// immutable; readers share it.
type Snapshot struct {
	At       time.Time // when it was published
	Accounts []AccountView
}

// AccountView is one account of a Snapshot.
type AccountView struct {
	Account
	Polled   bool        // a poll has finished in this process, well or badly
	Faults   []string    // what is wrong with the monitor of this account, the gravest first
	Wallets  []*Wallet   // sorted by id
	Episodes []Episode   // firing, and resolved within the last week; newest first
	Pending  []PendingAt // deliveries that have not been accepted
}

// PendingAt is one delivery that a receiver has not accepted yet.
type PendingAt struct {
	Key
	Receiver  string
	DueAt     time.Time
	Attempts  int
	LastError string
	Permanent bool
	Known     bool // a reminder: the receiver shows what it should
}

// Overdue is how long after becoming due a delivery counts as overdue (interfaces.md, Timing).
const Overdue = 10 * time.Second

// Fresh reports whether a wallet's balance may be shown as current at now: it is not in doubt and not older than
// the mildest stale_after.
func (p *Policy) Fresh(s *State, now time.Time) bool {
	return s.Doubt == "" && !s.ObservedAt.IsZero() &&
		(len(p.StaleAfter) == 0 || now.Sub(s.ObservedAt) < p.StaleAfter[0].Age)
}

// Unhealthy says why a cycle was not fully healthy at now, or "": every account was read within longest, nothing is
// wrong with its monitor, and no delivery is overdue.
func (s *Snapshot) Unhealthy(now time.Time, longest time.Duration) string {
	for i := range s.Accounts {
		a := &s.Accounts[i]
		if now.Sub(a.PolledAt) > longest {
			return "account " + a.Name + " was not read lately"
		}
		if len(a.Faults) > 0 {
			return "account " + a.Name + ": " + a.Faults[0]
		}
		for _, p := range a.Pending {
			if now.Sub(p.DueAt) >= Overdue {
				return "a delivery to " + p.Receiver + " is overdue"
			}
		}
	}
	return ""
}
