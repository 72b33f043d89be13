// Package tap lets a service that places orders at the Octopus Cards API tell walletwatch of every balance that passes
// by: an http.RoundTripper around the one the service uses copies order responses and forwards them in the background.
//
//	feed, err := tap.Open(tap.Config{URL: "http://walletwatch:8080", Token: tap.TokenFile("/run/secrets/ingest")})
//	client.Transport = feed.Wrap(client.Transport)
//	defer func() { // the context that ended the service has ended
//		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
//		defer cancel()
//		if err := feed.Close(ctx); err != nil {
//			slog.Warn("the end of the tap", "error", err)
//		}
//	}()
//
// What it copies: bodies of responses with status 200 to 299 to POST …/api/v1/orders, …/api/v1/topups/orders and
// …/api/v1/esim/orders, while the service itself reads them. Everything else passes untouched and uncopied.
//
// What leaves the process: the fields that a balance can be worked out from, by name, and nothing else. Vouchers, messages,
// addresses and fields that are not known here are taken out before a response is even queued, and the tap's own copy is
// overwritten. What the service and net/http keep of a response is as it is without a tap.
//
// What it never does: fail, change, delay or read an order response on its own; panic into the caller; wait for walletwatch.
// When walletwatch is away, responses wait in a bounded queue for up to ten minutes and are then dropped and counted:
// walletwatch's own polls know better by then.
package tap
