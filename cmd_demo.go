package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/term"

	"walletwatch/config"
	"walletwatch/demo"
	"walletwatch/store"
)

type demoCommand struct {
	Speed  float64       `default:"60" help:"Simulated seconds per second."`
	For    time.Duration `help:"Stop by itself after this long, for example 60s; 0: only on Ctrl-C." placeholder:"DURATION"`
	Listen string        `default:"127.0.0.1:8080" help:"Address for the page, the API and the metrics; if it is taken, a free port is used." placeholder:"ADDRESS"`
}

// Run runs the whole daemon in a simulated world.
func (c *demoCommand) Run(ctx context.Context, g *globals) error {
	if c.Speed < 1 || c.Speed > 3600 {
		return refused{fmt.Errorf("--speed %g is not between 1 and 3600 simulated seconds per second", c.Speed)}
	}
	if c.For < 0 {
		return refused{fmt.Errorf("--for %s is negative", c.For)}
	}
	if c.For > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.For)
		defer cancel()
	}
	dir, err := os.MkdirTemp("", "walletwatch-demo-")
	if err != nil {
		return refused{fmt.Errorf("making a directory for the demo: %w", err)}
	}
	defer os.RemoveAll(dir)
	listener, err := c.listen()
	if err != nil {
		return refused{err}
	}
	defer listener.Close()
	world, err := demo.New(time.Now(), c.Speed, "http://"+listener.Addr().String())
	if err != nil {
		return err
	}
	teller := demo.NewTeller(world, g.stdout, isTerminal(g.stdout))
	c.introduce(g.stdout, listener.Addr().String())
	if err := c.play(ctx, g, world, teller, listener, dir); err != nil {
		return err
	}
	teller.Say("the end; nothing of it was real, and nothing is left behind")
	return nil
}

// play runs the world, what happens in it and the daemon that watches it until ctx ends. The world can be reached until
// the daemon has stopped, so that what is due at the end is still delivered.
func (c *demoCommand) play(ctx context.Context, g *globals, world *demo.World, teller *demo.Teller, l net.Listener, dir string) error {
	serving, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	group, running := errgroup.WithContext(ctx)
	ready := make(chan struct{})
	group.Go(func() error { return world.Serve(serving, func() { close(ready) }) })
	group.Go(func() error {
		defer stop()
		select {
		case <-running.Done():
			return nil
		case <-ready:
		}
		watching, watched := errgroup.WithContext(running)
		watching.Go(func() error { return world.Live(watched) })
		watching.Go(func() error { teller.Watch(watched); return nil })
		watching.Go(func() error {
			if err := c.watch(watched, g, world, l, dir); err != nil {
				return err
			}
			return errEnded // and so does its world
		})
		return watching.Wait()
	})
	if err := group.Wait(); !errors.Is(err, errEnded) {
		return err
	}
	return nil
}

// errEnded ends a demo whose daemon has ended.
var errEnded = errors.New("the demo has ended")

// watch runs a daemon in the world until ctx ends.
func (c *demoCommand) watch(ctx context.Context, g *globals, world *demo.World, l net.Listener, dir string) error {
	env := world.Environment()
	getenv := func(name string) (string, bool) { v, ok := env[name]; return v, ok }
	path := filepath.Join(dir, "thresholds.yaml")
	if err := os.WriteFile(path, []byte(world.Thresholds()), 0o600); err != nil {
		return fmt.Errorf("writing the demo's thresholds: %w", err)
	}
	options := config.Options{AllowFastPoll: true}
	file, secrets, err := config.LoadAll(path, getenv, options)
	if err != nil {
		return err
	}
	d := &daemon{
		file: file, env: secrets, listener: l, log: c.logger(g), now: world.Clock.Now,
		database: store.At("sqlite://" + filepath.Join(dir, "walletwatch.db")), externalURL: "http://" + l.Addr().String(),
		options: options, getenv: getenv,
		// A claim must outlive a delivery in real time, and a confirmation has its 10 s, while simulated time runs faster.
		claimFor: c.simulated(30 * time.Second), confirmIn: c.simulated(10 * time.Second),
	}
	return d.run(ctx)
}

func (c *demoCommand) simulated(real time.Duration) time.Duration {
	return time.Duration(float64(real) * c.Speed)
}

// logger shows the daemon's log only when it was asked for: the teller says what happens.
func (c *demoCommand) logger(g *globals) *slog.Logger {
	if g.LogLevel == "info" {
		g.LogLevel = "error"
	}
	return g.logger()
}

func (c *demoCommand) listen() (net.Listener, error) {
	l, err := net.Listen("tcp", c.Listen)
	if err == nil {
		return l, nil
	}
	if l, err := net.Listen("tcp", "127.0.0.1:0"); err == nil {
		return l, nil
	}
	return nil, fmt.Errorf("listening on %s: %w", c.Listen, err)
}

func (c *demoCommand) introduce(w io.Writer, address string) {
	end := "until Ctrl-C"
	if c.For > 0 {
		end = "for " + c.For.String()
	}
	fmt.Fprintf(w, `walletwatch demo, %s. All data is SIMULATED: the API, its wallets, Slack and PagerDuty live in this process.
The daemon is the real one. One second here is %s for the wallets; they are polled every %s.
Look at http://%s/ meanwhile (metrics at /metrics, JSON at /api/v1/wallets).
A rush empties the USD wallet, and polls see it. At 11 s a shop's orders empty the EUR wallet between two polls, and copies of
the answers tell. At 45 s the vendor's webhooks begin, and somebody forges some.

`, end, (time.Duration(c.Speed * float64(time.Second))), demo.PollEvery, address)
}

// isTerminal reports whether colours can be shown.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd())) && os.Getenv("NO_COLOR") == ""
}
