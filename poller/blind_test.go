package poller_test

import (
	"testing"
	"testing/synctest"
	"time"

	"walletwatch/octopus/octopustest"
)

// TestNoAlarmBeforeThePollThatEndsIt: when balances grow too old in the very moment in which they are read again,
// nobody is alarmed.
func TestNoAlarmBeforeThePollThatEndsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 0)
		o.open()
		pass(time.Minute)
		o.api.FailAlways(octopustest.RouteWallets, octopustest.Answering(503))
		pass(8 * time.Minute) // four polls fail
		o.api.Heal(octopustest.RouteWallets)
		o.api.Fail(octopustest.RouteWallets, octopustest.Delayed(3*time.Second))
		pass(time.Minute + grace + time.Second) // the balance is 10 min old when the fifth begins
		if age := time.Since(o.wallet(1).ObservedAt); age > time.Minute {
			t.Fatalf("the balance is %s old", age)
		}
		if episodes := o.account().Episodes; len(episodes) != 0 {
			t.Errorf("there was an alarm: %+v", episodes)
		}
	})
}

// TestAlarmWhileTheAPIHangs: the alarm does not wait for an answer that never comes.
func TestAlarmWhileTheAPIHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 0)
		o.open()
		pass(time.Minute)
		o.api.FailAlways(octopustest.AnyRoute, octopustest.Hanging())
		pass(9*time.Minute + grace)
		if got := o.account().Monitor.Level; got != "warning" {
			t.Errorf("after ten minutes the monitor is at level %q", got)
		}
		pass(20 * time.Minute)
		if got := o.account().Monitor.Level; got != "critical" {
			t.Errorf("after half an hour the monitor is at level %q", got)
		}
		o.api.Heal(octopustest.AnyRoute)
		pass(3 * every)
		if a := o.account(); a.Monitor.Level != "" || len(a.Faults) != 0 {
			t.Errorf("after the outage the monitor is at level %q: %v", a.Monitor.Level, a.Faults)
		}
	})
}
