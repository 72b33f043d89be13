package main

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"walletwatch/store/pgtest"
)

// without starts a daemon whose database is away, and waits until it answers.
func (w *world) without(database string, args ...string) *child {
	w.t.Helper()
	c := w.spawn(append([]string{"--database", database}, args...)...)
	eventually(w.t, "it answers without its database", func() bool { return c.get("/-/healthy", nil) == http.StatusOK })
	return c
}

// knock connects again and again until the test or the returned function ends it, and fails the test when it is refused.
func (c *child) knock() (enough func()) {
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 20 * time.Second}
	end := make(chan struct{})
	var knocking sync.WaitGroup
	knocking.Go(func() {
		for {
			select {
			case <-end:
				return
			case <-time.After(time.Millisecond):
			}
			resp, err := client.Get(c.url + "/-/healthy")
			if err != nil {
				c.t.Errorf("nobody answers: %v", err)
				return
			}
			resp.Body.Close()
		}
	})
	enough = sync.OnceFunc(func() { close(end); knocking.Wait() })
	c.t.Cleanup(enough)
	return enough
}

// TestStartsWithoutDatabase: a daemon that starts while PostgreSQL is stopped answers, waits, and pages once it is back.
func TestStartsWithoutDatabase(t *testing.T) {
	t.Parallel()
	server := ownServer(t)
	name, err := server.Create()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Stop(); err != nil {
		t.Fatal(err)
	}
	w := told(t)
	hooks := freeAddress(t)
	c := w.without(pgtest.URL(server.Address(), name), "--webhook-listen", hooks)
	enough := c.knock()
	for method, urls := range map[string][]string{
		http.MethodGet:  {c.url + "/-/ready", c.url + "/", c.url + "/metrics", c.url + "/api/v1/wallets", "http://" + hooks + "/-/healthy"},
		http.MethodPost: {c.url + "/api/v1/orders", c.url + "/-/healthy", "http://" + hooks + hookPath},
	} {
		for _, url := range urls {
			w.refused(method, url)
		}
	}
	silent, err := net.Dial("tcp", strings.TrimPrefix(c.url, "http://")) // and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()

	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	w.api.SetBalance(1, decimal.NewFromInt(10))
	eventually(t, "the page", func() bool { return len(w.pager.OpenIncidents()) == 1 })
	if took := time.Since(began); took > retryAtMost+5*time.Second {
		t.Errorf("the page came %v after the database", took)
	}
	eventually(t, "ready", c.ready)
	if status, answer := hooked(t, debited("evt_1", 1, "1").Request("http://"+hooks+hookPath, testHook, time.Now())); status != http.StatusOK {
		t.Errorf("the webhooks' listener answers %d %s", status, answer)
	}
	enough()
	if n := strings.Count(c.log.String(), "waiting for the database"); n != 1 {
		t.Errorf("the log says %d times that it waits", n)
	}
	c.signal(syscall.SIGTERM)
	if <-c.done; c.code != exitFine {
		t.Errorf("exit status %d", c.code)
	}
}

