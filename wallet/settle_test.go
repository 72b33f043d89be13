package wallet_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"walletwatch/wallet"
)

// claimed is a dispatch in somebody's hands, due since noon.
func claimed() *wallet.Dispatch {
	d := &wallet.Dispatch{
		Key: wallet.Key{Account: "default", Wallet: 1}, Receiver: "slack", Handle: "old handle", Urgency: 1, DueAt: noon, NextAt: noon,
		Want:     wallet.Display{Seq: 3, Firing: true, Level: "critical", Since: noon},
		Accepted: wallet.Display{Seq: 2, Firing: true, Level: "warning", Since: noon},
		Attempts: 2, LastError: "down",
	}
	return d.Claimed("mine", noon.Add(time.Minute))
}

func TestClaimed(t *testing.T) {
	d := claimed()
	if d.Claim != "mine" || d.Due(noon.Add(time.Minute-time.Millisecond)) || !d.Due(noon.Add(time.Minute)) {
		t.Errorf("a claim holds until its deadline: %+v", d)
	}
	if other := d.Claimed("theirs", noon.Add(time.Hour)); d.Claim != "mine" || other.Claim != "theirs" {
		t.Error("a claim changed the dispatch that was claimed")
	}
}

func TestDue(t *testing.T) {
	d := claimed().Settle(claimed().Want, wallet.Result{At: noon.Add(time.Second), Err: "down", Wait: 2 * time.Second})
	for at, want := range map[time.Duration]bool{0: false, 3*time.Second - time.Millisecond: false, 3 * time.Second: true, time.Hour: true} {
		same(t, "due after "+at.String(), d.Due(noon.Add(at)), want)
	}
	accepted := claimed().Settle(claimed().Want, wallet.Result{At: noon})
	same(t, "due when accepted", accepted.Due(noon.Add(time.Hour)), false)
}

func TestSettle(t *testing.T) {
	at := noon.Add(30 * time.Second)
	want := *claimed()
	want.ClaimedUntil = time.Time{}
	want.Attempts = 3

	accepted := want
	accepted.Accepted, accepted.AcceptedAt, accepted.Handle, accepted.LastError = claimed().Want, at, "new handle", ""
	same(t, "accepted", *claimed().Settle(claimed().Want, wallet.Result{At: at, Handle: "new handle"}), accepted)

	failed := want
	failed.LastError, failed.NextAt = "timeout", at.Add(4*time.Second)
	same(t, "failed", *claimed().Settle(claimed().Want, wallet.Result{At: at, Err: "timeout", Wait: 4 * time.Second}), failed)

	refused := failed
	refused.Permanent, refused.NextAt = true, at.Add(5*time.Minute)
	got := claimed().Settle(claimed().Want, wallet.Result{At: at, Err: "timeout", Permanent: true, Wait: 5 * time.Minute})
	same(t, "refused", *got, refused)
	got = got.Claimed("again", at).Settle(got.Want, wallet.Result{At: at, Err: "timeout"})
	same(t, "no longer refused", got.Permanent, false)

	before := claimed()
	before.Settle(before.Want, wallet.Result{At: at})
	same(t, "the dispatch before", *before, *claimed())
}

// TestSettleWithNewsMeanwhile: what was sent counts, and what became due while it was on its way stays due at once.
func TestSettleWithNewsMeanwhile(t *testing.T) {
	at := noon.Add(30 * time.Second)
	sent := claimed().Want
	desk := &desk{dispatches: []*wallet.Dispatch{claimed()}}
	desk.address(over(), noon.Add(10*time.Second))

	for name, r := range map[string]wallet.Result{
		"accepted": {At: at, Handle: "new handle"},
		"failed":   {At: at, Err: "timeout", Wait: time.Minute},
	} {
		d := desk.of("slack").Settle(sent, r)
		if d.Settled() || !d.Due(at) || d.Attempts != 0 || d.Want.Firing || d.DueAt != noon.Add(10*time.Second) {
			t.Errorf("%s: the news should be due at once: %+v", name, d)
		}
		if accepted := r.Err == ""; accepted != (d.Accepted == sent) || accepted != (d.Handle == "new handle") {
			t.Errorf("%s: shown is %+v with %q", name, d.Accepted, d.Handle)
		}
	}
}

func TestOutcome(t *testing.T) {
	d := claimed()
	want := wallet.Outcome{Receiver: "slack", State: wallet.Pending, Attempts: 2, LastError: "down"}
	same(t, "pending", d.Outcome(), want)
	d = d.Settle(d.Want, wallet.Result{At: noon, Err: "bad channel", Permanent: true})
	same(t, "failed", d.Outcome(), wallet.Outcome{Receiver: "slack", State: wallet.Failed, Attempts: 3, LastError: "bad channel"})
	d = d.Settle(d.Want, wallet.Result{At: noon})
	same(t, "accepted", d.Outcome(), wallet.Outcome{Receiver: "slack", State: wallet.Accepted, Attempts: 4, AcceptedAt: noon})
}

// TestBefore: the gravest is sent first, and of those the longest due.
func TestBefore(t *testing.T) {
	dispatch := func(name string, urgency int, due time.Duration) *wallet.Dispatch {
		return &wallet.Dispatch{Receiver: name, Urgency: urgency, DueAt: noon.Add(due)}
	}
	all := []*wallet.Dispatch{
		dispatch("d", 0, 2*time.Hour), dispatch("b", 1, 3*time.Hour), dispatch("c", 0, time.Hour), dispatch("a", 1, 2*time.Hour),
	}
	slices.SortFunc(all, func(x, y *wallet.Dispatch) int {
		switch {
		case x.Before(y):
			return -1
		case y.Before(x):
			return 1
		}
		return 0
	})
	var names []string
	for _, d := range all {
		names = append(names, d.Receiver)
	}
	same(t, "order", strings.Join(names, ""), "abcd")
	same(t, "before itself", all[0].Before(all[0]), false)
}

// TestKnown tells a reminder from news.
func TestKnown(t *testing.T) {
	settled := claimed().Settle(claimed().Want, wallet.Result{At: noon})
	same(t, "accepted", settled.Known(), true)
	same(t, "told again", settled.Again(noon).Known(), true)
	same(t, "another level", claimed().Known(), false)
	same(t, "never told", (&wallet.Dispatch{}).Again(noon).Known(), false)
}
