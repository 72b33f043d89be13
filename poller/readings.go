package poller

import (
	"context"
	"fmt"
	"slices"
	"time"

	"walletwatch/octopus"
	"walletwatch/wallet"
)

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

// ask reads the wallets endpoint once, and the currencies as currencies.of says.
func (r *reader) ask(ctx context.Context, currenciesSince time.Time) (*wallet.Poll, error) {
	list, err := r.api.Wallets(ctx)
	if err != nil {
		return nil, err
	}
	known, err := r.currencies.of(ctx, r.api, list.Wallets, currenciesSince, r.cfg.Now())
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
