package ledger_test

import (
	"bytes"
	"strings"
	"sync"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/prometheus/common/expfmt"

	"walletwatch/ledger"
	"walletwatch/wallet"
)

// counted is the text of the ledger's metrics.
func (w *world) counted() string {
	w.Helper()
	families, err := w.registry.Gather()
	check(w, err)
	var text bytes.Buffer
	for _, f := range families {
		_, err := expfmt.MetricFamilyToText(&text, f)
		check(w, err)
	}
	return text.String()
}

func TestObservationsMetric(t *testing.T) {
	w := newWorld(t)
	w.poll("5000", "5000", "")
	w.poll("5000", "4000", "3")
	w.read(usd(1, "5000"), usd(3, ""))
	check(t, w.ledger.RecordPoll(t.Context(), &wallet.Poll{Account: account, SentAt: w.at, Readings: []wallet.Reading{usd(1, "7")}}, false))
	want := `# HELP walletwatch_observations_total Balances that were learnt, by where they came from and what became of them.
# TYPE walletwatch_observations_total counter
walletwatch_observations_total{account="production",result="accepted",source="poll"} 6
walletwatch_observations_total{account="production",result="doubted",source="poll"} 3
walletwatch_observations_total{account="production",result="ignored",source="poll"} 1
`
	if err := testutil.GatherAndCompare(w.registry, strings.NewReader(want)); err != nil {
		t.Error(err)
	}
	if problems, err := testutil.GatherAndLint(w.registry); err != nil || len(problems) > 0 {
		t.Errorf("%v, %v", problems, err)
	}
}

func TestMetricsAreRegisteredOnce(t *testing.T) {
	w := newWorld(t)
	c := ledger.Config{Store: w.store, Accounts: []string{account}, Settings: w.settings, Registerer: w.registry}
	if _, err := ledger.Open(t.Context(), c); err == nil {
		t.Error("the same metrics were registered twice")
	}
	c.Registerer = prometheus.NewRegistry()
	if _, err := ledger.Open(t.Context(), c); err != nil {
		t.Error(err)
	}
}

// TestSnapshotsDoNotChange reads snapshots in many goroutines while everything changes, and looks later whether they
// say what they said: the race detector sees any that is written to.
func TestSnapshotsDoNotChange(t *testing.T) {
	w := ready(t)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					s := w.ledger.Snapshot()
					if before := snapshotText(s); snapshotText(s) != before || w.ledger.Policy() == nil {
						t.Error("a snapshot changed")
					}
				}
			}
		})
	}
	first, text := w.ledger.Snapshot(), snapshotText(w.ledger.Snapshot())
	for i := range 30 {
		w.poll([]string{"5000", "10", "190", ""}[i%4])
		w.record(wallet.Progress{ReadAt: w.at}, w.debit(1, "10", 0))
		if i%3 == 0 {
			w.news()
			w.apply(func(p *wallet.Policy) { p.Levels[0].Floor = ptr("195") })
		}
	}
	close(stop)
	wg.Wait()
	if got := snapshotText(first); got != text {
		t.Errorf("the first snapshot said\n%s\nand now says\n%s", text, got)
	}
}

// snapshotText reads everything of a snapshot.
func snapshotText(s *wallet.Snapshot) string {
	var b strings.Builder
	b.WriteString(s.At.String())
	for i := range s.Accounts {
		a := &s.Accounts[i]
		b.WriteString(a.Name + a.PolledAt.String() + strings.Join(a.Faults, ""))
		for _, one := range a.Wallets {
			b.WriteString(one.Shown + one.Reason + one.Balance.String() + one.DailySpend.String() + one.Terms.Name)
			for _, day := range one.Spend {
				b.WriteString(day.String())
			}
			for _, t := range one.Thresholds {
				b.WriteString(t.Level + t.Amount.String())
			}
		}
		for _, e := range a.Episodes {
			b.WriteString(e.Level + e.Since.String())
			for _, o := range e.Outcomes {
				b.WriteString(o.Receiver + string(o.State) + o.LastError)
			}
		}
		for _, p := range a.Pending {
			b.WriteString(p.Receiver + p.LastError)
		}
	}
	return b.String()
}
