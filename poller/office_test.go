package poller_test

import (
	"context"
	"log/slog"
	"regexp"
	"testing"
	"time"

	"github.com/robfig/cron/v3"
	"github.com/shopspring/decimal"

	"walletwatch/ledger"
	"walletwatch/octopus"
	"walletwatch/octopus/octopustest"
	"walletwatch/poller"
	"walletwatch/secret"
	"walletwatch/store"
	"walletwatch/wallet"
)

const window = 7 * wallet.Day

// office is an account at the simulated API, watched by a poller with a real ledger on a real database. It lives in
// a synctest bubble.
type office struct {
	t         *testing.T
	api       *octopustest.Server
	settings  ledger.Settings
	database  string
	perMinute int // requests; 0: as many as usual
	log       *lines

	store  *store.Store
	ledger *ledger.Ledger
	stop   context.CancelFunc // nil: it is closed
	ended  chan struct{}
}

// newOffice has one wallet and no poller yet. A list of the API holds at most pageLimit rows; 0: as many as asked for.
func newOffice(t *testing.T, pageLimit int) *office {
	t.Helper()
	o := &office{
		t: t, api: octopustest.New(octopustest.Config{PageLimit: pageLimit}), settings: ledger.Settings{Policy: policy()},
		database: "sqlite://" + t.TempDir() + "/state.db", log: &lines{},
	}
	o.api.AddWallet(octopustest.Wallet{ID: 1, Currency: "USD", Balance: decimal.NewFromInt(5000)})
	t.Cleanup(o.close)
	return o
}

func policy() *wallet.Policy {
	percent := func(n int64) *decimal.Decimal { d := decimal.NewFromInt(n); return &d }
	return &wallet.Policy{
		Spend: wallet.SpendPolicy{Window: window, Statistic: wallet.Mean, MinHistory: wallet.Day, Refunds: regexp.MustCompile(`(?i)refund`)},
		Levels: []wallet.Level{
			{Name: "warning", Percent: percent(20), Notify: []string{"slack"}},
			{Name: "critical", Percent: percent(5), Notify: []string{"slack", "pagerduty"}},
		},
		RecoverAt:  decimal.RequireFromString("1.25"),
		StaleAfter: []wallet.StaleAfter{{Level: "warning", Age: 10 * time.Minute}, {Level: "critical", Age: 30 * time.Minute}},
	}
}

// open starts the watch, as a process that starts does.
func (o *office) open() {
	o.t.Helper()
	var err error
	if o.store, err = store.Open(context.Background(), o.database); err != nil {
		o.t.Fatal(err)
	}
	o.ledger, err = ledger.Open(context.Background(), ledger.Config{Store: o.store, Accounts: []string{"default"}, Settings: o.settings})
	if err != nil {
		o.t.Fatal(err)
	}
	client, err := octopus.New(octopus.Config{
		Account: "default", BaseURL: "https://api.example.com", Transport: o.api.Transport(), RequestsPerMinute: o.perMinute,
		Key: secret.Literal(octopustest.DemoKey), Secret: secret.Literal(octopustest.DemoSecret),
	})
	if err != nil {
		o.t.Fatal(err)
	}
	p := poller.New(poller.Config{
		Accounts: []poller.Account{{Name: "default", API: client}}, Schedule: cron.Every(every), Every: every,
		Balances: o.ledger, Movements: o.ledger, Upkeep: o.ledger, Wishes: o.ledger,
		Logger: slog.New(slog.NewTextHandler(o.log, nil)),
	})
	ctx, cancel := context.WithCancel(context.Background())
	o.stop, o.ended = cancel, make(chan struct{})
	go func() {
		defer close(o.ended)
		if err := p.Run(ctx); err != nil {
			o.t.Errorf("Run: %v", err)
		}
	}()
}

// close ends the watch, wherever it is.
func (o *office) close() {
	if o.stop == nil {
		return
	}
	o.stop()
	<-o.ended
	o.stop = nil
	if err := o.store.Close(); err != nil {
		o.t.Error(err)
	}
}

func (o *office) restart() {
	o.t.Helper()
	o.close()
	o.open()
}

// account and wallet are what people see.
func (o *office) account() *wallet.AccountView { return &o.ledger.Snapshot().Accounts[0] }

func (o *office) wallet(id int64) *wallet.Wallet {
	o.t.Helper()
	for _, w := range o.account().Wallets {
		if w.ID == id {
			return w
		}
	}
	o.t.Fatalf("wallet %d is not known", id)
	return nil
}

// filled lets time pass until the history is counted, and reports how long that took.
func (o *office) filled() time.Duration {
	o.t.Helper()
	began := time.Now()
	for !o.account().Fill.Complete {
		pass(10 * time.Second)
		if time.Since(began) > 6*time.Hour {
			o.t.Fatalf("the history is not counted after six hours; it reached %s", o.account().Fill.Reached)
		}
	}
	return time.Since(began)
}

// read returns how many times pages of transactions were asked for.
func (o *office) read() int { return o.api.Count(octopustest.RouteTransactions) }

// history books n debits of 1.01, 2.02, … 9.09 that are evenly spread over a time that ends now.
func (o *office) history(id int64, n int, over time.Duration) {
	now := time.Now()
	for i := range n {
		at := now.Add(-over + time.Duration(i)*(over/time.Duration(n)))
		o.api.Debit(id, decimal.New(int64(1+i%9)*101, -2), at, octopustest.NoBalance())
	}
}

// debit books a debit of n now.
func (o *office) debit(id int64, n int64, opts ...octopustest.Option) int64 {
	return o.api.Debit(id, decimal.NewFromInt(n), time.Time{}, append(opts, octopustest.NoBalance())...)
}
