//go:build !race

package poller_test

import "flag"

// Each case of a property plays hours of polling, so fewer are tried than usual; -rapid.checks asks for more.
var _ = flag.Set("rapid.checks", "40")

// historyRows make a history of thousands of pages.
const historyRows = 20_000
