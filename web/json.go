package web

import (
	"net/url"
	"strconv"
	"time"

	"walletwatch/money"
	"walletwatch/wallet"
)

// walletJSON is the Wallet of interfaces.md, HTTP. What is not known is null, never zero.
type walletJSON struct {
	Account       string             `json:"account"`
	ID            int64              `json:"id"`
	Name          string             `json:"name"`
	Currency      string             `json:"currency"`
	Type          wallet.Type        `json:"type"`
	Balance       *string            `json:"balance"` // null: never read
	DailySpend    *string            `json:"daily_spend"`
	SpendSource   wallet.SpendSource `json:"spend_source"`
	Level         string             `json:"level"`
	Reason        string             `json:"reason"`
	Since         *time.Time         `json:"since"` // null: no alert is open
	Muted         bool               `json:"muted"`
	Thresholds    map[string]string  `json:"thresholds"`
	RunwaySeconds *int64             `json:"runway_seconds"`
	ObservedAt    *time.Time         `json:"observed_at"`
	AgeSeconds    *int64             `json:"age_seconds"`
	Source        *wallet.Source     `json:"source"`
	URL           string             `json:"url,omitempty"` // the page for people; only with an external URL
}

func (s *Server) walletJSON(r reading) walletJSON {
	out := walletJSON{
		Account: r.Account, ID: r.ID, Name: r.Terms.Name, Currency: r.Currency, Type: r.Type,
		SpendSource: wallet.SpendFromNone, Level: r.shown, Reason: r.why, Since: stamp(r.Since), Muted: r.Terms.Mute,
		Thresholds: make(map[string]string, len(r.Thresholds)), ObservedAt: stamp(r.ObservedAt),
	}
	for _, t := range r.Thresholds {
		out.Thresholds[t.Level] = money.FormatDerived(t.Amount, r.Precision)
	}
	if r.spendKnown() {
		out.SpendSource = r.SpendSource
		out.DailySpend = new(money.FormatDerived(r.DailySpend, r.Precision))
	}
	if !r.neverRead() {
		out.Balance = new(money.Format(r.Balance, r.Precision))
		out.AgeSeconds = new(int64(r.age / time.Second))
		out.Source = new(r.Source)
	}
	if runway, ok := r.runway(); ok {
		out.RunwaySeconds = new(int64(runway / time.Second))
	}
	if s.external != "" {
		out.URL = s.external + "/" + walletPath(r.Account, r.ID)
	}
	return out
}

// walletPath is the path of a wallet's page, relative to the status page.
func walletPath(account string, id int64) string {
	return "wallets/" + url.PathEscape(account) + "/" + strconv.FormatInt(id, 10)
}

// alertJSON is the Alert of interfaces.md, HTTP.
type alertJSON struct {
	Account    string         `json:"account"`
	WalletID   *int64         `json:"wallet_id"` // null: the monitor
	Level      string         `json:"level"`
	State      string         `json:"state"`
	Since      *time.Time     `json:"since"`
	ResolvedAt *time.Time     `json:"resolved_at"`
	Confirmed  bool           `json:"confirmed"`
	Deliveries []deliveryJSON `json:"deliveries"`
}

type deliveryJSON struct {
	Receiver   string              `json:"receiver"`
	State      wallet.OutcomeState `json:"state"`
	Attempts   int                 `json:"attempts"`
	LastError  *string             `json:"last_error"` // null: none
	AcceptedAt *time.Time          `json:"accepted_at"`
}

func newAlertJSON(e *wallet.Episode) alertJSON {
	out := alertJSON{
		Account: e.Account, Level: e.Level, State: "resolved", Since: stamp(e.Since), ResolvedAt: stamp(e.ResolvedAt),
		Confirmed: e.Confirmed, Deliveries: []deliveryJSON{},
	}
	if firing(e) {
		out.State = "firing"
	}
	if e.Wallet != 0 {
		out.WalletID = new(e.Wallet)
	}
	for _, o := range e.Outcomes {
		d := deliveryJSON{Receiver: o.Receiver, State: o.State, Attempts: o.Attempts, AcceptedAt: stamp(o.AcceptedAt)}
		if o.LastError != "" {
			d.LastError = new(o.LastError)
		}
		out.Deliveries = append(out.Deliveries, d)
	}
	return out
}

// stamp returns t in UTC, or nil for the zero time.
func stamp(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return new(t.UTC())
}
