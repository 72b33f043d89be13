package ledger_test

import (
	"context"
	"database/sql"
	"fmt"
	"sync"
	"testing"
	"time"

	"walletwatch/ledger"
	"walletwatch/store"
	"walletwatch/wallet"
)

// TestReplicaSeesWhatTheOtherWrote has one process poll and another deliver.
func TestReplicaSeesWhatTheOtherWrote(t *testing.T) { forEachEngine(t, replicaSeesWhatTheOtherWrote) }

func replicaSeesWhatTheOtherWrote(t *testing.T, engine func(*world)) {
	a := newWorld(t, engine)
	b := a.replica()
	a.poll("5000")
	a.history(1, "1000")
	a.poll("40")
	b.at = a.at
	d := b.claim("pagerduty")
	if d == nil || d.Notice.Occasion != wallet.Triggered || !d.Notice.Balance.Equal(dec("40")) || !d.Notice.DailySpend.Equal(dec("1000")) {
		t.Fatalf("the other process claimed %+v", d)
	}
	b.shows(1, "critical")
	if own := a.claim("pagerduty"); own != nil {
		t.Errorf("both claimed %s", says(own))
	}
	b.settle(d, wallet.Result{Handle: "of b"})
	a.poll("30")
	a.poll("5000")
	if d := a.claim("pagerduty"); d == nil || d.Handle != "of b" || d.Notice.Occasion != wallet.Resolved {
		t.Errorf("the first process then claimed %+v", d)
	}
}

// TestReplicasStayQuiet has two processes evaluate in turn, their clocks a little apart: when nothing happens, nothing
// is stored for the other to read.
func TestReplicasStayQuiet(t *testing.T) { forEachEngine(t, replicasStayQuiet) }

func replicasStayQuiet(t *testing.T, engine func(*world)) {
	a := ready(t, engine)
	b := a.replica()
	a.at = a.at.Truncate(time.Minute).Add(time.Minute)
	b.at = a.at.Add(-time.Second) // still in the minute before
	a.pass(0)
	version := a.book().Version
	for range 5 {
		b.pass(0)
		a.pass(0)
		a.claim()
		b.claim()
	}
	if got := a.book().Version; got != version {
		t.Errorf("the version went from %d to %d", version, got)
	}
}

// TestReplicasNeverDeliverTheSameTwice has two processes with several workers each deliver a storm.
func TestReplicasNeverDeliverTheSameTwice(t *testing.T) {
	forEachEngine(t, replicasNeverDeliverTheSameTwice)
}

