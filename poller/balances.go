package poller

import (
	"context"
	"errors"
	"hash/fnv"
	"log/slog"
	"sync"
	"time"

	"walletwatch/wallet"
)

// reader asks one account. Its two jobs run beside each other, and each never beside itself; confirmation reads run
// beside both.
type reader struct {
	cfg        *Config
	name       string
	api        API
	log        *slog.Logger
	currencies *currencies
	polled     bool // the first poll, which nothing delays, has begun
	read       bool // the first reading of transactions, which nothing delays, has begun
	recheck    recheck
	filling    int // the page of the history that was asked for last; 0: none yet

	recording sync.Mutex // makes what the ledger is told of balances agree with recorded
	recorded  time.Time  // when the newest read that is recorded began
}

func newReader(cfg *Config, a Account) *reader {
	return &reader{
		cfg: cfg, name: a.Name, api: a.API, log: cfg.Logger.With("account", a.Name), currencies: knowing(a.Currencies),
	}
}

// longestJitter bounds how far the polls of several accounts are spread.
const longestJitter = 5 * time.Second

// jitter is how long after the schedule an account is polled: always the same for one account, so that the time
// between its polls stays even, and small against the interval.
func jitter(account string, every time.Duration) time.Duration {
	spread := min(longestJitter, every/20)
	if spread <= 0 {
		return 0
	}
	h := fnv.New64a()
	h.Write([]byte(account))
	return time.Duration(h.Sum64() % uint64(spread))
}

// pollBalances reads the account's wallets and records what it learns, or that it could not.
func (r *reader) pollBalances(ctx context.Context) {
	if r.polled && len(r.cfg.Accounts) > 1 && !sleep(ctx, jitter(r.name, r.cfg.Every)) {
		return
	}
	r.polled = true
	r.inTurn(ctx, wallet.ReadBalances, func() outcome {
		asking, cancel := context.WithTimeout(ctx, r.pollTimeout())
		defer cancel()
		began := time.Now()
		result := r.attempt(ctx, asking, r.cfg.Now().Add(-currenciesKept))
		if ctx.Err() != nil {
			return unstored
		}
		r.cfg.Metrics.polls.WithLabelValues(r.name, result).Inc()
		r.cfg.Metrics.duration.WithLabelValues(r.name).Observe(time.Since(began).Seconds())
		return outcomeOf(result)
	})
}

func outcomeOf(result string) outcome {
	switch result {
	case resultUnrecorded:
		return unstored
	case resultFailed, resultGivenAway:
		return failed
	}
	return done
}

// shortestTimeout gives the API a chance to answer when polls are faster than it is.
const shortestTimeout = 30 * time.Second

// pollTimeout bounds a poll with all its retries.
func (r *reader) pollTimeout() time.Duration { return max(r.cfg.allowance(), shortestTimeout) }

// The results of a read: the values of the metrics' label.
const (
	resultOK         = "ok"
	resultDoubtful   = "doubtful"
	resultFailed     = "failed"
	resultUnrecorded = "unrecorded" // what came of it could not be stored
	resultGivenAway  = "given_away" // it is for others to record: this process has just begun to stand by
)

// resultNeedless is that of a read that was ended because others have told all there is. It counts as none.
const resultNeedless = ""

// attempt asks for as long as asking lasts, records what comes of it for as long as ctx does, and returns the result.
// Several may run at the same time.
func (r *reader) attempt(ctx, asking context.Context, currenciesSince time.Time) string {
	began := time.Now()
	result, err := r.poll(ctx, asking, currenciesSince, began)
	switch lost, ok := errors.AsType[unrecorded](err); {
	case err == nil:
		return result
	case ctx.Err() != nil:
	case errors.Is(err, wallet.ErrStandsBy):
		return resultGivenAway
	case ok:
		r.log.Error("recording a poll failed", "error", lost.error)
		return resultUnrecorded
	case ended(asking, errNeedless):
		return resultNeedless
	case ended(asking, errLate): // whoever ended it records that
	default:
		switch err := r.fail(ctx, err, began); {
		case errors.Is(err, wallet.ErrStandsBy):
			return resultGivenAway
		case err != nil && ctx.Err() == nil:
			r.log.Error("recording a failed poll failed", "error", err)
			return resultUnrecorded
		}
	}
	return resultFailed
}

func (r *reader) poll(ctx, asking context.Context, currenciesSince, began time.Time) (string, error) {
	poll, err := r.ask(asking, currenciesSince)
	if err != nil {
		return "", err
	}
	if !r.cfg.Balances.Doubtful(poll) {
		return resultOK, r.record(ctx, poll, false, began)
	}
	second, err := r.ask(asking, currenciesSince)
	if err != nil && ended(asking, errNeedless) {
		return "", err
	}
	if err != nil {
		r.log.Warn("a second read to confirm a suspicious one failed", "error", err)
		return resultDoubtful, r.record(ctx, poll, false, began)
	}
	return resultDoubtful, r.record(ctx, second, confirms(second, poll), began)
}

// unrecorded is an error of the ledger, which says nothing about the API.
type unrecorded struct{ error }

func (u unrecorded) Unwrap() error { return u.error }

func (r *reader) record(ctx context.Context, poll *wallet.Poll, confirming bool, began time.Time) error {
	r.recording.Lock()
	defer r.recording.Unlock()
	if err := r.cfg.Balances.RecordPoll(ctx, poll, confirming); err != nil {
		return unrecorded{err}
	}
	if began.After(r.recorded) {
		r.recorded = began
	}
	return nil
}

// fail records that a read failed, unless it, or one that began later, has succeeded meanwhile: the API is well again.
func (r *reader) fail(ctx context.Context, cause error, began time.Time) error {
	kind, message := fault(cause)
	r.log.Warn("poll failed", "kind", kind, "error", cause)
	r.recording.Lock()
	defer r.recording.Unlock()
	if !r.recorded.Before(began) {
		return nil
	}
	return r.cfg.Balances.PollFailed(ctx, r.name, r.cfg.Now().Add(-time.Since(began)), kind, message)
}

func ended(asking context.Context, why error) bool { return errors.Is(context.Cause(asking), why) }

// sleep waits, and reports whether it was not cut short.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
