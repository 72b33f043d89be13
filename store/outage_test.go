package store_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"walletwatch/store"
	"walletwatch/store/pgtest"
	"walletwatch/wallet"
)

// calls are the ways to use a store, each once.
func calls(s *store.Store) map[string]func() error {
	ctx := context.Background()
	duty := wallet.Duty{Account: account, Job: wallet.ReadBalances, Claim: "me", Now: now, Until: now.Add(time.Minute), Latest: now.Add(time.Hour)}
	return map[string]func() error{
		"Load": func() error { _, err := s.Load(ctx, account, nil, now); return err },
		"Update": func() error {
			_, err := s.Update(ctx, account, nil, now, func(*wallet.Book, wallet.Journal) (*wallet.Change, error) { return everything(), nil })
			return err
		},
		"Take":     func() error { _, err := s.Take(ctx, duty); return err },
		"Finish":   func() error { return s.Finish(ctx, duty, now) },
		"Dismiss":  func() error { return s.Dismiss(ctx, account) },
		"Pending":  func() error { _, err := s.Pending(ctx, account); return err },
		"Forget":   func() error { return s.Forget(ctx, account, wallet.Retention{OrdersBefore: now}) },
		"Ping":     func() error { return s.Ping(ctx) },
		"Writable": func() error { return s.Writable(ctx) },
	}
}

// writes are those calls that cannot succeed where nothing can be stored.
var writes = []string{"Update", "Take", "Finish", "Dismiss", "Forget", "Writable"}

// crowded makes a store open all the connections that it may. Some of those there are may be lost.
func crowded(s *store.Store) {
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() { s.Load(context.Background(), account, nil, now) })
	}
	wg.Wait()
}

// TestLostConnections ends every connection, by a restart of the server and by the word of an administrator: the next
// call of each kind but one succeeds at the latest.
func TestLostConnections(t *testing.T) {
	server := private(t)
	name, err := server.Create()
	must(t, err)
	s := open(t, pgtest.URL(server.Address(), name))
	load(t, s, nil)
	put(t, s, everything())
	for what, lose := range map[string]func(){
		"restarted": func() {
			must(t, server.Stop())
			for name, call := range calls(s) {
				err := call()
				if err == nil {
					t.Errorf("%s works without a server", name)
				} else if strings.Contains(err.Error(), "\n") {
					t.Errorf("%s without a server is not one sentence: %v", name, err)
				}
			}
			must(t, server.Start())
		},
		"terminated": func() {
			ask(t, server, "postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'walletwatch'")
		},
	} {
		for name, call := range calls(s) {
			crowded(s)
			lose()
			if err := call(); err != nil {
				t.Logf("%s, then %s: %v", what, name, err)
				if err := call(); err != nil {
					t.Errorf("%s, then %s twice: %v", what, name, err)
				}
			}
		}
	}
}

// TestBrokenUpdate breaks the connection ever later in an update: it is stored whole or not at all, and the next but one
// update succeeds.
func TestBrokenUpdate(t *testing.T) {
	db := postgres(t)
	wire := pgtest.NewWire(t, server.Server(t).Address())
	s := open(t, pgtest.URL(wire.Address(), db.url[strings.LastIndexByte(db.url, '/')+1:strings.IndexByte(db.url, '?')]))
	load(t, s, nil)
	raw, broken := db.raw(), 0
	for carried := int64(0); ; carried += 150 {
		before := contents(t, raw)
		version := number(t, raw, `SELECT version FROM account`)
		wire.Carry(carried)
		_, err := s.Update(t.Context(), account, nil, now, func(*wallet.Book, wallet.Journal) (*wallet.Change, error) { return everything(), nil })
		wire.Carry(1 << 62)
		if err == nil {
			break
		}
		broken++
		switch number(t, raw, `SELECT version FROM account`) {
		case version: // it was rolled back
			if !maps.EqualFunc(before, contents(t, raw), slices.Equal) {
				t.Fatalf("broken after %d bytes, half of it is stored", carried)
			}
		case version + 1: // it was committed, and nobody heard
			for _, table := range []string{"wallet", "dispatch", "episode", "spend_minute", "balance_sample", "audit"} {
				if number(t, raw, `SELECT COUNT(*) FROM `+table+` WHERE account = $1`, account) == 0 {
					t.Fatalf("broken after %d bytes, it is stored without %s", carried, table)
				}
			}
		default:
			t.Fatalf("broken after %d bytes, the version is neither the old nor the next", carried)
		}
		if s.Ping(t.Context()) != nil {
			must(t, s.Ping(t.Context()))
		}
	}
	if broken < 10 {
		t.Errorf("only %d updates were broken", broken)
	}
}

