package store_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"walletwatch/store"
	"walletwatch/wallet"
)

// duty is one of the account's, asked for at a moment by somebody who would have it for a minute. It is due again
// within an hour.
func duty(claim string, at time.Time) wallet.Duty {
	return wallet.Duty{Account: account, Job: wallet.ReadBalances, Claim: claim, Now: at, Until: at.Add(time.Minute), Latest: at.Add(time.Hour)}
}

func take(t rapid.TB, s *store.Store, d wallet.Duty) wallet.Turn {
	t.Helper()
	turn, err := s.Take(context.Background(), d)
	if err != nil {
		t.Fatal(err)
	}
	if turn.Mine() && turn.Claim != d.Claim {
		t.Fatalf("the claim is called %q, not %q", turn.Claim, d.Claim)
	}
	return turn
}

func finish(t rapid.TB, s *store.Store, d wallet.Duty, next time.Time) {
	t.Helper()
	if err := s.Finish(context.Background(), d, next); err != nil {
		t.Fatal(err)
	}
}

func dismiss(t rapid.TB, s *store.Store) {
	t.Helper()
	if err := s.Dismiss(context.Background(), account); err != nil {
		t.Fatal(err)
	}
}

// TestTurns goes through what can become of a job, one story each.
func TestTurns(t *testing.T) {
	at := func(d time.Duration) time.Time { return now.Add(d) }
	mine, later := func(claim string) wallet.Turn { return wallet.Turn{Claim: claim} }, func(d time.Duration) wallet.Turn { return wallet.Turn{Again: at(d)} }
	done := func(d time.Duration) wallet.Turn { return wallet.Turn{Again: at(d), Done: true} }
	type step struct {
		do   func(*store.Store)
		ask  wallet.Duty
		want wallet.Turn
	}
	for name, story := range map[string][]step{
		"one after the other": {
			{nil, duty("a", now), mine("a")},
			{nil, duty("b", now), later(time.Minute)},
			{nil, duty("b", at(time.Minute-time.Millisecond)), later(time.Minute)},
			{nil, duty("b", at(time.Minute)), mine("b")},
			{nil, duty("a", at(time.Minute)), later(2 * time.Minute)},
		},
		"done": {
			{nil, duty("a", now), mine("a")},
			{func(s *store.Store) { finish(t, s, duty("a", now), at(5*time.Minute)) }, duty("b", at(time.Second)), done(5 * time.Minute)},
			{nil, duty("a", at(5*time.Minute-time.Millisecond)), done(5 * time.Minute)},
			{nil, duty("b", at(5*time.Minute)), mine("b")},
		},
		"done by one who was too late": {
			{nil, duty("a", now), mine("a")},
			{nil, duty("b", at(time.Minute)), mine("b")},
			{func(s *store.Store) { finish(t, s, duty("a", now), at(5*time.Minute)) }, duty("c", at(time.Minute)), later(2 * time.Minute)},
			{func(s *store.Store) { finish(t, s, duty("b", now), at(7*time.Minute)) }, duty("c", at(time.Minute)), done(7 * time.Minute)},
		},
		"done twice": {
			{nil, duty("a", now), mine("a")},
			{func(s *store.Store) {
				finish(t, s, duty("a", now), at(5*time.Minute))
				finish(t, s, duty("a", now), at(50*time.Minute))
			}, duty("b", now), done(5 * time.Minute)},
		},
		"a clock that was set back while it was claimed": {
			{nil, duty("a", at(3*time.Hour)), mine("a")},
			{nil, duty("b", now), mine("b")},
		},
		"a clock that was set back after it was done": {
			{nil, duty("a", at(3*time.Hour)), mine("a")},
			{func(s *store.Store) { finish(t, s, duty("a", now), at(3*time.Hour+5*time.Minute)) }, duty("b", now), mine("b")},
		},
		"as late as can be": {
			{nil, duty("a", now), mine("a")},
			{func(s *store.Store) { finish(t, s, duty("a", now), at(time.Hour)) }, duty("b", now), done(time.Hour)},
		},
		"dismissed": {
			{nil, duty("a", now), mine("a")},
			{func(s *store.Store) { dismiss(t, s) }, duty("b", now), mine("b")},
			{func(s *store.Store) { finish(t, s, duty("a", now), at(time.Hour)) }, duty("c", now), later(time.Minute)},
			{func(s *store.Store) { finish(t, s, duty("b", now), at(time.Hour)); dismiss(t, s) }, duty("c", now), mine("c")},
		},
		"jobs of their own": {
			{nil, duty("a", now), mine("a")},
			{nil, wallet.Duty{Account: account, Job: wallet.ReadMovements, Claim: "b", Now: now, Until: at(time.Minute), Latest: at(time.Hour)}, mine("b")},
			{nil, wallet.Duty{Account: "sandbox", Job: wallet.ReadBalances, Claim: "c", Now: now, Until: at(time.Minute), Latest: at(time.Hour)}, mine("c")},
			{func(s *store.Store) { finish(t, s, duty("b", now), at(time.Hour)) }, duty("d", now), later(time.Minute)},
		},
	} {
		t.Run(name, func(t *testing.T) {
			forEachStore(t, func(t *testing.T, db database) {
				s := db.open()
				load(t, s, nil)
				if _, err := s.Load(t.Context(), "sandbox", nil, now); err != nil {
					t.Fatal(err)
				}
				for i, step := range story {
					if step.do != nil {
						step.do(s)
					}
					if got := take(t, s, step.ask); got != step.want {
						t.Errorf("step %d: %s asks and is told %+v, want %+v", i+1, step.ask.Claim, got, step.want)
					}
				}
			})
		})
	}
}

