package octopustest

import (
	"encoding/json"
	"slices"
)

// The faults here change one genuine answer of RouteWallets. A wallet that is not on the page asked for leaves the
// answer as it is.

// walletJSON is a wallet as the API sends it; Amount may hold any text, JSON or not.
type walletJSON struct {
	ID         int64           `json:"id"`
	CurrencyID int64           `json:"currency_id"`
	Amount     json.RawMessage `json:"amount"`
	Type       string          `json:"type"`
}

// EmptyList is an empty list of wallets whose headers agree with it.
func EmptyList() Fault {
	return Fault{Edit: func(e *Edit) {
		e.Body = []byte("[]")
		e.Header.Set("X-Total-Count", "0")
		e.Header.Set("X-Total-Pages", "0")
		e.Header.Set("X-Has-More", "false")
	}}
}

// NullAmount makes one wallet's amount null.
func NullAmount(id int64) Fault { return RawAmount(id, "null") }

// RawAmount puts text in place of one wallet's amount as it is: `"12.50"`, `1e400`, `NaN`.
func RawAmount(id int64, text string) Fault {
	return editWallet(id, func(_ *Edit, w *walletJSON) { w.Amount = json.RawMessage(text) })
}

// ZeroOnce makes one wallet's amount 0.
func ZeroOnce(id int64) Fault { return RawAmount(id, "0") }

// AllZero makes every amount 0.
func AllZero() Fault {
	return editWallets(func(_ *Edit, list []walletJSON) []walletJSON {
		for i := range list {
			list[i].Amount = json.RawMessage("0")
		}
		return list
	})
}

// Missing leaves one wallet out of the list.
func Missing(id int64) Fault {
	return editWallets(func(_ *Edit, list []walletJSON) []walletJSON {
		return slices.DeleteFunc(list, func(w walletJSON) bool { return w.ID == id })
	})
}

// CurrencyChanged shows one wallet in another currency, which is added to the world if need be.
func CurrencyChanged(id int64, code string) Fault {
	return editWallet(id, func(e *Edit, w *walletJSON) { w.CurrencyID = e.server.currencyID(code) })
}

// TypeChanged shows one wallet with another type.
func TypeChanged(id int64, walletType string) Fault {
	return editWallet(id, func(_ *Edit, w *walletJSON) { w.Type = walletType })
}

func editWallet(id int64, change func(*Edit, *walletJSON)) Fault {
	return editWallets(func(e *Edit, list []walletJSON) []walletJSON {
		for i := range list {
			if list[i].ID == id {
				change(e, &list[i])
			}
		}
		return list
	})
}

func editWallets(change func(*Edit, []walletJSON) []walletJSON) Fault {
	return Fault{Edit: func(e *Edit) {
		var list []walletJSON
		if err := json.Unmarshal(e.Body, &list); err != nil {
			panic("octopustest: a fault for the list of wallets was set on another route: " + err.Error())
		}
		list = change(e, list)
		e.Body = appendList(0, len(list), func(buf []byte, i int) []byte { return list[i].append(buf) })
	}}
}
