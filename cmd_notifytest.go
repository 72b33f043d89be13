package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"walletwatch/alerting"
	"walletwatch/config"
)

type notifyTestCommand struct {
	Receiver string `help:"Only this receiver." placeholder:"NAME"`
}

// testTimeout bounds one receiver's test.
const testTimeout = 30 * time.Second

// Run sends a marked test through each receiver and says how it went, one line each.
func (c *notifyTestCommand) Run(ctx context.Context, g *globals) error {
	file, err := config.Load(g.Config, config.Options{AllowFastPoll: true})
	if err != nil {
		return err
	}
	if file.Receivers, err = c.chosen(file.Receivers); err != nil {
		return refused{err}
	}
	secrets, err := config.LoadReceivers(g.getenv, file)
	if err != nil {
		return err
	}
	all := receivers(file, &config.Environment{Receivers: secrets}, time.Now, g.logger())
	failed := 0
	for _, r := range file.Receivers {
		began := time.Now()
		ctx, cancel := context.WithTimeout(ctx, testTimeout)
		err := alerting.SendTest(ctx, r.Name, all[r.Name], began)
		cancel()
		took := time.Since(began).Round(time.Millisecond)
		if err != nil {
			failed++
			fmt.Fprintf(g.stdout, "FAILED  %s (%s, %s): %v\n", r.Name, r.Type, took, err)
			continue
		}
		fmt.Fprintf(g.stdout, "ok      %s (%s, %s): the test was accepted and taken back\n", r.Name, r.Type, took)
	}
	if failed > 0 {
		return errors.New("not every receiver accepted its test")
	}
	return nil
}

func (c *notifyTestCommand) chosen(all []config.Receiver) ([]config.Receiver, error) {
	if c.Receiver == "" {
		return all, nil
	}
	i := slices.IndexFunc(all, func(r config.Receiver) bool { return r.Name == c.Receiver })
	if i < 0 {
		var names []string
		for _, r := range all {
			names = append(names, r.Name)
		}
		return nil, fmt.Errorf("--receiver %q is not configured; there are %s", c.Receiver, strings.Join(names, ", "))
	}
	return all[i : i+1], nil
}
