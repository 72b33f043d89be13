package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"walletwatch/octopus/octopustest"
)

func TestWebhooksAreSentAndSigned(t *testing.T) {
	const secret = "only-in-the-environment"
	type delivery struct {
		header http.Header
		body   []byte
	}
	heard := make(chan delivery, 1000)
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		heard <- delivery{r.Header, body}
	}))
	t.Cleanup(receiver.Close) // after the program has ended
	t.Setenv(secretEnv, secret)
	s := started(t, "--webhook-url", receiver.URL, "--verbose")
	s.call("POST", "/sim/topup?wallet=3&amount=12345", "")
	for d := range heard {
		if got, want := d.header.Get("X-Signature"), octopustest.Sign(secret, d.body); got != want {
			t.Fatalf("signature %q, want %q", got, want)
		}
		if strings.Contains(string(d.body), `"wallet.credited"`) && strings.Contains(string(d.body), `"amount":12345`) {
			break
		}
	}
	for _, line := range s.lines {
		if strings.Contains(line, secret) {
			t.Errorf("it printed the secret: %s", line)
		}
	}
}
