package wallet_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"walletwatch/wallet"
)

func TestBucket(t *testing.T) {
	tests := []struct {
		ago  time.Duration
		want int
	}{
		{-time.Minute, -1}, {-48 * time.Hour, -1},
		{0, 0}, {time.Minute, 0}, {wallet.Day - time.Minute, 0},
		{wallet.Day, 1}, {wallet.Day + time.Minute, 1}, {2*wallet.Day - time.Minute, 1},
		{2 * wallet.Day, 2}, {90 * wallet.Day, 90},
	}
	for _, test := range tests {
		if got := wallet.Bucket(noon.Add(-test.ago), noon); got != test.want {
			t.Errorf("%s before the end is day %d, want %d", test.ago, got, test.want)
		}
	}
}

func TestMinute(t *testing.T) {
	east := time.FixedZone("east", 5*3600+1800)
	at := time.Date(2026, 11, 23, 17, 30, 59, 999, east)
	if got := wallet.Minute(at); !got.Equal(noon) || got.Location() != time.UTC {
		t.Errorf("the minute of %s is %s", at, got)
	}
}

func TestDaily(t *testing.T) {
	const week = 7 * wallet.Day
	tests := []struct {
		name      string
		statistic wallet.Statistic
		days      string // the sums of the days, the newest first
		history   time.Duration
		want      string
	}{
		{"mean over the window", wallet.Mean, "700 0 0 0 0 0 0", 30 * wallet.Day, "100"},
		{"mean of exactly the window", wallet.Mean, "700 0 0 0 0 0 0", week, "100"},
		{"mean of a short history", wallet.Mean, "100 200 0 0 0 0 0", 36 * time.Hour, "200"},
		{"mean of less than a day", wallet.Mean, "100 0 0 0 0 0 0", time.Hour, "100"},
		{"mean of a first movement just now", wallet.Mean, "100 0 0 0 0 0 0", 0, "100"},
		{"mean of a first movement in the future", wallet.Mean, "100 0 0 0 0 0 0", -time.Hour, "100"},
		{"mean by the minute", wallet.Mean, "289 0 0 0 0 0 0", wallet.Day + 5*time.Minute, "288"},
		{"mean with refunds on another day", wallet.Mean, "-300 1000 0 0 0 0 0", 30 * wallet.Day, "100"},
		{"mean of more refunds than debits", wallet.Mean, "-300 100 0 0 0 0 0", 30 * wallet.Day, "0"},
		{"mean of nothing", wallet.Mean, "0 0 0 0 0 0 0", 30 * wallet.Day, "0"},
		{"mean of no days", wallet.Mean, "", 30 * wallet.Day, "0"},

		{"median of an odd number", wallet.Median, "5 1 4 2 3 7 6", 30 * wallet.Day, "4"},
		{"median of an even number", wallet.Median, "5 1 4 2", 30 * wallet.Day, "3"},
		{"median between cents", wallet.Median, "0.01 0.02", 30 * wallet.Day, "0.015"},
		{"median leaves out days before the first movement", wallet.Median, "5 1 4 0 0 0 0", 2*wallet.Day + time.Hour, "4"},
		{"median counts the first day as a whole", wallet.Median, "10 4 0 0 0 0 0", wallet.Day, "7"},
		{"median a minute short of a second day", wallet.Median, "10 4 0 0 0 0 0", wallet.Day - time.Minute, "10"},
		{"median of a first movement in the future", wallet.Median, "10 4 0 0 0 0 0", -time.Hour, "10"},
		{"median with a day below zero", wallet.Median, "-50 10", 30 * wallet.Day, "5"},
		{"median of no days", wallet.Median, "", 30 * wallet.Day, "0"},

		{"max", wallet.Max, "5 1 4 2 3 7 6", 30 * wallet.Day, "7"},
		{"max leaves out days before the first movement", wallet.Max, "5 1 4 9 0 0 0", 2*wallet.Day + time.Hour, "5"},
		{"max of refunds alone", wallet.Max, "-5 -1", 30 * wallet.Day, "0"},
		{"max of no days", wallet.Max, "", 30 * wallet.Day, "0"},
	}
	for _, test := range tests {
		var b wallet.Buckets
		for _, day := range strings.Fields(test.days) {
			b = append(b, dec(day))
		}
		before := slices.Clone(b)
		if got := wallet.Daily(test.statistic, b, noon.Add(-test.history), noon); !got.Equal(dec(test.want)) {
			t.Errorf("%s is %s, want %s", test.name, got, test.want)
		}
		if !slices.EqualFunc(b, before, decimal.Decimal.Equal) {
			t.Errorf("%s: the buckets were changed from %v to %v", test.name, before, b)
		}
	}
}

