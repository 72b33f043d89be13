package poller_test

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/shopspring/decimal"

	"walletwatch/octopus/octopustest"
	"walletwatch/wallet"
)

// TestFirstStart: a history of thousands of pages is counted whole, within the vendor's quota, while balances go on
// being polled and new transactions being counted; until then the wallet says that it is learning.
func TestFirstStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const rows, pageLimit = historyRows, 8
		o := newOffice(t, pageLimit)
		o.history(1, rows, 6*wallet.Day)
		o.history(1, 50, 20*wallet.Day)
		o.open()
		pass(time.Second)
		for !o.account().Fill.Complete {
			w := o.wallet(1)
			if w.Shown != wallet.Learning || w.SpendSource != wallet.SpendFromNone || w.Level != "" {
				t.Fatalf("the wallet is shown as %s at level %q with spend from %s", w.Shown, w.Level, w.SpendSource)
			}
			if age := time.Since(w.ObservedAt); age > every+5*time.Second {
				t.Fatalf("the balance is %s old", age)
			}
			pass(20 * time.Second)
			o.debit(1, 3)
		}
		pages, took := o.read(), time.Since(o.account().CreatedAt)
		if pages < rows/pageLimit || pages > rows/pageLimit*5/4 {
			t.Errorf("%d pages were read, want hardly more than %d", pages, rows/pageLimit)
		}
		if most := time.Duration(pages) * 500 * time.Millisecond; took > most {
			t.Errorf("it took %s, want the quota used (%s)", took, most)
		}
		pass(every)
		o.check()
		if perMinute := busiestMinute(o.api.Requests()); perMinute > 300 {
			t.Errorf("%d requests in one minute, the quota is 300", perMinute)
		}
		if w := o.wallet(1); w.Shown != wallet.OK || !w.FirstMovement.Before(time.Now().Add(-window)) {
			t.Errorf("the wallet is %s with a first movement of %s", w.Shown, w.FirstMovement)
		}
	})
}

func busiestMinute(requests []octopustest.Request) int {
	most, first := 0, 0
	for i, r := range requests {
		for r.At.Sub(requests[first].At) >= time.Minute {
			first++
		}
		most = max(most, i-first+1)
	}
	return most
}

// TestRestartDuringFill: the history goes on where it was left, without being read again from the start.
func TestRestartDuringFill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const rows, pageLimit = 3000, 5
		o := newOffice(t, pageLimit)
		o.history(1, rows, 6*wallet.Day)
		for i := range 6 {
			o.open()
			pass(15*time.Second + time.Duration(i)*3*time.Second)
			if o.account().Fill.Complete {
				t.Fatal("the history was complete too soon for this test")
			}
			o.close()
			pass(time.Duration(i) * time.Minute)
			for range 30 {
				o.debit(1, 2)
			}
		}
		o.open()
		o.filled()
		pass(every)
		o.check()
		if most := rows / pageLimit * 3 / 2; o.read() > most {
			t.Errorf("%d pages were read, want less than %d", o.read(), most)
		}
	})
}

// TestFaultsDuringFill: whatever goes wrong with a page delays the result and never changes it.
func TestFaultsDuringFill(t *testing.T) {
	faults := map[string]octopustest.Fault{
		"500":            octopustest.Answering(http.StatusInternalServerError),
		"429":            octopustest.RetryAfter(20),
		"reset":          octopustest.ConnectionReset(),
		"lost":           octopustest.AnswerLost(),
		"cut off":        octopustest.CutOff(),
		"malformed":      octopustest.MalformedJSON(),
		"web page":       octopustest.HTMLBody(),
		"hanging":        octopustest.Hanging(),
		"not found":      octopustest.NotFound(),
		"forbidden":      octopustest.Forbidden(),
		"without header": octopustest.WithoutHeaders("X-Has-More", "X-Total-Pages", "X-Total-Count"),
	}
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := newOffice(t, 10)
				o.history(1, 300, 9*wallet.Day)
				fault.Times = 8 // more than the client's retries
				for _, page := range []int{1, 1, 2, 3, 9, 15, 16, 23, 24} {
					fault.Match = onPage(page)
					o.api.Fail(octopustest.RouteTransactions, fault)
				}
				o.open()
				o.filled()
				o.api.Heal(octopustest.RouteTransactions)
				pass(2 * every)
				o.check()
			})
		})
	}
}

