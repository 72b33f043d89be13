package preflight

import (
	"context"
	"strings"
	"time"

	"walletwatch/octopus"
)

// slowestLogin is the vendor's: before going live, a login must be answered within a second.
const slowestLogin = time.Second

func (a *Account) login(ctx context.Context) Finding {
	if err := a.client.SignIn(ctx); err != nil {
		return refusal(err)
	}
	a.signedIn = true
	var tries []octopus.Exchange
	for _, e := range a.seen() {
		if strings.TrimPrefix(e.Path, a.base) == "/auth/login" {
			tries = append(tries, e)
		}
	}
	last := tries[len(tries)-1]
	f := passed("the credentials are good")
	switch {
	case last.Took > slowestLogin:
		f = failed("run again; if it stays slow, tell the vendor, and check the network and its proxy",
			"the login worked but took longer than %s", slowestLogin)
	case len(tries) > 1:
		f = warned("run again; if it stays so, tell the vendor", "the login worked only on attempt %d", len(tries))
	}
	f.Took = last.Took
	return f
}
