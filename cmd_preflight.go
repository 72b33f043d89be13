package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"walletwatch/config"
	"walletwatch/money"
	"walletwatch/octopus"
	"walletwatch/preflight"
)

type preflightCommand struct {
	databaseFlag
	Account       string        `help:"Only this account." placeholder:"NAME"`
	WebhookURL    string        `name:"webhook-url" help:"Where the vendor is to send webhooks, such as https://walletwatch.example.com/webhooks/octopus: a harmless signed event and a forged one are sent there." placeholder:"URL"`
	Product       int64         `help:"Ask the price of this product instead of the first of the catalogue." placeholder:"ID"`
	Denomination  string        `help:"Ask the price of one unit of this worth." placeholder:"N"`
	PlaceOrder    bool          `help:"Place one order of the product, which spends money."`
	SpendsMoney   bool          `name:"i-know-this-spends-money" help:"Needed with --place-order."`
	NewOrder      bool          `help:"Place another order, though the reference file says that one was placed."`
	ReferenceFile string        `default:"walletwatch-preflight-order.json" help:"Keeps the order's client_reference, so that nothing is ordered twice." placeholder:"FILE"`
	Output        string        `default:"table" enum:"table,json" help:"How to print: table or json."`
	Timeout       time.Duration `default:"15s" help:"How long each check may take; all together take at most 2m."`
}

// preflightTime bounds all checks together.
const preflightTime = 2 * time.Minute

// Run makes the checks before going live and prints what each has found.
func (c *preflightCommand) Run(ctx context.Context, g *globals) error {
	file, env, err := config.LoadAll(g.Config, g.getenv, config.Options{AllowFastPoll: true})
	if err != nil {
		return err
	}
	checks, err := c.checks(g, file, env)
	if err != nil {
		return refused{err}
	}
	ctx, cancel := context.WithTimeout(ctx, preflightTime)
	defer cancel()
	options := preflight.Options{Each: c.Timeout}
	if c.Output == "table" {
		options.Report = preflight.NewTable(g.stdout, checks, isTerminal(g.stdout)).Print
	}
	outcomes := preflight.Run(ctx, checks, options)
	if c.Output == "json" {
		if err := preflight.WriteJSON(g.stdout, outcomes); err != nil {
			return err
		}
	}
	if n := preflight.Failed(outcomes); n > 0 {
		return fmt.Errorf("%d of %d checks failed", n, len(checks))
	}
	return nil
}

// checks are all checks in the order in which they are made. An error means that what was asked for makes no sense.
func (c *preflightCommand) checks(g *globals, file *config.File, env *config.Environment) ([]preflight.Check, error) {
	accounts, err := c.accounts(env)
	if err != nil {
		return nil, err
	}
	if c.Timeout <= 0 {
		return nil, fmt.Errorf("--timeout %s must be longer than nothing", c.Timeout)
	}
	purchase, order, err := c.purchase(accounts)
	if err := errors.Join(err, c.checkWebhookURL()); err != nil {
		return nil, err
	}
	database, err := c.databaseCheck(g)
	if err != nil {
		return nil, err
	}
	var checks []preflight.Check
	for _, a := range accounts {
		label := ""
		if len(accounts) > 1 {
			label = a.Name
		}
		account, err := preflight.NewAccount(preflight.AccountConfig{
			Label: label, Purchase: purchase, Order: order, ReferenceFile: c.ReferenceFile,
			API: octopus.Config{
				Account: a.Name, BaseURL: a.BaseURL, Key: a.Key, Secret: a.Secret, Logger: g.logger(),
				RetryAfterCap: func() time.Duration { return c.Timeout },
			},
		})
		if err != nil {
			return nil, fmt.Errorf("account %s: %w", a.Name, err)
		}
		checks = append(checks, account.Checks()...)
		checks = append(checks, preflight.Webhook{Label: label, URL: c.WebhookURL, Secret: a.WebhookSecret, Variable: secretVariable(file, a.Name)}.Checks()...)
	}
	return append(append(checks, receiverChecks(g, file, env)...), database), nil
}

