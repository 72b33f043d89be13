package wallet_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"walletwatch/wallet"
)

// desk holds the dispatches of one wallet, as the ledger stores them.
type desk struct {
	dispatches []*wallet.Dispatch
}

// address applies an alarm and returns what was asked for, as text.
func (d *desk) address(a wallet.Alarm, now time.Time) string {
	var asked []string
	for _, changed := range wallet.Address(a, d.dispatches, now) {
		i := slices.IndexFunc(d.dispatches, func(old *wallet.Dispatch) bool { return old.Receiver == changed.Receiver })
		if i < 0 {
			d.dispatches = append(d.dispatches, changed)
		} else {
			d.dispatches[i] = changed
		}
		state := "over"
		if changed.Want.Firing {
			state = changed.Want.Level
		}
		asked = append(asked, fmt.Sprintf("%s %s #%d", changed.Receiver, state, changed.Want.Seq))
	}
	return strings.Join(asked, ", ")
}

func (d *desk) of(receiver string) *wallet.Dispatch {
	i := slices.IndexFunc(d.dispatches, func(d *wallet.Dispatch) bool { return d.Receiver == receiver })
	return d.dispatches[i]
}

// settle records the result of an attempt to deliver what a receiver should show.
func (d *desk) settle(receiver string, r wallet.Result) {
	i := slices.IndexFunc(d.dispatches, func(d *wallet.Dispatch) bool { return d.Receiver == receiver })
	d.dispatches[i] = d.dispatches[i].Settle(d.dispatches[i].Want, r)
}

func (d *desk) acceptAll(at time.Time) {
	for _, one := range d.dispatches {
		d.settle(one.Receiver, wallet.Result{At: at})
	}
}

func warning() wallet.Alarm {
	return wallet.Alarm{
		Key: wallet.Key{Account: "default", Wallet: 1}, Level: "warning", Since: noon, Receivers: []string{"slack"},
		Remind: []string{"slack"}, Every: 4 * time.Hour,
	}
}

func critical() wallet.Alarm {
	a := warning()
	a.Level, a.Urgency, a.Receivers = "critical", 1, []string{"slack", "pagerduty"}
	return a
}

func over() wallet.Alarm {
	return wallet.Alarm{Key: wallet.Key{Account: "default", Wallet: 1}, Remind: []string{"slack"}, Every: 4 * time.Hour}
}

// TestAddress tells the life of an alert: what each receiver is asked to show, when.
func TestAddress(t *testing.T) {
	d := &desk{}
	same(t, "nothing is wrong", d.address(over(), noon), "")
	same(t, "it begins", d.address(warning(), noon), "slack warning #1")
	same(t, "nothing new", d.address(warning(), noon.Add(time.Minute)), "")
	d.acceptAll(noon)
	same(t, "nothing new once accepted", d.address(warning(), noon.Add(time.Minute)), "")
	same(t, "it worsens", d.address(critical(), noon.Add(time.Hour)), "slack critical #2, pagerduty critical #1")
	d.acceptAll(noon.Add(time.Hour))
	same(t, "it improves", d.address(warning(), noon.Add(2*time.Hour)), "slack warning #3, pagerduty over #2")
	same(t, "and stays so", d.address(warning(), noon.Add(2*time.Hour)), "")
	same(t, "what PagerDuty should show when it is over there", d.of("pagerduty").Want.Level, "critical")
	d.acceptAll(noon.Add(2 * time.Hour))
	same(t, "it worsens again", d.address(critical(), noon.Add(3*time.Hour)), "slack critical #4, pagerduty critical #3")
	same(t, "it ends before anybody accepted that", d.address(over(), noon.Add(3*time.Hour)), "slack over #5, pagerduty over #4")
	d.acceptAll(noon.Add(3 * time.Hour))
	same(t, "it stays over", d.address(over(), noon.Add(48*time.Hour)), "")

	again := warning()
	again.Since = noon.Add(50 * time.Hour)
	same(t, "it begins anew", d.address(again, noon.Add(50*time.Hour)), "slack warning #6")
}

func TestAddressAsksForAllThatIsNeeded(t *testing.T) {
	d, at := &desk{}, noon.Add(time.Second)
	d.address(critical(), at)
	got := d.of("pagerduty")
	want := wallet.Dispatch{
		Key: wallet.Key{Account: "default", Wallet: 1}, Receiver: "pagerduty", Urgency: 1, DueAt: at, NextAt: at,
		Want: wallet.Display{Seq: 1, Firing: true, Level: "critical", Since: noon},
	}
	same(t, "a first dispatch", *got, want)

	d.settle("pagerduty", wallet.Result{At: at, Err: "bad key", Permanent: true, Wait: 5 * time.Minute})
	d.of("pagerduty").Handle = "handle"
	later := noon.Add(time.Minute)
	d.address(over(), later)
	want.Want.Seq, want.Want.Firing, want.DueAt, want.NextAt = 2, false, later, later
	want.Handle, want.LastError, want.Permanent = "handle", "bad key", true // it still refuses, as far as is known
	same(t, "news for a receiver that refuses", *d.of("pagerduty"), want)
}