func onPage(page int) func(*http.Request) bool {
	return func(r *http.Request) bool { return r.URL.Query().Get("page") == strconv.Itoa(page) }
}

// TestFillUnderLoad: so much is new that reading it takes longer than an interval, and the list shifts with every
// request. The history still comes to its end.
func TestFillUnderLoad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 4)
		o.perMinute = 40
		o.history(1, 100, 8*wallet.Day)
		o.history(1, 500, wallet.Overlap)
		o.api.FailAlways(octopustest.RouteTransactions, octopustest.Fault{Edit: func(*octopustest.Edit) {
			if !o.account().Fill.Complete {
				o.debit(1, 2)
			}
		}})
		o.open()
		pass(20 * time.Second)
		o.restart()
		if took := o.filled(); took > time.Hour {
			t.Errorf("it took %s", took)
		}
		pass(2 * wallet.Overlap)
		o.check()
	})
}

// TestForgetDuringFill: what is forgotten every hour is not counted again where the history goes on.
func TestForgetDuringFill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 5)
		o.history(1, 14*48, 14*wallet.Day)
		o.api.FailAlways(octopustest.RouteTransactions, octopustest.Delayed(20*time.Second)) // finding the place takes longer than an interval
		o.open()
		pass(time.Minute)
		if took := o.filled(); took < time.Hour {
			t.Errorf("it took %s, too little for this test", took)
		}
		pass(10 * time.Minute)
		o.check()
	})
}

// TestFillFromSlowAPI: even when one page takes longer than there is time for, each run gets further.
func TestFillFromSlowAPI(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 5)
		o.history(1, 60, 6*wallet.Day)
		requests := 0
		o.api.FailAlways(octopustest.RouteTransactions, octopustest.Fault{Edit: func(e *octopustest.Edit) {
			time.Sleep(50 * time.Second)
			if requests++; requests%2 == 1 {
				e.Status = http.StatusBadGateway
			}
		}})
		o.open()
		pass(time.Minute)
		o.filled()
		pass(10 * time.Minute)
		o.check()
	})
}

// TestSettingsChangeDuringFill: a page that was asked for under other settings does not spoil the new count.
func TestSettingsChangeDuringFill(t *testing.T) {
	for _, page := range []int{1, 2, 5, 29, 30} {
		t.Run(fmt.Sprint("page ", page), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := newOffice(t, 10)
				o.history(1, 300, 6*wallet.Day)
				o.api.Credit(1, decimal.NewFromInt(100), time.Now().Add(-time.Hour), octopustest.Remarks("Refund of an order"))
				o.api.Credit(1, decimal.NewFromInt(10), time.Now().Add(-2*wallet.Day), octopustest.Remarks("Goodwill refund"))
				changed := false
				o.api.Fail(octopustest.RouteTransactions, octopustest.Fault{Match: func(r *http.Request) bool {
					return onPage(page)(r) && o.account().LedgerNewest.After(time.Time{})
				}, Edit: func(*octopustest.Edit) {
					changed = true
					o.settings.Policy = policy()
					o.settings.Policy.Spend.Refunds = regexp.MustCompile("[Rr]efund") // the same to the oracle
					if err := o.ledger.Apply(context.Background(), o.settings); err != nil {
						t.Error(err)
					}
				}})
				o.open()
				pass(time.Second)
				o.filled()
				pass(2 * every)
				o.filled()
				if !changed {
					t.Fatal("the settings were not changed")
				}
				pass(every)
				o.check()
			})
		})
	}
}

// TestHistoryEnds where the list does, or the window.
func TestHistoryEnds(t *testing.T) {
	tests := map[string]struct {
		over      time.Duration
		rows      int
		pageLimit int
		pages     int // of the history
	}{
		"one page":          {6 * wallet.Day, 40, 0, 1},
		"the list is short": {2 * wallet.Day, 40, 10, 4},
		"the window":        {70 * wallet.Day, 1000, 10, 11},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := newOffice(t, test.pageLimit)
				o.history(1, test.rows, test.over)
				o.open()
				pass(time.Minute)
				o.check()
				if got := o.read() - 1; got != test.pages { // the first request looks for the newest row
					t.Errorf("%d pages of the history were read, want %d", got, test.pages)
				}
			})
		})
	}
}
