package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"

	"github.com/prometheus/exporter-toolkit/web"
	"go.yaml.in/yaml/v4"

	"walletwatch/config"
)

type runCommand struct {
	Listen string `default:":8080" variable:"WALLETWATCH_LISTEN" help:"Address for the page, the API and the metrics ($$WALLETWATCH_LISTEN)." placeholder:"ADDRESS"`
	databaseFlag
	ExternalURL   string `name:"external-url" help:"Where people reach this walletwatch; links in messages start with it." placeholder:"URL"`
	AllowFastPoll bool   `help:"Let poll fire more often than once a minute, for sandboxes and tests."`
	WebhookListen string `help:"An address of its own for the vendor's webhooks, so that only they need face the internet; without it they share --listen." placeholder:"ADDRESS"`
	WebConfig     string `name:"web.config.file" help:"TLS and basic auth, in the format of Prometheus' exporters." placeholder:"FILE"`
}

// Run watches the wallets until ctx ends.
func (c *runCommand) Run(ctx context.Context, g *globals) error {
	file, env, err := c.load(g)
	if err != nil {
		return err
	}
	database, err := c.source(g.getenv)
	if err != nil {
		return refused{err}
	}
	listener, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return refused{fmt.Errorf("listening on %s (give another address with --listen): %w", c.Listen, err)}
	}
	webhooks, err := c.listenForWebhooks(env)
	if err != nil {
		listener.Close()
		return err
	}
	log := g.logger()
	stopTracing, err := startTracing(ctx, g.getenv, log)
	if err != nil {
		closeAll(listener, webhooks)
		return refused{err}
	}
	defer stopTracing()
	d := &daemon{
		file: file, env: env, listener: listener, webhooks: webhooks, log: log, now: g.now, claimFor: g.claimFor,
		database: database, externalURL: strings.TrimSuffix(c.ExternalURL, "/"), webConfig: c.WebConfig,
		options: config.Options{AllowFastPoll: c.AllowFastPoll}, getenv: g.getenv,
	}
	return d.run(ctx)
}

// listenForWebhooks returns the listener of --webhook-listen, or nil without it.
func (c *runCommand) listenForWebhooks(env *config.Environment) (net.Listener, error) {
	if c.WebhookListen == "" {
		return nil, nil
	}
	if !takesWebhooks(env) {
		return nil, refused{errors.New("--webhook-listen is given, but no account has a webhook secret: export OCTOPUS_WEBHOOK_SECRET, or leave the flag out")}
	}
	l, err := net.Listen("tcp", c.WebhookListen)
	if err != nil {
		return nil, refused{fmt.Errorf("listening on %s (give another address with --webhook-listen): %w", c.WebhookListen, err)}
	}
	return l, nil
}

// load reads and checks everything that the operator gave, and reports every problem at once.
func (c *runCommand) load(g *globals) (*config.File, *config.Environment, error) {
	file, env, err := config.LoadAll(g.Config, g.getenv, config.Options{AllowFastPoll: c.AllowFastPoll})
	if err := errors.Join(err, c.checkURL(), c.checkWebConfig()); err != nil {
		return nil, nil, refused{err}
	}
	if c.WebhookListen == "" && takesWebhooks(env) && asksForPasswords(c.WebConfig) {
		return nil, nil, refused{fmt.Errorf("%s asks everybody for a password, which the vendor's webhooks do not send: give them an address of their own with --webhook-listen", c.WebConfig)}
	}
	return file, env, nil
}

// asksForPasswords reports whether a web config, which is valid, has users.
func asksForPasswords(webConfig string) bool {
	text, err := os.ReadFile(webConfig)
	if err != nil { // there is none
		return false
	}
	var file struct {
		Users map[string]string `yaml:"basic_auth_users"`
	}
	return yaml.Unmarshal(text, &file) == nil && len(file.Users) > 0
}

func (c *runCommand) checkURL() error {
	if c.ExternalURL == "" {
		return nil
	}
	u, err := url.Parse(c.ExternalURL)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return fmt.Errorf("--external-url %q is not an address such as https://walletwatch.example.com", c.ExternalURL)
	}
	return nil
}

func (c *runCommand) checkWebConfig() error {
	if err := web.Validate(c.WebConfig); err != nil {
		return fmt.Errorf("reading --web.config.file %s: %w", c.WebConfig, err)
	}
	return nil
}
