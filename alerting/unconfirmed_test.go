package alerting_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"walletwatch/alerting"
	"walletwatch/alerting/alertingtest"
	"walletwatch/wallet"
)

// unconfirmedStories are the deliveries about what the API has not confirmed, and about how that ends.
func unconfirmedStories() map[string]*wallet.Delivery {
	claim := func(source wallet.Source, more func(*wallet.Notice)) *wallet.Delivery {
		n := notice()
		claiming(source)(&n)
		n.Since, n.ObservedAt = start, start.Add(-12*time.Second)
		more(&n)
		return delivery(n)
	}
	as := func(*wallet.Notice) {}
	order := claim(wallet.FromOrder, as)
	warning := claim(wallet.FromPoll, func(n *wallet.Notice) {
		moving(wallet.Triggered, "warning", "1900")(n)
		n.Confirmed, n.Since = true, start.Add(-25*time.Minute)
	})
	over := func(more func(*wallet.Notice)) *wallet.Delivery {
		return then(claim(wallet.FromOrder, func(n *wallet.Notice) { n.Since = start.Add(-25 * time.Minute) }), "", func(n *wallet.Notice) {
			resolving(n)
			more(n)
		})
	}
	polled := func(n *wallet.Notice) {
		n.Source, n.ObservedAt = wallet.FromPoll, start.Add(-time.Second)
		n.Read, n.ReadAt = n.Balance, n.ObservedAt
	}
	past := over(polled)
	past.Previous = &past.Notice

	return map[string]*wallet.Delivery{
		"unconfirmed-order":    order,
		"unconfirmed-webhook":  claim(wallet.FromWebhook, as),
		"unconfirmed-estimate": claim(wallet.FromEstimate, as),
		"unconfirmed-unread":   claim(wallet.FromOrder, func(n *wallet.Notice) { n.ReadAt = time.Time{} }),
		"unconfirmed-outrun":   claim(wallet.FromOrder, func(n *wallet.Notice) { n.ReadAt, n.ObservedAt = start.Add(-6*time.Second), start.Add(-2*time.Second) }),
		"unconfirmed-empty":    claim(wallet.FromWebhook, func(n *wallet.Notice) { n.Balance, n.Runway, n.Threshold = dec("0"), 0, nil }),
		"unconfirmed-worsened": then(warning, "", func(n *wallet.Notice) { moving(wallet.Worsened, "critical", "412")(n); claiming(wallet.FromOrder)(n) }),
		"unconfirmed-reminded": then(order, "", func(n *wallet.Notice) { n.Occasion, n.Since = wallet.Reminded, start.Add(-4*time.Hour) }),
		"unconfirmed-moved": then(order, "", func(n *wallet.Notice) {
			resolving(n)
			n.Balance, n.Shown, n.Runway = dec("1200"), "warning", 2*time.Hour+53*time.Minute
		}),
		"verified": then(order, "", verifying),
		"verified-lower": then(order, "", func(n *wallet.Notice) {
			verifying(n)
			n.Balance, n.Source = dec("390"), wallet.FromEstimate
		}),
		"refuted":       over(polled),
		"refuted-low":   over(func(n *wallet.Notice) { n.Balance = dec("412"); polled(n) }),
		"refuted-heard": over(func(n *wallet.Notice) { n.Balance, n.Read, n.Threshold = dec("412"), dec("1900"), ptr("300") }),
		"refuted-past":  past,
	}
}

func TestUnconfirmedIsSaidFirst(t *testing.T) {
	for name, d := range unconfirmedStories() {
		if d.Notice.Confirmed || !d.Want.Firing {
			continue
		}
		r := alerting.Render(d, start)
		if !strings.HasPrefix(r.Event.Payload.Summary, "Unconfirmed: ") {
			t.Errorf("%s: got the summary %q", name, r.Event.Payload.Summary)
		}
		for _, text := range []string{r.Text, r.Reply} {
			if first, _, _ := strings.Cut(text, "\n"); !strings.Contains(strings.ToLower(first), "unconfirmed") {
				t.Errorf("%s: got the first line %q", name, first)
			}
		}
	}
}

func TestVerifiedEditsAndRepliesWithoutNoise(t *testing.T) {
	slack, pager := alertingtest.NewSlack(), alertingtest.NewPagerDuty()
	s, p := newSlack(slack), newPagerDuty(pager)
	n := notice()
	claiming(wallet.FromOrder)(&n)
	first := delivery(n)
	handle := mustDeliver(t, s, first)
	mustDeliver(t, p, first)
	verified := then(first, handle, verifying)
	if got := mustDeliver(t, s, verified); got != handle {
		t.Errorf("got handle %s, want the message edited", got)
	}
	mustDeliver(t, p, verified)

	m := slack.Messages("#wallet-alerts")
	if len(m) != 1 || m[0].Edits != 1 || strings.Contains(strings.ToLower(m[0].Text+m[0].BlockText()), "unconfirmed") {
		t.Fatalf("got %+v, want one message, edited to be certain", m)
	}
	replies := slack.Replies(m[0])
	if len(replies) != 1 || replies[0].Broadcast || !strings.Contains(replies[0].Text, "The API confirms: USD gift cards is below") {
		t.Errorf("got replies %+v, want a quiet one", replies)
	}
	incidents := pager.Incidents()
	if len(incidents) != 1 || len(incidents[0].Events) != 2 || !incidents[0].Open {
		t.Fatalf("got %+v, want one open incident with two events", incidents)
	}
	for i, confirmed := range []bool{false, true} {
		if got := detailsOf(t, incidents[0].Events[i].Payload.Details)["confirmed"]; got != confirmed {
			t.Errorf("event %d: got confirmed %v, want %v", i, got, confirmed)
		}
	}
}