// TestSinceIsComparedAsATime: the same moment read from a database or in another zone is not news.
func TestSinceIsComparedAsATime(t *testing.T) {
	d := &desk{}
	d.address(warning(), noon)
	d.acceptAll(noon)
	elsewhere := warning()
	elsewhere.Since = noon.In(time.FixedZone("east", 3600))
	same(t, "the same moment elsewhere", d.address(elsewhere, noon.Add(time.Minute)), "")
	d.address(critical(), noon.Add(time.Hour))
	d.of("slack").Want.Since = elsewhere.Since
	same(t, "occasion", d.of("slack").Occasion(0, 1), wallet.Worsened)
}

func TestReminders(t *testing.T) {
	accepted := noon.Add(10 * time.Second)
	due := accepted.Add(4 * time.Hour)
	d := &desk{}
	d.address(critical(), noon)
	same(t, "not yet accepted", d.address(critical(), due), "")
	d.acceptAll(accepted)
	same(t, "not yet time", d.address(critical(), due.Add(-time.Millisecond)), "")
	same(t, "only those that are reminded", d.address(critical(), due), "slack critical #2")
	same(t, "not twice", d.address(critical(), due.Add(time.Hour)), "")
	same(t, "why", d.of("slack").Occasion(1, 1), wallet.Reminded)
	d.acceptAll(due.Add(time.Hour))
	same(t, "from the last acceptance on", d.address(critical(), due.Add(5*time.Hour-time.Second)), "")
	never := critical()
	never.Every = 0
	same(t, "turned off", d.address(never, due.Add(500*time.Hour)), "")
	nobody := critical()
	nobody.Remind = nil
	same(t, "nobody is reminded", d.address(nobody, due.Add(500*time.Hour)), "")
	same(t, "over", d.address(over(), due.Add(500*time.Hour)), "slack over #3, pagerduty over #2")
	d.acceptAll(due.Add(500 * time.Hour))
	same(t, "no reminder of what is over", d.address(over(), due.Add(1000*time.Hour)), "")
}

// TestNewEpisodeBeforeTheOldIsAccepted: what a receiver still has to be told of the old episode gives way to the new.
func TestNewEpisodeBeforeTheOldIsAccepted(t *testing.T) {
	d := &desk{}
	d.address(warning(), noon)
	d.acceptAll(noon)
	d.address(over(), noon.Add(time.Hour))
	d.settle("slack", wallet.Result{At: noon.Add(time.Hour), Err: "down", Wait: time.Minute})
	again := warning()
	again.Since = noon.Add(2 * time.Hour)
	same(t, "a new episode", d.address(again, again.Since), "slack warning #3")
	slack := d.of("slack")
	same(t, "occasion", slack.Occasion(0, 0), wallet.Triggered)
	if !slack.Accepted.Firing || !slack.Accepted.Since.Equal(noon) || slack.Attempts != 0 || !slack.Due(again.Since) {
		t.Errorf("the receiver still shows the old episode and must be told at once: %+v", slack)
	}
}

func TestOccasion(t *testing.T) {
	firing := wallet.Display{Seq: 1, Firing: true, Since: noon}
	ended := wallet.Display{Seq: 1, Since: noon}
	other := wallet.Display{Seq: 1, Firing: true, Since: noon.Add(-wallet.Day)}
	tests := []struct {
		name           string
		accepted, want wallet.Display
		before, now    int
		occasion       wallet.Occasion
	}{
		{"first news", wallet.Display{}, firing, -1, 0, wallet.Triggered},
		{"after an end", ended, firing, 0, 0, wallet.Triggered},
		{"another episode", other, firing, 1, 0, wallet.Triggered},
		{"worse", firing, firing, 0, 1, wallet.Worsened},
		{"better", firing, firing, 1, 0, wallet.Improved},
		{"the same", firing, firing, 1, 1, wallet.Reminded},
		{"over", firing, ended, 1, 1, wallet.Resolved},
		{"over before it was told", wallet.Display{}, ended, -1, 1, wallet.Resolved},
	}
	for _, test := range tests {
		d := wallet.Dispatch{Accepted: test.accepted, Want: test.want}
		same(t, test.name, d.Occasion(test.before, test.now), test.occasion)
	}
}