// accounts are those to check.
func (c *preflightCommand) accounts(env *config.Environment) ([]config.Account, error) {
	if c.Account == "" {
		return env.Accounts, nil
	}
	var names []string
	for i, a := range env.Accounts {
		if a.Name == c.Account {
			return env.Accounts[i : i+1], nil
		}
		names = append(names, a.Name)
	}
	return nil, fmt.Errorf("--account %q is not configured; there are %s", c.Account, strings.Join(names, ", "))
}

// secretVariable names the variable with an account's webhook secret.
func secretVariable(file *config.File, account string) string {
	for _, ref := range file.Accounts {
		if ref.Name == account {
			return ref.EnvPrefix + "_WEBHOOK_SECRET"
		}
	}
	return "OCTOPUS_WEBHOOK_SECRET"
}

// purchase is what to ask the price of, nil to leave that to the catalogue, and the order, nil without one.
func (c *preflightCommand) purchase(accounts []config.Account) (*octopus.Purchase, *preflight.Order, error) {
	if c.Product == 0 && c.Denomination == "" {
		if c.PlaceOrder {
			return nil, nil, errors.New("--place-order needs to know what to order: give --product ID and --denomination N")
		}
		return nil, nil, nil
	}
	denomination, err := money.Parse(c.Denomination)
	if err != nil || !denomination.IsPositive() || c.Product <= 0 {
		return nil, nil, fmt.Errorf("--product %d and --denomination %q must be given together, both as positive numbers", c.Product, c.Denomination)
	}
	purchase := &octopus.Purchase{ProductID: c.Product, Denomination: denomination, Quantity: 1}
	switch {
	case !c.PlaceOrder:
		return purchase, nil, nil
	case len(accounts) > 1:
		return nil, nil, errors.New("--place-order is for one account: name it with --account")
	case !c.SpendsMoney:
		return nil, nil, fmt.Errorf("--place-order would buy one unit of product %d worth %s from account %s at %s, which spends money: "+
			"add --i-know-this-spends-money, or leave --place-order out to see what it would cost", c.Product, denomination, accounts[0].Name, accounts[0].BaseURL)
	}
	return purchase, &preflight.Order{New: c.NewOrder}, nil
}

func (c *preflightCommand) checkWebhookURL() error {
	u, err := url.Parse(c.WebhookURL)
	switch {
	case c.WebhookURL == "":
		return nil
	case err != nil || u.Host == "" || u.User != nil:
		return errors.New("--webhook-url is not an address such as https://walletwatch.example.com/webhooks/octopus")
	case u.Scheme == "https", u.Scheme == "http" && isThisMachine(u.Hostname()):
		return nil
	}
	return errors.New("--webhook-url must be https, as the vendor sends webhooks to no other address; http is for this machine only")
}

func isThisMachine(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

// prober is a receiver that can tell whether it would be heard, without telling anybody anything.
type prober interface {
	Probe(ctx context.Context) (found string, err error)
}

func receiverChecks(g *globals, file *config.File, env *config.Environment) []preflight.Check {
	all := receivers(file, env, time.Now, g.logger())
	var checks []preflight.Check
	for _, r := range file.Receivers {
		probe, ok := all[r.Name].(prober)
		if !ok {
			continue
		}
		checks = append(checks, preflight.Check{Name: "receiver " + r.Name, Endpoint: probed(r, env.Receivers[r.Name]), Run: func(ctx context.Context) preflight.Finding {
			found, err := probe.Probe(ctx)
			if err != nil {
				return preflight.Finding{Result: preflight.Fail, Found: err.Error(), Advice: "mend that, then send a marked test with: walletwatch notify-test --receiver " + r.Name}
			}
			return preflight.Finding{Result: preflight.OK, Found: found}
		}})
	}
	return checks
}

func probed(r config.Receiver, s config.ReceiverSecrets) string {
	switch {
	case r.Type == config.PagerDuty:
		return "POST " + r.EventsURL + "/v2/enqueue"
	case s.SlackToken.IsSet():
		return "POST " + r.APIURL + "auth.test"
	}
	return "POST SLACK_WEBHOOK_URL"
}