func TestVerifiedAndWorseIsLoud(t *testing.T) {
	fake := alertingtest.NewSlack()
	s := newSlack(fake)
	n := notice()
	claiming(wallet.FromOrder)(&n)
	moving(wallet.Triggered, "warning", "1900")(&n)
	first := delivery(n)
	mustDeliver(t, s, then(first, mustDeliver(t, s, first), func(n *wallet.Notice) {
		verifying(n)
		moving(wallet.Worsened, "critical", "412")(n)
	}))
	replies := fake.Replies(fake.Messages("#wallet-alerts")[0])
	if len(replies) != 1 || !replies[0].Broadcast || !strings.Contains(replies[0].Text, "Worse: now critical.") {
		t.Errorf("got replies %+v, want a loud one", replies)
	}
}

func TestPagerDutyDetailsSetTheClaimAgainstWhatTheAPISaid(t *testing.T) {
	unread := time.Time{}
	tests := map[string]struct {
		source          wallet.Source
		readAt          time.Time
		by, balance, at string
	}{
		"order":     {wallet.FromOrder, start.Add(-10 * time.Minute), "order response", "1900.00", "2026-11-23T13:50:00Z"},
		"webhook":   {wallet.FromWebhook, start.Add(-10 * time.Minute), "webhook", "1900.00", "2026-11-23T13:50:00Z"},
		"estimate":  {wallet.FromEstimate, start.Add(-10 * time.Minute), "estimate from orders", "1900.00", "2026-11-23T13:50:00Z"},
		"not known": {wallet.FromPoll, start.Add(-10 * time.Minute), "order response or webhook", "1900.00", "2026-11-23T13:50:00Z"},
		"unread":    {wallet.FromOrder, unread, "order response", "unknown", "unknown"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			n := notice()
			claiming(test.source)(&n)
			n.ReadAt = test.readAt
			got := detailsOf(t, alerting.Render(delivery(n), start).Event.Payload.Details)
			if got["confirmed"] != false || got["claimed_by"] != test.by ||
				got["last_confirmed_balance"] != test.balance || got["last_confirmed_at"] != test.at {
				t.Errorf("got %v", got)
			}
		})
	}
	got := detailsOf(t, alerting.Render(delivery(notice()), start).Event.Payload.Details)
	if _, claimed := got["claimed_by"]; claimed || got["confirmed"] != true {
		t.Errorf("confirmed: got %v, want no claim", got)
	}
}

func TestPlainWordsSayUnconfirmedToo(t *testing.T) {
	unconfirmed, confirmed, monitor := notice(), notice(), notice()
	claiming(wallet.FromOrder)(&unconfirmed)
	monitor.Wallet, monitor.Confirmed = 0, false // of no meaning for it
	for n, want := range map[*wallet.Notice]bool{&unconfirmed: true, &confirmed: false, &monitor: false} {
		slack, pager := alertingtest.NewSlack(), alertingtest.NewPagerDuty()
		s, p := newSlack(slack), newPagerDuty(pager)
		alerting.Break(s)
		alerting.Break(p)
		mustDeliver(t, s, delivery(*n))
		mustDeliver(t, p, delivery(*n))
		payload := pager.Incidents()[0].Events[0].Payload
		for _, text := range []string{slack.Messages("#wallet-alerts")[0].Text, payload.Summary} {
			if !strings.Contains(text, "walletwatch has a bug") || strings.HasPrefix(text, "Unconfirmed: USD gift cards") != want {
				t.Errorf("got %q, want it to begin with Unconfirmed: %v", text, want)
			}
		}
		if got := detailsOf(t, payload.Details)["confirmed"]; got != !want {
			t.Errorf("got confirmed %v, want %v", got, !want)
		}
	}
}

// TestConfirmationIsToldAsItIs renders arbitrary notices: whether a message says "unconfirmed" depends on nothing but
// whether the API has confirmed what it says.
func TestConfirmationIsToldAsItIs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := anyDelivery().Draw(t, "delivery")
		n := &d.Notice
		n.Name, n.Level, n.Firing, d.Want.Firing, d.Previous = "name", "low", true, true, nil
		n.Source = wallet.Source(rapid.SampledFrom([]string{"poll", "order", "webhook", "estimate"}).Draw(t, "known source"))
		unconfirmed := !n.Confirmed && !n.IsMonitor() && n.Occasion != wallet.Tested
		e := alerting.Render(d, start).Event
		if got := strings.HasPrefix(e.Payload.Summary, "Unconfirmed: "); got != unconfirmed {
			t.Fatalf("got %q, want it to begin with Unconfirmed: %v", e.Payload.Summary, unconfirmed)
		}
		if got := strings.Contains(e.Payload.Summary, "Not confirmed: "); got != unconfirmed {
			t.Fatalf("got %q, want the doubt explained: %v", e.Payload.Summary, unconfirmed)
		}
		if unconfirmed && strings.Contains(e.Payload.Summary, "The API confirms") {
			t.Fatalf("got %q, want no confirmation", e.Payload.Summary)
		}
		details := detailsOf(t, e.Payload.Details)
		if _, claimed := details["claimed_by"]; claimed != unconfirmed || (details["confirmed"] == false) != unconfirmed {
			t.Fatalf("got %v, want a claim: %v", details, unconfirmed)
		}
	})
}

func detailsOf(t rapid.TB, details any) map[string]any {
	t.Helper()
	b, err := json.Marshal(details)
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	return got
}