// TestSilentServer: a server that is gone without a word holds nobody up for ever, and only once.
func TestSilentServer(t *testing.T) {
	t.Parallel()
	db := postgres(t)
	wire := pgtest.NewWire(t, server.Server(t).Address())
	url := pgtest.URL(wire.Address(), db.url[strings.LastIndexByte(db.url, '/')+1:strings.IndexByte(db.url, '?')])
	all, one := open(t, url), open(t, url)
	load(t, all, nil)
	crowded(all)
	crowded(one)
	wire.Silence()
	asked := calls(all)
	delete(asked, "Ping") // its caller says how long it waits
	asked["one alone"] = calls(one)["Load"]
	began := time.Now()
	var wg sync.WaitGroup
	for name, call := range asked {
		wg.Go(func() {
			if err := call(); err == nil {
				t.Errorf("%s was answered by silence", name)
			}
			if took := time.Since(began); took > 25*time.Second {
				t.Errorf("%s took %v", name, took)
			}
		})
	}
	wg.Wait()
	began = time.Now()
	for _, s := range []*store.Store{all, one} {
		for name, call := range calls(s) {
			if err := call(); err != nil {
				t.Errorf("%s after the silence: %v", name, err)
			}
		}
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("after the silence it took %v", took)
	}
}

// TestServerTakesNoWrites: a primary that becomes read-only is told of in a sentence, and works again as soon as it
// takes writes.
func TestServerTakesNoWrites(t *testing.T) {
	server := private(t)
	name, err := server.Create()
	must(t, err)
	s := open(t, pgtest.URL(server.Address(), name))
	book := load(t, s, nil)
	for _, write := range writes {
		crowded(s)
		must(t, server.Set("default_transaction_read_only", "on"))
		call := calls(s)[write]
		until(t, write+" fails", func() bool { return call() != nil })
		for range 2 { // by the connection that was there, and by a new one
			if err := call(); err == nil || !strings.Contains(err.Error(), "the server takes no writes: give the address of the primary") {
				t.Errorf("%s on a server that takes no writes: %v", write, err)
			}
		}
		must(t, server.Set("default_transaction_read_only", ""))
		until(t, write+" works", func() bool { return call() == nil })
		if _, err := s.Load(t.Context(), account, book, now); err != nil {
			t.Error(err)
		}
	}
}

// TestFailover: of several servers in the URL, the one that takes writes is used, and after a change of roles the other.
func TestFailover(t *testing.T) {
	one, other := private(t), private(t)
	for _, server := range []*pgtest.Server{one, other} {
		ask(t, server, "postgres", "CREATE DATABASE watched")
		must(t, open(t, pgtest.URL(server.Address(), "watched")).Close())
	}
	must(t, other.Set("default_transaction_read_only", "on"))
	s := open(t, pgtest.URL(other.Address()+","+one.Address(), "watched"))
	load(t, s, nil)
	put(t, s, everything())
	knows := func(server *pgtest.Server) string {
		n, err := server.Run("psql", "-XAt", "-d", "watched", "-c", "SELECT count(*) FROM wallet")
		must(t, err)
		return strings.TrimSpace(n)
	}
	if one, other := knows(one), knows(other); one != "2" || other != "0" {
		t.Errorf("the server that takes writes has %s wallets, the other %s", one, other)
	}
	crowded(s)
	must(t, other.Set("default_transaction_read_only", ""))
	must(t, one.Set("default_transaction_read_only", "on"))
	until(t, "the new one is used", func() bool {
		_, err := s.Load(t.Context(), account, nil, now)
		if err == nil {
			err = calls(s)["Update"]()
		}
		return err == nil && knows(other) == "2"
	})
}

func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.After(10 * time.Second)
	for !holds() {
		select {
		case <-deadline:
			t.Fatalf("waited in vain: %s", what)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// TestStoppedInTheMiddle stops a process that has an account's row: the others go on once the server has ended its
// transaction, and what it wanted to store is not stored.
func TestStoppedInTheMiddle(t *testing.T) {
	t.Parallel()
	db := postgres(t)
	stopped, other := db.open(), db.open()
	load(t, stopped, nil)
	holds, release := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		_, err := stopped.Update(context.Background(), account, nil, now, func(*wallet.Book, wallet.Journal) (*wallet.Change, error) {
			close(holds)
			<-release
			return &wallet.Change{Wallets: []*wallet.State{{Account: account, ID: 77}}}, nil
		})
		if err == nil {
			t.Error("what the server had given up was stored")
		}
	})
	<-holds
	began := time.Now()
	after, err := other.Update(t.Context(), account, nil, now, func(*wallet.Book, wallet.Journal) (*wallet.Change, error) { return everything(), nil })
	if took := time.Since(began); err != nil || took > 15*time.Second {
		t.Errorf("the other waited %v: %v", took, err)
	}
	close(release)
	wg.Wait()
	for _, problem := range bookDifferences(load(t, db.open(), nil), after) {
		t.Error(problem)
	}
	put(t, stopped, everything())
}

// TestFailingIsPassedOn: what the function of an update returns comes back as it is, whatever the engine.
func TestFailingIsPassedOn(t *testing.T) {
	forEachStore(t, func(t *testing.T, db database) {
		s := db.open()
		load(t, s, nil)
		failing := errors.New("failing")
		if _, err := s.Update(t.Context(), account, nil, now, func(*wallet.Book, wallet.Journal) (*wallet.Change, error) { return nil, failing }); !errors.Is(err, failing) {
			t.Errorf("it became %v", err)
		}
	})
}
