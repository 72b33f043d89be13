//go:build race

package store_test

import "flag"

// The race detector makes SQLite many times slower, so properties are tried on fewer cases.
var _ = flag.Set("rapid.checks", "10")
