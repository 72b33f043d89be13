package main

import (
	"fmt"
	"strings"

	"walletwatch/config"
)

type checkCommand struct {
	AllowFastPoll bool `help:"Let poll fire more often than once a minute, as run --allow-fast-poll does."`
}

// Run reports every problem of the configuration and the environment, or says what would be watched.
func (c *checkCommand) Run(g *globals) error {
	file, _, err := config.LoadAll(g.Config, g.getenv, config.Options{AllowFastPoll: c.AllowFastPoll})
	if err != nil {
		return err
	}
	var accounts, receivers []string
	for _, a := range file.Accounts {
		accounts = append(accounts, a.Name)
	}
	for _, r := range file.Receivers {
		receivers = append(receivers, fmt.Sprintf("%s (%s)", r.Name, r.Type))
	}
	_, err = fmt.Fprintf(g.stdout, "%s and the environment are fine: accounts %s, polled at %q, receivers %s\n",
		file.Path, strings.Join(accounts, ", "), file.Poll, strings.Join(receivers, ", "))
	return err
}
