// Package octopustest is a simulated Octopus Cards API: an http.Handler that behaves as the vendor's reference
// describes, holds a small world of wallets, currencies, products, orders and a ledger, and can be told to fail.
//
// Tests, the demo and the stand-alone program octopus-sim run against the same server:
//
//	s := octopustest.New(octopustest.Config{})
//	s.AddWallet(octopustest.Wallet{ID: 1, Currency: "USD", Balance: decimal.RequireFromString("5000.00")})
//	s.Fail(octopustest.RouteWallets, octopustest.StatusSeq(500, 502)...)
//	ts := httptest.NewServer(s) // or, without a socket: http.Client{Transport: s.Transport()}
//
// It takes orders of all kinds and can send the webhooks that follow from what happens, as a well-behaved vendor or
// not: see Config.OrderBalance, Server.Deliver, and Server.Events for those who rather forge and replay by hand.
//
// Methods that change or read the world take effect at once and are safe for concurrent use. Naming a wallet, a
// transaction or a route that does not exist is a mistake in the caller and panics, as does a negative amount.
//
// Where the reference leaves something open, the comment on the code says what was chosen.
package octopustest
