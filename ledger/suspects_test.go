package ledger_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"walletwatch/wallet"
)

// fails records after a while that the API could not be read.
func (w *world) fails(after time.Duration) {
	w.Helper()
	w.at = w.at.Add(after - 2*time.Minute)
	w.pollFails(wallet.FaultUnavailable)
}

// TestNewsOutrunsPolls: while the API answers, no alert is unconfirmed, however fast orders come.
func TestNewsOutrunsPolls(t *testing.T) {
	w := ready(t)
	for i := range 30 {
		w.hears(w.order(fmt.Sprint(i), "40", ""))
		w.wishes(wallet.WishedNow)
		p := &wallet.Poll{Account: account, SentAt: w.at.Add(-500 * time.Millisecond), Readings: []wallet.Reading{usd(1, "5000")}}
		check(w, w.ledger.RecordPoll(context.Background(), p, false))
	}
	w.tells()
}

// TestBreachHeardInDoubt: a wallet whose polls cannot be believed is no reason to keep quiet.
func TestBreachHeardInDoubt(t *testing.T) {
	w := ready(t)
	w.poll("")
	w.hears(w.order("1", "40", ""))
	w.shows(1, wallet.Unknown)
	w.news()
	w.at = w.at.Add(-110 * time.Second)
	w.poll("")
	w.tells("pagerduty: 1 triggered critical", "slack: 1 triggered critical")
	if e := w.view().Episodes; e[0].Confirmed && e[1].Confirmed {
		t.Errorf("all is confirmed: %+v", e)
	}
}

// TestConfirmedBreach: nobody is told before a poll says so too, and then at once.
func TestConfirmedBreach(t *testing.T) {
	w := ready(t)
	w.hears(w.order("1", "40", ""))
	w.believes("40", wallet.FromOrder)
	w.shows(1, wallet.OK)
	if why := w.wallet(1).Reason; why != "order responses say that the balance is 40.00 USD; the API is being asked" {
		t.Errorf("the reason is %q", why)
	}
	w.tells()
	w.wishes(wallet.WishedNow)
	if wish := w.ledger.Wish(account); !wish.Deadline.Equal(w.at.Add(10 * time.Second)) {
		t.Errorf("the deadline is %v, it is %v", wish.Deadline, w.at)
	}
	w.confirms("40")
	w.wishes(wallet.NotWished)
	w.tells("pagerduty: 1 triggered critical", "slack: 1 triggered critical")
	if e := w.view().Episodes[0]; !e.Confirmed {
		t.Error("the episode is unconfirmed")
	}
	w.counts("confirmed", 1)
}

// TestWrongResponse wakes nobody, and is explained.
func TestWrongResponse(t *testing.T) {
	w := ready(t)
	w.hears(w.order("1", "-7", ""))
	w.confirms("5000")
	w.believes("5000", wallet.FromPoll)
	w.shows(1, wallet.OK)
	w.tells()
	if len(w.view().Episodes) != 0 {
		t.Errorf("there are episodes: %+v", w.view().Episodes)
	}
	w.counts("contradicted", 1)
	if said := w.audited("contradicted"); said != "order responses said -7.00 USD, the API says 5,000.00 USD" {
		t.Errorf("the audit says %q", said)
	}
}

// TestUnconfirmedBreach: while the API cannot be asked, an alert goes out after 10 s that says so; when the API can be
// asked again it is confirmed, or withdrawn.
func TestUnconfirmedBreach(t *testing.T) {
	for name, c := range map[string]struct {
		then string   // what the API says at last
		told []string // then
	}{
		"confirmed":   {"40", []string{"pagerduty: 1 verified critical", "slack: 1 verified critical"}},
		"milder":      {"190", []string{"pagerduty: 1 resolved critical", "slack: 1 improved warning"}},
		"withdrawn":   {"5000", []string{"pagerduty: 1 resolved critical", "slack: 1 resolved critical"}},
		"not so low":  {"55", []string{"pagerduty: 1 resolved critical", "slack: 1 improved warning"}}, // below 125 %, but it never was critical
		"lower still": {"10", []string{"pagerduty: 1 verified critical", "slack: 1 verified critical"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := ready(t)
			w.hears(w.order("1", "40", ""))
			w.fails(5 * time.Second)
			w.restart() // what is suspected survives, and the API gets its time anew
			w.pass(time.Minute)
			w.tells()
			w.wishes(wallet.WishedNow)
			w.restart()
			w.fails(5 * time.Second)
			w.fails(4999 * time.Millisecond)
			w.pass(time.Minute) // in which nobody asks
			w.tells()
			w.fails(time.Millisecond)
			d := w.claim("pagerduty")
			if d == nil || d.Notice.Confirmed || !d.Notice.Balance.Equal(dec("40")) || d.Notice.Source != wallet.FromOrder || !d.Notice.Read.Equal(dec("5000")) {
				t.Fatalf("the page is %+v", d)
			}
			w.settle(d, wallet.Result{})
			w.tells("slack: 1 triggered critical")
			if e := w.view().Episodes[0]; e.Confirmed {
				t.Error("the episode is confirmed")
			}
			for range 20 { // an outage that lasts, and news that goes stale
				w.pollFails(wallet.FaultUnavailable)
			}
			w.news()
			w.restart()
			if got := w.wallet(1); got.Level != "critical" {
				t.Fatalf("during the outage it became %q", got.Level)
			}
			w.confirms(c.then)
			told := w.news()
			told = slices.DeleteFunc(told, func(s string) bool { return strings.Contains(s, ": 0 ") }) // of the monitor
			slices.Sort(told)
			if !slices.Equal(told, c.told) {
				t.Errorf("told %q, want %q", told, c.told)
			}
			if e := w.view().Episodes; c.then != "5000" && !w.wallet(1).Confirmed() {
				t.Errorf("still unconfirmed: %+v", e)
			}
		})
	}
}

