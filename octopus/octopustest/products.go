package octopustest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"

	"github.com/shopspring/decimal"

	"walletwatch/money"
)

// Product is a gift card on sale.
type Product struct {
	ID       int64 // 0: one above the highest
	Name     string
	Currency string
	Min, Max decimal.Decimal // the denominations on offer
	Discount decimal.Decimal // percent off the face value; that it is a percentage is our reading
}

// AddProduct adds a product, or replaces the one with the same id, and returns its id.
func (s *Server) AddProduct(p Product) int64 {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	return s.world.putProduct(p)
}

// Products returns all products in the order of the API.
func (s *Server) Products() []Product {
	s.world.mu.RLock()
	defer s.world.mu.RUnlock()
	return slices.Clone(s.world.products)
}

func (w *world) putProduct(p Product) int64 {
	if p.ID == 0 {
		for _, old := range w.products {
			p.ID = max(p.ID, old.ID)
		}
		p.ID++
	}
	i := slices.IndexFunc(w.products, func(old Product) bool { return old.ID == p.ID })
	if i >= 0 {
		w.products[i] = p
		return p.ID
	}
	w.products = append(w.products, p)
	return p.ID
}

// needProduct makes sure that something can be bought in a currency.
func (w *world) needProduct(currency string) {
	if slices.ContainsFunc(w.products, func(p Product) bool { return p.Currency == currency }) {
		return
	}
	unit := decimal.New(1, -money.Precision(currency)) // one cent, one yen
	w.putProduct(Product{
		Name: "Simulated Gift Card " + currency, Currency: currency,
		Min: unit.Shift(2), Max: unit.Shift(5), Discount: decimal.RequireFromString("2.5"),
	})
}

func (w *world) product(id int64) (Product, bool) {
	i := slices.IndexFunc(w.products, func(p Product) bool { return p.ID == id })
	if i < 0 {
		return Product{}, false
	}
	return w.products[i], true
}

type productJSON struct {
	ID            int64              `json:"id"`
	Name          string             `json:"name"`
	CurrencyCode  string             `json:"currency_code"`
	Denominations []denominationJSON `json:"available_denominations"`
}

type denominationJSON struct {
	MinValue json.Number `json:"min_value"`
	MaxValue json.Number `json:"max_value"`
	Discount json.Number `json:"discount"`
}

func (s *Server) listProducts(r *http.Request) (*Answer, *apiError) {
	p, err := parsePage(r.URL.Query(), s.cfg.PageLimit)
	if err != nil {
		return nil, err
	}
	s.world.mu.RLock()
	defer s.world.mu.RUnlock()
	p.total = len(s.world.products)
	list := []productJSON{}
	from, to := p.bounds()
	for _, product := range s.world.products[from:to] {
		list = append(list, product.json())
	}
	return p.answer(encoded(http.StatusOK, list).Body), nil
}

func (p Product) json() productJSON {
	return productJSON{p.ID, p.Name, p.Currency, []denominationJSON{{
		MinValue: number(p.Min), MaxValue: number(p.Max), Discount: number(p.Discount),
	}}}
}

func number(d decimal.Decimal) json.Number { return json.Number(d.String()) }

func parseID(text string) (int64, *apiError) {
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || id < 1 {
		return 0, invalid("id must be a whole number from 1 up")
	}
	return id, nil
}
