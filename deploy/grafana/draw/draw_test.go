package draw_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"walletwatch/deploy/grafana/dash"
	"walletwatch/deploy/grafana/draw"
	"walletwatch/deploy/grafana/prom"
)

func drawn(t *testing.T, name, result string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "dashboards", name))
	if err != nil {
		t.Fatal(err)
	}
	d, err := dash.Read(text)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		data := `{"result":` + result + `}`
		if strings.HasPrefix(r.URL.Path, "/api/v1/label/") {
			data = `[]`
		}
		_, _ = w.Write([]byte(`{"status":"success","data":` + data + `}`))
	}))
	defer server.Close()
	to := time.Unix(1_800_000_000, 0)
	w := dash.Window{From: to.Add(-time.Hour), To: to, Step: time.Minute, Scrape: 15 * time.Second}
	page, err := draw.Dashboard(t.Context(), prom.Client{URL: server.URL}, d, nil, w)
	if err != nil {
		t.Fatal(err)
	}
	return page.HTML
}

func TestNoDataIsSaid(t *testing.T) {
	for name, said := range map[string]string{
		"walletwatch-overview.json": "nothing due, or nothing known", "walletwatch-wallet.json": "at no level, muted, or nothing known", "walletwatch-health.json": "never accepted, or not set",
	} {
		page := drawn(t, name, `[]`)
		if !strings.Contains(page, said) || !strings.Contains(page, "no data") || strings.Contains(page, "<svg") {
			t.Errorf("%s without data does not say %q", name, said)
		}
	}
}

func TestValuesHaveUnitsWordsAndColours(t *testing.T) {
	at := func(value string) string {
		return `[{"metric":{"account":"a","wallet_id":"7","currency":"USD","name":"<b>Cards</b>","level":"critical","receiver":"slack","kind":"unavailable"},"value":[1800000000,"` + value + `"]}]`
	}
	for name, want := range map[string][]string{
		"walletwatch-overview.json": {"&lt;b&gt;Cards&lt;/b&gt;", `<td class="n">12,345.6</td>`, "3.43 hours", "1234560%", "#F2495C", ">critical<"},
		"walletwatch-wallet.json":   {"12,345.6", "3.43 hours", "critical"},
		"walletwatch-health.json":   {"3.43 hours", "12.3 K"},
	} {
		page := drawn(t, name, at("12345.6"))
		for _, text := range want {
			if !strings.Contains(page, text) {
				t.Errorf("%s does not show %s", name, text)
			}
		}
		if strings.Contains(page, "<b>Cards") {
			t.Errorf("%s: a wallet's name is taken for HTML", name)
		}
	}
	if page := drawn(t, "walletwatch-health.json", at("0")); !strings.Contains(page, ">down<") || !strings.Contains(page, ">refused<") {
		t.Error("0 is not shown in words")
	}
}

func TestRefusalsAreErrors(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, `{"status":"error","error":"parse error"}`, http.StatusBadRequest)
	}))
	defer server.Close()
	if _, err := (prom.Client{URL: server.URL}).Query(context.Background(), "sum(", time.Now()); err == nil || !strings.Contains(err.Error(), "parse error") {
		t.Errorf("the error is %v", err)
	}
}
