package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"golang.org/x/sync/errgroup"

	"walletwatch/alerting"
	"walletwatch/config"
	"walletwatch/ingest"
	"walletwatch/ledger"
	"walletwatch/octopus"
	"walletwatch/poller"
	"walletwatch/store"
	"walletwatch/wallet"
	"walletwatch/web"
)

// drainFor bounds how long due deliveries are still tried after the daemon was asked to stop, or after a reload to
// receivers that are no longer configured. Together with what an attempt under way is left it stays below 15 s.
const drainFor = 6 * time.Second

// daemon is a walletwatch with everything it was given. run wires it and runs it.
type daemon struct {
	file        *config.File
	env         *config.Environment
	listener    net.Listener
	webhooks    net.Listener // of the webhooks alone; nil: they share listener
	log         *slog.Logger
	now         func() time.Time
	database    store.Source
	externalURL string
	webConfig   string
	options     config.Options
	getenv      func(string) (string, bool)
	claimFor    time.Duration // how long a delivery or a poll is claimed; 0: as long as the dispatcher and the poller do themselves
	confirmIn   time.Duration // 0: the ledger's own

	registry *prometheus.Registry
	clients  map[string]*octopus.Client
	store    *store.Store
	ledger   *ledger.Ledger
	intake   *ingest.Server
	vitals   *vitals
	paths    atomic.Pointer[[]string] // where order responses may carry a balance
	metrics  componentMetrics

	standingIn sync.WaitGroup // those who answer while the database is away
}

// componentMetrics are shared by the components that a reload makes anew.
type componentMetrics struct {
	poller     *poller.Metrics
	dispatcher *alerting.Metrics
	reload     *reloadMetrics
}

// run wires the daemon and runs it until ctx ends. Then it stops in order: no new polls and requests first, then
// deliveries that are due get a bounded chance, and the store is closed last.
func (d *daemon) run(ctx context.Context) error {
	defer closeAll(d.listener, d.webhooks)
	group, running := errgroup.WithContext(ctx)
	reloader := newReloader(d, running.Done())
	defer reloader.stop()
	defer d.standingIn.Wait()
	if err := d.await(ctx); err != nil {
		if ctx.Err() != nil { // being asked to stop is no failure
			return nil
		}
		return refused{err}
	}
	defer d.close()

	server, err := web.New(web.Config{
		Source: d.ledger, Healthy: d.healthy, Reload: reloader.reload, AdminToken: d.env.AdminToken, Routes: d.routes(),
		Registry: d.registry, ExternalURL: d.externalURL, Version: buildVersion(), Now: d.now, Logger: d.log,
	})
	if err != nil {
		return refused{err}
	}
	d.log.Info("walletwatch is watching", "version", buildVersion(), "listen", d.listener.Addr().String(),
		"accounts", len(d.file.Accounts), "poll", d.file.Poll, "config", d.file.Path)

	defer context.AfterFunc(running, func() { d.log.Info("walletwatch is stopping: requests end, and due deliveries get a last chance") })()
	recording, stopRecording := context.WithCancel(context.WithoutCancel(running))
	group.Go(func() error {
		defer stopRecording() // what requests under way have brought is still recorded
		return d.serve(running, server)
	})
	group.Go(func() error { return d.intake.Run(recording) })
	group.Go(func() error { return reloader.watch(running) })
	group.Go(func() error { return d.work(running, reloader) })
	err = group.Wait()
	d.drain(ctx, d.file)
	d.log.Info("walletwatch has stopped")
	return err
}

