package web

import (
	"maps"
	"slices"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"walletwatch/wallet"
)

// gauge is a metric that each wallet has at most once; ok false: it is absent.
type gauge struct {
	desc  *prometheus.Desc
	value func(w *labelled) (v float64, ok bool)
}

// levelGauge is a metric that each wallet has at most once for every level.
type levelGauge struct {
	desc  *prometheus.Desc
	value func(w *labelled, level string) (v float64, ok bool)
}

func walletGauges() []gauge {
	return []gauge{
		{walletDesc("balance", "Available balance, in the wallet's currency; absent while unknown or stale."),
			func(w *labelled) (float64, bool) { return w.balance, w.fresh }},
		{walletDesc("daily_spend", "Typical spend of a day, in the wallet's currency; absent while unknown or stale."),
			func(w *labelled) (float64, bool) { return w.spend, w.fresh && w.spendKnown() }},
		{walletDesc("balance_ratio", "Balance divided by daily spend; absent while either is unknown, while there is too little history, and without spend."),
			(*labelled).ratio},
		{walletDesc("runway_seconds", "Time until the balance is used up at the present spend; absent while unknown or stale."),
			func(w *labelled) (float64, bool) { d, ok := w.runway(); return d.Seconds(), ok }},
		{walletDesc("observed_timestamp_seconds", "When the last known balance was true, in Unix seconds; absent if it was never read."),
			func(w *labelled) (float64, bool) { return seconds(w.ObservedAt), !w.neverRead() }},
		{walletDesc("muted", "1 when nobody is told of the wallet whatever its balance, because the configuration says so; else 0."),
			func(w *labelled) (float64, bool) { return number(w.Terms.Mute), true }},
	}
}

func walletLevelGauges() []levelGauge {
	return []levelGauge{
		{walletDesc("threshold", "Balance below which the wallet is at the level, in the wallet's currency; absent while unknown or stale.", "level"),
			func(w *labelled, level string) (float64, bool) {
				amount, ok := w.Threshold(level)
				return amount.InexactFloat64(), ok && w.fresh
			}},
		{walletDesc("level", "1 for the level the wallet is at now, 0 for every other.", "level"), (*labelled).at},
	}
}

func walletDesc(name, help string, more ...string) *prometheus.Desc {
	labels := append([]string{"account", "currency", "name", "wallet_id"}, more...)
	return prometheus.NewDesc("walletwatch_wallet_"+name, help, labels, nil)
}

// labelled is a wallet with the label values that Prometheus will see, in the order of walletDesc.
type labelled struct {
	reading
	labels         [4]string
	balance, spend float64 // gauges are approximations; decisions are made on the exact amounts
}

func label(r reading) labelled {
	return labelled{
		reading: r,
		labels:  [4]string{clean(r.Account), clean(r.Currency), clean(r.Terms.Name), strconv.FormatInt(r.ID, 10)},
		balance: r.Balance.InexactFloat64(), spend: r.DailySpend.InexactFloat64(),
	}
}

func (w *labelled) ratio() (float64, bool) {
	if !w.fresh || !w.spendKnown() || w.Learning || w.DailySpend.Sign() <= 0 {
		return 0, false
	}
	return w.balance / w.spend, true
}

func (w *labelled) at(level string) (float64, bool) {
	switch level {
	case w.shown:
		return 1, true
	case wallet.OK, wallet.Learning, wallet.Unknown:
		return 0, true
	}
	return 0, w.Terms.Level(level) >= 0
}

// collectWallets emits metric by metric, each in the order of its labels. The registry sorts every metric by labels
// anyway; finding them in order, and next to each other in memory, it is twice as fast with many wallets.
func (c *collector) collectWallets(ch chan<- prometheus.Metric, wallets []labelled) {
	slices.SortFunc(wallets, func(a, b labelled) int { return slices.Compare(a.labels[:], b.labels[:]) })
	for _, g := range c.gauges {
		for i := range wallets {
			if v, ok := g.value(&wallets[i]); ok {
				emit(ch, g.desc, v, wallets[i].labels[:]...)
			}
		}
	}
	groups := byCurrency(wallets)
	for _, g := range c.levelGauges {
		for _, group := range groups {
			g.collect(ch, group)
		}
	}
}

// collect emits the gauge for wallets of one account and currency: in the order of labels the level comes next.
func (g *levelGauge) collect(ch chan<- prometheus.Metric, wallets []labelled) {
	for _, level := range levelsOf(wallets) {
		last := clean(level)
		for i := range wallets {
			if v, ok := g.value(&wallets[i], level); ok {
				l := &wallets[i].labels
				emit(ch, g.desc, v, l[0], l[1], l[2], l[3], last)
			}
		}
	}
}

// byCurrency cuts sorted wallets into those of one account and currency each.
func byCurrency(wallets []labelled) [][]labelled {
	var groups [][]labelled
	start := 0
	for i := range wallets {
		if i+1 == len(wallets) || !slices.Equal(wallets[i].labels[:2], wallets[i+1].labels[:2]) {
			groups = append(groups, wallets[start:i+1])
			start = i + 1
		}
	}
	return groups
}

// levelsOf returns every level that some of the wallets can be shown at, sorted.
func levelsOf(wallets []labelled) []string {
	seen := map[string]bool{wallet.OK: true, wallet.Learning: true, wallet.Unknown: true}
	for i := range wallets {
		seen[wallets[i].shown] = true
		for j := range wallets[i].Terms.Levels {
			seen[wallets[i].Terms.Levels[j].Name] = true
		}
	}
	return slices.Sorted(maps.Keys(seen))
}
