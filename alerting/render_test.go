package alerting_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"walletwatch/alerting"
	"walletwatch/alerting/alertingtest"
	"walletwatch/wallet"
)

// anyText draws the kinds of strings that break messages.
func anyText() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.String(),
		rapid.SampledFrom([]string{
			"", " ", "\x00", "\xff\xfe", "a\nb", "<!channel>", "<@U1>", "<https://evil.example|click>", "&amp;", "&lt;!here&gt;",
			"{{.}}", "%s%d%!", `"quoted"`, "👨‍👩‍👧‍👦", "\u202egnp", "https://x.example/a?b=1&c=<d>", "javascript:alert(1)",
		}),
		rapid.Map(rapid.SampledFrom([]string{"<", "&", "x", "🔥", "\xc3", "é", "\n"}), func(s string) string { return strings.Repeat(s, 10_000) }),
	)
}

// anyAccount draws account names that fit into a dedup_key: the configuration sees to that.
func anyAccount() *rapid.Generator[string] {
	return rapid.Map(anyText(), func(s string) string { return strings.ToValidUTF8(s[:min(len(s), 150)], "") })
}

func anyAmount() *rapid.Generator[decimal.Decimal] {
	return rapid.Custom(func(t *rapid.T) decimal.Decimal {
		return decimal.New(rapid.Int64().Draw(t, "digits"), rapid.Int32Range(-20, 12).Draw(t, "exponent"))
	})
}

func maybeAmount() *rapid.Generator[*decimal.Decimal] {
	return rapid.Ptr(anyAmount(), true)
}

func anyDelivery() *rapid.Generator[*wallet.Delivery] {
	return rapid.Custom(func(t *rapid.T) *wallet.Delivery {
		text := func(name string) string { return anyText().Draw(t, name) }
		span := func(name string) time.Duration { return time.Duration(rapid.Int64().Draw(t, name)) }
		n := wallet.Notice{
			Key:         wallet.Key{Account: anyAccount().Draw(t, "account"), Wallet: rapid.Int64().Draw(t, "wallet")},
			Occasion:    wallet.Occasion(rapid.OneOf(anyText(), rapid.SampledFrom([]string{"triggered", "worsened", "improved", "changed", "verified", "reminded", "resolved", "tested"})).Draw(t, "occasion")),
			Firing:      rapid.Bool().Draw(t, "firing"),
			Level:       text("level"),
			Shown:       rapid.OneOf(anyText(), rapid.SampledFrom([]string{"ok", "warning", "unknown"})).Draw(t, "shown"),
			Severity:    text("severity"),
			Since:       start.Add(span("since")),
			ResolvedAt:  rapid.SampledFrom([]time.Time{{}, start}).Draw(t, "resolved"),
			Confirmed:   rapid.Bool().Draw(t, "confirmed"),
			Name:        text("name"),
			Currency:    text("currency"),
			Precision:   rapid.Int32().Draw(t, "precision"),
			Balance:     anyAmount().Draw(t, "balance"),
			ObservedAt:  rapid.SampledFrom([]time.Time{{}, start}).Draw(t, "observed"),
			Source:      wallet.Source(rapid.OneOf(anyText(), rapid.SampledFrom([]string{"poll", "order", "webhook", "estimate"})).Draw(t, "source")),
			Read:        anyAmount().Draw(t, "read"),
			ReadAt:      rapid.SampledFrom([]time.Time{{}, start, start.Add(-time.Hour)}).Draw(t, "read at"),
			DailySpend:  anyAmount().Draw(t, "spend"),
			SpendSource: wallet.SpendSource(rapid.OneOf(anyText(), rapid.Just("ledger")).Draw(t, "spend source")),
			Learning:    rapid.Bool().Draw(t, "learning"),
			Threshold:   maybeAmount().Draw(t, "threshold"),
			RecoverAt:   maybeAmount().Draw(t, "recover at"),
			Percent:     maybeAmount().Draw(t, "percent"),
			Runway:      span("runway"),
			HasRunway:   rapid.Bool().Draw(t, "has runway"),
			Faults:      rapid.SliceOfN(anyText(), 0, 30).Draw(t, "faults"),
			Runbook:     text("runbook"),
			StatusURL:   text("status url"),
			SourceHost:  text("host"),
		}
		d := delivery(n)
		d.Want.Firing = rapid.Bool().Draw(t, "want firing")
		d.Accepted.Seq = rapid.Int64Range(0, 1).Draw(t, "accepted")
		d.Accepted.Since = d.Want.Since
		if rapid.Bool().Draw(t, "past") {
			d.Previous = &n
		}
		return d
	})
}

