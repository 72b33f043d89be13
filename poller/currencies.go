package poller

import (
	"context"
	"time"

	"walletwatch/octopus"
)

// currenciesKept is how long the list of currencies is used before it is asked for again; it changes rarely.
const currenciesKept = 24 * time.Hour

// currencies remembers what currency an id stands for.
type currencies struct {
	byID map[int64]octopus.Currency
	read time.Time // zero: never asked
}

// learn takes a list over. A currency that is no longer listed stays known: a list with a gap must not blind us.
func (c *currencies) learn(list []octopus.Currency) {
	for _, one := range list {
		c.byID[one.ID] = one
	}
}

// of returns the currencies, asking for them when they are old or a wallet has one that is not known. When they
// cannot be read, those already known serve on; without any it is an error.
func (c *currencies) of(ctx context.Context, api API, wallets []octopus.Wallet, now time.Time) (map[int64]octopus.Currency, error) {
	if now.Sub(c.read) < currenciesKept && c.all(wallets) {
		return c.byID, nil
	}
	list, err := api.Currencies(ctx)
	if err != nil {
		if c.all(wallets) && len(c.byID) > 0 {
			return c.byID, nil
		}
		return nil, err
	}
	c.learn(list)
	c.read = now
	return c.byID, nil
}

func (c *currencies) all(wallets []octopus.Wallet) bool {
	for _, w := range wallets {
		if _, ok := c.byID[w.CurrencyID]; !ok {
			return false
		}
	}
	return true
}
