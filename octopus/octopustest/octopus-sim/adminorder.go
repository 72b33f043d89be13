package main

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/shopspring/decimal"

	"walletwatch/money"
	"walletwatch/octopus/octopustest"
)

const orderHelp = `  POST /sim/order?wallet=1&amount=25       place an order; the answer is the vendor's.
       Also kind=voucher|topup|esim, quantity=1, product= (default: the first in
       the wallet's currency), reference=, and status=FAILED or another outcome
  POST /sim/orderbalance?path=wallet.balance
       show balances there in answers to orders; an empty path shows none
`

// order answers as the vendor does, so that its answer can be passed on as it is.
func (a admin) order(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	body, err := a.placeOrder(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(append(body, '\n'))
}

func (a admin) placeOrder(r *http.Request) ([]byte, error) {
	wallet, amount, err := a.walletAndAmount(r)
	if err != nil {
		return nil, err
	}
	req := octopustest.OrderRequest{
		Denomination: amount, WalletID: wallet.ID, Quantity: 1, Reference: r.FormValue("reference"),
	}
	if req.Kind, err = kindOf(r.FormValue("kind")); err != nil {
		return nil, err
	}
	if text := r.FormValue("quantity"); text != "" {
		if req.Quantity, err = strconv.ParseInt(text, 10, 64); err != nil {
			return nil, fmt.Errorf("quantity must be a whole number, not %q", text)
		}
	}
	if req.ProductID, err = a.product(r.FormValue("product"), wallet.Currency, amount); err != nil {
		return nil, err
	}
	if req.Outcome, err = outcomeOf(r.FormValue("status")); err != nil {
		return nil, err
	}
	return a.server.Order(req)
}

func (a admin) product(id, currency string, amount decimal.Decimal) (int64, error) {
	if id != "" {
		n, err := strconv.ParseInt(id, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("product must be a number, not %q", id)
		}
		return n, nil
	}
	for _, p := range a.server.Products() {
		if p.Currency != currency {
			continue
		}
		if amount.LessThan(p.Min) || amount.GreaterThan(p.Max) {
			digits := money.Precision(currency)
			return 0, fmt.Errorf("amount must be from %s to %s", money.Format(p.Min, digits), money.Human(p.Max, digits, currency))
		}
		return p.ID, nil
	}
	return 0, fmt.Errorf("there is no product in %s; name one with product=", currency)
}

func kindOf(text string) (octopustest.OrderKind, error) {
	switch text {
	case "", "voucher":
		return octopustest.VoucherOrder, nil
	case "topup":
		return octopustest.TopUpOrder, nil
	case "esim":
		return octopustest.ESIMOrder, nil
	}
	return 0, fmt.Errorf("kind must be voucher, topup or esim, not %q", text)
}

func outcomeOf(text string) (string, error) {
	known := []string{
		"", octopustest.OrderPending, octopustest.OrderDelivered, octopustest.OrderPartiallyDelivered,
		octopustest.OrderFailed, octopustest.OrderCancelled,
	}
	if !slices.Contains(known, text) {
		return "", fmt.Errorf("status must be one of %q, not %q", known[1:], text)
	}
	return text, nil
}

func (a admin) orderBalance(r *http.Request) (string, error) {
	path := r.FormValue("path")
	if err := octopustest.CheckOrderBalance(path); err != nil {
		return "", err
	}
	a.server.SetOrderBalance(path)
	if path == "" {
		return "answers to orders show no balance", nil
	}
	return "answers to orders show the balance at " + path, nil
}