// open makes what outlives a reload. After an error it can be called again.
func (d *daemon) open(ctx context.Context) error {
	d.registry = prometheus.NewRegistry()
	d.registry.MustRegister(buildInfo(), collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	d.metrics = componentMetrics{
		poller: poller.NewMetrics(d.registry), dispatcher: alerting.NewMetrics(d.registry), reload: newReloadMetrics(d.registry, d.now()),
	}
	var err error
	if d.store, err = store.OpenFrom(ctx, d.database); err != nil {
		return err
	}
	d.now = d.store.Clock(d.now)
	hosts, err := d.connect()
	if err != nil {
		return errors.Join(err, d.store.Close())
	}
	names := make([]string, len(d.file.Accounts))
	for i, a := range d.file.Accounts {
		names[i] = a.Name
	}
	d.ledger, err = ledger.Open(ctx, ledger.Config{
		Store: d.store, Alone: d.store.Alone(), Accounts: names, Settings: settings(d.file), SourceHosts: hosts, ExternalURL: d.externalURL,
		ConfirmWithin: d.confirmIn, Now: d.now, Logger: d.log, Registerer: d.registry,
	})
	if err == nil {
		d.vitals = newVitals(d.registry, d.ledger.Healthy, d.ledger.InForce)
		err = d.openIntake()
	}
	if err != nil {
		return errors.Join(err, d.store.Close())
	}
	return nil
}

// healthy reports whether what happens can be stored.
func (d *daemon) healthy(ctx context.Context) error {
	if err := d.store.Ping(ctx); err != nil {
		return err
	}
	return d.ledger.Healthy()
}

// connect makes the clients of the accounts, which keep their tokens across reloads, and returns their hosts.
func (d *daemon) connect() (map[string]string, error) {
	d.clients = map[string]*octopus.Client{}
	hosts := map[string]string{}
	metrics := octopus.NewMetrics(d.registry)
	for _, a := range d.env.Accounts {
		client, err := octopus.New(octopus.Config{
			Account: a.Name, BaseURL: a.BaseURL, Key: a.Key, Secret: a.Secret, RetryAfterCap: d.retryAfterCap,
			Logger: d.log, Metrics: metrics, Now: d.now,
		})
		if err != nil {
			return nil, fmt.Errorf("account %s: %w", a.Name, err)
		}
		d.clients[a.Name] = client
		if u, err := url.Parse(a.BaseURL); err == nil {
			hosts[a.Name] = u.Host
		}
	}
	return hosts, nil
}

// retryAfterCap lets the API ask for patience until the next poll. Only polling asks, which is at rest whenever the
// file changes.
func (d *daemon) retryAfterCap() time.Duration { return max(30*time.Second, d.file.PollEvery) }

func (d *daemon) close() {
	if err := d.store.Close(); err != nil {
		d.log.Error("closing the database failed", "error", err)
	}
}

// settings are the parts of a file that the ledger goes by.
func settings(f *config.File) ledger.Settings {
	s := ledger.Settings{Policy: f.Policy, Mark: f.Hash + " " + buildVersion()}
	for _, r := range f.Receivers {
		s.Receivers = append(s.Receivers, r.Name)
		if r.Type == config.Slack {
			s.Reminded = append(s.Reminded, r.Name)
		}
	}
	return s
}

// work polls and delivers, and starts both anew under a new configuration whenever one was accepted.
func (d *daemon) work(ctx context.Context, reloader *reloader) error {
	for {
		polling, delivering := d.poller(), d.dispatcher(d.file)
		generation, end := context.WithCancel(ctx)
		group, generation := errgroup.WithContext(generation)
		group.Go(func() error { return polling.Run(generation) })
		group.Go(func() error { return delivering.Run(generation) })
		var next *loaded
		select {
		case <-generation.Done():
		case l := <-reloader.accepted:
			next = &l
		}
		end()
		if err := group.Wait(); err != nil || next == nil {
			return err
		}
		d.drain(ctx, without(d.file, next.file))
		d.file, d.env = next.file, next.env
		d.paths.Store(&d.file.BalancePaths)
	}
}

// without is f with those receivers only that next no longer has. Nobody serves them under next.
func without(f, next *config.File) *config.File {
	old := *f
	old.Receivers = slices.DeleteFunc(slices.Clone(f.Receivers), func(r config.Receiver) bool {
		return slices.ContainsFunc(next.Receivers, func(n config.Receiver) bool { return n.Name == r.Name })
	})
	return &old
}

func (d *daemon) poller() *poller.Poller {
	accounts := make([]poller.Account, 0, len(d.clients))
	for _, a := range d.ledger.Snapshot().Accounts {
		accounts = append(accounts, poller.Account{Name: a.Name, API: d.clients[a.Name], Currencies: currencies(a.Wallets)})
	}
	// The schedule was checked when the file was read.
	schedule, _ := config.ParseSchedule(d.file.Poll, d.file.Location)
	return poller.New(poller.Config{
		Accounts: accounts, Schedule: schedule, Every: d.file.PollEvery, Balances: d.ledger, Movements: d.ledger, Upkeep: d.ledger, Wishes: d.ledger, Duties: d.ledger, ClaimFor: d.claimFor,
		Cycle: d.heartbeat(), Now: d.now, Logger: d.log, Metrics: d.metrics.poller,
	})
}

// currencies are those of the wallets already known, so that a restart does not depend on the currencies endpoint.
func currencies(wallets []*wallet.Wallet) []octopus.Currency {
	var all []octopus.Currency
	for _, w := range wallets {
		if w.Currency != "" {
			all = append(all, octopus.Currency{ID: w.CurrencyID, Code: w.Currency, Precision: w.Precision})
		}
	}
	return all
}

// dispatcher serves the receivers of f with the secrets in force.
func (d *daemon) dispatcher(f *config.File) *alerting.Dispatcher {
	return alerting.New(alerting.Config{
		Outbox: d.ledger, Receivers: receivers(f, d.env, d.now, d.log), Wake: d.ledger.Wake(), Now: d.now,
		ClaimFor: d.claimFor, Logger: d.log, Metrics: d.metrics.dispatcher,
	})
}

// drain gives deliveries that are due to the receivers of f a last, bounded chance, also when ctx has ended.
func (d *daemon) drain(ctx context.Context, f *config.File) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainFor)
	defer cancel()
	d.dispatcher(f).Drain(ctx)
}

// heartbeat returns what tells the dead man's switch that a cycle was fully healthy; nil without a switch.
func (d *daemon) heartbeat() func(context.Context) {
	if !d.env.HeartbeatURL.IsSet() {
		return nil
	}
	beat := alerting.NewHeartbeat(d.env.HeartbeatURL, nil)
	longest := 2*d.file.PollEvery + time.Minute
	return func(ctx context.Context) {
		if why := d.ledger.Snapshot().Unhealthy(d.now(), longest); why != "" {
			d.log.Warn("the heartbeat is withheld", "why", why)
			return
		}
		err := beat.Ping(ctx)
		if err == nil {
			d.vitals.beaten(d.now())
		} else if ctx.Err() == nil {
			d.log.Warn("the heartbeat could not be sent", "error", err)
		}
	}
}