// refused fails the test unless a request is turned away as long as there is no database.
func (w *world) refused(method, url string) {
	w.t.Helper()
	r, err := http.NewRequest(method, url, http.NoBody)
	if err != nil {
		w.t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	resp.Body.Close()
	if _, answer := hooked(w.t, r); resp.StatusCode != http.StatusServiceUnavailable || resp.Header.Get("Retry-After") != "5" || resp.Header.Get("X-Request-Id") == "" ||
		!strings.HasPrefix(answer, `{"error":{"name":"ServiceUnavailableError","code":"STORE_UNREACHABLE","message":"walletwatch is waiting for the database`) {
		w.t.Errorf("%s %s: %d %v %s", method, url, resp.StatusCode, resp.Header, answer)
	}
}

// TestStopsWhileWaiting: being asked to stop is no failure, also before there was a database.
func TestStopsWhileWaiting(t *testing.T) {
	t.Parallel()
	c := newWorld(t).without("postgres://u@" + freeAddress(t) + "/db")
	began := time.Now()
	c.signal(syscall.SIGTERM)
	if <-c.done; c.code != exitFine || time.Since(began) > 3*time.Second {
		t.Errorf("exit status %d after %v", c.code, time.Since(began))
	}
}

// TestWaitsInTLS: what --web.config.file asks for holds before there is a database too.
func TestWaitsInTLS(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	client := w.certify()
	web := filepath.Join(w.dir, "web.yml")
	users := `basic_auth_users: {scraper: "$2y$10$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi"}`
	w.write(web, []byte("tls_server_config: {cert_file: cert.pem, key_file: key.pem}\n"+users+"\n"))
	wire := pgtest.NewWire(t, cluster.Server(t).Address())
	wire.Refuse()
	name, err := cluster.Server(t).Create()
	if err != nil {
		t.Fatal(err)
	}
	c := w.spawn("--database", pgtest.URL(wire.Address(), name), "--web.config.file", web)
	get := func(path, password string) int {
		r, err := http.NewRequest(http.MethodGet, strings.Replace(c.url, "http:", "https:", 1)+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.SetBasicAuth("scraper", password)
		resp, err := client.Do(r)
		if err != nil {
			return 0
		}
		defer resp.Body.Close()
		return resp.StatusCode
	}
	eventually(t, "it answers without its database", func() bool { return get("/-/healthy", "fakepassword") == http.StatusOK })
	if status := get("/-/healthy", "guess"); status != http.StatusUnauthorized {
		t.Errorf("with a wrong password: %d", status)
	}
	if status := get("/-/ready", "fakepassword"); status != http.StatusServiceUnavailable {
		t.Errorf("ready without a database: %d", status)
	}
	wire.Mend()
	eventually(t, "ready", func() bool { return get("/-/ready", "fakepassword") == http.StatusOK })
}

// certify writes a certificate for 127.0.0.1 and its key, and returns a client that trusts it.
func (w *world) certify() *http.Client {
	w.t.Helper()
	s := httptest.NewTLSServer(nil)
	w.t.Cleanup(s.Close)
	own := s.TLS.Certificates[0]
	key, err := x509.MarshalPKCS8PrivateKey(own.PrivateKey)
	if err != nil {
		w.t.Fatal(err)
	}
	w.write(filepath.Join(w.dir, "cert.pem"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: own.Certificate[0]}))
	w.write(filepath.Join(w.dir, "key.pem"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}))
	return s.Client()
}

func (w *world) write(path string, text []byte) {
	w.t.Helper()
	if err := os.WriteFile(path, text, 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// TestDoesNotWaitInVain: what waiting cannot mend ends the daemon, at once and also after it has waited.
func TestDoesNotWaitInVain(t *testing.T) {
	t.Parallel()
	server := ownServer(t)
	for _, statement := range []string{"CREATE USER guarded PASSWORD 'right'", "CREATE DATABASE closed", "CREATE DATABASE watched OWNER guarded"} {
		if err := server.Ask("postgres", statement); err != nil {
			t.Fatal(err)
		}
	}
	if err := server.RequirePassword("guarded"); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct{ user, database, want string }{
		"a wrong password": {"guarded:hunter2secret", "watched", "the server rejects the user or the password in the URL"},
		"no such database": {"guarded:right", "missing", "there is no such database"},
		"no rights":        {"guarded:right", "closed", "the user may not do this"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			wire := pgtest.NewWire(t, server.Address())
			database := fmt.Sprintf("postgres://%s@%s/%s?sslmode=disable", tt.user, wire.Address(), tt.database)
			ends := func(c *child) {
				t.Helper()
				eventually(t, "it ends", c.over)
				if said := c.log.String(); c.code != exitRefused || !strings.Contains(said, "walletwatch: opening the database postgres://…@") ||
					!strings.Contains(said, tt.want) || strings.Contains(said, "hunter2secret") {
					t.Errorf("exit status %d, and it said\n%s", c.code, said)
				}
			}
			c := w.spawn("--database", database)
			if ends(c); c.log.contains("waiting for the database") {
				t.Error("it waited")
			}
			wire.Refuse()
			c = w.without(database)
			wire.Mend()
			ends(c)
		})
	}
}
