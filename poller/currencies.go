package poller

import (
	"context"
	"maps"
	"sync"
	"time"

	"walletwatch/octopus"
)

// currenciesKept is how long the list of currencies is used before it is asked for again; it changes rarely.
const currenciesKept = 24 * time.Hour

// currencies remembers what currency an id stands for. Its methods may be called at the same time, and asking the API
// holds none of them up.
type currencies struct {
	mu   sync.Mutex
	byID map[int64]octopus.Currency // never changed, only replaced
	read time.Time                  // zero: never asked
}

func knowing(list []octopus.Currency) *currencies {
	c := &currencies{}
	c.learn(list, time.Time{})
	return c
}

// learn takes a list over and returns all that is known now. A currency that is no longer listed stays known: a list
// with a gap must not blind us.
func (c *currencies) learn(list []octopus.Currency, read time.Time) map[int64]octopus.Currency {
	c.mu.Lock()
	defer c.mu.Unlock()
	known := make(map[int64]octopus.Currency, len(c.byID)+len(list))
	maps.Copy(known, c.byID)
	for _, one := range list {
		known[one.ID] = one
	}
	c.byID, c.read = known, read
	return known
}

func (c *currencies) known() (byID map[int64]octopus.Currency, read time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.byID, c.read
}

// of returns the currencies, asking for them when they were not read after since (zero: any age will do) or a wallet has
// one that is not known. When they cannot be read, those already known serve on; without any it is an error.
func (c *currencies) of(ctx context.Context, api API, wallets []octopus.Wallet, since, now time.Time) (map[int64]octopus.Currency, error) {
	known, read := c.known()
	if (since.IsZero() || read.After(since)) && all(wallets, known) {
		return known, nil
	}
	list, err := api.Currencies(ctx)
	if err != nil {
		if known, _ = c.known(); all(wallets, known) && len(known) > 0 {
			return known, nil
		}
		return nil, err
	}
	return c.learn(list, now), nil
}

func all(wallets []octopus.Wallet, known map[int64]octopus.Currency) bool {
	for _, w := range wallets {
		if _, ok := known[w.CurrencyID]; !ok {
			return false
		}
	}
	return true
}
