package web_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"walletwatch/wallet"
	"walletwatch/web"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestJSONGolden(t *testing.T) {
	h := newServer(t, web.Config{ExternalURL: "https://watch.example.com/"})
	for file, target := range map[string]string{
		"wallets.json": "/api/v1/wallets",
		"wallet.json":  "/api/v1/wallets/production/7",
		"alerts.json":  "/api/v1/alerts",
	} {
		t.Run(file, func(t *testing.T) {
			w := do(h, "GET", target)
			if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "application/json" {
				t.Fatalf("status %d, type %q", w.Code, w.Header().Get("Content-Type"))
			}
			var got bytes.Buffer
			if err := json.Indent(&got, w.Body.Bytes(), "", "  "); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join("testdata", file)
			if *update {
				if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if got.String() != string(want) {
				t.Errorf("got:\n%s\nwant:\n%s", got.String(), want)
			}
		})
	}
}

func TestFilters(t *testing.T) {
	h := newServer(t, web.Config{})
	tests := []struct{ target, want string }{
		{"/api/v1/wallets", "production/7 production/8 production/9 production/10 sandbox/1"},
		{"/api/v1/wallets?account=sandbox", "sandbox/1"},
		{"/api/v1/wallets?level=critical", "production/7"},
		{"/api/v1/wallets?level=unknown", "production/8 sandbox/1"},
		{"/api/v1/wallets?level=warning", ""}, // the one that was there is stale
		{"/api/v1/wallets?level=ok&level=learning", "production/9 production/10"},
		{"/api/v1/wallets?account=sandbox&level=ok", ""},
		{"/api/v1/wallets?account=&level=", "production/7 production/8 production/9 production/10 sandbox/1"},
		{"/api/v1/alerts", "production/7 sandbox/monitor production/8 production/99 production/10"},
		{"/api/v1/alerts?account=sandbox", "sandbox/monitor"},
		{"/api/v1/alerts?level=critical", "production/7 production/99"},
		{"/api/v1/alerts?account=sandbox&level=critical", ""},
	}
	for _, test := range tests {
		t.Run(test.target, func(t *testing.T) {
			w := do(h, "GET", test.target)
			if got := subjects(t, w.Body.Bytes()); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if test.want == "" && strings.TrimSpace(w.Body.String()) != "[]" {
				t.Errorf("an empty list is %q", w.Body)
			}
		})
	}
}

func subjects(t *testing.T, body []byte) string {
	t.Helper()
	var list []struct {
		Account  string
		ID       int64
		WalletID *int64 `json:"wallet_id"`
	}
	if err := json.Unmarshal(body, &list); err != nil {
		t.Fatal(err)
	}
	alerts := bytes.Contains(body, []byte(`"wallet_id"`))
	var out []string
	for _, v := range list {
		switch {
		case v.WalletID != nil:
			out = append(out, fmt.Sprintf("%s/%d", v.Account, *v.WalletID))
		case alerts:
			out = append(out, v.Account+"/monitor")
		default:
			out = append(out, fmt.Sprintf("%s/%d", v.Account, v.ID))
		}
	}
	return strings.Join(out, " ")
}

func TestMisspeltFiltersAreRefused(t *testing.T) {
	h := newServer(t, web.Config{})
	tests := []struct {
		target, name string
		status       int
		says         string
	}{
		{"/api/v1/wallets?level=critcal", "BadRequestError", 400, "warning, critical, ok, learning, unknown"},
		{"/api/v1/alerts?level=ok", "BadRequestError", 400, "warning, critical."},
		{"/api/v1/wallets?account=prod", "NotFoundError", 404, "sandbox, production"},
		{"/api/v1/alerts?account=prod", "NotFoundError", 404, "sandbox, production"},
		{"/api/v1/wallets/production/11", "NotFoundError", 404, `no wallet "11"`},
		{"/api/v1/wallets/prod/7", "NotFoundError", 404, `"prod"`},
		{"/api/v1/wallets/production/seven", "NotFoundError", 404, `"seven"`},
	}
	for _, test := range tests {
		t.Run(test.target, func(t *testing.T) {
			e := envelope(t, do(h, "GET", test.target), test.status)
			if e.Name != test.name || !strings.Contains(e.Message, test.says) {
				t.Errorf("got %+v", e)
			}
		})
	}
}

func TestAlertLevelThatLeftThePolicyCanBeAskedFor(t *testing.T) {
	v := newView()
	v.snapshot.Accounts[1].Episodes[0].Level = "former"
	w := do(newServer(t, web.Config{Source: v}), "GET", "/api/v1/alerts?level=former")
	if got := subjects(t, w.Body.Bytes()); got != "production/7" {
		t.Errorf("got %q", got)
	}
}

func TestFreshnessIsJudgedAtTheRequest(t *testing.T) {
	at := now
	h := newServer(t, web.Config{Now: func() time.Time { return at }})
	for _, step := range []struct {
		age   time.Duration
		level string
	}{{0, "critical"}, {9*time.Minute + 19*time.Second, "critical"}, {9*time.Minute + 20*time.Second, "unknown"}} {
		at = now.Add(step.age)
		var got struct {
			Level, Reason string
			Balance       *string
			Runway        *int `json:"runway_seconds"`
			Age           int  `json:"age_seconds"`
		}
		body := do(h, "GET", "/api/v1/wallets/production/7").Body.Bytes()
		if err := json.Unmarshal(body, &got); err != nil {
			t.Fatal(err)
		}
		stale := step.level == wallet.Unknown
		if got.Level != step.level || (got.Runway == nil) != stale || got.Balance == nil || got.Age != 40+int(step.age/time.Second) {
			t.Errorf("after %v: %s", step.age, body)
		}
		if stale && got.Reason != "its balance was last read 10 min ago" {
			t.Errorf("reason %q", got.Reason)
		}
	}
}

func TestDoubtMakesUnknown(t *testing.T) {
	v := newView()
	v.snapshot.Accounts[1].Wallets[3].Doubt = "the API left its amount empty"
	body := do(newServer(t, web.Config{Source: v}), "GET", "/api/v1/wallets/production/10").Body.String()
	for _, want := range []string{`"level":"unknown"`, `"reason":"the API left its amount empty"`, `"runway_seconds":null`, `"balance":"5000.00"`} {
		if !strings.Contains(body, want) {
			t.Errorf("%s is not in %s", want, body)
		}
	}
}

func TestEmptySnapshot(t *testing.T) {
	h := newServer(t, web.Config{Source: &view{snapshot: &wallet.Snapshot{}, policy: newPolicy()}})
	for _, target := range []string{"/api/v1/wallets", "/api/v1/alerts"} {
		if got := do(h, "GET", target).Body.String(); got != "[]\n" {
			t.Errorf("%s: %q", target, got)
		}
	}
}
