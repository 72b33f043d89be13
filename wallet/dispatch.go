package wallet

import (
	"slices"
	"time"
)

// Dispatch is what one receiver should show about one Key, and what it has accepted. Delivery is the difference.
type Dispatch struct {
	Key
	Receiver string
	Want     Display
	Accepted Display
	Handle   string // what the receiver asked to remember with its last acceptance

	DueAt      time.Time // when Want became due
	Attempts   int       // to deliver Want
	NextAt     time.Time // not before this
	LastError  string    // of the newest attempt; "" when it succeeded
	Permanent  bool      // LastError was a refusal for good
	AcceptedAt time.Time // of Accepted
	Urgency    int       // rank of the level; the higher, the earlier it is sent

	Claim        string    // names the delivery that was claimed last
	ClaimedUntil time.Time // when that claim ends by itself; zero: nobody is delivering
}

// longestWait is more than any retry asks for. What is further ahead was written by a clock that has been set back
// since, and holds nothing up.
const longestWait = 10 * time.Minute

// Due reports whether the dispatch may be claimed at now.
func (d *Dispatch) Due(now time.Time) bool {
	waits := d.NextAt.After(now) && d.NextAt.Sub(now) <= longestWait
	return !d.Settled() && !waits && !d.ClaimedUntil.After(now)
}

// Before orders dispatches by what must be sent first: the gravest, and of those the longest due.
func (d *Dispatch) Before(other *Dispatch) bool {
	if d.Urgency != other.Urgency {
		return d.Urgency > other.Urgency
	}
	return d.DueAt.Before(other.DueAt)
}

// Claimed returns the dispatch in the hands of claim until a deadline.
func (d *Dispatch) Claimed(claim string, until time.Time) *Dispatch {
	next := *d
	next.Claim, next.ClaimedUntil = claim, until
	return &next
}

// Settled reports whether the receiver has accepted all there is to say.
func (d *Dispatch) Settled() bool { return d.Want.Seq == d.Accepted.Seq }

// Known reports whether the receiver has accepted what it should show: what waits, if anything, only says it again.
func (d *Dispatch) Known() bool {
	return d.Accepted.Seq != 0 && d.shows(d.Accepted)
}

// Outcome is the dispatch as an alert shows it.
func (d *Dispatch) Outcome() Outcome {
	o := Outcome{Receiver: d.Receiver, State: Pending, Attempts: d.Attempts, LastError: d.LastError, AcceptedAt: d.AcceptedAt}
	switch {
	case d.Settled():
		o.State = Accepted
	case d.Permanent:
		o.State = Failed
	}
	return o
}

// Alarm is what should be shown about one Key at present.
type Alarm struct {
	Key
	Level     string // "": nothing is wrong
	About     string // see Display
	Since     time.Time
	Urgency   int
	Receivers []string      // who should show it
	Remind    []string      // those of Receivers that are told again
	Every     time.Duration // how often; 0: never
}

// Address returns the dispatches that must change so that the receivers in alarm.Receivers show the alarm and all
// others show that it is over. present are the dispatches of the same Key. A receiver that never showed anything
// and need not now gets no dispatch.
func Address(alarm Alarm, present []*Dispatch, now time.Time) []*Dispatch {
	var changed []*Dispatch
	for _, name := range alarm.Receivers {
		i := slices.IndexFunc(present, func(d *Dispatch) bool { return d.Receiver == name })
		d := &Dispatch{Key: alarm.Key, Receiver: name}
		if i >= 0 {
			d = present[i]
		}
		want := Display{Firing: true, Level: alarm.Level, About: alarm.About, Since: alarm.Since}
		if d.shows(want) && !alarm.reminds(d, now) {
			continue
		}
		changed = append(changed, d.asking(want, alarm.Urgency, now))
	}
	for _, d := range present {
		if d.Want.Firing && !slices.Contains(alarm.Receivers, d.Receiver) {
			want := d.Want
			want.Firing = false
			changed = append(changed, d.asking(want, d.Urgency, now))
		}
	}
	return changed
}

func (d *Dispatch) shows(want Display) bool {
	return d.Want.Firing == want.Firing && d.Want.Level == want.Level && d.Want.About == want.About && d.Want.Since.Equal(want.Since)
}

func (a *Alarm) reminds(d *Dispatch, now time.Time) bool {
	return a.Every > 0 && d.Settled() && slices.Contains(a.Remind, d.Receiver) && now.Sub(d.AcceptedAt) >= a.Every
}

func (d *Dispatch) asking(want Display, urgency int, now time.Time) *Dispatch {
	next := *d
	want.Seq = d.Want.Seq + 1
	next.Want, next.Urgency = want, urgency
	next.DueAt, next.NextAt, next.Attempts = now, now, 0
	return &next
}

// Again returns the dispatch with what it wants being news once more, whatever the receiver has accepted.
func (d *Dispatch) Again(now time.Time) *Dispatch { return d.asking(d.Want, d.Urgency, now) }

// Occasion says why the receiver is told, from the ranks of what it accepted last and of what it should show now.
func (d *Dispatch) Occasion(acceptedRank, wantRank int) Occasion {
	switch {
	case !d.Want.Firing:
		return Resolved
	case !d.Accepted.Firing || !d.Accepted.Since.Equal(d.Want.Since):
		return Triggered
	case wantRank > acceptedRank:
		return Worsened
	case wantRank < acceptedRank:
		return Improved
	case d.Accepted.About == Unconfirmed && d.Want.About == "":
		return Verified
	case d.Accepted.About != d.Want.About:
		return Changed
	}
	return Reminded
}

// Settle returns the dispatch, no longer claimed, after an attempt to deliver want. News that became due meanwhile
// stays due.
func (d *Dispatch) Settle(want Display, r Result) *Dispatch {
	next := *d
	next.ClaimedUntil = time.Time{}
	current := want.Seq == d.Want.Seq
	if current {
		next.Attempts++
	}
	next.LastError, next.Permanent = r.Err, r.Permanent
	switch {
	case r.Err == "":
		next.Accepted, next.AcceptedAt, next.Handle = want, r.At, r.Handle
	case current:
		next.NextAt = r.At.Add(r.Wait)
	}
	return &next
}
