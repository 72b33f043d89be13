package octopustest

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/shopspring/decimal"

	"walletwatch/money"
)

// The two types of wallet.
const (
	Prepaid  = "PREPAID"
	Postpaid = "POSTPAID"
)

// Wallet is a wallet of the simulated account.
type Wallet struct {
	ID       int64  // 0: one above the highest
	Currency string // a code; added to the world's currencies when it is new
	Type     string // "": Prepaid
	Balance  decimal.Decimal
}

type walletState struct {
	id       int64
	currency Currency
	kind     string
	balance  decimal.Decimal
}

// AddWallet adds a wallet, or replaces the one with the same id, and returns its id. The ledger gets no row. The
// first wallet of a currency brings a product along that it can pay.
func (s *Server) AddWallet(w Wallet) int64 {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	if w.ID == 0 {
		w.ID = 1
		if len(s.world.wallets) > 0 {
			w.ID = s.world.wallets[0].id + 1
		}
	}
	if w.Type == "" {
		w.Type = Prepaid
	}
	s.world.needProduct(w.Currency)
	s.world.putWallet(&walletState{w.ID, s.world.needCurrency(w.Currency), w.Type, w.Balance})
	return w.ID
}

// RemoveWallet takes a wallet away. Its ledger stays.
func (s *Server) RemoveWallet(id int64) {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	s.world.mustWallet(id)
	delete(s.world.walletByID, id)
	i, _ := s.world.walletIndex(id)
	s.world.wallets = slices.Delete(s.world.wallets, i, i+1)
}

// SetBalance sets the balance without a ledger row, as nothing in the vendor's world does.
func (s *Server) SetBalance(id int64, amount decimal.Decimal) {
	s.changeWallet(id, func(w *walletState) { w.balance = amount })
}

// SetCurrency moves a wallet to another currency; the amount stays the same number.
func (s *Server) SetCurrency(id int64, code string) {
	s.changeWallet(id, func(w *walletState) { w.currency = s.world.needCurrency(code) })
}

// SetType makes a wallet Prepaid, Postpaid or anything else.
func (s *Server) SetType(id int64, walletType string) {
	s.changeWallet(id, func(w *walletState) { w.kind = walletType })
}

// Balance returns what a wallet holds.
func (s *Server) Balance(id int64) decimal.Decimal {
	s.world.mu.RLock()
	defer s.world.mu.RUnlock()
	return s.world.mustWallet(id).balance
}

// Wallets returns all wallets by ascending id.
func (s *Server) Wallets() []Wallet {
	s.world.mu.RLock()
	defer s.world.mu.RUnlock()
	var list []Wallet
	for _, w := range slices.Backward(s.world.wallets) {
		list = append(list, Wallet{w.id, w.currency.Code, w.kind, w.balance})
	}
	return list
}

func (s *Server) changeWallet(id int64, change func(*walletState)) {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	change(s.world.mustWallet(id))
}

func (w *world) mustWallet(id int64) *walletState {
	found := w.walletByID[id]
	if found == nil {
		panic(fmt.Sprintf("octopustest: there is no wallet %d", id))
	}
	return found
}

func (w *world) putWallet(added *walletState) {
	w.walletByID[added.id] = added
	i, found := w.walletIndex(added.id)
	if found {
		w.wallets[i] = added
		return
	}
	w.wallets = slices.Insert(w.wallets, i, added)
}

func (w *world) walletIndex(id int64) (int, bool) {
	return slices.BinarySearchFunc(w.wallets, id, func(e *walletState, id int64) int {
		return int(min(1, max(-1, id-e.id)))
	})
}

func (s *Server) listWallets(r *http.Request) (*Answer, *apiError) {
	p, err := parsePage(r.URL.Query(), s.cfg.PageLimit)
	if err != nil {
		return nil, err
	}
	s.world.mu.RLock()
	defer s.world.mu.RUnlock()
	p.total = len(s.world.wallets)
	from, to := p.bounds()
	return p.answer(appendList(from, to, func(buf []byte, i int) []byte {
		w := s.world.wallets[i]
		return walletJSON{w.id, w.currency.ID, []byte(w.amount()), w.kind}.append(buf)
	})), nil
}

// amount is the balance as the API writes it.
func (on *walletState) amount() string { return money.Format(on.balance, on.currency.Precision) }

func (w walletJSON) append(buf []byte) []byte {
	buf = append(buf, `{"id":`...)
	buf = strconv.AppendInt(buf, w.ID, 10)
	buf = append(buf, `,"currency_id":`...)
	buf = strconv.AppendInt(buf, w.CurrencyID, 10)
	buf = append(buf, `,"amount":`...)
	buf = append(buf, w.Amount...)
	buf = append(buf, `,"type":`...)
	buf = appendString(buf, w.Type)
	return append(buf, '}')
}
