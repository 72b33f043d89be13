package poller_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"walletwatch/octopus"
	"walletwatch/poller"
	"walletwatch/store"
	"walletwatch/wallet"
)

// desk is where replicas learn whose turn it is: a real database, which a test can take away.
type desk struct {
	*store.Store
	mu   sync.Mutex
	away bool
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	s, err := store.Open(t.Context(), "sqlite://"+t.TempDir()+"/state.db")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if _, err := s.Load(t.Context(), "default", nil, time.Now()); err != nil {
		t.Fatal(err)
	}
	return &desk{Store: s}
}

func (d *desk) Take(ctx context.Context, duty wallet.Duty) (wallet.Turn, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.away {
		return wallet.Turn{}, errors.New("the database is away")
	}
	return d.Store.Take(ctx, duty)
}

func (d *desk) setAway(away bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.away = away
}

func (d *desk) shared(c *poller.Config) { c.Duties = d }

// polled returns when any of the accounts was asked, in order, counted from start.
func polled(start time.Time, apis ...*api) []time.Duration {
	var all []time.Duration
	for _, a := range apis {
		all = append(all, a.polls(start)...)
	}
	slices.Sort(all)
	return all
}

func evenly(n int, every time.Duration) []time.Duration {
	times := make([]time.Duration, n)
	for i := range times {
		times[i] = time.Duration(i) * every
	}
	return times
}

// TestOneReplicaPolls starts three replicas one after the other: together they ask as often as one.
func TestOneReplicaPolls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, apis := newDesk(t), []*api{{}, {}, {}}
		start := time.Now()
		for _, a := range apis {
			run(t, &notebook{}, one(a), d.shared)
			pass(37 * time.Second)
		}
		pass(20*every - 3*37*time.Second + time.Second)
		if got, want := polled(start, apis...), evenly(21, every); !slices.Equal(got, want) {
			t.Errorf("polled at %v, want %v", got, want)
		}
	})
}

// TestAnotherReplicaTakesOver has the replica whose turn it is ask for ever, as one does that was stopped, and then end: the poll is
// made by another when the claim ends, and the ones after it on time.
func TestAnotherReplicaTakesOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		stuck := &api{wallets: func(ctx context.Context, _ int) (octopus.WalletList, error) {
			<-ctx.Done()
			return octopus.WalletList{}, ctx.Err()
		}}
		well := &api{}
		start := time.Now()
		first := run(t, &notebook{}, one(stuck), d.shared)
		pass(time.Second)
		run(t, &notebook{}, one(well), d.shared)
		pass(time.Second)
		first.stop()
		pass(3 * every)
		if got, want := well.polls(start), []time.Duration{30 * time.Second, 30*time.Second + every, 30*time.Second + 2*every}; !slices.Equal(got, want) {
			t.Errorf("polled at %v, want %v", got, want)
		}
	})
}

// TestUnrecordedPollIsRepeated loses what a poll brought: it is due again when the claim ends, not an interval later.
func TestUnrecordedPollIsRepeated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, d := &api{}, newDesk(t)
		lost := 0
		book := &notebook{record: func(*wallet.Poll) error {
			if lost++; lost <= 2 {
				return errors.New("the disk is full")
			}
			return nil
		}}
		p := run(t, book, one(a), d.shared)
		pass(every - time.Second)
		if got, want := a.polls(p.start), []time.Duration{0, 30 * time.Second, 60 * time.Second}; !slices.Equal(got, want) {
			t.Errorf("polled at %v, want %v", got, want)
		}
	})
}

// TestPollingGoesOnWithoutTheDatabase polls on every firing while nobody can say whose turn it is, and in turn again soon
// after.
func TestPollingGoesOnWithoutTheDatabase(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, apis := newDesk(t), []*api{{}, {}}
		start := time.Now()
		for _, a := range apis {
			run(t, &notebook{}, one(a), d.shared)
		}
		pass(time.Second)
		d.setAway(true)
		pass(2*every + 20*time.Second)
		for i, a := range apis {
			if n := len(a.polls(start.Add(time.Second))); n < 2 {
				t.Errorf("replica %d polled %d times in two intervals without the database", i, n)
			}
		}
		before := len(polled(start, apis...))
		d.setAway(false)
		pass(10 * time.Second)
		if n := len(polled(start, apis...)) - before; n != 1 {
			t.Errorf("%d polls when the database came back, want one", n)
		}
	})
}

// TestClockSetBackHoldsNothingUp writes a turn that is far ahead, as one is whose clock was wrong.
func TestClockSetBackHoldsNothingUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, d := &api{}, newDesk(t)
		duty := wallet.Duty{Account: "default", Job: wallet.ReadBalances, Claim: "wrong", Now: time.Now(), Until: time.Now().Add(time.Minute), Latest: time.Now().Add(time.Hour)}
		if _, err := d.Take(t.Context(), duty); err != nil {
			t.Fatal(err)
		}
		if err := d.Finish(t.Context(), duty, time.Now().Add(24*time.Hour)); err != nil {
			t.Fatal(err)
		}
		p := run(t, &notebook{}, one(a), d.shared)
		pass(time.Second)
		if got := a.polls(p.start); len(got) != 1 {
			t.Errorf("polled at %v", got)
		}
	})
}

// TestReplicaThatCannotReadGivesItsTurnAway has one replica that cannot reach the API, or has old credentials: the
// other one polls as often as if it were alone.
func TestReplicaThatCannotReadGivesItsTurnAway(t *testing.T) {
	for _, apart := range []time.Duration{1300 * time.Millisecond, 17 * time.Second, time.Minute, 119 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			d, broken, well := newDesk(t), &api{wallets: down}, &api{}
			start := time.Now()
			run(t, &notebook{}, one(broken), d.shared)
			pass(apart)
			run(t, &notebook{}, one(well), d.shared)
			pass(time.Hour)
			last, longest := time.Duration(0), time.Duration(0)
			for _, at := range append(well.polls(start), time.Since(start)) {
				longest, last = max(longest, at-last), at
			}
			if longest > every+31*time.Second { // a claim may be waited for
				t.Errorf("%v apart: for %v nobody read a balance", apart, longest)
			}
		})
	}
}
