package octopustest

import (
	"net/http"
	"slices"

	"walletwatch/money"
)

// Currency is a currency the API knows.
type Currency struct {
	ID        int64  // 0: the next free one
	Name      string // "": an English name where one is known, else the code
	Code      string // ISO 4217, or whatever the account uses
	Precision int32  // digits of the minor unit
}

// AddCurrency adds a currency, or replaces the one with the same code and keeps its id unless c names another.
// Wallets add their currencies by themselves, with the ISO precision: AddCurrency is for other codes and ids.
func (s *Server) AddCurrency(c Currency) int64 {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	return s.world.putCurrency(c)
}

func (s *Server) currencyID(code string) int64 {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	return s.world.needCurrency(code).ID
}

func (w *world) putCurrency(c Currency) int64 {
	if c.Name == "" {
		c.Name = englishName(c.Code)
	}
	i := slices.IndexFunc(w.currencies, func(old Currency) bool { return old.Code == c.Code })
	if i >= 0 {
		if c.ID == 0 {
			c.ID = w.currencies[i].ID
		}
		w.currencies[i] = c
		for _, wallet := range w.wallets {
			if wallet.currency.Code == c.Code {
				wallet.currency = c
			}
		}
		return c.ID
	}
	if c.ID == 0 {
		for _, old := range w.currencies {
			c.ID = max(c.ID, old.ID)
		}
		c.ID++
	}
	w.currencies = append(w.currencies, c)
	return c.ID
}

// needCurrency returns the currency with this code and adds it when it is new.
func (w *world) needCurrency(code string) Currency {
	for _, c := range w.currencies {
		if c.Code == code {
			return c
		}
	}
	w.putCurrency(Currency{Code: code, Precision: money.Precision(code)})
	return w.currencies[len(w.currencies)-1]
}

func (w *world) currencyByID(id int64) Currency {
	for _, c := range w.currencies {
		if c.ID == id {
			return c
		}
	}
	return Currency{ID: id, Precision: money.DefaultPrecision}
}

type currencyJSON struct {
	ID        int64  `json:"id"`
	Name      string `json:"name"`
	Currency  string `json:"currency"`
	Precision int32  `json:"precision"`
}

// listCurrencies answers with the whole list: it is short, and paging is not documented for it.
func (s *Server) listCurrencies(*http.Request) (*Answer, *apiError) {
	s.world.mu.RLock()
	defer s.world.mu.RUnlock()
	list := []currencyJSON{}
	for _, c := range s.world.currencies {
		list = append(list, currencyJSON{c.ID, c.Name, c.Code, c.Precision})
	}
	return encoded(http.StatusOK, list), nil
}

func englishName(code string) string {
	switch code {
	case "USD":
		return "US Dollar"
	case "EUR":
		return "Euro"
	case "GBP":
		return "British Pound"
	case "JPY":
		return "Japanese Yen"
	case "INR":
		return "Indian Rupee"
	case "KWD":
		return "Kuwaiti Dinar"
	}
	return code
}
