package poller

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"slices"
	"time"

	"walletwatch/octopus"
	"walletwatch/wallet"
)

// reader asks one account. Its two jobs run beside each other, and each never beside itself.
type reader struct {
	cfg        *Config
	name       string
	api        API
	log        *slog.Logger
	currencies currencies
	polled     bool // the first poll, which nothing delays, has begun
	read       bool // the first reading of transactions, which nothing delays, has begun
	recheck    recheck
	filling    int // the page of the history that was asked for last; 0: none yet
}

func newReader(cfg *Config, a Account) *reader {
	r := &reader{cfg: cfg, name: a.Name, api: a.API, log: cfg.Logger.With("account", a.Name)}
	r.currencies.byID = make(map[int64]octopus.Currency, len(a.Currencies))
	r.currencies.learn(a.Currencies)
	return r
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
	began := time.Now()
	result, err := r.poll(ctx)
	if ctx.Err() != nil {
		return
	}
	if lost, ok := errors.AsType[unrecorded](err); ok {
		r.log.Error("recording a poll failed", "error", lost.error)
		result = "failed"
	} else if err != nil {
		kind, message := fault(err)
		r.log.Warn("poll failed", "kind", kind, "error", err)
		if err := r.cfg.Balances.PollFailed(ctx, r.name, kind, message); err != nil && ctx.Err() == nil {
			r.log.Error("recording a failed poll failed", "error", err)
		}
		result = "failed"
	}
	r.cfg.Metrics.polls.WithLabelValues(r.name, result).Inc()
	r.cfg.Metrics.duration.WithLabelValues(r.name).Observe(time.Since(began).Seconds())
}

// shortestTimeout gives the API a chance to answer when polls are faster than it is.
const shortestTimeout = 30 * time.Second

// pollTimeout bounds a poll with all its retries.
func (r *reader) pollTimeout() time.Duration { return max(r.cfg.allowance(), shortestTimeout) }

func (r *reader) poll(ctx context.Context) (string, error) {
	asking, cancel := context.WithTimeout(ctx, r.pollTimeout())
	defer cancel()
	poll, err := r.ask(asking)
	if err != nil {
		return "", err
	}
	if !r.cfg.Balances.Doubtful(poll) {
		return "ok", r.record(ctx, poll, false)
	}
	second, err := r.ask(asking)
	if err != nil {
		r.log.Warn("a second read to confirm a suspicious one failed", "error", err)
		return "doubtful", r.record(ctx, poll, false)
	}
	return "doubtful", r.record(ctx, second, confirms(second, poll))
}

// unrecorded is an error of the ledger, which says nothing about the API.
type unrecorded struct{ error }

func (r *reader) record(ctx context.Context, poll *wallet.Poll, confirming bool) error {
	if err := r.cfg.Balances.RecordPoll(ctx, poll, confirming); err != nil {
		return unrecorded{err}
	}
	return nil
}

// confirms reports whether every wallet that the second read shows at nothing was so in the first one too: two answers
// that are wrong in different ways confirm nothing.
func confirms(second, first *wallet.Poll) bool {
	empty := make(map[int64]bool, len(first.Readings))
	for _, r := range first.Readings {
		empty[r.ID] = nothing(r)
	}
	return !slices.ContainsFunc(second.Readings, func(r wallet.Reading) bool { return nothing(r) && !empty[r.ID] })
}

func nothing(r wallet.Reading) bool { return r.Balance != nil && r.Balance.Sign() <= 0 }

// ask reads the wallets endpoint once.
func (r *reader) ask(ctx context.Context) (*wallet.Poll, error) {
	list, err := r.api.Wallets(ctx)
	if err != nil {
		return nil, err
	}
	known, err := r.currencies.of(ctx, r.api, list.Wallets, r.cfg.Now())
	if err != nil {
		return nil, fmt.Errorf("reading the currencies: %w", err)
	}
	poll := &wallet.Poll{Account: r.name, SentAt: list.SentAt, Readings: make([]wallet.Reading, len(list.Wallets))}
	for i, w := range list.Wallets {
		poll.Readings[i] = reading(w, known)
	}
	return poll, nil
}

func reading(w octopus.Wallet, known map[int64]octopus.Currency) wallet.Reading {
	r := wallet.Reading{ID: w.ID, CurrencyID: w.CurrencyID, Type: wallet.Type(w.Type), Balance: w.Amount, Problem: w.Problem}
	c, ok := known[w.CurrencyID]
	if !ok {
		r.Balance, r.Problem = nil, fmt.Sprintf("the API does not list its currency (id %d)", w.CurrencyID)
		return r
	}
	r.Currency, r.Precision = c.Code, c.Precision
	return r
}

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