func TestSpent(t *testing.T) {
	p := policy().Spend
	tests := []struct {
		kind    wallet.MovementKind
		remarks string
		want    string
	}{
		{wallet.Debit, "USD Wallet debited by amount 50.00 - Order #12345", "50"},
		{wallet.Debit, "Refund of a fee", "50"},
		{wallet.Credit, "Refund - Order #12345", "-50"},
		{wallet.Credit, "order REFUNDED", "-50"},
		{wallet.Credit, "Wire transfer", "0"},
		{wallet.Credit, "", "0"},
		{"TRANSFER", "refund", "0"},
	}
	for _, test := range tests {
		m := wallet.Movement{Kind: test.kind, Amount: dec("50"), Remarks: test.remarks, Status: wallet.StatusCompleted}
		if got := p.Spent(&m); !got.Equal(dec(test.want)) {
			t.Errorf("%s %q is a spend of %s, want %s", test.kind, test.remarks, got, test.want)
		}
	}
	p.Refunds = nil
	if got := p.Spent(&wallet.Movement{Kind: wallet.Credit, Amount: dec("50"), Remarks: "refund"}); !got.IsZero() {
		t.Errorf("without a pattern a refund is a spend of %s", got)
	}
}

func TestOnlyCompletedMovementsCount(t *testing.T) {
	for status, want := range map[string][2]bool{ // counts, pending
		"COMPLETED": {true, false}, "PENDING": {false, true}, "FAILED": {},
		"PROCESSING": {false, true}, "completed": {false, true}, "": {false, true}, // not documented: may become completed
	} {
		m := wallet.Movement{Status: status}
		if got := [2]bool{m.Counts(), m.Pending()}; got != want {
			t.Errorf("%q counts and is pending: %v, want %v", status, got, want)
		}
	}
}

func TestBasis(t *testing.T) {
	p := policy().Spend
	seen := map[string]string{p.Basis(): "as shipped"}
	other := map[string]wallet.SpendPolicy{}
	longer, pattern, none := p, p, p
	longer.Window = 8 * wallet.Day
	pattern.Refunds = nil
	none.Window, none.Refunds = 0, nil
	other["another window"], other["no refunds"], other["neither"] = longer, pattern, none
	for name, q := range other {
		if twin, ok := seen[q.Basis()]; ok {
			t.Errorf("%s has the same basis as %s", name, twin)
		}
		seen[q.Basis()] = name
	}
	median := p
	median.Statistic, median.MinHistory = wallet.Median, 0
	same(t, "basis under another statistic", median.Basis(), p.Basis())
}

func TestBucketsAreShared(t *testing.T) {
	b := buckets("1", 3)
	same(t, "Add outside the window", strings.TrimSpace(sums(b.Add(3, dec("9")))+sums(b.Add(-1, dec("9")))), "1 1 1 1 1 1")
	same(t, "Add", sums(b.Add(1, dec("9"))), "1 10 1 ")
	same(t, "Plus", sums(b.Plus(wallet.Buckets{dec("1"), dec("0"), dec("-1")})), "2 1 0 ")
	same(t, "Plus of another length", sums(b.Plus(wallet.Buckets{dec("5"), dec("6")})), "5 6 ")
	same(t, "Plus on nothing", sums(wallet.Buckets(nil).Plus(wallet.Buckets{dec("5")})), "5 ")
	same(t, "the buckets that others share", sums(b), "1 1 1 ")
	same(t, "zero", wallet.Buckets{dec("0"), dec("0.00")}.Zero(), true)
	same(t, "not zero", wallet.Buckets{dec("0"), dec("0.01")}.Zero(), false)
}

func TestShift(t *testing.T) {
	delta := make(wallet.Buckets, 3)
	delta.Shift(0, dec("1")) // new
	delta.Shift(1, dec("10"))
	delta.Shift(2, dec("100"))
	delta.Shift(3, dec("1000")) // out of the window
	same(t, "moved", sums(delta), "-9 -90 -900 ")
}

func sums(b wallet.Buckets) string {
	text := ""
	for _, d := range b {
		text += d.String() + " "
	}
	return text
}
