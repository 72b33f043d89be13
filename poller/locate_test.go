package poller_test

import (
	"context"
	"testing"
	"time"

	"pgregory.net/rapid"

	"walletwatch/octopus"
	"walletwatch/poller"
)

// listed is a list of transactions, newest first, in pages of a size; the times are minutes.
type listed struct {
	api
	rows   []int
	size   int
	totals bool // the server says how many pages there are
	asked  int
}

func minute(n int) time.Time { return time.Date(2026, 1, 1, 0, n, 0, 0, time.UTC) }

func (l *listed) Transactions(_ context.Context, page, _ int) (octopus.TransactionPage, error) {
	l.asked++
	from := min((page-1)*l.size, len(l.rows))
	to := min(from+l.size, len(l.rows))
	p := octopus.TransactionPage{More: to < len(l.rows)}
	if l.totals {
		p.TotalPages = (len(l.rows) + l.size - 1) / l.size
	}
	for _, at := range l.rows[from:to] {
		p.Rows = append(p.Rows, octopus.Transaction{CreatedAt: minute(at)})
	}
	return p, nil
}

// page returns the one that holds the first row at or before a minute, or else the last one.
func (l *listed) page(at int) int {
	for i, row := range l.rows {
		if row <= at {
			return i/l.size + 1
		}
	}
	return max(1, (len(l.rows)+l.size-1)/l.size)
}

func TestLocate(t *testing.T) {
	rows := []int{90, 80, 80, 80, 80, 80, 70, 60, 50, 40, 30}
	tests := map[string]struct {
		rows []int
		size int
		at   int
		want int // at or just before it
	}{
		"the newest":        {rows, 2, 90, 1},
		"newer than all":    {rows, 2, 95, 1},
		"within a page":     {rows, 2, 60, 4},
		"between pages":     {rows, 2, 65, 4},
		"ties over pages":   {rows, 2, 80, 1},
		"after ties":        {rows, 2, 79, 4},
		"the oldest":        {rows, 2, 30, 6},
		"older than all":    {rows, 2, 10, 6},
		"a single page":     {rows, 50, 60, 1},
		"exactly full":      {rows[:10], 5, 40, 2},
		"one row to a page": {rows, 1, 50, 9},
		"an empty list":     {nil, 5, 50, 1},
	}
	for name, test := range tests {
		for _, totals := range []bool{true, false} {
			t.Run(name, func(t *testing.T) {
				l := &listed{rows: test.rows, size: test.size, totals: totals}
				got, err := poller.Locate(t.Context(), l, minute(test.at))
				if err != nil || got > test.want || got < test.want-1 || got < 1 {
					t.Errorf("page %d, %v; want %d or the one before (with totals: %t)", got, err, test.want, totals)
				}
			})
		}
	}
}

// TestLocateProperty: in any list the place is found, or the page before, with few requests.
func TestLocateProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := &listed{size: rapid.IntRange(1, 7).Draw(t, "size"), totals: rapid.Bool().Draw(t, "totals")}
		at := 3000
		for _, gap := range rapid.SliceOfN(rapid.IntRange(0, 3), 0, 400).Draw(t, "gaps") {
			at -= gap
			l.rows = append(l.rows, at)
		}
		sought := rapid.IntRange(at-5, 3005).Draw(t, "sought")
		got, err := poller.Locate(context.Background(), l, minute(sought))
		if want := l.page(sought); err != nil || got > want || got < max(1, want-1) {
			t.Fatalf("page %d, %v; want %d or the one before", got, err, want)
		}
		if l.asked > 20 {
			t.Fatalf("%d pages were read for a place among %d rows", l.asked, len(l.rows))
		}
	})
}

func TestLocateFails(t *testing.T) {
	a := &api{transactions: func(context.Context, int, int) (octopus.TransactionPage, error) {
		return octopus.TransactionPage{}, errDown
	}}
	if _, err := poller.Locate(t.Context(), a, minute(1)); err != errDown {
		t.Errorf("%v, want %v", err, errDown)
	}
}
