// Command pictures draws each dashboard with data of a daemon that watches the simulated API for a few minutes, and
// takes a picture of it with Debian's chromium. The pictures are drawings of the dashboards' JSON, not Grafana's own.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"walletwatch/deploy/grafana/dash"
	"walletwatch/deploy/grafana/draw"
	"walletwatch/deploy/grafana/prom"
	"walletwatch/deploy/grafana/rig"
)

func main() {
	out := flag.String("out", "../../docs", "folder for the pictures")
	server := flag.String("prometheus", "", "draw what this server knows instead of running a daemon for it")
	at := flag.Int64("at", 0, "with -prometheus: until when to draw, in Unix seconds; 0: now")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *out, *server, *at); err != nil {
		fmt.Fprintln(os.Stderr, "drawing the dashboards:", err)
		os.Exit(1)
	}
}

// shown is how much time a picture shows.
const shown = 6 * time.Minute

func run(ctx context.Context, out, server string, at int64) error {
	until := time.Now()
	if at != 0 {
		until = time.Unix(at, 0)
	}
	if server != "" {
		return drawAll(ctx, out, prom.Client{URL: server}, until)
	}
	dir, err := os.MkdirTemp("", "walletwatch-pictures-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	r, err := rig.Start(ctx, rig.Config{Source: "../..", Dir: dir, Poll: 5 * time.Second, Scrape: 2 * time.Second, Speed: 60})
	if err != nil {
		return err
	}
	defer r.Stop()
	if err := story(ctx, r); err != nil {
		return err
	}
	return drawAll(ctx, out, r.Prometheus, time.Now())
}

func drawAll(ctx context.Context, out string, c prom.Client, until time.Time) error {
	w := dash.Window{From: until.Add(-shown), To: until, Step: shown / 180, Scrape: 2 * time.Second}
	for _, name := range []string{"overview", "wallet", "health"} {
		text, err := os.ReadFile(filepath.Join("dashboards", "walletwatch-"+name+".json"))
		if err != nil {
			return err
		}
		d, err := dash.Read(text)
		if err != nil {
			return err
		}
		given := dash.Values{"job": {Value: "walletwatch", Text: "walletwatch"}}
		if name == "wallet" {
			given["wallet"] = dash.Choice{Value: "1", Text: "US gift cards"}
		}
		page, err := draw.Dashboard(ctx, c, d, given, w)
		if err != nil {
			return fmt.Errorf("drawing %s: %w", name, err)
		}
		if err := draw.Screenshot(ctx, page, filepath.Join(out, "dashboard-"+name+".png")); err != nil {
			return err
		}
	}
	return nil
}
