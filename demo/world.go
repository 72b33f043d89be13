// Package demo is a small simulated world in which walletwatch can be watched at work: an Octopus Cards API with
// wallets that are spent, a shop that places orders there, and a Slack and a PagerDuty to be told. All of it is real
// HTTP on loopback.
package demo

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"walletwatch/alerting/alertingtest"
	"walletwatch/octopus/octopustest"
)

// The secrets of this world.
const (
	slackToken    = "xoxb-demo"
	routingKey    = "demodemodemodemodemodemodemodemo"
	ingestToken   = "demo-ingest-token"
	webhookSecret = "demo-webhook-secret"
)

// World is the simulated surroundings of one daemon.
type World struct {
	Clock *octopustest.Clock
	API   *octopustest.Server
	Slack *alertingtest.Slack
	Pager *alertingtest.PagerDuty

	// OnNews is told of what somebody in the world does, and OnPage of every event that PagerDuty has accepted (without an
	// incident when it applied to none). Set them before Serve and Live; calls may overlap.
	OnNews func(who, what string)
	OnPage func(alertingtest.Event, *alertingtest.Incident)

	daemon    *daemon
	spenders  []*octopustest.Spender
	addresses [3]string // of the API, Slack and PagerDuty
	pages     pages
	hook      octopustest.Hook
	attempts  chan octopustest.Attempt // newest webhooks; some get lost while nobody listens
	hooked    sync.Once
	hooking   chan struct{} // closed when webhooks begin
}

// New makes a world in which speed simulated seconds pass in a real one and a week has already been lived. The daemon
// that is to watch it answers at a URL. New starts nothing.
func New(start time.Time, speed float64, daemonURL string) (*World, error) {
	clock := octopustest.NewClock(start, speed)
	w := &World{
		Clock: clock, API: octopustest.New(octopustest.Config{
			// The vendor's hour and week, in real time: the daemon keeps to the vendor's quota of logins and refreshes.
			Now: clock.Now, AccessTTL: simulated(time.Hour, clock), RefreshTTL: simulated(7*24*time.Hour, clock),
		}),
		Slack: alertingtest.NewSlack(), Pager: alertingtest.NewPagerDuty(),
		OnNews: func(string, string) {}, OnPage: func(alertingtest.Event, *alertingtest.Incident) {},
		pages: pages{opened: map[string]time.Time{}}, daemon: &daemon{url: daemonURL}, attempts: make(chan octopustest.Attempt, 64), hooking: make(chan struct{}),
	}
	w.Pager.OnEvent = w.paged
	w.Slack.Token, w.Pager.RoutingKey = slackToken, routingKey
	w.hook = octopustest.Hook{URL: daemonURL + webhookPath, Secret: webhookSecret, OnAttempt: w.attempted}
	return w, w.populate(start)
}

// Serve answers requests until ctx ends. It calls ready once everything can be reached.
func (w *World) Serve(ctx context.Context, ready func()) error {
	handlers := [3]http.Handler{w.API, w.Slack, w.Pager}
	failed := make(chan error, len(handlers))
	var serving sync.WaitGroup
	defer serving.Wait()
	for i, h := range handlers {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return fmt.Errorf("starting the simulated world: %w", err)
		}
		w.addresses[i] = "http://" + l.Addr().String()
		server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
		defer server.Close()
		serving.Go(func() {
			if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
				failed <- err
			}
		})
	}
	ready()
	select {
	case <-ctx.Done():
		return nil
	case err := <-failed:
		return fmt.Errorf("serving the simulated world: %w", err)
	}
}

// Environment is what a daemon in this world finds in its environment. It is known once the world is ready.
func (w *World) Environment() map[string]string {
	return map[string]string{
		"OCTOPUS_BASE_URL": w.addresses[0], "OCTOPUS_API_KEY": octopustest.DemoKey, "OCTOPUS_API_SECRET": octopustest.DemoSecret,
		"SLACK_BOT_TOKEN": slackToken, "PAGERDUTY_ROUTING_KEY": routingKey,
		"WALLETWATCH_INGEST_TOKEN": ingestToken, "OCTOPUS_WEBHOOK_SECRET": webhookSecret,
	}
}

// The shipped policy's times, and for how long in real time they last at least: simulated minutes may pass in a moment.
const (
	remindEvery, remindAtLeast = 4 * time.Hour, 90 * time.Second
	staleWarning               = 10 * time.Minute
	staleCritical              = 30 * time.Minute
)

// Thresholds is the shipped policy, polled fast and pointed at this world's receivers. It is known once the world
// is ready.
func (w *World) Thresholds() string {
	lasting := func(usual, real time.Duration) string {
		return fmt.Sprintf("%dm", int(max(usual, simulated(real, w.Clock)).Minutes()))
	}
	return fmt.Sprintf(`poll: "@every %s"
levels:
  - {name: warning, percent_of_daily_spend: 20, notify: [slack]}
  - {name: critical, percent_of_daily_spend: 5, notify: [slack, pagerduty]}
stale_after: {warning: %s, critical: %s}
remind_every: %s
receivers:
  slack: {type: slack, channel: "%s", api_url: %s/api/}
  pagerduty: {type: pagerduty, events_url: %s}
wallets:
  - {match: {id: %d}, name: USD gift cards, runbook: https://wiki.example.com/wallets/usd}
  - {match: {currency: EUR}, name: EUR top-ups}
  - {match: {currency: JPY}, name: %s}
`, PollEvery, lasting(staleWarning, 5*PollEvery), lasting(staleCritical, 15*PollEvery), lasting(remindEvery, remindAtLeast),
		channel, w.addresses[1], w.addresses[2], StoryWallet, hookName)
}

// channel is where the daemon posts.
const channel = "#wallet-alerts"
