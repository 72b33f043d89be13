package poller_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"walletwatch/octopus"
	"walletwatch/wallet"
)

// afterFirst answers the first poll, and everything else as it is told.
func afterFirst(rest func(context.Context, int) (octopus.WalletList, error)) *api {
	return &api{wallets: func(ctx context.Context, n int) (octopus.WalletList, error) {
		if n == 1 {
			return listing("100"), nil
		}
		return rest(ctx, n-1)
	}}
}

// TestDeadlineWhileHanging: reads that hang delay no alert, and the ledger knows by then that they failed.
func TestDeadlineWhileHanging(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, book := afterFirst(hang), &notebook{}
		c, p := waiting(t, a, book)
		c.urge()
		pass(30 * time.Second)
		if got := since(p.start, book.evaluated); !slices.Equal(got, []time.Duration{confirmWithin}) {
			t.Errorf("evaluated at %v, want exactly at the deadline", got)
		}
		if len(book.failures) != 1 {
			t.Fatalf("the failures are %+v, want one", book.failures)
		}
		f := book.failures[0]
		if f.at.Sub(p.start) != confirmWithin || !strings.HasPrefix(f.message, "the API did not answer in time: ") {
			t.Errorf("%q was recorded after %s, want that nothing came in time, at the deadline", f.message, f.at.Sub(p.start))
		}
		got := p.reads(a)
		if !slices.Equal(got, []time.Duration{0, hedgeAfter, 2 * hedgeAfter, 3 * hedgeAfter}) {
			t.Errorf("read at %v, want another every 3 s until the deadline", got)
		}
		if a.most != 4 || a.inside != 1 {
			t.Errorf("at most %d at once and in the end %d, want 4 and the youngest, which goes on", a.most, a.inside)
		}
	})
}

// TestNewWishDuringAPatientRead: what is claimed after an alert went out unconfirmed is not held up by the long read
// that still hangs.
func TestNewWishDuringAPatientRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var well atomic.Bool
		a := afterFirst(func(ctx context.Context, n int) (octopus.WalletList, error) {
			if well.Load() {
				return listing("100"), nil
			}
			return hang(ctx, n)
		})
		book := &notebook{}
		c, p := waiting(t, a, book)
		c.urge()
		pass(time.Minute)
		well.Store(true) // but the request under way still hangs
		c.urge()
		pass(2 * time.Second)
		if c.standing() != 0 {
			t.Errorf("%d claims stand; read at %v", c.standing(), p.reads(a))
		}
		if got := since(p.start, book.evaluated); !slices.Equal(got, []time.Duration{confirmWithin}) {
			t.Errorf("evaluated at %v, want only for the first claim", got)
		}
	})
}

// TestEveryDeadline: each of many deadlines is met, also when later ones are always to come and when evaluating takes
// longer than they are apart.
func TestEveryDeadline(t *testing.T) {
	for name, takes := range map[string]time.Duration{"at once": 0, "slow": 50 * time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a, book := afterFirst(down), &notebook{}
				book.reevaluate = func() error { time.Sleep(takes); return nil }
				c, p := waiting(t, a, book)
				var due []time.Duration
				for range 300 {
					c.urge()
					due = append(due, time.Since(p.start)+confirmWithin)
					pass(20 * time.Millisecond)
				}
				pass(20 * time.Second)
				got := since(p.start, book.evaluated)
				for _, d := range due {
					if i, _ := slices.BinarySearch(got, d); i == len(got) || got[i]-d > takes {
						t.Fatalf("nothing was evaluated at %s; evaluated at %v", d, got)
					}
				}
				if len(got) > len(due)+1 {
					t.Errorf("evaluated %d times for %d deadlines", len(got), len(due))
				}
				if reads := len(p.reads(a)); reads > 80 {
					t.Errorf("%d reads in 26 seconds of failures", reads)
				}
			})
		})
	}
}

