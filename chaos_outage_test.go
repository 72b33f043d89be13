package main

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"walletwatch/octopus/octopustest"
	"walletwatch/store/pgtest"
)

// full is SQL after which no row can be written any more, as on a full disk.
const full = `CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
	RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$;
DO $$ DECLARE name text; BEGIN
	FOR name IN SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' LOOP
		EXECUTE format('CREATE TRIGGER full_disk BEFORE INSERT OR UPDATE ON %I EXECUTE FUNCTION full_disk()', name);
	END LOOP; END $$;`

// fails is how a database can fail, and how it is well again.
func fails() map[string]func(t *testing.T, f *fleet) (mend func()) {
	wires := func(do func(*pgtest.Wire)) func(*testing.T, *fleet) func() {
		return func(_ *testing.T, f *fleet) func() {
			for _, r := range f.replicas {
				do(r.wire)
			}
			return func() {
				for _, r := range f.replicas {
					r.wire.Mend()
				}
			}
		}
	}
	return map[string]func(*testing.T, *fleet) func(){
		"away":          wires((*pgtest.Wire).Refuse),
		"gone silently": wires((*pgtest.Wire).Hold),
		"full": func(_ *testing.T, f *fleet) func() {
			f.ask(full)
			return func() { f.ask("DROP FUNCTION full_disk() CASCADE") }
		},
		"read-only": func(_ *testing.T, f *fleet) func() {
			f.ask("ALTER DATABASE " + f.database + " SET default_transaction_read_only = on")
			f.hangUp()
			return func() {
				f.ask("SET TRANSACTION READ WRITE; ALTER DATABASE " + f.database + " RESET default_transaction_read_only")
			}
		},
		"stopped": func(t *testing.T, f *fleet) func() {
			if err := f.server.Stop(); err != nil {
				t.Fatal(err)
			}
			return func() {
				if err := f.server.Start(); err != nil {
					t.Fatal(err)
				}
			}
		},
	}
}

// TestReplicasWithoutDatabase takes the database away for ten seconds. What is known can still be seen, the API is still
// asked, and whoever asks is told the truth; what happened meanwhile is told as soon as the database is back.
func TestReplicasWithoutDatabase(t *testing.T) {
	for name, fail := range fails() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := cluster.Server(t)
			if name == "stopped" {
				server = ownServer(t)
			}
			f := newFleetOn(t, server, 2, 2*time.Second)
			f.spent(1, "USD", "1000", "5000")
			f.startReady()

			mend := fail(t, f)
			began := time.Now()
			for _, r := range f.replicas {
				f.blind(r)
			}
			polls := f.api.Count(octopustest.RouteWallets)
			f.lower(1)
			eventually(t, "the API is asked all the same", func() bool { return f.api.Count(octopustest.RouteWallets) > polls })
			rest(10*time.Second - time.Since(began))
			for _, r := range f.replicas {
				f.blind(r)
			}
			if n := len(f.pager.Incidents()); n != 0 {
				t.Errorf("%d pages of which nothing can be noted down", n)
			}

			mend()
			began = time.Now()
			eventually(t, "the page", func() bool { return f.open() == 1 })
			t.Logf("the page came %v after the database was back", time.Since(began))
			if took := time.Since(began); took > f.claim+time.Second+4*time.Second {
				t.Errorf("that is too late")
			}
			for _, r := range f.replicas {
				eventually(t, r.name+" is ready again", func() bool { return r.ready() && r.daemon().metric("walletwatch_database_up 1") })
			}
			f.topUp(1)
			eventually(t, "the page closes", func() bool { return f.open() == 0 })
			f.settled(f.replicas[0])
			f.counts(1, 1)
		})
	}
}

func ownServer(t *testing.T) *pgtest.Server {
	t.Helper()
	server, err := pgtest.Start("fsync=off")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return server
}

// blind fails the test unless a replica soon says that it cannot store anything, lives, and shows what it knows.
func (f *fleet) blind(r *replica) {
	f.t.Helper()
	eventually(f.t, r.name+" says that it is not ready", func() bool {
		status, body := r.ask("/-/ready")
		return status == http.StatusServiceUnavailable && strings.Contains(body, "The store cannot be reached; the log says why.")
	})
	eventually(f.t, r.name+" counts its database as down", func() bool { return r.daemon().metric("walletwatch_database_up 0") })
	for path, shows := range map[string]string{
		"/-/healthy": "serving", "/": "5,000.00 USD", "/metrics": "\nwalletwatch_wallet_balance{", "/api/v1/wallets": `"balance":"5000.00"`,
	} {
		if status, body := r.ask(path); status != http.StatusOK || !strings.Contains(body, shows) {
			f.t.Errorf("%s: %s answers %d without %q:\n%s", r.name, path, status, shows, body)
		}
	}
}
