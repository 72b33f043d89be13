package wallet_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"walletwatch/wallet"
)

// TestReceiversEndUpShowingTheAlarm: whatever happens meanwhile, whoever should show the alarm shows it once all has
// been accepted, and nobody else shows anything.
func TestReceiversEndUpShowingTheAlarm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, now := &desk{}, noon
		var alarm wallet.Alarm
		inFlight := map[string]wallet.Display{}
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 7200).Draw(t, "seconds")) * time.Second)
			alarm = next(t, alarm, now)
			d.address(alarm, now)
			checkWants(t, d, alarm)
			if asked := d.address(alarm, now); asked != "" {
				t.Fatalf("nothing changed, and yet: %s", asked)
			}
			for _, one := range d.dispatches {
				deliver(t, d, one.Receiver, inFlight, now)
			}
			if !slices.ContainsFunc(d.dispatches, func(d *wallet.Dispatch) bool { return !d.Settled() }) {
				checkAccepted(t, d, alarm)
			}
		}
		for _, one := range d.dispatches {
			d.settle(one.Receiver, wallet.Result{At: now})
		}
		checkAccepted(t, d, alarm)
		if asked := d.address(alarm, now); asked != "" {
			t.Fatalf("all is accepted, and yet: %s", asked)
		}
	})
}

// next draws what an alarm becomes.
func next(t *rapid.T, alarm wallet.Alarm, now time.Time) wallet.Alarm {
	old := alarm
	switch rapid.SampledFrom([]string{"same", "same", "warning", "critical", "over", "new"}).Draw(t, "alarm") {
	case "warning":
		alarm = warning()
	case "critical":
		alarm = critical()
	case "over":
		alarm = over()
	case "new":
		alarm = critical()
		alarm.Since = now
		return alarm
	}
	if alarm.Level != "" {
		alarm.Since = now
		if old.Level != "" {
			alarm.Since = old.Since
		}
	}
	return alarm
}

// deliver takes a delivery into its hands, or ends one that it has.
func deliver(t *rapid.T, d *desk, receiver string, inFlight map[string]wallet.Display, now time.Time) {
	i := slices.IndexFunc(d.dispatches, func(d *wallet.Dispatch) bool { return d.Receiver == receiver })
	want, sending := inFlight[receiver]
	switch rapid.SampledFrom([]string{"wait", "send", "accept", "fail", "refuse"}).Draw(t, receiver) {
	case "send":
		if !sending && d.dispatches[i].Due(now) {
			d.dispatches[i] = d.dispatches[i].Claimed("claim", now.Add(time.Minute))
			inFlight[receiver] = d.dispatches[i].Want
		}
		return
	case "accept":
		if sending {
			d.dispatches[i] = d.dispatches[i].Settle(want, wallet.Result{At: now, Handle: "seen"})
		}
	case "fail", "refuse":
		if sending {
			d.dispatches[i] = d.dispatches[i].Settle(want, wallet.Result{At: now, Err: "no", Wait: time.Second})
		}
	default:
		return
	}
	delete(inFlight, receiver)
}

func checkWants(t *rapid.T, d *desk, alarm wallet.Alarm) {
	for _, one := range d.dispatches {
		told := slices.Contains(alarm.Receivers, one.Receiver)
		if one.Want.Firing != told || told && (one.Want.Level != alarm.Level || !one.Want.Since.Equal(alarm.Since)) {
			t.Fatalf("%s should show %+v while the alarm is %+v", one.Receiver, one.Want, alarm)
		}
	}
	for _, name := range alarm.Receivers {
		if !slices.ContainsFunc(d.dispatches, func(d *wallet.Dispatch) bool { return d.Receiver == name }) {
			t.Fatalf("%s is not told of %+v", name, alarm)
		}
	}
}

func checkAccepted(t *rapid.T, d *desk, alarm wallet.Alarm) {
	for _, one := range d.dispatches {
		told := slices.Contains(alarm.Receivers, one.Receiver)
		if one.Accepted.Firing != told || told && one.Accepted.Level != alarm.Level {
			t.Fatalf("%s shows %+v while the alarm is %+v", one.Receiver, one.Accepted, alarm)
		}
	}
}