// TestDeadlineDuringEvaluation: a deadline that passes while an earlier one is evaluated is met right after that.
func TestDeadlineDuringEvaluation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		book := &notebook{}
		book.reevaluate = func() error { time.Sleep(50 * time.Millisecond); return nil }
		c, p := waiting(t, afterFirst(down), book)
		c.urge()
		pass(20 * time.Millisecond)
		c.urge()
		pass(5 * time.Second)
		c.urge()
		pass(time.Minute)
		want := []time.Duration{confirmWithin, confirmWithin + 50*time.Millisecond, confirmWithin + 5020*time.Millisecond}
		if got := since(p.start, book.evaluated); !slices.Equal(got, want) {
			t.Errorf("evaluated at %v, want %v", got, want)
		}
	})
}

// TestEvaluationFails: trouble with the database at the deadline is met by trying again.
func TestEvaluationFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		book := &notebook{}
		book.reevaluate = func() error {
			if len(book.evaluated) < 3 {
				return errors.New("the disk is full")
			}
			return nil
		}
		c, p := waiting(t, afterFirst(down), book)
		c.urge()
		pass(time.Minute)
		want := []time.Duration{confirmWithin, confirmWithin + time.Second, confirmWithin + 2*time.Second}
		if got := since(p.start, book.evaluated); !slices.Equal(got, want) || !p.log.contains("the disk is full") {
			t.Errorf("evaluated at %v, want %v", got, want)
		}
	})
}

// firstPause is how long at most a new claim waits after a read that failed.
const firstPause = 500 * time.Millisecond

// TestOutage: reads that fail, or stay in doubt, come ever more rarely, and one after the outage settles everything.
func TestOutage(t *testing.T) {
	for name, doubtful := range map[string]bool{"down": false, "doubtful": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var well atomic.Bool
				a := afterFirst(func(context.Context, int) (octopus.WalletList, error) {
					if well.Load() || doubtful {
						return listing("100"), nil
					}
					return octopus.WalletList{}, errDown
				})
				book := &notebook{}
				c, p := waiting(t, a, book)
				if doubtful {
					book.doubtful = func(*wallet.Poll) bool { return !well.Load() }
					book.record = func(poll *wallet.Poll) error {
						if well.Load() {
							return c.settle(poll)
						}
						return nil
					}
				}
				c.urge()
				pass(10 * time.Minute)
				checkPauses(t, slices.Compact(p.reads(a)))
				if got := since(p.start, book.evaluated); !slices.Equal(got, []time.Duration{confirmWithin}) {
					t.Errorf("evaluated at %v, want once, at the deadline", got)
				}
				well.Store(true)
				c.urge()
				pass(firstPause)
				if c.standing() != 0 {
					t.Error("a new claim after the outage had to wait for the pause of the old one")
				}
				began := time.Now()
				c.urge()
				pass(0)
				if got := a.polls(began); got[len(got)-1] != 0 {
					t.Error("the next claim was not read at once")
				}
			})
		})
	}
}

// checkPauses: reads begin at once, twice more within the first three seconds, and then about ten seconds apart.
func checkPauses(t *testing.T, got []time.Duration) {
	t.Helper()
	if len(got) < 10 || got[0] != 0 || got[2] > 3*time.Second {
		t.Fatalf("read at %v", got)
	}
	nominal := firstPause
	for i := 1; i < len(got); i++ {
		if pause := got[i] - got[i-1]; pause < nominal/2 || pause > nominal*3/2 {
			t.Errorf("the pause before read %d was %s, want about %s", i+1, pause, nominal)
		}
		nominal = min(2*nominal, 10*time.Second)
	}
}

// TestStopWhileConfirming: nothing keeps the poller from stopping at once, and stopping is no failure.
func TestStopWhileConfirming(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		book := &notebook{}
		c, p := waiting(t, afterFirst(hang), book)
		c.urge()
		pass(time.Second)
		asked := time.Now()
		p.end()
		if took := time.Since(asked); took > 0 || len(book.failures) != 0 {
			t.Errorf("stopping took %s, failures %+v", took, book.failures)
		}
	})
}
