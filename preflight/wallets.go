package preflight

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"walletwatch/money"
	"walletwatch/octopus"
	"walletwatch/wallet"
)

func (a *Account) listWallets(ctx context.Context) Finding {
	list, err := a.client.Wallets(ctx)
	if err != nil {
		return refusal(err)
	}
	a.wallets = list.Wallets
	a.currencies = map[int64]octopus.Currency{}
	// Without the list of currencies, wallets are called by the number of theirs.
	currencies, _ := a.client.Currencies(ctx)
	for _, c := range currencies {
		a.currencies[c.ID] = c
	}
	return a.judgeWallets()
}

func (a *Account) judgeWallets() Finding {
	var funded, empty, unreadable, credit []string
	for _, w := range a.wallets {
		switch {
		case onCredit(w):
			credit = append(credit, a.currency(w).Code)
		case w.Amount == nil:
			unreadable = append(unreadable, fmt.Sprintf("wallet %d (%s)", w.ID, w.Problem))
		case w.Amount.IsPositive():
			funded = append(funded, a.amount(*w.Amount, a.currency(w)))
		default:
			empty = append(empty, a.amount(*w.Amount, a.currency(w)))
		}
	}
	prepaid := len(funded) + len(empty) + len(unreadable)
	text := fmt.Sprintf("%d of %d prepaid wallets funded", len(funded), prepaid) +
		listed("", funded) + listed("; not funded", empty) + listed("; unreadable", unreadable) + listed("; postpaid", credit)
	switch {
	case len(a.wallets) == 0:
		return failed("ask the account manager for a wallet", "the account has no wallets")
	case len(funded) == 0 && len(credit) == 0:
		return failed("top up a wallet", "%s", text)
	case len(unreadable) > 0:
		return warned("ask the vendor about the unreadable amounts", "%s", text)
	case len(empty) > 0:
		return warned("top up the wallets that are used, and mute the others in thresholds.yaml", "%s", text)
	}
	return passed("%s", text)
}

func listed(label string, items []string) string {
	if len(items) == 0 {
		return ""
	}
	slices.Sort(items)
	return label + ": " + strings.Join(items, ", ")
}

// currency is that of a wallet, named by its number where the API does not tell.
func (a *Account) currency(w octopus.Wallet) octopus.Currency {
	if c, ok := a.currencies[w.CurrencyID]; ok && c.Code != "" {
		return c
	}
	return octopus.Currency{ID: w.CurrencyID, Code: fmt.Sprintf("(currency %d)", w.CurrencyID), Precision: money.DefaultPrecision}
}

// amount writes an amount with all its digits: a balance below a cent is not nothing.
func (a *Account) amount(d decimal.Decimal, c octopus.Currency) string {
	return money.Human(d, max(c.Precision, -d.Exponent()), c.Code)
}

// onCredit reports whether a wallet is settled later, so that a low balance is normal.
func onCredit(w octopus.Wallet) bool { return wallet.Type(w.Type) == wallet.Postpaid }
