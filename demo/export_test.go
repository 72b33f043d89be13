package demo

import "github.com/shopspring/decimal"

// BurstLeaves returns what the burst would leave of a balance.
func (w *World) BurstLeaves(balance decimal.Decimal) (left decimal.Decimal, err error) {
	w.API.SetBalance(shopWallet, balance)
	p, err := w.shopping()
	if err != nil {
		return left, err
	}
	paid := p.face().Mul(decimal.NewFromInt(burstOrders)).Mul(decimal.RequireFromString("0.975"))
	return balance.Sub(paid), nil
}
