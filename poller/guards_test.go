package poller_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"walletwatch/octopus"
	"walletwatch/poller"
	"walletwatch/wallet"
)

// TestHangingAPI: polls of one account never overlap, each gives up in time for the next, the fault is recorded, and
// nothing else waits for it.
func TestHangingAPI(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hanging, fine, book := &api{wallets: hang}, &api{}, &notebook{}
		p := run(t, book, map[string]poller.API{"a": hanging, "b": fine})
		pass(4*every + grace)

		if hanging.most != 1 {
			t.Errorf("%d polls of one account at once", hanging.most)
		}
		if got := len(hanging.polls(p.start)); got != 5 {
			t.Errorf("the hanging account was polled %d times, want at each of the 5 ticks", got)
		}
		if got := len(fine.polls(p.start)); got != 5 {
			t.Errorf("the other account was polled %d times, want 5", got)
		}
		if len(book.failures) != 4 {
			t.Fatalf("%d failures recorded, want 4: %+v", len(book.failures), book.failures)
		}
		f := book.failures[0]
		if f.account != "a" || f.kind != wallet.FaultUnavailable || f.at.Sub(p.start) >= every {
			t.Errorf("the first failure is %+v, want an unavailable API before the second tick", f)
		}
		if want := "the API did not answer in time: context deadline exceeded"; f.message != want {
			t.Errorf("the message is %q, want %q", f.message, want)
		}
		if got := since(p.start, book.evaluated); !slices.Equal(got, []time.Duration{every + grace, 2*every + grace, 3*every + grace, 4*every + grace}) {
			t.Errorf("evaluated at %v, want a little after every tick", got)
		}
	})
}

// TestSlowPolls: an answer that takes longer than the interval is waited for within reason when polls are fast.
func TestSlowPolls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const interval = 10 * time.Second
		a := &api{wallets: func(ctx context.Context, _ int) (octopus.WalletList, error) {
			time.Sleep(25 * time.Second)
			return listing("100"), ctx.Err()
		}}
		book := &notebook{}
		p := run(t, book, one(a), fast(interval))
		pass(time.Minute)
		if got := a.polls(p.start); !slices.Equal(got, []time.Duration{0, 30 * time.Second, time.Minute}) || a.most != 1 {
			t.Errorf("polled at %v, %d at once; want one at a time and no tick caught up on", got, a.most)
		}
		if len(book.polls) != 2 || len(book.failures) != 0 {
			t.Errorf("%d polls and %d failures recorded, want 2 and none", len(book.polls), len(book.failures))
		}
	})
}

func TestPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &api{wallets: func(_ context.Context, n int) (octopus.WalletList, error) {
			if n <= 2 {
				panic("a surprise")
			}
			return listing("100"), nil
		}}
		reads := 0
		a.transactions = func(context.Context, int, int) (octopus.TransactionPage, error) {
			reads++
			panic(errors.New("another surprise"))
		}
		book := &notebook{}
		p := run(t, book, one(a))
		pass(3*every + grace)
		if got := len(a.polls(p.start)); got != 4 {
			t.Errorf("polled %d times, want 4: a panic must not end the schedule", got)
		}
		if len(book.polls) != 2 || reads != 4 {
			t.Errorf("%d polls recorded and %d readings of transactions, want 2 and 4", len(book.polls), reads)
		}
		for _, text := range []string{"a surprise", "another surprise", "level=ERROR", "poller_test"} {
			if !p.log.contains(text) {
				t.Errorf("the log does not say %q", text)
			}
		}
	})
}

// TestEvaluatesWhateverThePollsDo: each tick evaluates, and the cycle is told only of evaluations that succeeded.
func TestEvaluatesWhateverThePollsDo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var cycles []time.Time
		book := &notebook{}
		book.reevaluate = func() error {
			if len(book.evaluated) == 2 {
				return errors.New("the disk is full")
			}
			return nil
		}
		p := run(t, book, one(&api{wallets: down}), func(c *poller.Config) {
			c.Cycle = func(context.Context) { cycles = append(cycles, time.Now()) }
		})
		pass(3*every + grace)
		if got := since(p.start, book.evaluated); !slices.Equal(got, []time.Duration{every + grace, 2*every + grace, 3*every + grace}) {
			t.Errorf("evaluated at %v, want a little after every tick", got)
		}
		if got := since(p.start, cycles); !slices.Equal(got, []time.Duration{every + grace, 3*every + grace}) {
			t.Errorf("cycles at %v, want one after each evaluation that succeeded", got)
		}
		if !p.log.contains("the disk is full") {
			t.Error("the failed evaluation is not in the log")
		}
	})
}

// TestStopWaitsForJobs: Run returns only when the jobs it started have, the first one as well as a scheduled one.
func TestStopWaitsForJobs(t *testing.T) {
	for name, which := range map[string]int{"first": 1, "scheduled": 2} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				release := make(chan struct{})
				p := run(t, &notebook{}, one(&api{wallets: func(_ context.Context, n int) (octopus.WalletList, error) {
					if n == which {
						<-release // deaf to its context
					}
					return listing("100"), nil
				}}))
				pass(time.Duration(which-1) * every)
				p.stop()
				pass(time.Minute)
				select {
				case <-p.ended:
					t.Error("Run returned while a poll was under way")
				default:
				}
				close(release)
				<-p.ended
			})
		})
	}
}

func TestStopDuringHang(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &api{wallets: hang}
		a.transactions = func(ctx context.Context, _, _ int) (octopus.TransactionPage, error) {
			<-ctx.Done()
			return octopus.TransactionPage{}, ctx.Err()
		}
		book := &notebook{}
		p := run(t, book, one(a))
		pass(time.Minute)
		asked := time.Now()
		p.end()
		if took := time.Since(asked); took > 0 {
			t.Errorf("stopping took %s", took)
		}
		if len(book.failures) != 0 {
			t.Errorf("stopping was recorded as a fault of the API: %+v", book.failures)
		}
	})
}