func replicasNeverDeliverTheSameTwice(t *testing.T, engine func(*world)) {
	const wallets = 25
	a := newWorld(t, engine, func(w *world) {
		w.settings.Policy.Levels = []wallet.Level{{Name: "warning", Floor: ptr("100"), Notify: []string{"slack", "pagerduty"}}}
	})
	b := a.replica()
	var full, low []wallet.Reading
	for id := range int64(wallets) {
		full, low = append(full, usd(id+1, "1000")), append(low, usd(id+1, fmt.Sprint(id+1)))
	}
	a.read(full...)
	a.read(low...)
	b.at = a.at

	var mu sync.Mutex
	claimed := map[string]int{}
	var wg sync.WaitGroup
	for _, w := range []*world{a, b, a, b} {
		wg.Go(func() {
			for {
				d, err := w.ledger.Claim(context.Background(), w.settings.Receivers, w.at.Add(time.Hour))
				if err != nil || d == nil {
					if err != nil {
						t.Error(err)
					}
					return
				}
				mu.Lock()
				claimed[says(d)]++
				mu.Unlock()
				if err := w.ledger.Settle(context.Background(), d, wallet.Result{At: w.at}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if len(claimed) != 2*wallets {
		t.Errorf("%d deliveries were claimed, want %d", len(claimed), 2*wallets)
	}
	for what, n := range claimed {
		if n != 1 {
			t.Errorf("%s was claimed %d times", what, n)
		}
	}
}

// TestReplicasRecordAlike lets two processes record the same polls and transactions in turn: nothing counts twice and
// no episode opens twice.
func TestReplicasRecordAlike(t *testing.T) { forEachEngine(t, replicasRecordAlike) }

func replicasRecordAlike(t *testing.T, engine func(*world)) {
	a := ready(t, engine)
	b := a.replica()
	rows := []wallet.Movement{a.debit(1, "700", time.Minute)}
	for _, w := range []*world{a, b} {
		w.record(wallet.Progress{ReadAt: w.at}, rows...)
	}
	a.poll("40")
	b.poll("40") // read at the same time
	if got := b.wallet(1); !got.DailySpend.Equal(dec("1100")) || len(b.view().Episodes) != 1 {
		t.Errorf("the daily spend is %s, there are %d episodes", got.DailySpend, len(b.view().Episodes))
	}
	if told := append(b.news(), a.news()...); len(told) != 2 {
		t.Errorf("told %v", told)
	}
}

// TestReplicaThatNeedNotPollIsReady starts a process while another reads the account, well or badly.
func TestReplicaThatNeedNotPollIsReady(t *testing.T) { forEachEngine(t, replicaThatNeedNotPollIsReady) }

func replicaThatNeedNotPollIsReady(t *testing.T, engine func(*world)) {
	a := newWorld(t, engine)
	duty := func(w *world, claim string) wallet.Duty {
		return wallet.Duty{Account: account, Job: wallet.ReadBalances, Claim: claim, Now: w.at, Until: w.at.Add(30 * time.Second), Latest: w.at.Add(time.Hour)}
	}
	take := func(w *world, claim string) wallet.Turn {
		turn, err := w.ledger.Take(context.Background(), duty(w, claim))
		check(t, err)
		return turn
	}
	if turn := take(a, "a"); !turn.Mine() {
		t.Fatalf("nobody else is there: %+v", turn)
	}
	b := a.replica()
	if turn := take(b, "b"); turn.Mine() || turn.Done || !turn.Again.Equal(a.at.Add(30*time.Second)) || b.view().Polled {
		t.Fatalf("while the first one is at it: %+v, polled %t", turn, b.view().Polled)
	}
	a.pollFails(wallet.FaultUnavailable)
	b.at = a.at
	check(t, a.ledger.Finish(context.Background(), duty(a, "a"), a.at.Add(2*time.Minute)))
	if turn := take(b, "b"); turn.Mine() || !turn.Done || !turn.Again.Equal(a.at.Add(2*time.Minute)) || !b.view().Polled {
		t.Errorf("after it: %+v, polled %t", turn, b.view().Polled)
	}
	b.at = b.at.Add(2 * time.Minute)
	if turn := take(b, "b"); !turn.Mine() {
		t.Errorf("when it is due again: %+v", turn)
	}
}

// TestLateFailureOfAReplica tells of a request that failed after another process had had a good answer to a later one.
func TestLateFailureOfAReplica(t *testing.T) { forEachEngine(t, lateFailureOfAReplica) }

func lateFailureOfAReplica(t *testing.T, engine func(*world)) {
	a := ready(t, engine)
	b := a.replica()
	sent := a.at
	a.at = a.at.Add(time.Minute)
	b.at = a.at
	a.poll("5000")
	check(t, b.ledger.PollFailed(context.Background(), account, sent, wallet.FaultCredentials, "no"))
	if got := b.view().Fault; got.Kind != wallet.NoFault {
		t.Errorf("the fault is %+v", got)
	}
	check(t, b.ledger.PollFailed(context.Background(), account, a.at.Add(time.Second), wallet.FaultCredentials, "no"))
	if got := b.view().Fault; got.Kind != wallet.FaultCredentials {
		t.Errorf("after a later failure, the fault is %+v", got)
	}
}

// TestClocksOfReplicasDifferALittle has one process be ahead of the other by less than what counts as a clock that was set
// back: what it has read stays as it is.
func TestClocksOfReplicasDifferALittle(t *testing.T) { forEachEngine(t, clocksOfReplicasDifferALittle) }

func clocksOfReplicasDifferALittle(t *testing.T, engine func(*world)) {
	a := ready(t, engine)
	b := a.replica()
	a.poll("4000")
	b.at = a.at.Add(-100 * time.Millisecond)
	b.pass(0)
	if got := b.wallet(1); !got.ReadAt.Equal(a.wallet(1).ReadAt) {
		t.Errorf("what was read at %s became %s", a.wallet(1).ReadAt, got.ReadAt)
	}
}

// between is a store that does something before it locks the account.
type between struct {
	ledger.Store
	do func()
}

func (b *between) Update(ctx context.Context, account string, known *wallet.Book, now time.Time,
	f func(*wallet.Book, wallet.Journal) (*wallet.Change, error)) (*wallet.Book, error) {
	if do := b.do; do != nil {
		b.do = nil
		do()
	}
	return b.Store.Update(ctx, account, known, now, f)
}

// TestOlderPollThatWaited has a process wait for the account with a poll, while another one records a newer poll: the older
// one must not pass for one that came after a clock was set back.
func TestOlderPollThatWaited(t *testing.T) { forEachEngine(t, olderPollThatWaited) }

func olderPollThatWaited(t *testing.T, engine func(*world)) {
	a := ready(t, engine)
	wait := &between{}
	other := *a
	b := &other
	b.wrap = func(s *store.Store) ledger.Store { wait.Store = s; return wait }
	b.start()
	t.Cleanup(func() { b.store.Close() })
	b.at = a.at.Add(2 * time.Minute)
	older := &wallet.Poll{Account: account, SentAt: b.at.Add(-time.Second), Readings: []wallet.Reading{usd(1, "5000")}}
	wait.do = func() {
		a.poll("40")
		b.at = a.at.Add(2 * time.Second)
		a.at = b.at
	}
	check(t, b.ledger.RecordPoll(context.Background(), older, false))
	b.shows(1, "critical")
	if told := b.news(); len(told) != 2 {
		t.Errorf("told %v", told)
	}
}

// TestDatabaseThatWentBack takes transactions away that were committed, as a standby does that takes over before it has
// heard of them: what a process knows of them goes too.
func TestDatabaseThatWentBack(t *testing.T) {
	url := server.URL(t)
	a := ready(t, func(w *world) { w.url = url })
	db, err := sql.Open("pgx", url)
	check(t, err)
	defer db.Close()
	run := func(statement string) {
		t.Helper()
		_, err := db.Exec(statement)
		check(t, err)
	}
	run(`CREATE TABLE then_account AS SELECT * FROM account`)
	run(`CREATE TABLE then_wallet AS SELECT * FROM wallet`)
	a.poll("40")
	for _, table := range []string{"audit", "episode", "dispatch", "wallet"} {
		run(`DELETE FROM ` + table)
	}
	run(`UPDATE account SET version = t.version, polled_at = t.polled_at FROM then_account t WHERE t.name = account.name`)
	run(`INSERT INTO wallet SELECT * FROM then_wallet`)
	a.poll("40")
	b := a.replica()
	b.at = a.at
	b.shows(1, "critical")
	a.shows(1, "critical")
}
