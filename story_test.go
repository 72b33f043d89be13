package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/shopspring/decimal"
)

type walletAnswer struct {
	ID          int64
	Level       string
	Balance     string
	DailySpend  *string           `json:"daily_spend"`
	SpendSource string            `json:"spend_source"`
	Thresholds  map[string]string `json:"thresholds"`
}

func (p *process) level(id int64) string {
	var all []walletAnswer
	if p.get("/api/v1/wallets", &all) != http.StatusOK {
		return ""
	}
	for _, w := range all {
		if w.ID == id {
			return w.Level
		}
	}
	return ""
}

// TestStory tells the main story with real parts: fine, a warning, a page, a top-up, the recovery.
func TestStory(t *testing.T) {
	w := newWorld(t)
	w.spent(1, "USD", "1000", "5000")
	d := w.start()

	eventually(t, "the wallet is ok", func() bool { return d.level(1) == "ok" })
	var all []walletAnswer
	d.get("/api/v1/wallets", &all)
	if got := all[0]; *got.DailySpend != "1000.00" || got.Thresholds["warning"] != "200.00" || got.Thresholds["critical"] != "50.00" || got.SpendSource != "ledger" {
		t.Errorf("the wallet is %+v with a daily spend of %s", got, *got.DailySpend)
	}

	w.api.SetBalance(1, decimal.NewFromInt(150))
	eventually(t, "a warning in Slack", func() bool { return len(w.slack.Messages("#wallet-alerts")) == 1 })
	if len(w.pager.Incidents()) != 0 {
		t.Error("a warning paged")
	}

	w.api.SetBalance(1, decimal.RequireFromString("49.99"))
	eventually(t, "a page", func() bool { return len(w.pager.OpenIncidents()) == 1 })
	if key := w.pager.OpenIncidents()[0].DedupKey; key != "walletwatch/default/1" {
		t.Errorf("the page's dedup_key is %s", key)
	}

	w.api.TopUp(1, decimal.NewFromInt(5000))
	eventually(t, "the page closes itself", func() bool { return len(w.pager.OpenIncidents()) == 0 && len(w.pager.Incidents()) == 1 })
	eventually(t, "Slack shows the recovery", func() bool {
		m := w.slack.Messages("#wallet-alerts")
		return len(m) == 1 && strings.Contains(m[0].Text, "ecovered")
	})
	if code := d.end(); code != 0 {
		t.Errorf("exit status %d", code)
	}
}
