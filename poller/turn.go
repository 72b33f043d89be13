package poller

import (
	"context"
	"time"

	"github.com/segmentio/ksuid"

	"walletwatch/wallet"
)

// Duties models who reads an account when several processes share a database: one of them at a time.
type Duties interface {
	// Take claims a job for the one who asks, if it is due and in nobody's hands.
	Take(ctx context.Context, d wallet.Duty) (wallet.Turn, error)
	// Finish ends the claim: the job is due again at next.
	Finish(ctx context.Context, d wallet.Duty, next time.Time) error
}

// claimFor is how long a job is, unless Config says otherwise, in one process's hands: as long as another waits before it takes over from one that may
// have died. A job that takes longer may be done twice, which costs a few requests.
const claimFor = 30 * time.Second

// askAgain is how long after a database failed it is asked again whose turn it is, and how long it may take to answer.
const askAgain = 5 * time.Second

// outcome is what became of a job.
type outcome int

const (
	unstored outcome = iota // nobody knows of it
	failed
	done
)

// inTurn runs a job when it is this process's turn, and waits for its turn until shortly before the job's next firing:
// should the process whose turn it is die, another one takes over as soon as its claim ends. A job that failed gives its
// turn away: another process may reach the API, or have better credentials. One whose outcome could not be stored is due again when
// its claim ends.
//
// While nobody can say whose turn it is, the account is read all the same, once each firing: the outcome shows in the
// metrics, and whoever can store it next asks anew.
func (r *reader) inTurn(ctx context.Context, job wallet.Job, run func() outcome) {
	if r.cfg.Duties == nil {
		run()
		return
	}
	end := time.Now().Add(r.cfg.allowance())
	ran := false
	for ctx.Err() == nil {
		duty := r.duty(job)
		turn, err := r.take(ctx, duty)
		wait := turn.Again.Sub(duty.Now)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			r.log.Warn("nobody can say whose turn it is to read the account", "job", job, "error", err)
			if !ran {
				ran = true
				run()
			}
			wait = askAgain
		case turn.Mine():
			switch run() {
			case done:
				r.finish(ctx, duty, r.cfg.Schedule.Next(duty.Now))
				return
			case failed:
				r.finish(ctx, duty, duty.Now)
				return
			}
			wait = duty.Until.Sub(r.cfg.Now())
		}
		wait = max(wait, time.Millisecond)
		if time.Until(end) < wait || !sleep(ctx, wait) {
			return
		}
	}
}

// take does not wait long for a database that says nothing: the account is to be read meanwhile.
func (r *reader) take(ctx context.Context, duty wallet.Duty) (wallet.Turn, error) {
	ctx, cancel := context.WithTimeout(ctx, askAgain)
	defer cancel()
	return r.cfg.Duties.Take(ctx, duty)
}

func (r *reader) duty(job wallet.Job) wallet.Duty {
	now := r.cfg.Now()
	return wallet.Duty{
		Account: r.name, Job: job, Claim: ksuid.New().String(), Now: now, Until: now.Add(r.cfg.ClaimFor),
		Latest: now.Add(2 * max(r.cfg.Every, r.cfg.ClaimFor)),
	}
}

// finish is not cancelled with ctx: a job that was done is not due, also when this process is about to end.
func (r *reader) finish(ctx context.Context, duty wallet.Duty, next time.Time) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), askAgain)
	defer cancel()
	if err := r.cfg.Duties.Finish(ctx, duty, next); err != nil {
		r.log.Warn("recording that the account was read failed; it is read again when the claim ends", "job", duty.Job, "error", err)
	}
}
