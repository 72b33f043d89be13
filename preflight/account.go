package preflight

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"sync"
	"time"

	"walletwatch/octopus"
)

// AccountConfig says which account of the API to check and how far to go.
type AccountConfig struct {
	API      octopus.Config    // its Transport is observed
	Label    string            // begins the names of the checks where there are several accounts; "": nothing does
	Purchase *octopus.Purchase // what to ask the price of; nil: one of the first product, as small as it comes
	Order    *Order            // needs a Purchase; nil: nothing is bought

	// ReferenceFile holds the client_reference of an order. Where nothing is bought, it is looked at for one that an
	// earlier run has left unfinished; "": not even that.
	ReferenceFile string
}

// Order says that one order of the purchase is to be placed, which spends money.
type Order struct {
	New bool // place another one, though the file says that one was placed
}

// Account is an account that is being checked: what one check learns, later ones use.
type Account struct {
	name, label, host, base string

	client   *octopus.Client
	now      func() time.Time
	purchase *octopus.Purchase
	order    *Order
	file     string // with the order's reference

	mu        sync.Mutex
	exchanges []octopus.Exchange // guarded by mu

	signedIn   bool
	wallets    []octopus.Wallet           // nil: not known
	currencies map[int64]octopus.Currency // :: id → currency
	product    *octopus.Product           // the first of the catalogue; nil: not known
	price      *octopus.Charges           // of purchase, when it makes sense and can be paid; nil: no such price
}

// NewAccount checks cfg. It sends nothing.
func NewAccount(cfg AccountConfig) (*Account, error) {
	a := &Account{name: cfg.API.Account, label: cfg.Label, purchase: cfg.Purchase, order: cfg.Order, file: cfg.ReferenceFile, now: cfg.API.Now}
	if a.now == nil {
		a.now = time.Now
	}
	cfg.API.Transport = octopus.Observed(cfg.API.Transport, a.now, a.observe)
	client, err := octopus.New(cfg.API)
	if err != nil {
		return nil, err
	}
	if a.client = client; a.order != nil && (a.purchase == nil || a.file == "") {
		return nil, errors.New("an order needs a product, a denomination and a file for its reference")
	}
	if u, err := url.Parse(cfg.API.BaseURL); err == nil {
		a.host, a.base = u.Host, strings.TrimRight(u.Path, "/")
	}
	return a, nil
}

// Checks are the vendor's five before going live and whether the clocks agree, in the order in which they must run.
func (a *Account) Checks() []Check {
	return []Check{
		{a.named("login"), "POST /auth/login", a.login},
		{a.named("wallets"), "GET /api/v1/wallets", a.afterLogin(a.listWallets)},
		{a.named("catalogue"), "GET /api/v1/products?limit=1", a.afterLogin(a.catalogue)},
		{a.named("charges"), "POST /api/v1/products/:id/charges", a.afterLogin(a.charges)},
		{a.named("order"), "POST /api/v1/orders", a.placeOrder},
		{a.named("clock"), "Date of the API's answers", a.clock},
	}
}

func (a *Account) named(check string) string { return named(a.label, check) }

func named(label, check string) string {
	if label == "" {
		return check
	}
	return label + "/" + check
}

// afterLogin skips a check that cannot be done without a login.
func (a *Account) afterLogin(run func(context.Context) Finding) func(context.Context) Finding {
	return func(ctx context.Context) Finding {
		if !a.signedIn {
			return skipped("", "not checked: the login failed")
		}
		return run(ctx)
	}
}

func (a *Account) observe(e octopus.Exchange) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.exchanges = append(a.exchanges, e)
}

// seen returns what went over the network so far.
func (a *Account) seen() []octopus.Exchange {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.exchanges[:len(a.exchanges):len(a.exchanges)]
}
