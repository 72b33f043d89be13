package web_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"walletwatch/wallet"
	"walletwatch/web"
)

// TestHeardBalancesSayWhereTheyAreFrom, on the page, the wallet's page and in JSON; the balance a poll read stands
// beside them.
func TestHeardBalancesSayWhereTheyAreFrom(t *testing.T) {
	for _, test := range []struct {
		source     wallet.Source
		observed   time.Duration
		suspect    time.Duration // 0: not
		row, fact  string
		asked      string // on the wallet's page; "": nothing is asked
		otherwise  string // must not be there
		observedAt string
	}{
		{wallet.FromPoll, 90 * time.Second, 0, "48.50 USD 1 min ago 1,000.00 USD",
			"The balance is 48.50 USD, read from the API 1 min ago.", "", "read 60.00", "2026-11-23T11:58:30Z"},
		{wallet.FromOrder, 20 * time.Second, 0, "48.50 USD 20 s ago from an order response; the poll 1 min ago read 60.00 USD 1,000.00 USD",
			"The balance is 48.50 USD, from an order response 20 s ago; the poll 1 min ago read 60.00 USD.", "", "estimate", "2026-11-23T11:59:40Z"},
		{wallet.FromWebhook, 20 * time.Second, 0, "48.50 USD 20 s ago from a webhook; the poll 1 min ago read 60.00 USD 1,000.00 USD",
			"The balance is 48.50 USD, from a webhook 20 s ago; the poll 1 min ago read 60.00 USD.", "", "estimate", "2026-11-23T11:59:40Z"},
		{wallet.FromEstimate, 20 * time.Second, 7 * time.Second,
			"48.50 USD 20 s ago estimate since the poll 1 min ago , which read 60.00 USD asking the API whether this is so 1,000.00 USD",
			"The balance is 48.50 USD, an estimate since the poll 1 min ago, which read 60.00 USD, with news of 20 s ago.",
			"asking the API whether this is so, for 7 s by now.", "from an order response", "2026-11-23T11:59:40Z"},
		{wallet.FromOrder, 15 * time.Minute, 0, "last known 48.50 USD 15 min ago from an order response; the poll 1 min ago read 60.00 USD",
			"The last known balance is 48.50 USD, from an order response 15 min ago; the poll 1 min ago read 60.00 USD; what it is now is unknown.",
			"", "estimate", "2026-11-23T11:45:00Z"},
	} {
		p := newPolicy()
		w := newWallet(p, 7)
		w.Balance, w.Source, w.ObservedAt = dec("48.5"), test.source, ago(test.observed)
		w.Read, w.ReadAt = dec("60"), ago(90*time.Second)
		if test.suspect > 0 {
			w.Suspect = ago(test.suspect)
		}
		account := wallet.AccountView{Account: wallet.Account{Name: "production"}, Polled: true, Wallets: []*wallet.Wallet{w}}
		h := newServer(t, web.Config{Source: &view{policy: p, snapshot: &wallet.Snapshot{Accounts: []wallet.AccountView{account}}}})
		row := table(parse(t, do(h, "GET", "/"), http.StatusOK), "Wallets")[0]
		if !strings.Contains(row, test.row) || strings.Contains(row, test.otherwise) || strings.Contains(row, "asking") != (test.asked != "") {
			t.Errorf("%s: the row says %s, want %s", test.source, row, test.row)
		}
		page := text(parse(t, do(h, "GET", "/wallets/production/7"), http.StatusOK))
		if !strings.Contains(page, test.fact) || !strings.Contains(page, test.asked) || strings.Contains(page, "asking") != (test.asked != "") {
			t.Errorf("%s: %q or %q is missing in %s", test.source, test.fact, test.asked, page)
		}
		var got struct {
			Balance, Source string
			ObservedAt      string `json:"observed_at"`
		}
		if err := json.Unmarshal(do(h, "GET", "/api/v1/wallets/production/7").Body.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		if got.Balance != "48.50" || got.Source != string(test.source) || got.ObservedAt != test.observedAt {
			t.Errorf("%s: JSON says %+v", test.source, got)
		}
	}
}
