package preflight

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/segmentio/ksuid"

	"walletwatch/octopus"
	"walletwatch/secret"
)

// harmless is a type of event that nothing follows from: it is acknowledged and changes no wallet.
const harmless = "walletwatch.preflight"

// mostAnswer bounds what is read of the endpoint's answer.
const mostAnswer = 16 << 10

// Webhook is where the vendor sends an account's webhooks.
type Webhook struct {
	Label  string       // begins the names of the checks; "": nothing does
	URL    string       // "": nothing is sent
	Secret secret.Value // what they are signed with; not set: nothing is sent
	// Variable of the environment that sets the secret, such as OCTOPUS_WEBHOOK_SECRET.
	Variable string

	Transport http.RoundTripper // nil: http.DefaultTransport
	Now       func() time.Time  // nil: time.Now
}

// Checks send an event that is signed well, which must be acknowledged, and one that is not, which must be refused.
func (w Webhook) Checks() []Check {
	if w.Now == nil {
		w.Now = time.Now
	}
	endpoint := "POST /webhooks/octopus"
	if u, err := url.Parse(w.URL); err == nil && w.URL != "" {
		endpoint = "POST " + u.Redacted()
	}
	return []Check{
		{named(w.Label, "webhook"), endpoint, w.when(w.signed)},
		{named(w.Label, "webhook forged"), endpoint, w.when(w.forged)},
	}
}

// when skips a check for which something is not given.
func (w Webhook) when(run func(context.Context, string) Finding) func(context.Context) Finding {
	return func(ctx context.Context) Finding {
		switch {
		case w.URL == "":
			return skipped("give --webhook-url https://…/webhooks/octopus", "not checked")
		case !w.Secret.IsSet():
			return skipped("export "+w.Variable+" or "+w.Variable+"_FILE, as the daemon has it", "not checked: %s is not set, so webhooks are off", w.Variable)
		}
		secrets, err := w.Secret.RevealAll()
		if err != nil {
			return failed("mend "+w.Variable, "%v", err)
		}
		return run(ctx, secrets[0])
	}
}

func (w Webhook) signed(ctx context.Context, secret string) Finding {
	status, said, err := w.send(ctx, secret)
	switch {
	case err != nil:
		return failed("check name, certificate, ingress and firewall: the vendor must reach this address from the internet", "%v", err)
	case status/100 == 2:
		return passed("a signed event is acknowledged with %d", status)
	case status == http.StatusUnauthorized:
		return failed("give the daemon the same secret as is given here, and check both clocks", "a signed event is answered %d: %s", status, said)
	case status == http.StatusNotFound:
		return failed("check the path and the ingress, and that the daemon has a webhook secret: without one it answers 404", "a signed event is answered %d: %s", status, said)
	}
	return failed("see the daemon's log", "a signed event is answered %d: %s", status, said)
}

// forged tells walletwatch from whatever else says yes to everything.
func (w Webhook) forged(ctx context.Context, secret string) Finding {
	status, said, err := w.send(ctx, secret+" forged")
	switch {
	case err != nil:
		return failed("check name, certificate, ingress and firewall: the vendor must reach this address from the internet", "%v", err)
	case status == http.StatusUnauthorized:
		return passed("an event with a wrong signature is refused with %d", status)
	case status/100 == 2:
		return failed("check what answers at this address: it does not verify signatures", "an event with a wrong signature is acknowledged with %d", status)
	}
	return failed("check the path and the ingress", "an event with a wrong signature is answered %d instead of 401: %s", status, said)
}

// send sends an event and returns how it was answered.
func (w Webhook) send(ctx context.Context, secret string) (status int, said string, err error) {
	now := w.Now().UTC()
	id := "evt_preflight_" + ksuid.New().String()
	body := fmt.Appendf(nil, `{"id":%q,"type":%q,"created_at":%q,"data":{}}`, id, harmless, now.Format(time.RFC3339))
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.URL, bytes.NewReader(body))
	if err != nil {
		return 0, "", errors.New("the webhook URL is not an address")
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "walletwatch")
	req.Header.Set("X-Event-ID", id)
	req.Header.Set("X-Event-Type", harmless)
	req.Header.Set("X-Timestamp", strconv.FormatInt(now.Unix(), 10))
	req.Header.Set("X-Signature", octopus.Sign(secret, body))
	client := http.Client{
		Transport:     w.Transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	resp, err := client.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	answer, _ := io.ReadAll(io.LimitReader(resp.Body, mostAnswer))
	return resp.StatusCode, reason(answer), nil
}

// reason is what an error of walletwatch says.
func reason(body []byte) string {
	var envelope struct{ Error struct{ Message string } }
	if json.Unmarshal(body, &envelope) != nil || envelope.Error.Message == "" {
		return "no reason given"
	}
	return envelope.Error.Message
}
