package preflight_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/shopspring/decimal"

	"walletwatch/octopus"
	"walletwatch/octopus/octopustest"
	"walletwatch/preflight"
	"walletwatch/secret"
)

// kit is a simulated API with one funded wallet and one product, and a place for the reference of an order. It lives
// in a bubble whose clock does not run while something happens.
type kit struct {
	api     *octopustest.Server
	wallet  int64
	product int64
	path    string
	printed bytes.Buffer // what all runs have printed
}

func bubble(t *testing.T, test func(t *testing.T, k *kit)) {
	t.Helper()
	folder := t.TempDir()
	synctest.Test(t, func(t *testing.T) { test(t, newKit(folder)) })
}

func newKit(folder string) *kit {
	k := &kit{api: octopustest.New(octopustest.Config{}), path: filepath.Join(folder, "order.json")}
	k.wallet = k.api.AddWallet(octopustest.Wallet{Currency: "USD", Balance: dec("100")})
	k.product = k.api.Products()[0].ID
	return k
}

// ordering asks for an order of one unit worth 10.
func (k *kit) ordering(cfg *preflight.AccountConfig) {
	cfg.Purchase = &octopus.Purchase{ProductID: k.product, Denomination: dec("10"), Quantity: 1}
	cfg.Order = &preflight.Order{}
}

// eurosFirst makes the product in the wallet's currency the n-th of the catalogue, after products in another one.
func (k *kit) eurosFirst(n int) {
	dollars := k.api.Products()[0]
	for id := int64(1); id < int64(n); id++ {
		k.api.AddProduct(octopustest.Product{ID: id, Name: "Card", Currency: "EUR", Min: dec("1"), Max: dec("100")})
	}
	dollars.ID = int64(n)
	k.api.AddProduct(dollars)
}

// run makes a new account's checks and returns the outcomes by name.
func (k *kit) run(ctx context.Context, t testing.TB, edit ...func(*preflight.AccountConfig)) map[string]preflight.Outcome {
	t.Helper()
	cfg := preflight.AccountConfig{API: octopus.Config{
		Account: "default", BaseURL: "https://api.example.com", Transport: k.api.Transport(),
		Key: secret.Literal(octopustest.DemoKey), Secret: secret.Literal(octopustest.DemoSecret),
	}, ReferenceFile: k.path}
	for _, e := range edit {
		e(&cfg)
	}
	account, err := preflight.NewAccount(cfg)
	if err != nil {
		t.Fatal(err)
	}
	table := preflight.NewTable(&k.printed, account.Checks(), false)
	outcomes := map[string]preflight.Outcome{}
	for _, o := range preflight.Run(ctx, account.Checks(), preflight.Options{Report: table.Print}) {
		outcomes[o.Name] = o
	}
	return outcomes
}

// expect fails the test unless a check ended so and said all of this, in its finding or its advice.
func expect(t testing.TB, o preflight.Outcome, want preflight.Result, says ...string) {
	t.Helper()
	if o.Result != want {
		t.Errorf("%s is %s, not %s: %s; %s", o.Name, o.Result, want, o.Found, o.Advice)
	}
	for _, text := range says {
		if !strings.Contains(o.Found+"; "+o.Advice, text) {
			t.Errorf("%s does not say %q: %s; %s", o.Name, text, o.Found, o.Advice)
		}
	}
}

func dec(s string) decimal.Decimal { return decimal.RequireFromString(s) }

// at is a fault that lets every answer show a time.
func at(moment time.Time) octopustest.Fault {
	return octopustest.Fault{Edit: func(e *octopustest.Edit) { e.Header.Set("Date", moment.UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT")) }}
}

func debugging(w io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug}))
}