// TestMessagesOfAnythingAreAcceptedAndHarmless renders arbitrary notices. The simulated vendors refuse whatever is
// beyond a limit; the rest is looked at here.
func TestMessagesOfAnythingAreAcceptedAndHarmless(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := anyDelivery().Draw(t, "delivery")
		slack, hook, pager := alertingtest.NewSlack(), alertingtest.NewSlack(), alertingtest.NewPagerDuty()
		for _, r := range []alerting.Receiver{newSlack(slack), newWebhook(hook), newPagerDuty(pager)} {
			if _, err := r.Deliver(t.Context(), d); err != nil {
				t.Fatalf("refused: %v", err)
			}
		}
		if slack.Requests("chat.postMessage") != 1 || hook.Requests("webhook") != 1 {
			t.Fatal("the blocks were refused and plain text had to stand in")
		}
		m := slack.Messages("#wallet-alerts")[0]
		if m.Blocks == nil || utf8.RuneCount(m.Blocks) > 13_000 {
			t.Fatalf("got %d characters of blocks, want some and at most 13,000", utf8.RuneCount(m.Blocks))
		}
		r := alerting.Render(d, start)
		for _, text := range []string{m.Text, m.BlockText(), r.Reply} {
			harmless(t, text)
		}
	})
}

// harmless fails on what Slack would read as markup, other than our own links.
func harmless(t *rapid.T, text string) {
	if !utf8.ValidString(text) || strings.TrimSpace(text) == "" {
		t.Fatalf("invalid UTF-8 or empty: %q", text)
	}
	for i, c := range text {
		rest := text[i:]
		if c == '<' && !(strings.HasPrefix(rest, "<http://") || strings.HasPrefix(rest, "<https://")) {
			t.Fatalf("an unescaped < at %.40q", rest)
		}
		if c == '&' && !(strings.HasPrefix(rest, "&amp;") || strings.HasPrefix(rest, "&lt;") || strings.HasPrefix(rest, "&gt;")) {
			t.Fatalf("an unescaped or cut & at %.40q", rest)
		}
		if c != '\n' && c < ' ' {
			t.Fatalf("a control character at %.40q", rest)
		}
	}
}

func TestPagerDutyEventOfAnythingIsSmall(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := anyDelivery().Draw(t, "delivery")
		d.Want.Firing = true
		e := alerting.Render(d, start).Event
		b, err := json.Marshal(e)
		if err != nil || len(b) > 64<<10 {
			t.Fatalf("got %d bytes (%v), want less than 64 KiB", len(b), err)
		}
		if !strings.Contains(string(b), `"occasion":`) {
			t.Fatal("the numbers are missing")
		}
	})
}

func TestEscapeNeverCutsAnEscape(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := strings.ToValidUTF8(anyText().Draw(t, "text"), "")
		most := rapid.IntRange(1, 60).Draw(t, "most")
		escaped := alerting.Escape(s, most)
		if n := utf8.RuneCountInString(escaped); n > most {
			t.Fatalf("got %d characters, want at most %d", n, most)
		}
		short := alerting.Shorten(alerting.Escape(s, 5_000), most)
		for _, out := range []string{escaped, short} {
			back := strings.NewReplacer("&amp;", "", "&lt;", "", "&gt;", "").Replace(out)
			if strings.ContainsAny(back, "&<>") {
				t.Fatalf("an unescaped or cut character in %q", out)
			}
		}
	})
}

