package wallet_test

import (
	"testing"
	"time"

	"walletwatch/wallet"
)

func TestUnhealthy(t *testing.T) {
	const longest = 5 * time.Minute
	view := func(name string, change func(*wallet.AccountView)) wallet.AccountView {
		a := wallet.AccountView{Account: wallet.Account{Name: name, PolledAt: noon.Add(-time.Minute)}, Polled: true}
		change(&a)
		return a
	}
	fine := func(*wallet.AccountView) {}
	pending := func(due time.Duration) func(*wallet.AccountView) {
		return func(a *wallet.AccountView) {
			a.Pending = []wallet.PendingAt{{Receiver: "slack", DueAt: noon.Add(-due)}}
		}
	}
	tests := []struct {
		name   string
		change func(*wallet.AccountView)
		want   string
	}{
		{"fine", fine, ""},
		{"never read", func(a *wallet.AccountView) { a.PolledAt = time.Time{} }, "account second was not read lately"},
		{"read long ago", func(a *wallet.AccountView) { a.PolledAt = noon.Add(-longest - time.Second) }, "account second was not read lately"},
		{"read in time", func(a *wallet.AccountView) { a.PolledAt = noon.Add(-longest) }, ""},
		{"something is wrong", func(a *wallet.AccountView) { a.Faults = []string{"The first.", "The second."} }, "account second: The first."},
		{"overdue", pending(10 * time.Second), "a delivery to slack is overdue"},
		{"not yet overdue", pending(10*time.Second - time.Millisecond), ""},
	}
	for _, test := range tests {
		s := &wallet.Snapshot{At: noon, Accounts: []wallet.AccountView{view("first", fine), view("second", test.change)}}
		same(t, test.name, s.Unhealthy(noon, longest), test.want)
	}
	same(t, "no accounts", (&wallet.Snapshot{}).Unhealthy(noon, longest), "")
}

func TestFresh(t *testing.T) {
	p := policy()
	for age, want := range map[time.Duration]bool{
		0: true, -time.Minute: true, 10*time.Minute - time.Millisecond: true, 10 * time.Minute: false, time.Hour: false,
	} {
		s := state("5000")
		s.ObservedAt = ago(age)
		same(t, "fresh after "+age.String(), p.Fresh(s, noon), want)
		s.Doubt = "the amount is null"
		same(t, "in doubt, fresh after "+age.String(), p.Fresh(s, noon), false)
	}
}
