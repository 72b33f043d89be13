package wallet

import (
	"errors"
	"time"
)

// ErrStandsBy refuses to record what only a process may that goes by the configuration in force.
var ErrStandsBy = errors.New("another thresholds.yaml, or another version of walletwatch, is in force: this process stands by")

// Job is what one process does for all that share a database.
type Job string

// The jobs, of each account.
const (
	ReadBalances  Job = "balances"
	ReadMovements Job = "movements"
)

// Turn is the answer to whether a process may do a job at present.
type Turn struct {
	Claim string    // names the claim of the one who asked; "": it is not its turn
	Again time.Time // not its turn: when to ask again
	Done  bool      // not its turn because the job was finished and is not due before Again; false: somebody is at it
}

// Mine reports whether the one who asked may do the job.
func (t Turn) Mine() bool { return t.Claim != "" }

// Duty is a job of an account that a process asks for.
type Duty struct {
	Account string
	Job     Job
	Claim   string    // what a claim is to be named; unique
	Now     time.Time // the present
	Until   time.Time // when the claim ends by itself
	// Latest is when the job can be due next at the latest. What is later was written by a clock that has been set back
	// since, and holds nothing up.
	Latest time.Time
}
