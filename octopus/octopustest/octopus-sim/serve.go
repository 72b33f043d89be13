package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"walletwatch/money"
	"walletwatch/octopus/octopustest"
)

const (
	playEvery   = 200 * time.Millisecond
	reportEvery = 30 * time.Second
	drain       = 3 * time.Second
)

// serve listens, says so, and plays orders until ctx ends.
func serve(ctx context.Context, o options, stdout, stderr io.Writer) error {
	level := slog.LevelInfo
	if o.Verbose {
		level = slog.LevelDebug
	}
	logger := slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: level}))
	w, err := newWorld(o, logger)
	if err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", o.Listen)
	if err != nil {
		return fmt.Errorf("listening on %s: %w", o.Listen, err)
	}
	mux := http.NewServeMux()
	mux.Handle("/sim/", newAdmin(w.server))
	mux.Handle("/", w.server)
	srv := &http.Server{
		Handler: mux, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: time.Minute,
		ErrorLog: slog.NewLogLogger(logger.Handler(), slog.LevelDebug),
	}
	fmt.Fprint(stdout, welcome("http://"+listener.Addr().String(), o.Speed))
	fmt.Fprintln(stdout, balances(w.server))

	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		if err := srv.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serving on %s: %w", listener.Addr(), err)
		}
		return nil
	})
	g.Go(func() error { return shutdown(ctx, srv) })
	g.Go(func() error { return w.play(ctx) })
	if o.WebhookURL != "" {
		g.Go(func() error { return w.server.Deliver(ctx, hook(ctx, o, logger)) })
	}
	g.Go(func() error { return report(ctx, stdout, w.server) })
	err = g.Wait()
	fmt.Fprintln(stdout, "octopus-sim: stopped")
	return err
}

// hook logs no URL: it may hold a credential.
func hook(ctx context.Context, o options, logger *slog.Logger) octopustest.Hook {
	return octopustest.Hook{URL: o.WebhookURL, Secret: o.webhookSecret, OnAttempt: func(a octopustest.Attempt) {
		logger.DebugContext(ctx, "webhook sent", "event_id", a.Event.ID, "type", a.Event.Type, "try", a.Number, "status", a.Status)
	}}
}

// shutdown waits for ctx, then lets requests finish for a moment; one that hangs on purpose is cut.
func shutdown(ctx context.Context, srv *http.Server) error {
	<-ctx.Done()
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
	defer cancel()
	if srv.Shutdown(ending) != nil {
		_ = srv.Close()
	}
	return nil
}

func report(ctx context.Context, stdout io.Writer, s *octopustest.Server) error {
	ticker := time.NewTicker(reportEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
			fmt.Fprintln(stdout, balances(s))
		}
	}
}

// balances is one line that shows every wallet.
func balances(s *octopustest.Server) string {
	line := []string{time.Now().Format(time.TimeOnly)}
	for _, w := range s.Wallets() {
		line = append(line, fmt.Sprintf("#%d %s", w.ID, money.Human(w.Balance, money.Precision(w.Currency), w.Currency)))
	}
	return strings.Join(line, "   ")
}

func welcome(base string, speed float64) string {
	text := `octopus-sim: a SIMULATED Octopus Cards API. All wallets, orders and amounts are made up.

  base URL  ` + base + `
  key       ` + octopustest.DemoKey + `
  secret    ` + octopustest.DemoSecret + `

Point walletwatch at it:

  export OCTOPUS_BASE_URL=` + base + `
  export OCTOPUS_API_KEY=` + octopustest.DemoKey + `
  export OCTOPUS_API_SECRET=` + octopustest.DemoSecret + `

Steer it (curl -X POST '` + base + `/sim/…'):

` + adminHelp + "\nCtrl-C ends it.\n\n"
	if speed != 1 {
		text += fmt.Sprintf("Orders come %g times as fast as in life.\n\n", speed)
	}
	return text
}
