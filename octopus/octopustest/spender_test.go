package octopustest_test

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"walletwatch/octopus/octopustest"
)

const day = 24 * time.Hour

// spender fills what a test leaves open: wallet 1, 5,000 a day in orders of 5 to 50.
func spender(t testing.TB, s *octopustest.Server, plan octopustest.Spending) *octopustest.Spender {
	t.Helper()
	if plan.Wallet == 0 {
		plan.Wallet = 1
	}
	if plan.MeanDaily.IsZero() {
		plan.MeanDaily = dec("5000")
	}
	if plan.MinOrder.IsZero() {
		plan.MinOrder, plan.MaxOrder = dec("5"), dec("50")
	}
	p, err := octopustest.NewSpender(s, plan)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// world has wallet 1 with plenty of money at noon.
func world(currency string) *octopustest.Server {
	s := octopustest.New(octopustest.Config{Now: noon})
	s.AddWallet(octopustest.Wallet{ID: 1, Currency: currency, Balance: dec("100000000")})
	return s
}

func TestOrderSizes(t *testing.T) {
	s := world("USD")
	spender(t, s, octopustest.Spending{MinOrder: dec("2.5000"), MaxOrder: dec("20")}).History(noon().Add(-7*day), noon())
	small, fine := 0, 0
	rows := s.Transactions(1)
	for _, tx := range rows {
		if tx.Amount.LessThan(dec("2.5")) || tx.Amount.GreaterThan(dec("20")) {
			t.Fatalf("an order of %s", tx.Amount)
		}
		if tx.Amount.LessThan(dec("11.25")) {
			small++
		}
		if !tx.Amount.Equal(tx.Amount.Truncate(2)) {
			fine++
		}
	}
	if small*4 < len(rows)*2 || small == len(rows) || fine < len(rows)*9/10 {
		t.Errorf("of %d orders %d are small and %d have more than two decimals", len(rows), small, fine)
	}
}

func TestSameSeedSameOrders(t *testing.T) {
	plan := octopustest.Spending{
		Seed: 7, FailedShare: 0.1, PendingShare: 0.1,
		AutoTopUp: octopustest.AutoTopUp{Below: dec("1000"), Amount: dec("4000"), After: time.Hour},
	}
	run := func(plan octopustest.Spending, steps ...time.Duration) []octopustest.Transaction {
		s := world("USD")
		s.SetBalance(1, dec("3000"))
		p := spender(t, s, plan)
		for _, at := range steps {
			p.Advance(noon().Add(at))
		}
		return s.Transactions(1)
	}
	whole := run(plan, 3*day)
	var cuts []time.Duration
	for at := time.Duration(0); at <= 3*day; at += 7 * time.Minute {
		cuts = append(cuts, at)
	}
	same := func(a, b octopustest.Transaction) bool {
		return a.ID == b.ID && a.CreatedAt.Equal(b.CreatedAt) && a.Amount.Equal(b.Amount) && a.Status == b.Status && a.Remarks == b.Remarks
	}
	if cut := run(plan, append(cuts, 3*day)...); !slices.EqualFunc(whole, cut, same) {
		t.Errorf("small steps gave %d rows, one step %d, or other ones", len(cut), len(whole))
	}
	if back := run(plan, 3*day, day); !slices.EqualFunc(whole, back, same) {
		t.Error("going back in time changed something")
	}
	plan.Seed = 8
	if other := run(plan, 3*day); slices.EqualFunc(whole, other, same) {
		t.Error("another seed gave the same orders")
	}
}

func TestOrdersThatCannotBePaid(t *testing.T) {
	s := world("USD")
	s.SetBalance(1, dec("1000"))
	p := spender(t, s, octopustest.Spending{})
	got := p.Advance(noon().Add(day))
	if got.Rejected == 0 || got.Orders == 0 || s.Balance(1).IsNegative() || s.Balance(1).GreaterThanOrEqual(dec("5")) {
		t.Errorf("%+v, balance %s", got, s.Balance(1))
	}
	equal(t, "rows are accepted orders", len(s.Transactions(1)), got.Orders)

	s.SetType(1, octopustest.Postpaid)
	if got := p.Advance(noon().Add(2 * day)); got.Rejected != 0 || !s.Balance(1).IsNegative() {
		t.Errorf("on credit: %+v, balance %s", got, s.Balance(1))
	}
	s.RemoveWallet(1)
	if got := p.Advance(noon().Add(3 * day)); got.Orders != 0 || got.Rejected == 0 {
		t.Errorf("without a wallet: %+v", got)
	}
}

func TestAdvanceMovesTheBalanceAndHistoryDoesNot(t *testing.T) {
	s := world("USD")
	p := spender(t, s, octopustest.Spending{FailedShare: 0.1})
	done := p.History(noon().Add(-7*day), noon())
	sameMoney(t, "after the history", s.Balance(1), "100000000")
	rows := s.Transactions(1)
	equal(t, "rows", len(rows), done.Orders+done.Refunds)
	if done.Orders < 1000 || done.Refunds == 0 || rows[len(rows)-1].CreatedAt.Before(noon().Add(-7*day)) || !rows[0].CreatedAt.Before(noon()) {
		t.Errorf("%+v from %s to %s", done, rows[len(rows)-1].CreatedAt, rows[0].CreatedAt)
	}
	s.Settle(1, octopustest.Failed)
	sameMoney(t, "after a row of the history has failed", s.Balance(1), "100000000")
	p.Advance(noon().Add(day))
	sum := decimal.Zero
	for _, tx := range s.Transactions(1)[:len(s.Transactions(1))-len(rows)] {
		if tx.CreatedAt.Before(noon()) {
			t.Fatalf("Advance booked %+v", tx)
		}
		if tx.Type == octopustest.DebitRow {
			sum = sum.Sub(tx.Amount)
		} else {
			sum = sum.Add(tx.Amount)
		}
	}
	if !s.Balance(1).Equal(dec("100000000").Add(sum)) {
		t.Errorf("balance %s, movements %s", s.Balance(1), sum)
	}
	near(t, "goes on at the same pace", sum.Neg(), 5000*octopustest.WeekRhythm()[1]/2+5000*octopustest.WeekRhythm()[2]/2, 0.1)
}

func TestFailedAndPendingOrders(t *testing.T) {
	s := world("USD")
	p := spender(t, s, octopustest.Spending{
		FailedShare: 0.25, PendingShare: 0.5, SettleAfter: 3 * time.Minute, RefundAfter: 10 * time.Minute,
	})
	done := p.Advance(noon().Add(4 * day))
	pending, refunds := 0, 0
	debits := map[string]octopustest.Transaction{}
	rows := s.Transactions(1)
	for _, tx := range slices.Backward(rows) {
		_, number, _ := strings.Cut(tx.Remarks, "Order #")
		if tx.Type == octopustest.DebitRow {
			debits[number] = tx
			continue
		}
		refunds++
		debit := debits[number]
		wait := tx.CreatedAt.Sub(debit.CreatedAt)
		if !debit.Amount.Equal(tx.Amount) || wait < 10*time.Minute-time.Second || wait > 20*time.Minute+time.Second {
			t.Fatalf("refund %+v of %+v", tx, debit)
		}
	}
	for _, tx := range rows {
		if tx.Status == octopustest.Pending {
			pending++
			if age := noon().Add(4 * day).Sub(tx.CreatedAt); age > 6*time.Minute+time.Second {
				t.Errorf("still pending after %s: %+v", age, tx)
			}
		}
	}
	equal(t, "refunds", done.Refunds, refunds)
	if share := float64(refunds) / float64(done.Orders); math.Abs(share-0.25) > 0.05 {
		t.Errorf("%.2f of the orders were refunded", share)
	}
	settled := func() int {
		return len(slices.DeleteFunc(s.Transactions(1), func(tx octopustest.Transaction) bool { return tx.Status == octopustest.Pending }))
	}
	before := settled()
	s.SetBalance(1, decimal.Zero) // no more orders
	p.Advance(noon().Add(4*day + time.Hour))
	if pending == 0 || settled() < before+pending {
		t.Errorf("%d were pending, %d of them settled", pending, settled()-before)
	}
}

func TestPendingShareOfAnHour(t *testing.T) {
	s := world("USD")
	spender(t, s, octopustest.Spending{PendingShare: 1, SettleAfter: 100 * day, MeanDaily: dec("50000")}).Advance(noon().Add(time.Hour))
	for _, tx := range s.Transactions(1) {
		equal(t, "status", tx.Status, octopustest.Pending)
	}
}

func TestAutoTopUp(t *testing.T) {
	s := world("USD")
	s.SetBalance(1, dec("3000"))
	p := spender(t, s, octopustest.Spending{AutoTopUp: octopustest.AutoTopUp{Below: dec("2000"), Amount: dec("5000"), After: 2 * time.Hour}})
	done := p.Advance(noon().Add(7 * day))
	if done.TopUps < 6 || done.TopUps > 8 {
		t.Errorf("%+v: 35,000 were spent", done)
	}
	for _, tx := range s.Transactions(1) {
		if tx.Type == octopustest.CreditRow && strings.Contains(tx.Remarks, "Refund") {
			t.Errorf("a top-up says %q", tx.Remarks)
		}
	}
	s.SetBalance(1, decimal.Zero) // too little for any order: the wire must still be sent
	if done := p.Advance(noon().Add(8 * day)); done.TopUps == 0 || done.Orders == 0 {
		t.Errorf("from an empty wallet: %+v", done)
	}

	history := world("USD")
	done = spender(t, history, octopustest.Spending{AutoTopUp: octopustest.AutoTopUp{Amount: dec("5000")}}).History(noon().Add(-7*day), noon())
	if done.TopUps < 6 || done.TopUps > 7 {
		t.Errorf("history: %+v: 35,000 were spent", done)
	}
}

func TestStampMovesRowsInTime(t *testing.T) {
	s := world("USD")
	p := spender(t, s, octopustest.Spending{Stamp: func(at time.Time) time.Time { return noon().Add(at.Sub(noon()) / 60) }})
	p.Advance(noon().Add(day))
	rows := s.Transactions(1)
	if last := rows[0].CreatedAt; len(rows) < 200 || last.After(noon().Add(24*time.Minute)) || last.Before(noon().Add(22*time.Minute)) {
		t.Errorf("%d rows, the last of %s", len(rows), last)
	}
}

func TestBackfillNumbersRowsInTime(t *testing.T) {
	s := world("USD")
	s.AddWallet(octopustest.Wallet{ID: 2, Currency: "EUR"})
	octopustest.Backfill(s, noon().Add(-7*day), noon(),
		spender(t, s, octopustest.Spending{}), spender(t, s, octopustest.Spending{Wallet: 2, MeanDaily: dec("900")}))
	rows := s.Transactions(0)
	for i, tx := range rows {
		equal(t, "id", tx.ID, int64(len(rows)-i))
		if i > 0 && tx.CreatedAt.After(rows[i-1].CreatedAt) {
			t.Fatalf("row %d is later than row %d", tx.ID, rows[i-1].ID)
		}
	}
	if one, two := len(s.Transactions(1)), len(s.Transactions(2)); one == 0 || two == 0 || one+two != len(rows) {
		t.Errorf("%d + %d of %d rows", one, two, len(rows))
	}
	spender(t, s, octopustest.Spending{Seed: 1}).History(noon().Add(-8*day), noon().Add(-day)) // in between
	rows = s.Transactions(0)
	if !slices.IsSortedFunc(rows, func(a, b octopustest.Transaction) int { return b.CreatedAt.Compare(a.CreatedAt) }) {
		t.Error("a later back-fill is not in order")
	}
}

func TestImpossiblePlans(t *testing.T) {
	s := world("USD")
	good := octopustest.Spending{Wallet: 1, MeanDaily: dec("10"), MinOrder: dec("1"), MaxOrder: dec("2")}
	if _, err := octopustest.NewSpender(s, good); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*octopustest.Spending){
		"no mean":            func(p *octopustest.Spending) { p.MeanDaily = decimal.Zero },
		"no size":            func(p *octopustest.Spending) { p.MinOrder = decimal.Zero },
		"sizes swapped":      func(p *octopustest.Spending) { p.MaxOrder = dec("0.5") },
		"size beyond int64":  func(p *octopustest.Spending) { p.MaxOrder = dec("1e20") },
		"no such wallet":     func(p *octopustest.Spending) { p.Wallet = 2 },
		"all orders fail":    func(p *octopustest.Spending) { p.FailedShare = 1 },
		"share is NaN":       func(p *octopustest.Spending) { p.PendingShare = math.NaN() },
		"negative hour":      func(p *octopustest.Spending) { p.Hours[3] = -1 },
		"negative weekday":   func(p *octopustest.Spending) { p.Weekdays[0] = -1 },
		"negative top-up":    func(p *octopustest.Spending) { p.AutoTopUp.Amount = dec("-1") },
		"share above the 1":  func(p *octopustest.Spending) { p.PendingShare = 1.1 },
		"share below the 0":  func(p *octopustest.Spending) { p.FailedShare = -0.1 },
		"mean below nothing": func(p *octopustest.Spending) { p.MeanDaily = dec("-1") },
	} {
		plan := good
		spoil(&plan)
		if _, err := octopustest.NewSpender(s, plan); err == nil || !strings.Contains(err.Error(), "wallet") {
			t.Errorf("%s: error %v", name, err)
		}
	}
}
