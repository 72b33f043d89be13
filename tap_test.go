package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"walletwatch/octopus/octopustest"
	"walletwatch/tap"
)

// shop is a service that places orders at the API, with a tap in its client.
type shop struct {
	t      testing.TB
	api    string
	token  string
	client *http.Client
	feed   *tap.Tap
}

// shop opens a service that tells the daemon at an address of its orders.
func (w *world) shop(daemon string) *shop {
	w.t.Helper()
	feed, err := tap.Open(tap.Config{URL: daemon, Token: tap.Token(testIngest), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		w.t.Fatal(err)
	}
	own := &http.Transport{}
	s := &shop{t: w.t, api: w.env["OCTOPUS_BASE_URL"], client: &http.Client{Transport: feed.Wrap(own), Timeout: time.Minute}, feed: feed}
	w.t.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_ = feed.Close(ctx) // tests close it themselves when they care
		own.CloseIdleConnections()
	})
	var answer struct {
		Data struct {
			AccessToken string `json:"access_token"`
		}
	}
	body := s.post("/auth/login", fmt.Sprintf(`{"username":%q,"password":%q}`, octopustest.DemoKey, octopustest.DemoSecret))
	if err := json.Unmarshal([]byte(body), &answer); err != nil || answer.Data.AccessToken == "" {
		w.t.Fatalf("logging in: %v", err)
	}
	s.token = answer.Data.AccessToken
	return s
}

// post returns the answer to a request at the API; "" when there is none.
func (s *shop) post(path, body string) string {
	s.t.Helper()
	r, err := http.NewRequest(http.MethodPost, s.api+path, strings.NewReader(body))
	if err != nil {
		s.t.Error(err)
		return ""
	}
	r.Header.Set("Authorization", "Bearer "+s.token)
	resp, err := s.client.Do(r)
	if err != nil {
		s.t.Errorf("the service could not place an order: %v", err)
		return ""
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode/100 != 2 {
		s.t.Errorf("the service placed an order: %d %s (%v)", resp.StatusCode, answer, err)
	}
	return string(answer)
}

const (
	vouchers = "/api/v1/orders"
	topUps   = "/api/v1/topups/orders"
	eSIMs    = "/api/v1/esim/orders"
)

func (s *shop) buy(path string, product, denomination int64) string {
	s.t.Helper()
	return s.post(path, fmt.Sprintf(`{"product_id":%d,"denomination":%d,"quantity":1,"wallet_id":1}`, product, denomination))
}

// heard returns how many observations of order responses had a result.
func (p *process) heard(result string) int {
	var text string
	p.get("/metrics", &text)
	_, rest, _ := strings.Cut(text, fmt.Sprintf("\nwalletwatch_observations_total{account=%q,result=%q,source=\"order\"} ", "default", result))
	n := 0
	_, _ = fmt.Sscan(rest, &n)
	return n
}

// euros lets wallet 1, in dollars, pay a product in euros, and returns the product.
func (w *world) euros() int64 {
	w.api.SetRate("EUR", "USD", decimal.RequireFromString("1.1"))
	return w.api.AddProduct(octopustest.Product{Name: "Card", Currency: "EUR", Min: decimal.NewFromInt(1), Max: decimal.NewFromInt(1000)})
}

// TestTapTells: a service that places orders of every kind tells the daemon of each by the way, and reads its own
// answers as ever.
func TestTapTells(t *testing.T) {
	t.Parallel()
	w := hearing(t)
	euros := w.euros()
	c := w.spawn()
	eventually(t, "the wallet is ok", func() bool { return c.level(1) == "ok" })
	s := w.shop(c.url)
	polls := w.api.Count(octopustest.RouteWallets)
	told := func(what, source string) {
		t.Helper()
		eventually(t, what, func() bool { return c.shows(1, source, w.api.Balance(1).String()) })
	}
	if answer := s.buy(vouchers, 1, 100); !strings.Contains(answer, "SIM-CARD-") {
		t.Errorf("the service read %s", answer)
	}
	told("a voucher", "estimate")
	w.api.SetOrderBalance("wallet.balance")
	s.buy(vouchers, 1, 200)
	told("a voucher with a balance", "order")
	s.buy(vouchers, euros, 50)
	told("a voucher in another currency, with a balance", "order")
	if n := w.api.Count(octopustest.RouteWallets); n != polls {
		t.Errorf("the API was asked %d times though everything was plain", n-polls)
	}

	// From here on nothing says what was taken from the wallet: it must be asked for, and never be taken for nothing.
	s.buy(topUps, 1, 10)
	w.api.SetOrderBalance("")
	s.buy(topUps, 1, 10)
	s.buy(eSIMs, 1, 10)
	s.buy(vouchers, euros, 10)
	unclear := 4
	for _, odd := range []struct{ name, value string }{
		{"discount", `{"percent":2.5}`}, {"discount", `"none of it"`}, {"amount", `"ten"`}, {"amount", `[10]`},
		{"deduction_currency", `{"code":"USD"}`}, {"wallet_id", `"main"`}, {"wallet_balance", `"a lot"`}, {"wallet_balance", `{}`},
	} {
		w.api.Fail(octopustest.RouteOrders, octopustest.Fault{Edit: func(e *octopustest.Edit) { setMember(t, e, odd.name, odd.value) }})
		s.buy(vouchers, 1, 10)
		unclear++
	}
	eventually(t, "what is unclear", func() bool { return c.heard("unclear")+c.heard("outdated") == unclear })
	told("the truth", "poll")
	if n := c.heard("accepted") + c.heard("estimated"); n != 3 {
		t.Errorf("%d order responses were taken at their word, not 3", n)
	}
	if n := len(w.pager.Incidents()) + len(w.slack.Messages("#wallet-alerts")); n != 0 {
		t.Errorf("%d alerts went out", n)
	}
	if got := s.feed.Stats(); got.Seen != uint64(unclear+3) || got.Sent != got.Seen || got.Dropped.Total() != 0 {
		t.Errorf("the tap counted %+v", got)
	}
}

// setMember changes a member of an answer, or adds it.
func setMember(t *testing.T, e *octopustest.Edit, name, value string) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(e.Body, &members); err != nil {
		t.Error(err)
		return
	}
	members[name] = json.RawMessage(value)
	body, err := json.Marshal(members)
	if err != nil {
		t.Error(err)
	}
	e.Body = body
}

