package preflight

import (
	"context"
	"fmt"
	"slices"

	"github.com/shopspring/decimal"

	"walletwatch/money"
	"walletwatch/octopus"
)

// chooseProduct is what to do where the catalogue does not say what to ask the price of.
const chooseProduct = "name a product with --product and --denomination"

// lookedAt is how many products are looked through for one that can be paid.
const lookedAt = 50

func (a *Account) catalogue(ctx context.Context) Finding {
	products, err := a.client.Products(ctx, 1)
	if err != nil {
		return refusal(err)
	}
	if len(products) == 0 {
		return failed("ask the account manager to enable products for the account", "the catalogue is empty")
	}
	a.product = &products[0]
	return passed("the first product is %d (%s)", a.product.ID, a.product.Name)
}

// charges asks for the price and judges it. An order needs a price that makes sense and that the wallet can pay.
func (a *Account) charges(ctx context.Context) Finding {
	if a.purchase == nil {
		if a.purchase = smallest(a.affordable(ctx)); a.purchase == nil {
			return skipped(chooseProduct, "not checked: the catalogue shows nothing to ask the price of")
		}
		defer func() { a.purchase = nil }() // it is never bought: what to buy is said, not found
	}
	price, err := a.client.Charges(ctx, *a.purchase)
	if err != nil {
		return refusal(err)
	}
	text := fmt.Sprintf("%s would cost %s", describe(*a.purchase), money.Human(price.Payable, places(price.Payable, price.Source), price.Source))
	switch {
	case !price.Payable.IsPositive():
		return failed("ask the vendor why", "%s, which cannot be", text)
	case price.Source == price.Destination && price.Face.IsPositive() && price.Payable.GreaterThan(price.Face.Add(price.Fee)):
		return failed("ask the vendor why", "%s, which is more than what it is worth and the fees", text)
	}
	return a.judgePrice(price, text)
}

func (a *Account) judgePrice(price octopus.Charges, text string) Finding {
	paying := a.payingWallet(price.Source)
	short := price.MaxQuantity != nil && price.MaxQuantity.LessThan(decimal.NewFromInt(a.purchase.Quantity))
	switch {
	case paying != nil && !onCredit(*paying) && paying.Amount != nil && paying.Amount.LessThan(price.Payable):
		return failed("top the wallet up", "%s, but wallet %d holds %s", text, paying.ID, a.amount(*paying.Amount, a.currency(*paying)))
	case short:
		return failed("top the wallet up", "%s, but the API says that at most %s can be bought", text, price.MaxQuantity)
	}
	a.price = &price
	switch {
	case paying != nil && onCredit(*paying):
		return passed("%s, on credit of wallet %d", text, paying.ID)
	case paying != nil && paying.Amount != nil:
		return passed("%s; wallet %d holds %s", text, paying.ID, a.amount(*paying.Amount, a.currency(*paying)))
	case price.MaxQuantity != nil:
		return passed("%s, and the API says that it can be paid", text)
	}
	return warned("look into the check of the wallets", "%s, but whether a wallet can pay it is not known", text)
}

// payingWallet is the wallet in a currency, of which a client has one; nil: not known.
func (a *Account) payingWallet(code string) *octopus.Wallet {
	i := slices.IndexFunc(a.wallets, func(w octopus.Wallet) bool { return code != "" && a.currency(w).Code == code })
	if i < 0 {
		return nil
	}
	return &a.wallets[i]
}

// affordable is the first product that is sold in the currency of a wallet with money, or else the first of all: a
// product is paid from the wallet of its currency. nil: none is known.
func (a *Account) affordable(ctx context.Context) *octopus.Product {
	if a.product == nil || a.canBuy(*a.product) {
		return a.product
	}
	products, err := a.client.Products(ctx, lookedAt)
	if i := slices.IndexFunc(products, a.canBuy); err == nil && i >= 0 {
		return &products[i]
	}
	return a.product
}

// canBuy reports whether there is money in the currency of a product that says what it can be worth.
func (a *Account) canBuy(p octopus.Product) bool {
	return len(p.Denominations) > 0 && slices.ContainsFunc(a.wallets, func(w octopus.Wallet) bool {
		return a.currency(w).Code == p.Currency && (onCredit(w) || w.Amount != nil && w.Amount.IsPositive())
	})
}

// smallest is one unit of a product at its smallest denomination; nil: there is none.
func smallest(p *octopus.Product) *octopus.Purchase {
	if p == nil || len(p.Denominations) == 0 {
		return nil
	}
	least := slices.MinFunc(p.Denominations, func(x, y octopus.Denomination) int { return x.Min.Cmp(y.Min) })
	return &octopus.Purchase{ProductID: p.ID, Denomination: least.Min, Quantity: 1}
}

func describe(p octopus.Purchase) string {
	return fmt.Sprintf("%d × denomination %s of product %d", p.Quantity, p.Denomination, p.ProductID)
}

// places shows all digits of an amount, and at least as many as its currency has.
func places(d decimal.Decimal, code string) int32 { return max(money.Precision(code), -d.Exponent()) }
