package main

import (
	"context"
	"net"
	"net/http"
	"slices"

	"golang.org/x/sync/errgroup"

	"walletwatch/config"
	"walletwatch/ingest"
	"walletwatch/web"
)

// openIntake makes what takes in order responses and webhooks.
func (d *daemon) openIntake() (err error) {
	d.paths.Store(&d.file.BalancePaths)
	accounts := make([]ingest.Account, 0, len(d.env.Accounts))
	for _, a := range d.env.Accounts {
		accounts = append(accounts, ingest.Account{Name: a.Name, WebhookSecret: a.WebhookSecret})
	}
	d.intake, err = ingest.New(ingest.Config{
		Recorder: d.ledger, Accounts: accounts, Token: d.env.IngestToken, BalancePaths: func() []string { return *d.paths.Load() },
		Now: d.now, Logger: d.log, Registerer: d.registry,
	})
	return err
}

func takesWebhooks(env *config.Environment) bool {
	return slices.ContainsFunc(env.Accounts, func(a config.Account) bool { return a.WebhookSecret.IsSet() })
}

// routes are what the intake serves beside the page: the webhooks only when they have no listener of their own.
func (d *daemon) routes() map[string]http.Handler {
	routes := map[string]http.Handler{"POST /api/v1/orders": d.intake.Orders()}
	if d.webhooks == nil {
		hooks := d.intake.Webhooks()
		routes["POST /webhooks/octopus"], routes["POST /webhooks/octopus/{account}"] = hooks, hooks
	}
	return routes
}

// serve answers requests on all listeners until ctx ends and those under way are done.
func (d *daemon) serve(ctx context.Context, server *web.Server) error {
	d.standingIn.Wait()
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return server.Serve(ctx, d.listener, server.Handler(), d.webConfig) })
	if d.webhooks != nil {
		d.log.Info("taking webhooks on an address of their own", "listen", d.webhooks.Addr().String())
		group.Go(func() error { return server.Serve(ctx, d.webhooks, server.Dress(d.intake.Webhooks()), "") })
	}
	return group.Wait()
}

func closeAll(listeners ...net.Listener) {
	for _, l := range listeners {
		if l != nil {
			l.Close()
		}
	}
}
