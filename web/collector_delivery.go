package web

import (
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"walletwatch/wallet"
)

// deliveryDescs describe how far the news has got.
type deliveryDescs struct {
	pending  *prometheus.Desc
	overdue  *prometheus.Desc
	notified *prometheus.Desc
}

func newDeliveryDescs() deliveryDescs {
	return deliveryDescs{
		pending: prometheus.NewDesc("walletwatch_notifications_pending",
			"Notifications that the receiver has not accepted yet.", []string{"receiver"}, nil),
		overdue: prometheus.NewDesc("walletwatch_notifications_overdue",
			"Notifications that the receiver has not accepted 10 s after they became due.", []string{"receiver"}, nil),
		notified: walletDesc("notified",
			"Whether the receiver has accepted the news of the level that the wallet is at; absent for wallets at no level and for muted ones.", "receiver"),
	}
}

func (d *deliveryDescs) describe(ch chan<- *prometheus.Desc) {
	ch <- d.pending
	ch <- d.overdue
	ch <- d.notified
}

// collectWaiting emits how many notifications wait for each receiver.
func (d *deliveryDescs) collectWaiting(ch chan<- prometheus.Metric, policy *wallet.Policy, s *wallet.Snapshot, now time.Time) {
	pending, overdue := map[string]int{}, map[string]int{}
	for _, name := range policy.Receivers() {
		pending[clean(name)], overdue[clean(name)] = 0, 0
	}
	for i := range s.Accounts {
		for _, p := range s.Accounts[i].Pending {
			pending[clean(p.Receiver)]++
			if now.Sub(p.DueAt) >= wallet.Overdue {
				overdue[clean(p.Receiver)]++
			}
		}
	}
	emitEach(ch, d.pending, pending)
	emitEach(ch, d.overdue, overdue)
}

// collectNotified emits which receivers of a wallet's level have accepted the news. outcomes are those of the wallet's
// open episode, and pending what waits in its account.
func (d *deliveryDescs) collectNotified(ch chan<- prometheus.Metric, w *labelled, outcomes []wallet.Outcome, pending []wallet.PendingAt) {
	rank := w.Terms.Level(w.Level)
	if rank < 0 || w.Terms.Mute {
		return
	}
	receivers := slices.Clone(w.Terms.Levels[rank].Notify)
	slices.Sort(receivers)
	for _, name := range slices.Compact(receivers) {
		accepted := slices.ContainsFunc(outcomes, func(o wallet.Outcome) bool { return o.Receiver == name && o.State == wallet.Accepted })
		reminded := slices.ContainsFunc(pending, func(p wallet.PendingAt) bool { return p.Key == w.Key() && p.Receiver == name && p.Known })
		l := &w.labels
		emit(ch, d.notified, number(accepted || reminded), l[0], l[1], l[2], l[3], clean(name))
	}
}

func number(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
