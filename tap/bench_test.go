package tap_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"walletwatch/tap"
)

// BenchmarkRoundTrip is what an order costs without and with a tap, everything in memory: the difference is what the tap adds.
func BenchmarkRoundTrip(b *testing.B) {
	plain := vendor(200, response(1))
	discard := roundTripper(func(req *http.Request) (*http.Response, error) {
		_, err := io.Copy(io.Discard, req.Body)
		return answer(202, `{"accepted":1,"ignored":0}`), err
	})
	feed, _ := open(b, discard, func(c *tap.Config) { c.Queue = 1_000 })
	defer feed.Close(b.Context())
	away, _ := open(b, roundTripper(func(*http.Request) (*http.Response, error) { return nil, io.ErrUnexpectedEOF }))
	b.Run("without", func(b *testing.B) { roundTrips(b, plain, "/api/v1/orders") })
	b.Run("with", func(b *testing.B) { roundTrips(b, feed.Wrap(plain), "/api/v1/orders") })
	b.Run("with/daemon=away", func(b *testing.B) { roundTrips(b, away.Wrap(plain), "/api/v1/orders") })
	b.Run("with/other=request", func(b *testing.B) { roundTrips(b, feed.Wrap(plain), "/api/v1/wallets") })
	settled(b, feed.Stats())
}

func roundTrips(b *testing.B, transport http.RoundTripper, path string) {
	req, err := http.NewRequest(http.MethodPost, "https://api.octopuscards.io"+path, strings.NewReader(""))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		resp, err := transport.RoundTrip(req)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, resp.Body); err != nil {
			b.Fatal(err)
		}
		resp.Body.Close()
	}
}
