package web_test

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"walletwatch/wallet"
	"walletwatch/web"
)

func TestStatusPage(t *testing.T) {
	doc := parse(t, do(newServer(t, web.Config{Version: "1.2.3"}), "GET", "/"), http.StatusOK)
	got := table(doc, "Wallets")
	want := []string{
		"US gift cards production, wallet 7, PREPAID ✖ critical 48.50 USD 40 s ago from an order response; the poll 1 min ago read 120.75 USD asking the API whether this is so 1,000.33 USD from the vendor's transactions warning 200.07 USD critical 50.00 USD 1 h 9 min",
		"JPY wallet 8 production, wallet 8, PREPAID ? unknown muted its balance was last read 35 min ago alert still open: warning last known 5,000 JPY 35 min ago 1,000 JPY from the vendor's transactions warning 200 JPY critical 50 JPY unknown",
		"USD wallet 1 sandbox, wallet 1, PREPAID ? unknown its balance was never read unknown unknown none unknown",
		"USD wallet 9 production, wallet 9, PREPAID … learning too little spending history yet: only floors apply 5,000.00 USD 40 s ago unknown none unknown",
		"USD wallet 10 production, wallet 10, PREPAID ✓ ok 5,000.00 USD 40 s ago 1,000.00 USD from the vendor's transactions warning 200.00 USD critical 50.00 USD 5 d",
	}
	if !slices.Equal(got, want) {
		t.Errorf("wallets:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	got = table(doc, "Open alerts")
	want = []string{
		"US gift cards production ✖ critical unconfirmed: the API could not be asked 3 min ago pagerduty: refused after 3 attempts: invalid key slack: not accepted after 1 attempt, tried again: time-out",
		"The monitor of sandbox sandbox ▲ warning 5 min ago slack: accepted 4 min ago",
		"JPY wallet 8 production ▲ warning 2 h ago muted: nobody is told",
	}
	if !slices.Equal(got, want) {
		t.Errorf("open alerts:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	got = table(doc, "Resolved in the last week")
	want = []string{
		"A wallet that is no longer listed production ▲ critical 2 d 2 h ago resolved 1 d ago no receiver has been told",
		"USD wallet 10 production ▲ warning 1 d 2 h ago resolved 1 d 1 h ago no receiver has been told",
	}
	if !slices.Equal(got, want) {
		t.Errorf("resolved:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	page := text(doc)
	for _, want := range []string{
		"1 critical, 2 unknown, 1 learning, 1 ok",
		"Monitor fault: No balance was ever read: the API rejects the key",
		"The last poll failed: the API rejects the key (failing since 35 min ago )",
		"No poll has succeeded yet.",
		"Monitor fault: 1 notification is overdue; the oldest, for pagerduty, has been due for 3 min: invalid key",
		"Last good poll 40 s ago",
		"Figures as of 2026-11-23 11:59:55 UTC , 5 s ago.",
		"walletwatch 1.2.3",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is missing in %s", want, page)
		}
	}
}

func TestPagesAreAccessibleAndWithoutScripts(t *testing.T) {
	h := newServer(t, web.Config{})
	for _, target := range []string{"/", "/wallets/production/7"} {
		w := do(h, "GET", target)
		policy := w.Header().Get("Content-Security-Policy")
		doc := parse(t, w, http.StatusOK)
		if n := len(all(doc, atom.H1)); n != 1 {
			t.Errorf("%s: %d h1", target, n)
		}
		if len(all(doc, atom.Script))+len(all(doc, atom.Img))+len(all(doc, atom.Link)) != 0 {
			t.Errorf("%s loads something", target)
		}
		if attr(all(doc, atom.Html)[0], "lang") != "en" {
			t.Errorf("%s has no language", target)
		}
		headings := all(doc, atom.Th)
		if len(headings) == 0 {
			t.Errorf("%s has no table headings", target)
		}
		for _, th := range headings {
			if scope := attr(th, "scope"); scope != "col" && scope != "row" {
				t.Errorf("%s: %q has scope %q", target, text(th), scope)
			}
		}
		sum := sha256.Sum256([]byte(all(doc, atom.Style)[0].FirstChild.Data))
		if !strings.Contains(policy, "'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'") {
			t.Errorf("%s: the style sheet is not the one that %q allows", target, policy)
		}
		metas := map[string]string{}
		for _, m := range all(doc, atom.Meta) {
			metas[attr(m, "name")+attr(m, "http-equiv")] = attr(m, "content")
		}
		if metas["refresh"] != "30" || metas["viewport"] == "" {
			t.Errorf("%s: meta %v", target, metas)
		}
	}
}

func TestLinksLeadToPages(t *testing.T) {
	v := newView()
	v.snapshot.Accounts[1].Name = "a b/c?d"
	for _, w := range v.snapshot.Accounts[1].Wallets {
		w.Account = "a b/c?d"
	}
	for i := range v.snapshot.Accounts[1].Episodes {
		v.snapshot.Accounts[1].Episodes[i].Account = "a b/c?d"
	}
	s := httptest.NewServer(newServer(t, web.Config{Source: v}))
	defer s.Close()
	seen := map[string]bool{}
	for queue := []string{s.URL + "/"}; len(queue) > 0; queue = queue[1:] {
		r, err := s.Client().Get(queue[0])
		if err != nil {
			t.Fatal(err)
		}
		if r.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", queue[0], r.Status)
		}
		if strings.HasPrefix(r.Header.Get("Content-Type"), "text/html") {
			doc, err := html.Parse(r.Body)
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range all(doc, atom.A) {
				u, err := r.Request.URL.Parse(attr(a, "href"))
				if err != nil {
					t.Fatal(err)
				}
				if to := u.String(); strings.HasPrefix(to, s.URL) && !seen[to] {
					seen[to] = true
					queue = append(queue, to)
				}
			}
		}
		r.Body.Close()
	}
	if len(seen) != 9 { // the start, five wallets, two JSON lists, metrics
		t.Errorf("found %d links: %v", len(seen), seen)
	}
}

func TestWalletPage(t *testing.T) {
	v := newView()
	v.policy.Levels = append(v.policy.Levels[:1:1], wallet.Level{Name: "floorless", Runway: 90 * time.Minute}, v.policy.Levels[1])
	v.snapshot.Accounts[1].Wallets[0].Terms.Levels = v.policy.Levels
	h := newServer(t, web.Config{Source: v})
	doc := parse(t, do(h, "GET", "/wallets/production/7"), http.StatusOK)
	page := text(doc)
	for _, want := range []string{
		"The level is critical: the balance is below the threshold.",
		"The balance is 48.50 USD, from an order response 40 s ago; the poll 1 min ago read 120.75 USD.",
		"No poll has seen it that low: asking the API whether this is so, for 35 s by now.",
		"Daily spend is 1,000.3333 USD, the mean of the last 7 days, worked out from the vendor's transactions.",
		"At that spend the balance lasts 1 h 9 min.",
		"Monitor fault: 1 notification is overdue",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is missing in %s", want, page)
		}
	}
	got := table(doc, "Levels")
	want := []string{
		"▲ warning 200.0667 USD 250.0833 USD 20 % of daily spend",
		"▲ floorless none at present none at present what is spent in 1 h 30 min",
		"✖ critical 50.00 USD 62.50 USD the largest of 5 % of daily spend, the floor of 40.00 USD and what is spent in 6 h",
	}
	if !slices.Equal(got, want) {
		t.Errorf("levels:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if got := table(doc, "Alerts of the last week"); len(got) != 1 || !strings.Contains(got[0], "invalid key") {
		t.Errorf("alerts: %q", got)
	}
	for _, a := range all(doc, atom.A) {
		if text(a) == "Runbook" && attr(a, "href") != "https://wiki.example.com/usd" {
			t.Errorf("runbook %q", attr(a, "href"))
		}
	}
}

func TestWalletPageOfTheUnknown(t *testing.T) {
	h := newServer(t, web.Config{})
	for target, wants := range map[string][]string{
		"/wallets/production/8": {
			"The level is unknown: its balance was last read 35 min ago.",
			"The last known balance is 5,000 JPY, read from the API 35 min ago; what it is now is unknown.",
			"How long the balance lasts is unknown.",
			"The alert at level warning stays open: an unknown balance is never a recovery.",
			"The wallet is muted",
		},
		"/wallets/production/9": {"Daily spend is unknown: no spending is known yet."},
		"/wallets/sandbox/1":    {"The balance was never read.", "The last poll failed: the API rejects the key"},
	} {
		page := text(parse(t, do(h, "GET", target), http.StatusOK))
		for _, want := range wants {
			if !strings.Contains(page, want) {
				t.Errorf("%s: %q is missing in %s", target, want, page)
			}
		}
	}
	for _, target := range []string{"/wallets/production/11", "/wallets/prod/7", "/wallets/production/x"} {
		parse(t, do(h, "GET", target), http.StatusNotFound)
	}
}

func TestEmptyStates(t *testing.T) {
	v := &view{snapshot: &wallet.Snapshot{}, policy: newPolicy()}
	h := newServer(t, web.Config{Source: v})
	for _, step := range []struct {
		accounts []wallet.AccountView
		want     string
	}{
		{nil, "No accounts have been loaded yet."},
		{[]wallet.AccountView{{Account: wallet.Account{Name: "a"}}}, "No wallets yet: the first poll has not finished."},
		{[]wallet.AccountView{{Account: wallet.Account{Name: "a"}, Polled: true}}, "No wallets: no poll has found any yet."},
	} {
		v.snapshot = &wallet.Snapshot{Accounts: step.accounts}
		page := text(parse(t, do(h, "GET", "/"), http.StatusOK))
		if !strings.Contains(page, step.want) || !strings.Contains(page, "No open alerts.") {
			t.Errorf("%q is missing in %s", step.want, page)
		}
	}
}

func TestNamesAreEscaped(t *testing.T) {
	const attack = `"><script>alert(1)</script><img src=x onerror=alert(1)>`
	v := newView()
	a := &v.snapshot.Accounts[1]
	a.Faults, a.Fault = []string{attack}, wallet.Fault{Kind: wallet.FaultUnavailable, Message: attack}
	w := a.Wallets[0]
	w.Terms = &wallet.Terms{Name: attack, Runbook: "javascript:alert(1)", Levels: []wallet.Level{{Name: attack}}}
	w.Reason, w.Shown, w.Level, w.Currency, w.Type = attack, attack, attack, attack, attack
	a.Episodes[0].Level = attack
	a.Episodes[0].Outcomes = []wallet.Outcome{{Receiver: attack, State: wallet.Failed, LastError: attack}}
	h := newServer(t, web.Config{Source: v, Version: attack})
	for _, target := range []string{"/", "/wallets/production/7"} {
		doc := parse(t, do(h, "GET", target), http.StatusOK)
		if len(all(doc, atom.Script))+len(all(doc, atom.Img)) != 0 {
			t.Errorf("%s: markup came through", target)
		}
		if !strings.Contains(text(doc), attack) {
			t.Errorf("%s does not show the name", target)
		}
		for _, a := range all(doc, atom.A) {
			if strings.HasPrefix(attr(a, "href"), "javascript:") {
				t.Errorf("%s links to a script", target)
			}
		}
	}
	doc := parse(t, do(h, "GET", "/wallets/%3Cscript%3E/1"), http.StatusNotFound)
	if len(all(doc, atom.Script)) != 0 {
		t.Error("markup came through from the path")
	}
}

func TestWorstWalletsComeFirst(t *testing.T) {
	p := newPolicy()
	account := wallet.AccountView{Account: wallet.Account{Name: "production"}, Polled: true}
	for i, test := range []struct {
		name, shown, open string
		age, runway       time.Duration
	}{
		{"7 ok, long", "ok", "", 0, 40 * time.Hour},
		{"6 ok, short", "ok", "", 0, 20 * time.Hour},
		{"5 learning", "learning", "", 0, time.Hour},
		{"4 unknown", "ok", "", time.Hour, time.Hour},
		{"3 warning", "warning", "warning", 0, time.Hour},
		{"2 critical, stale", "critical", "critical", time.Hour, time.Minute},
		{"1 critical", "critical", "critical", 0, time.Minute},
	} {
		w := newWallet(p, int64(i+1))
		w.Terms = &wallet.Terms{Name: test.name, Levels: p.Levels}
		w.Shown, w.Level, w.ObservedAt, w.Runway = test.shown, test.open, ago(test.age), test.runway
		account.Wallets = append(account.Wallets, w)
	}
	v := &view{policy: p, snapshot: &wallet.Snapshot{Accounts: []wallet.AccountView{account}}}
	rows := table(parse(t, do(newServer(t, web.Config{Source: v}), "GET", "/"), http.StatusOK), "Wallets")
	if len(rows) != 7 || !slices.IsSorted(rows) {
		t.Errorf("order:\n%s", strings.Join(rows, "\n"))
	}
}

func TestOverdueNotificationsAreAnnounced(t *testing.T) {
	v := newView()
	for _, test := range []struct {
		due  []time.Duration
		want string
	}{
		{[]time.Duration{9 * time.Second}, ""},
		{[]time.Duration{10 * time.Second}, "1 notification is overdue; the oldest, for slack, has been due for 10 s"},
		{[]time.Duration{0, time.Minute, time.Hour, 30 * time.Second}, "3 notifications are overdue; the oldest, for slack, has been due for 1 h"},
	} {
		v.snapshot.Accounts[1].Pending = nil
		for _, d := range test.due {
			v.snapshot.Accounts[1].Pending = append(v.snapshot.Accounts[1].Pending, wallet.PendingAt{Receiver: "slack", DueAt: ago(d)})
		}
		page := text(parse(t, do(newServer(t, web.Config{Source: v}), "GET", "/"), http.StatusOK))
		if strings.Contains(page, "overdue") != (test.want != "") || !strings.Contains(page, test.want) {
			t.Errorf("%v: %q is missing in %s", test.due, test.want, page)
		}
	}
}

func TestManyWalletsAreCutWorstFirst(t *testing.T) {
	v := manyWallets(1200)
	worst := v.snapshot.Accounts[0].Wallets[1100]
	worst.Shown, worst.Level, worst.Terms = "critical", "critical", &wallet.Terms{Name: "the worst", Levels: v.policy.Levels}
	doc := parse(t, do(newServer(t, web.Config{Source: v}), "GET", "/"), http.StatusOK)
	rows := table(doc, "Wallets")
	if len(rows) != 500 || !strings.HasPrefix(rows[0], "the worst ") {
		t.Errorf("%d rows, the first %q", len(rows), rows[0])
	}
	if page := text(doc); !strings.Contains(page, "700 more wallets are not shown here") || !strings.Contains(page, "1 critical, 1199 ok") {
		t.Error("the page does not say what it left out")
	}
}
