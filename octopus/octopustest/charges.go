package octopustest

import (
	"encoding/json"
	"net/http"

	"github.com/shopspring/decimal"

	"walletwatch/money"
)

// moneyDigits is the finest amount seen in the vendor's answers: 4.7405.
const moneyDigits = 4

// maxQuantity caps what charges offers, whatever the wallet holds.
const maxQuantity = 1000

// SetRate sets the price of one unit of a product's currency in a wallet's currency. Without a rate, a product can
// only be paid in its own currency.
func (s *Server) SetRate(product, wallet string, rate decimal.Decimal) {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	s.world.rates[[2]string{product, wallet}] = rate
}

// quote is what a purchase would cost.
type quote struct {
	product        Product
	quantity       int64
	face, discount decimal.Decimal // in the product's currency
	payable        decimal.Decimal // in the wallet's currency
	wallet         *walletState
	exchange       *exchange // nil: one currency
}

func (w *world) quote(req OrderRequest) (quote, *apiError) {
	p, ok := w.product(req.ProductID)
	if !ok {
		return quote{}, missing("Product not found")
	}
	switch {
	case req.Quantity < 1 || req.Quantity > maxQuantity:
		return quote{}, invalid("quantity must be a whole number from 1 to 1000")
	case req.Denomination.LessThan(p.Min) || req.Denomination.GreaterThan(p.Max):
		return quote{}, badRequest("DENOMINATION_NOT_AVAILABLE", "The denomination is not available for this product")
	}
	wallet, err := w.payer(req.WalletID, p.Currency)
	if err != nil {
		return quote{}, err
	}
	q := quote{product: p, quantity: req.Quantity, wallet: wallet}
	q.face = req.Denomination.Mul(decimal.NewFromInt(req.Quantity))
	q.discount = q.face.Mul(p.Discount.Shift(-2)).Round(moneyDigits)
	q.payable = q.face.Sub(q.discount)
	if wallet.currency.Code == p.Currency {
		return q, nil
	}
	rate, ok := w.rates[[2]string{p.Currency, wallet.currency.Code}]
	if !ok {
		return quote{}, badRequest("FX_RATE_UNAVAILABLE", "No exchange rate for this wallet and product")
	}
	q.exchange = &exchange{source: wallet.currency.Code, destination: p.Currency, rate: rate}
	q.payable = q.payable.Mul(rate).RoundUp(moneyDigits)
	return q, nil
}

// payer is the wallet named in the request, or else the one in the product's currency.
func (w *world) payer(id int64, currency string) (*walletState, *apiError) {
	if id != 0 {
		if found := w.walletByID[id]; found != nil {
			return found, nil
		}
		return nil, missing("Wallet not found")
	}
	for _, candidate := range w.wallets {
		if candidate.currency.Code == currency {
			return candidate, nil
		}
	}
	return nil, badRequest("WALLET_NOT_FOUND", "There is no wallet in this currency")
}

type chargesDetails struct {
	SourceCurrency      string      `json:"source_currency"`
	DestinationCurrency string      `json:"destination_currency"`
	ForexRate           json.Number `json:"forex_rate"`
	ConversionFee       json.Number `json:"conversion_fee"`
}

type chargesJSON struct {
	NonDiscountedTotal json.Number    `json:"non_discounted_total"`
	DiscountAmount     json.Number    `json:"discount_amount"`
	TotalAmount        json.Number    `json:"total_amount"`
	NetAmount          json.Number    `json:"net_amount"`
	HandlingFeeAmount  json.Number    `json:"handling_fee_amount"`
	TotalPayable       json.Number    `json:"total_payable"`
	MaxQuantity        int64          `json:"max_quantity"`
	Details            chargesDetails `json:"charges_details"`
}

func (s *Server) charges(r *http.Request) (*Answer, *apiError) {
	id, err := parseID(r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	var body orderBody
	if err := decodeBody(r, &body); err != nil {
		return nil, err
	}
	body.ProductID = id
	req, err := body.request(VoucherOrder)
	if err != nil {
		return nil, err
	}
	s.world.mu.RLock()
	defer s.world.mu.RUnlock()
	q, err := s.world.quote(req)
	if err != nil {
		return nil, err
	}
	return encoded(http.StatusOK, q.json()), nil
}

func (q quote) json() chargesJSON {
	rate := decimal.NewFromInt(1)
	if q.exchange != nil {
		rate = q.exchange.rate
	}
	net := number(q.face.Sub(q.discount))
	return chargesJSON{
		NonDiscountedTotal: number(q.face), DiscountAmount: number(q.discount), TotalAmount: net, NetAmount: net,
		HandlingFeeAmount: "0", TotalPayable: json.Number(money.Format(q.payable, q.wallet.currency.Precision)),
		MaxQuantity: q.affordable(),
		Details: chargesDetails{
			SourceCurrency: q.wallet.currency.Code, DestinationCurrency: q.product.Currency,
			ForexRate: number(rate), ConversionFee: "0",
		},
	}
}

// affordable is how many of these the wallet can pay.
func (q quote) affordable() int64 {
	if q.wallet.kind == Postpaid || !q.payable.IsPositive() {
		return maxQuantity
	}
	if !q.wallet.balance.IsPositive() {
		return 0
	}
	times, _ := q.wallet.balance.Mul(decimal.NewFromInt(q.quantity)).QuoRem(q.payable, 0)
	return decimal.Min(times, decimal.NewFromInt(maxQuantity)).IntPart()
}