// TestTimeIsNoFailure: an API that was not asked has not failed, whatever time has passed.
func TestTimeIsNoFailure(t *testing.T) {
	for name, happens := range map[string]func(*world){
		"a clock that jumps":  func(w *world) { w.pass(20 * time.Second) },
		"a long sleep":        func(w *world) { w.pass(time.Hour) },
		"a restart":           func(w *world) { w.at = w.at.Add(time.Minute); w.restart() },
		"another process":     func(w *world) { w.at = w.at.Add(20 * time.Second); w.replica().pass(0) },
		"a failure before it": func(w *world) { w.pass(9 * time.Second) },
	} {
		t.Run(name, func(t *testing.T) {
			w := ready(t)
			w.fails(time.Second)
			w.hears(w.order("1", "40", ""))
			happens(w)
			w.wishes(wallet.WishedNow)
			if got := w.wallet(1); got.Level != "" || got.Suspect.IsZero() {
				t.Errorf("it is at %q, suspect since %v", got.Level, got.Suspect)
			}
			w.confirms("5000")
			if got := w.wallet(1); got.Level != "" || !got.Suspect.IsZero() {
				t.Errorf("then it is at %q, suspect since %v", got.Level, got.Suspect)
			}
		})
	}
}

// TestSuspicionOutlives what does not settle it: its age, a clock set back, another process whose clock is behind, and
// another name for the level.
func TestSuspicionOutlives(t *testing.T) {
	for name, happens := range map[string]func(*world){
		"its age":          func(w *world) { w.fails(11 * time.Minute) },
		"a restart":        func(w *world) { w.at = w.at.Add(11 * time.Minute); w.restart(); w.fails(time.Second) },
		"a clock set back": func(w *world) { w.pass(-time.Minute); w.fails(time.Second) },
		"a process behind": func(w *world) { other := w.replica(); other.at = w.at.Add(-2 * time.Second); other.claim() },
		"another name": func(w *world) {
			w.apply(func(p *wallet.Policy) { p.Levels[1].Name, p.StaleAfter[1].Level = "urgent", "urgent" })
		},
		"a doubtful poll":       func(w *world) { w.poll("") },
		"nothing in particular": func(*world) {},
	} {
		t.Run(name, func(t *testing.T) {
			for _, alerted := range []bool{false, true} {
				w := ready(t)
				w.hears(w.order("1", "40", ""))
				if alerted {
					w.fails(10 * time.Second)
				}
				happens(w)
				w.wishes(wallet.WishedNow)
				if got := w.wallet(1); !got.Balance.Equal(dec("40")) || alerted && (got.Level == "" || got.Confirmed()) {
					t.Errorf("alerted %v: %s at %q, confirmed %v", alerted, got.Balance, got.Level, got.Confirmed())
				}
				w.pass(time.Second)
				w.fails(11 * time.Second)
				if got := w.wallet(1); got.Level == "" || got.Confirmed() {
					t.Errorf("alerted %v: at last it is at %q, confirmed %v", alerted, got.Level, got.Confirmed())
				}
			}
		})
	}
}

