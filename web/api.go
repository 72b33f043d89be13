package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"walletwatch/problem"
	"walletwatch/wallet"
)

func (s *Server) listWallets(w http.ResponseWriter, r *http.Request) error {
	known := append(levelNames(s.source.Policy()), wallet.OK, wallet.Learning, wallet.Unknown)
	f, err := s.filterOf(r, known)
	if err != nil {
		return err
	}
	now, list := s.now(), []walletJSON{}
	for _, v := range readings(s.source, now) {
		if f.matches(v.Account, v.shown) {
			list = append(list, s.walletJSON(v))
		}
	}
	return sendJSON(w, list)
}

func (s *Server) getWallet(w http.ResponseWriter, r *http.Request) error {
	account, id := r.PathValue("account"), r.PathValue("id")
	_, found, ok := find(s.source.Snapshot(), account, id)
	if !ok {
		return problem.NotFound(fmt.Sprintf("Account %q has no wallet %q; GET /api/v1/wallets lists those there are.", account, id))
	}
	return sendJSON(w, s.walletJSON(read(s.source.Policy(), found, s.now())))
}

func (s *Server) listAlerts(w http.ResponseWriter, r *http.Request) error {
	all, known := episodes(s.source.Snapshot()), levelNames(s.source.Policy())
	for _, e := range all { // a level may have left the policy since
		if !slices.Contains(known, e.Level) {
			known = append(known, e.Level)
		}
	}
	f, err := s.filterOf(r, known)
	if err != nil {
		return err
	}
	list := []alertJSON{}
	for i := range all {
		if f.matches(all[i].Account, all[i].Level) {
			list = append(list, newAlertJSON(&all[i]))
		}
	}
	return sendJSON(w, list)
}

// filter is ?account= and ?level=; several of one kind mean any of them, none means all.
type filter struct{ accounts, levels []string }

// filterOf reads the filter of a request. Misspelt names are problems: an empty list would read as "all is well".
func (s *Server) filterOf(r *http.Request, levels []string) (filter, error) {
	query := r.URL.Query()
	f := filter{accounts: given(query["account"]), levels: given(query["level"])}
	var accounts []string
	for _, a := range s.source.Snapshot().Accounts {
		accounts = append(accounts, a.Name)
	}
	for _, name := range f.accounts {
		if !slices.Contains(accounts, name) {
			return f, problem.NotFound(fmt.Sprintf("There is no account %q; there is %s.", name, strings.Join(accounts, ", ")))
		}
	}
	for _, name := range f.levels {
		if !slices.Contains(levels, name) {
			return f, &problem.Problem{Status: http.StatusBadRequest, Code: "UNKNOWN_LEVEL", Message: fmt.Sprintf("There is no level %q; the levels are %s.", name, strings.Join(levels, ", "))}
		}
	}
	return f, nil
}

func given(values []string) []string {
	return slices.DeleteFunc(values, func(v string) bool { return v == "" })
}

func (f filter) matches(account, level string) bool {
	return (len(f.accounts) == 0 || slices.Contains(f.accounts, account)) &&
		(len(f.levels) == 0 || slices.Contains(f.levels, level))
}

func sendJSON(w http.ResponseWriter, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("writing JSON: %w", err)
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(append(text, '\n'))
	return nil
}
