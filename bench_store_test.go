package main

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"walletwatch/store/pgtest"
)

// BenchmarkStore measures what a poll of 10,000 wallets costs on either database, in turn in the same run: decode, record,
// evaluate, commit to the disk. x_sqlite is the ratio of the two medians.
func BenchmarkStore(b *testing.B) {
	server, err := pgtest.Start()
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := server.Close(); err != nil {
			b.Error(err)
		}
	})
	for _, changed := range []int{0, 10, 100} { // of a hundred
		b.Run(fmt.Sprintf("changed=%d%%", changed), func(b *testing.B) {
			name, err := server.Create()
			if err != nil {
				b.Fatal(err)
			}
			urls := []string{"sqlite://" + filepath.Join(b.TempDir(), "bench.db"), pgtest.URL(server.Address(), name)}
			var cycles []*cycle
			for _, url := range urls {
				c := newCycleAt(b, url, 10_000)
				c.poll(b, c.body(0, 100)) // the first after the spend is known decides for every wallet
				cycles = append(cycles, c)
			}
			took := make([][]time.Duration, len(cycles))
			for round := 1; b.Loop(); round++ {
				for i, c := range cycles {
					took[i] = append(took[i], c.poll(b, c.body(round, changed)))
				}
			}
			file, remote := middle(took[0]), middle(took[1])
			b.ReportMetric(float64(file.Microseconds())/1000, "ms/sqlite")
			b.ReportMetric(float64(remote.Microseconds())/1000, "ms/postgres")
			b.ReportMetric(float64(remote)/float64(file), "x_sqlite")
		})
	}
}
