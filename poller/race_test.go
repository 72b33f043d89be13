//go:build race

package poller_test

import "flag"

// The race detector makes SQLite many times slower, so properties are tried on fewer cases and lists are shorter.
var _ = flag.Set("rapid.checks", "10")

const historyRows = 4000