// TestOneHasIt lets processes that go by one clock come, finish, forget and be overtaken in any order: at no time do two
// hold valid claims, and a job that is due and free goes to the first who asks.
func TestOneHasIt(t *testing.T) {
	forEachStore(t, func(t *testing.T, db database) {
		processes := []*store.Store{db.open(), db.open(), db.open()}
		load(t, processes[0], nil)
		rapid.Check(t, func(r *rapid.T) {
			dismiss(r, processes[0])
			at := now
			holder, until, due := "", time.Time{}, time.Time{}
			var given []string // every claim that was ever given, the newest last
			r.Repeat(map[string]func(*rapid.T){
				"time goes by": func(r *rapid.T) {
					at = at.Add(time.Duration(rapid.Int64Range(0, 90_000).Draw(r, "ms")) * time.Millisecond)
				},
				"the clock is set back": func(r *rapid.T) {
					at = at.Add(-time.Duration(rapid.Int64Range(3, 9).Draw(r, "hours")) * time.Hour)
				},
				"take": func(r *rapid.T) {
					claim := fmt.Sprint("claim ", len(given))
					turn := take(r, rapid.SampledFrom(processes).Draw(r, "process"), duty(claim, at))
					latest := at.Add(time.Hour) // what is later than that was written by a clock that has been set back
					held := at.Before(until) && !until.After(latest)
					free := !held && (!at.Before(due) || due.After(latest))
					switch {
					case turn.Mine() != free:
						r.Fatalf("at %v it was given: %v; %q holds it until %v, and it is due at %v", at, turn.Mine(), holder, until, due)
					case free:
						holder, until = claim, at.Add(time.Minute)
						given = append(given, claim)
					case held && (turn.Done || !turn.Again.Equal(until)), !held && (!turn.Done || !turn.Again.Equal(due)):
						r.Fatalf("at %v the answer is %+v; %q holds it until %v, and it is due at %v", at, turn, holder, until, due)
					}
				},
				"finish": func(r *rapid.T) {
					if len(given) == 0 {
						return
					}
					claim := rapid.SampledFrom(given).Draw(r, "claim")
					next := at.Add(time.Duration(rapid.Int64Range(1, 3_600_000).Draw(r, "ms")) * time.Millisecond)
					finish(r, rapid.SampledFrom(processes).Draw(r, "process"), duty(claim, at), next)
					if claim == holder {
						holder, until, due = "", time.Time{}, next
					}
				},
				"dismiss": func(r *rapid.T) {
					dismiss(r, processes[1])
					holder, until, due = "", time.Time{}, time.Time{}
				},
			})
		})
	})
}

// TestRaceForAJob lets many ask at once, again and again: one of them has it each time.
func TestRaceForAJob(t *testing.T) {
	const handles, rounds = 8, 40
	forEachStore(t, func(t *testing.T, db database) {
		processes := make([]*store.Store, handles)
		for i := range processes {
			processes[i] = db.open()
		}
		load(t, processes[0], nil)
		for round := range rounds {
			at := now.Add(time.Duration(round) * time.Minute) // as the claim of the round before ends
			var winners atomic.Int32
			var wg sync.WaitGroup
			for i, s := range processes {
				wg.Go(func() {
					turn, err := s.Take(context.Background(), duty(fmt.Sprint(round, i), at))
					if err != nil {
						t.Error(err)
					}
					if turn.Mine() {
						winners.Add(1)
					} else if !turn.Again.Equal(at.Add(time.Minute)) || turn.Done {
						t.Errorf("a loser is told %+v", turn)
					}
				})
			}
			wg.Wait()
			if n := winners.Load(); n != 1 {
				t.Fatalf("%d have the job", n)
			}
		}
	})
}
