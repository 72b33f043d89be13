// Command octopus-sim serves the simulated Octopus Cards API for people who want to try walletwatch, or their own
// integration, by hand. Everything it shows is made up.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/url"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"walletwatch/octopus/octopustest"
)

const (
	exitFine   = 0
	exitFailed = 1
	exitUsage  = 2
)

type options struct {
	Listen             string  `help:"Address to serve on: loopback only." default:"127.0.0.1:9090"`
	InsecureAnyAddress bool    `help:"Let --listen be reachable from other machines. The credentials are public."`
	Speed              float64 `help:"Seconds worth of orders per second. Times shown by the API stay real." default:"1"`
	Seed               uint64  `help:"The same seed gives the same orders." default:"1"`
	Campaign           bool    `help:"Start a sale on the USD wallet soon: five times the orders for four hours."`
	Quotas             bool    `help:"Enforce the vendor's production quotas."`
	OrderBalance       string  `help:"Where answers to orders show the wallet's balance, such as wallet.balance. Default: nowhere." placeholder:"PATH"`
	WebhookURL         string  `name:"webhook-url" help:"Send webhooks there, signed with the secret in the environment variable ${secret_env}." placeholder:"URL"`
	Verbose            bool    `help:"Log every request and webhook." short:"v"`

	webhookSecret string
}

// secretEnv names the secret of webhooks: a flag would show it to everyone on the machine.
const secretEnv = "SIM_WEBHOOK_SECRET"

const description = `The Octopus Cards API, simulated: three prepaid wallets and a postpaid one with a week of history, and orders that go on. ` +
	`All data is made up; no voucher is worth anything.

While it runs, steer it with (see also GET /sim/):

` + adminHelp

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	os.Exit(run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr))
}

// run is the whole program. It returns the exit status: 0 when ctx ended it, 1 when serving failed, 2 for a mistake on
// the command line.
func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	var o options
	helped := false
	parser, err := kong.New(&o, kong.Name("octopus-sim"), kong.Description(description),
		kong.Vars{"secret_env": secretEnv}, kong.Writers(stdout, stderr), kong.Exit(func(int) { helped = true }))
	if err != nil {
		return failed(stderr, exitUsage, err)
	}
	_, err = parser.Parse(args)
	if helped {
		return exitFine
	}
	o.webhookSecret = getenv(secretEnv)
	if err == nil {
		err = o.check()
	}
	if err != nil {
		return failed(stderr, exitUsage, fmt.Errorf("%w (--help lists the flags)", err))
	}
	if err := serve(ctx, o, stdout, stderr); err != nil {
		return failed(stderr, exitFailed, err)
	}
	return exitFine
}

func failed(stderr io.Writer, status int, err error) int {
	fmt.Fprintf(stderr, "octopus-sim: %v\n", err)
	return status
}

func (o options) check() error {
	if !(o.Speed > 0) || math.IsInf(o.Speed, 0) || o.Speed > 86_400 {
		return errors.New("--speed must be above 0 and at most 86400, a day per second")
	}
	if err := octopustest.CheckOrderBalance(o.OrderBalance); err != nil {
		return fmt.Errorf("--order-balance: %w", err)
	}
	if err := o.checkWebhook(); err != nil {
		return err
	}
	host, _, err := net.SplitHostPort(o.Listen)
	if err != nil {
		return fmt.Errorf("--listen must be HOST:PORT such as 127.0.0.1:9090: %w", err)
	}
	if !o.InsecureAnyAddress && !isLoopback(host) {
		return fmt.Errorf("--listen %s can be reached from other machines; use 127.0.0.1, or add --insecure-any-address", o.Listen)
	}
	return nil
}

func (o options) checkWebhook() error {
	if o.WebhookURL == "" {
		return nil
	}
	u, err := url.Parse(o.WebhookURL)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return errors.New("--webhook-url must begin with http:// or https:// and name a host")
	case o.webhookSecret == "":
		return errors.New("--webhook-url needs a secret in the environment variable " + secretEnv)
	}
	return nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
