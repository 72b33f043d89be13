package main

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"

	"walletwatch/money"
	"walletwatch/octopus/octopustest"
)

const adminHelp = `  POST /sim/topup?wallet=1&amount=500      credit a wire transfer
  POST /sim/balance?wallet=1&amount=3.50   set a balance, without a ledger row
  POST /sim/fail?route=GET+/api/v1/wallets&status=503&times=3
       make requests fail: route may be *, status a number from 400, reset or
       hang; times=0 lasts until healed
  POST /sim/heal?route=*                   forget faults
` + orderHelp + `  GET  /sim/                               routes and balances
`

const (
	maxTimes = 1_000_000
	maxForm  = 64 << 10
)

// admin steers the simulated world. It is no part of the vendor's API and asks for no credentials.
type admin struct{ server *octopustest.Server }

// newAdmin refuses requests that a web page elsewhere makes a browser send.
func newAdmin(s *octopustest.Server) http.Handler {
	a := admin{s}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /sim/{$}", a.show)
	mux.HandleFunc("POST /sim/topup", told(a.topUp))
	mux.HandleFunc("POST /sim/balance", told(a.setBalance))
	mux.HandleFunc("POST /sim/fail", told(a.fail))
	mux.HandleFunc("POST /sim/heal", told(a.heal))
	mux.HandleFunc("POST /sim/order", a.order)
	mux.HandleFunc("POST /sim/orderbalance", told(a.orderBalance))
	return http.NewCrossOriginProtection().Handler(mux)
}

// told answers with one line that says what was done, or what is wrong.
func told(do func(*http.Request) (string, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		line, err := do(r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		fmt.Fprintln(w, line)
	}
}

func (a admin) show(w http.ResponseWriter, _ *http.Request) {
	fmt.Fprintf(w, "Simulated Octopus Cards API\n\n%s\nroutes:\n  %s\n\n%s\n",
		adminHelp, strings.Join(a.server.Routes(), "\n  "), balances(a.server))
}

func (a admin) topUp(r *http.Request) (string, error) {
	w, amount, err := a.walletAndAmount(r)
	if err != nil {
		return "", err
	}
	if !amount.IsPositive() {
		return "", fmt.Errorf("amount must be above 0, not %s", amount)
	}
	a.server.TopUp(w.ID, amount)
	return a.holds(w), nil
}

func (a admin) setBalance(r *http.Request) (string, error) {
	w, amount, err := a.walletAndAmount(r)
	if err != nil {
		return "", err
	}
	a.server.SetBalance(w.ID, amount)
	return a.holds(w), nil
}

func (a admin) holds(w octopustest.Wallet) string {
	return fmt.Sprintf("wallet %d now holds %s", w.ID, money.Human(a.server.Balance(w.ID), money.Precision(w.Currency), w.Currency))
}

func (a admin) walletAndAmount(r *http.Request) (octopustest.Wallet, decimal.Decimal, error) {
	var none octopustest.Wallet
	all := a.server.Wallets()
	i := slices.IndexFunc(all, func(w octopustest.Wallet) bool { return strconv.FormatInt(w.ID, 10) == r.FormValue("wallet") })
	if i < 0 {
		return none, decimal.Decimal{}, fmt.Errorf("wallet must be a number from 1 to %d, not %q", len(all), r.FormValue("wallet"))
	}
	amount, err := money.Parse(r.FormValue("amount"))
	if err != nil {
		return none, decimal.Decimal{}, fmt.Errorf("reading amount: %w", err)
	}
	return all[i], amount, nil
}

func (a admin) fail(r *http.Request) (string, error) {
	route, err := a.route(r)
	if err != nil {
		return "", err
	}
	fault, err := faultOf(r.FormValue("status"))
	if err != nil {
		return "", err
	}
	times := 1
	if text := r.FormValue("times"); text != "" {
		if times, err = strconv.Atoi(text); err != nil || times < 0 || times > maxTimes {
			return "", fmt.Errorf("times must be a number from 0 to %d, not %q", maxTimes, text)
		}
	}
	if times == 0 {
		a.server.FailAlways(route, fault)
		return fmt.Sprintf("requests to %s fail until healed", route), nil
	}
	fault.Times = times
	a.server.Fail(route, fault)
	return fmt.Sprintf("the next requests to %s fail: %d", route, times), nil
}

func (a admin) heal(r *http.Request) (string, error) {
	route, err := a.route(r)
	if err != nil {
		return "", err
	}
	a.server.Heal(route)
	return "no more faults at " + route, nil
}

func (a admin) route(r *http.Request) (string, error) {
	route := r.FormValue("route")
	if route == octopustest.AnyRoute || slices.Contains(a.server.Routes(), route) {
		return route, nil
	}
	return "", fmt.Errorf("route must be * or one of: %s; it is %q", strings.Join(a.server.Routes(), ", "), route)
}

func faultOf(status string) (octopustest.Fault, error) {
	switch status {
	case "reset":
		return octopustest.ConnectionReset(), nil
	case "hang":
		return octopustest.Hanging(), nil
	}
	code, err := strconv.Atoi(status)
	if err != nil || code < 400 || code > 599 {
		return octopustest.Fault{}, fmt.Errorf("status must be a number from 400 to 599, reset or hang, not %q", status)
	}
	return octopustest.Answering(code), nil
}