func TestWordsForTime(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Hour: "0 s", 0: "0 s", 999 * time.Millisecond: "0 s", 59 * time.Second: "59 s", 61 * time.Second: "1 min",
		time.Hour: "1 h", 3*time.Hour + 20*time.Minute: "3 h 20 min", 24 * time.Hour: "1 d", 52 * time.Hour: "2 d 4 h",
	} {
		if got := wallet.Span(d); got != want {
			t.Errorf("Span(%v): got %q, want %q", d, got, want)
		}
	}
	for d, want := range map[time.Duration]string{
		0: "less than a minute", 70 * time.Minute: "about 1 h 10 min", 400 * 24 * time.Hour: "more than a year",
	} {
		if got := alerting.About(d); got != want {
			t.Errorf("About(%v): got %q, want %q", d, got, want)
		}
	}
}

func TestTopUpIsNeverTooSmall(t *testing.T) {
	n := notice()
	n.RecoverAt, n.Balance = ptr("625.3333333"), dec("412.001")
	text := alerting.Render(delivery(n), start).Text
	if !strings.Contains(text, "top up at least 213.34 USD (ends at 625.34 USD)") {
		t.Errorf("got %s", text)
	}
}

func TestOnlyWebAddressesBecomeLinks(t *testing.T) {
	tests := map[string]bool{
		"https://wiki.example.com/a?b=c&d=e#f": true,
		"http://10.0.0.1:8080/":                true,
		"":                                     false,
		"wiki.example.com/a":                   false,
		"javascript:alert(1)":                  false,
		"ftp://example.com/a":                  false,
		"https://":                             false,
		"https://example.com/|click":           false,
		"https://example.com/><!channel>":      false,
		"https://example.com/a b":              false,
		"https://example.com/a\nb":             false,
		"https://example.com/" + strings.Repeat("x", 1_000): false,
		"https://example.com/\xff":                          false,
		"https://exa\"mple.com/":                            false,
	}
	for url, want := range tests {
		n := notice()
		n.StatusURL, n.Runbook = "", url
		r := alerting.Render(delivery(n), start)
		if got := len(r.Event.Links) == 1 && strings.Contains(r.Text, "Runbook: "); got != want {
			t.Errorf("%.60q: a link %v, want %v", url, got, want)
		}
	}
}

func TestLongSummariesAreCut(t *testing.T) {
	n := notice()
	n.Wallet = 0
	for range 40 {
		n.Faults = append(n.Faults, strings.Repeat("é<", 400))
	}
	r := alerting.Render(delivery(n), start)
	if got := utf8.RuneCountInString(r.Event.Payload.Summary); got != 1024 || !strings.HasSuffix(r.Event.Payload.Summary, "…") {
		t.Errorf("got a summary of %d characters, want 1024 and an ellipsis", got)
	}
	if !strings.Contains(strings.Join(stringsOf(t, r.Event.Payload.Details), " "), "and 30 more") {
		t.Error("the details do not say how many faults are left out")
	}
	pager, slack := alertingtest.NewPagerDuty(), alertingtest.NewSlack()
	mustDeliver(t, newPagerDuty(pager), delivery(n))
	mustDeliver(t, newSlack(slack), delivery(n))
	if slack.Messages("#wallet-alerts")[0].Blocks == nil {
		t.Error("the blocks were refused")
	}
}

func stringsOf(t *testing.T, details any) []string {
	t.Helper()
	b, err := json.Marshal(details)
	if err != nil {
		t.Fatal(err)
	}
	var d struct{ Faults []string }
	if err := json.Unmarshal(b, &d); err != nil {
		t.Fatal(err)
	}
	return d.Faults
}