// TestConfirmedInItsOwnNumbers: what goes out as confirmed says what the API said, whatever was heard since.
func TestConfirmedInItsOwnNumbers(t *testing.T) {
	w := ready(t)
	w.hears(w.order("1", "190", ""))
	sent := w.at.Add(time.Millisecond)
	w.hears(w.order("2", "-7", ""))
	p := &wallet.Poll{Account: account, SentAt: sent, Readings: []wallet.Reading{usd(1, "190")}}
	check(w, w.ledger.RecordPoll(context.Background(), p, false))
	d := w.claim()
	if d == nil || !d.Notice.Confirmed || !d.Notice.Balance.Equal(dec("190")) || d.Notice.Source != wallet.FromPoll || !d.Notice.ObservedAt.Equal(sent) {
		t.Fatalf("told %+v", d)
	}
	w.believes("-7", wallet.FromOrder)
}

// TestMutedWalletsAreNotAskedAbout urgently: nobody would be told.
func TestMutedWalletsAreNotAskedAbout(t *testing.T) {
	w := ready(t)
	w.apply(func(p *wallet.Policy) { p.Rules = append(p.Rules, wallet.Rule{Mute: true}) })
	w.hears(w.order("1", "40", ""))
	w.wishes(wallet.NotWished)
}

// TestWishFromTheFuture: a clock that was ahead leaves no wish behind that no poll can grant.
func TestWishFromTheFuture(t *testing.T) {
	w := ready(t)
	back := w.at
	w.at = w.at.Add(wallet.Day)
	w.hears(w.order("1", "6000", ""))
	w.wishes(wallet.WishedSoon)
	w.at = back.Add(time.Second)
	w.wishes(wallet.WishedSoon)
	w.poll("5000")
	w.wishes(wallet.NotWished)
}

// TestWorseNeverConfirmed: an episode whose level the API did not confirm is not told of as confirmed when it ends, and
// the trail says why.
func TestWorseNeverConfirmed(t *testing.T) {
	w := ready(t)
	w.hears(w.order("0", "45", ""))
	w.confirms("190")
	w.hears(w.order("1", "40", ""))
	w.fails(10 * time.Second)
	w.news()
	w.confirms("5000")
	if e := w.view().Episodes; e[len(e)-1].Level != "critical" || e[len(e)-1].Confirmed {
		t.Errorf("the episodes are %+v", e)
	}
	if said := w.audited("contradicted"); said != "order responses said 40.00 USD, the API says 5,000.00 USD" {
		t.Errorf("the audit says %q", said)
	}
}

// TestNewsInTheMomentOfAPoll: a poll falls between two orders that are nearly simultaneous. What came before it is
// settled, what came after is not lost.
func TestNewsInTheMomentOfAPoll(t *testing.T) {
	for name, c := range map[string]struct {
		before, after wallet.Observation
		polls         string
		left          string
		wish          wallet.Urgency
	}{
		"a breach after it":  {wallet.Observation{Balance: ptr("4990")}, wallet.Observation{Balance: ptr("10")}, "4990", "10", wallet.WishedNow},
		"a lie before it":    {wallet.Observation{Balance: ptr("40")}, wallet.Observation{Balance: ptr("4990")}, "5000", "4990", wallet.WishedSoon},
		"an amount after it": {wallet.Observation{Balance: ptr("4990")}, wallet.Observation{Spent: ptr("4980")}, "4990", "10", wallet.WishedNow},
	} {
		t.Run(name, func(t *testing.T) {
			w := ready(t)
			w.at = w.at.Add(time.Second).Truncate(time.Second)
			began := w.at
			for i, o := range []wallet.Observation{c.before, c.after} {
				o.Key, o.Source, o.Wallet, o.At = fmt.Sprint(wallet.OrderKey, i), wallet.FromOrder, 1, w.at
				_, err := w.ledger.Record(context.Background(), account, []wallet.Observation{o})
				check(w, err)
				w.at = began.Add(99 * time.Millisecond)
			}
			w.at = began.Add(200 * time.Millisecond)
			p := &wallet.Poll{Account: account, SentAt: began.Add(60 * time.Millisecond), Readings: []wallet.Reading{usd(1, c.polls)}}
			check(w, w.ledger.RecordPoll(context.Background(), p, false))
			if got := w.wallet(1); !got.Balance.Equal(dec(c.left)) {
				t.Errorf("%s is believed, want %s", got.Balance, c.left)
			}
			w.wishes(c.wish)
		})
	}
}

// TestLatePollIsNoFailure: a poll that is answered after a newer one was recorded says nothing, also not that the API
// failed to answer.
func TestLatePollIsNoFailure(t *testing.T) {
	w := ready(t)
	sent := w.at.Add(-time.Second)
	w.hears(w.order("1", "40", ""))
	w.at = w.at.Add(20 * time.Second)
	p := &wallet.Poll{Account: account, SentAt: sent, Readings: []wallet.Reading{usd(1, "5000")}}
	check(w, w.ledger.RecordPoll(context.Background(), p, false))
	w.tells()
	w.wishes(wallet.WishedNow)
}
