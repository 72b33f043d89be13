package demo

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"walletwatch/octopus/octopustest"
)

// trick is a webhook that must not do anything.
type trick struct {
	name    string
	request func() *http.Request
}

// tricks are what somebody can try who has seen a genuine webhook and does not know the secret.
func (w *World) tricks(seen octopustest.Event) []trick {
	url := w.hook.URL
	again := func() *http.Request { return seen.Request(url, webhookSecret, w.Clock.Now()) }
	return []trick{
		{"the same webhook once more, dated now and under another X-Event-ID", func() *http.Request {
			r := again()
			r.Header.Set("X-Event-ID", "evt_another")
			return r
		}},
		{"the same webhook once more, dated now", again},
		{fmt.Sprintf("a forged webhook that says all of wallet %d is gone, signed with a guessed secret", hookWallet), func() *http.Request {
			data := fmt.Appendf(nil, `{"wallet_id":%d,"currency":"JPY","amount":%s}`, hookWallet, w.API.Balance(hookWallet))
			forged := octopustest.NewEvent("evt_forged", octopustest.WalletDebited, w.Clock.Now(), data)
			return forged.Request(url, "a-guessed-secret", w.Clock.Now())
		}},
	}
}

// send returns the daemon's answer to a webhook for people.
func send(r *http.Request) (string, error) {
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	var body struct {
		Status string
		Error  struct{ Message string }
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, 1<<16)).Decode(&body); err != nil {
		return "", fmt.Errorf("reading the answer to a webhook: %w", err)
	}
	switch {
	case body.Status == "duplicate":
		return fmt.Sprintf("answered with %d, a duplicate, which counts no second time", resp.StatusCode), nil
	case body.Status != "":
		return fmt.Sprintf("answered with %d, %s", resp.StatusCode, body.Status), nil
	}
	return fmt.Sprintf("refused with %d: %s", resp.StatusCode, body.Error.Message), nil
}