// spawnAt starts a daemon at an address that it shares with those before and after it.
func (w *world) spawnAt(address string) *child {
	w.t.Helper()
	c := w.spawn("--listen", address)
	c.url = "http://" + address
	return c
}

// TestTapOutlivesTheDaemon: orders go on while the daemon is killed again and again; each counts once, none is lost,
// and what waits at the end is sent by Close.
func TestTapOutlivesTheDaemon(t *testing.T) {
	t.Parallel()
	w := hearing(t)
	address := freeAddress(t)
	c := w.spawnAt(address)
	eventually(t, "the wallet is ok", func() bool { return c.level(1) == "ok" })
	w.api.FailAlways(octopustest.RouteWallets, octopustest.Fault{Status: 503}) // so that only what the tap tells is known
	w.api.FailAlways(octopustest.RouteOrders, octopustest.Delayed(5*time.Millisecond))
	s := w.shop(c.url)
	const buyers, each = 4, 250
	var placed atomic.Int64
	var buying sync.WaitGroup
	for range buyers {
		buying.Go(func() {
			for range each {
				s.buy(vouchers, 1, 2)
				placed.Add(1)
			}
		})
	}
	for i := range 3 {
		eventually(t, "some orders have been heard of", func() bool { return int(placed.Load()) > i*250+100 && c.heard("estimated") > 0 })
		c.kill()
		eventually(t, "some orders wait", func() bool { return s.feed.Stats().Waiting > 20 })
		c = w.spawnAt(address)
	}
	buying.Wait()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := s.feed.Close(ctx); err != nil {
		t.Fatalf("%v: %+v", err, s.feed.Stats())
	}
	if got := s.feed.Stats(); got.Sent != buyers*each || got.Waiting != 0 {
		t.Errorf("the tap counted %+v", got)
	}
	if !c.shows(1, "estimate", w.api.Balance(1).String()) {
		t.Errorf("after %d orders it shows %+v, want %s", placed.Load(), c.shown(1), w.api.Balance(1))
	}
}

// TestTapWithoutDaemon: orders go through, Close gives up in time, and says how much was lost.
func TestTapWithoutDaemon(t *testing.T) {
	t.Parallel()
	w := hearing(t)
	s := w.shop("http://" + freeAddress(t))
	for range 5 {
		s.buy(vouchers, 1, 2)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	began := time.Now()
	if err := s.feed.Close(ctx); err == nil || !strings.Contains(err.Error(), "5 order responses") {
		t.Errorf("closing the tap: %v", err)
	}
	if waited := time.Since(began); waited > 2*time.Second {
		t.Errorf("closing took %v", waited)
	}
}
