package web_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/shopspring/decimal"

	"walletwatch/wallet"
	"walletwatch/web"
)

// BenchmarkScrape measures a scrape of 10,000 wallets and, in turn with it, the floor: client_golang's const metrics
// with the same names, labels and values, worked out beforehand and in the order that suits the registry best. x_floor
// is the ratio of the two medians.
func BenchmarkScrape(b *testing.B) {
	wallets := scrapeHandler(b, web.NewCollector(manyWallets(10_000), clock))
	least := scrapeHandler(b, newFloor(b, web.NewCollector(manyWallets(10_000), clock)))
	var took, floor []time.Duration
	for b.Loop() {
		floor = append(floor, scrapeOnce(least))
		took = append(took, scrapeOnce(wallets))
	}
	b.ReportMetric(median(took).Seconds()*1000, "ms/scrape")
	b.ReportMetric(median(floor).Seconds()*1000, "ms/floor")
	b.ReportMetric(float64(median(took))/float64(median(floor)), "x_floor")
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}

func scrapeHandler(b *testing.B, c prometheus.Collector) http.Handler {
	registry := prometheus.NewRegistry()
	if err := registry.Register(c); err != nil {
		b.Fatal(err)
	}
	return promhttp.HandlerFor(registry, promhttp.HandlerOpts{})
}

type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) Write(p []byte) (int, error) { return io.Discard.Write(p) }
func (d discard) WriteHeader(int)             {}

func scrapeOnce(h http.Handler) time.Duration {
	r := httptest.NewRequest("GET", "/metrics", nil)
	start := time.Now()
	h.ServeHTTP(discard{http.Header{}}, r)
	return time.Since(start)
}

func manyWallets(n int64) *view {
	p := newPolicy()
	third := decimal.NewFromInt(1000).Div(decimal.NewFromInt(3)) // sixteen places, as a mean has
	account := wallet.AccountView{Account: wallet.Account{Name: "production", PolledAt: now}, Polled: true}
	for id := range n {
		w := newWallet(p, id+1)
		w.Balance, w.DailySpend = decimal.New(id*37, -2), third
		w.Thresholds = []wallet.Threshold{
			{Level: "warning", Amount: third.Mul(decimal.New(2, -1))}, {Level: "critical", Amount: third.Mul(decimal.New(5, -2))},
		}
		account.Wallets = append(account.Wallets, w)
	}
	return &view{policy: p, snapshot: &wallet.Snapshot{At: now, Accounts: []wallet.AccountView{account}}}
}

// floor emits metrics from slices that were made beforehand.
type floor struct{ samples []sample }

type sample struct {
	desc   *prometheus.Desc
	value  float64
	labels []string
}

func newFloor(b *testing.B, c prometheus.Collector) *floor {
	registry := prometheus.NewRegistry()
	registry.MustRegister(c)
	families, err := registry.Gather()
	if err != nil {
		b.Fatal(err)
	}
	f := &floor{}
	for _, family := range families {
		var names []string
		for _, l := range family.Metric[0].Label {
			names = append(names, l.GetName())
		}
		desc := prometheus.NewDesc(family.GetName(), family.GetHelp(), names, nil)
		for _, m := range family.Metric {
			s := sample{desc: desc, value: m.Gauge.GetValue()}
			for _, l := range m.Label {
				s.labels = append(s.labels, l.GetValue())
			}
			f.samples = append(f.samples, s)
		}
	}
	return f
}

func (f *floor) Describe(ch chan<- *prometheus.Desc) { prometheus.DescribeByCollect(f, ch) }

func (f *floor) Collect(ch chan<- prometheus.Metric) {
	for _, s := range f.samples {
		ch <- prometheus.MustNewConstMetric(s.desc, prometheus.GaugeValue, s.value, s.labels...)
	}
}
