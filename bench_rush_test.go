package main

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"walletwatch/octopus/octopustest"
)

// The wallets of a rush: a thousand, whose ids all have four digits.
const (
	rushFirst   = 1001
	rushWallets = 1000
)

// rush is a daemon in a process of its own that has polled a thousand wallets once and then hears of orders.
type rush struct {
	*world
	daemon *child
	line   []byte // an order response of the API, of one line, about wallet rushFirst with the id firstOrder
}

// newRush starts a rush. before is called between the world's making and the daemon's start; nil: nothing is.
func newRush(b *testing.B, before func(*world)) *rush {
	b.Helper()
	w := newWorld(b)
	w.replace(`poll: "@every 1s"`, `poll: "@every 5m"`)
	w.env["WALLETWATCH_INGEST_TOKEN"] = testIngest
	for id := int64(rushFirst); id < rushFirst+rushWallets; id++ {
		w.api.AddWallet(octopustest.Wallet{ID: id, Currency: "USD", Balance: decimal.NewFromInt(1_000_000_000)})
		for day := range 8 {
			w.api.Debit(id, decimal.NewFromInt(1000), time.Now().Add(time.Minute-time.Duration(8-day)*24*time.Hour), octopustest.NoBalance())
		}
	}
	r := &rush{world: w, line: numbered(b, w.order(rushFirst, "5", 2))}
	if before != nil {
		before(w)
	}
	r.daemon = w.spawn("--log-level", "error")
	eventually(b, "the history is counted", func() bool { return r.daemon.level(rushFirst+rushWallets-1) == "ok" })
	return r
}

// numbered gives an order response an id that has as many digits as all that are sent.
func numbered(b *testing.B, response []byte) []byte {
	b.Helper()
	line := bytes.TrimSpace(response)
	comma := bytes.IndexByte(line, ',')
	if !bytes.HasPrefix(line, []byte(`{"id":`)) || !bytes.Contains(line, fmt.Appendf(nil, `"wallet_id":%d,`, rushFirst)) {
		b.Fatalf("the order response begins otherwise than with an id, or names another wallet: %s", line)
	}
	return append(fmt.Appendf(nil, `{"id":%d`, firstOrder), line[comma:]...)
}
