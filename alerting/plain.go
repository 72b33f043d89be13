package alerting

import (
	"fmt"
	"time"

	"walletwatch/wallet"
)

// orPlainly renders a delivery. When that panics it is told plainly: it is never dropped.
func orPlainly[T any](render func(*wallet.Delivery, time.Time) T, plain func(*wallet.Delivery) T, d *wallet.Delivery, now time.Time) (out T) {
	defer func() {
		if recover() != nil {
			out = plain(d)
		}
	}()
	return render(d, now)
}

// plainly says the least that must be known.
func plainly(d *wallet.Delivery) (text string) {
	state, doubt := "resolved", ""
	if d.Want.Firing {
		state = "at " + clip(oneLine(d.Want.Level), mostLevel)
		doubt = doubtOf(&d.Notice)
	}
	text = doubt + fmt.Sprintf("%s (%s) is %s. walletwatch has a bug and could not compose the whole message.",
		clip(oneLine(d.Notice.Name), mostName), shownKey(d.Notice.Key), state)
	if d.Notice.IsMonitor() {
		return text
	}
	defer func() { _ = recover() }() // then text stays without the numbers
	return text + " Balance " + clip(oneLine(d.Notice.Balance.String()+" "+d.Notice.Currency), mostName) + "."
}

// doubtOf begins a text about something that the API has not confirmed.
func doubtOf(n *wallet.Notice) string {
	if n.Confirmed || n.IsMonitor() {
		return ""
	}
	return "Unconfirmed: "
}
