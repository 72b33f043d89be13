package alerting

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"walletwatch/secret"
	"walletwatch/wallet"
)

// SlackWebhookConfig is what a receiver for an incoming webhook needs.
type SlackWebhookConfig struct {
	URL       secret.Value      // of the webhook, read at each delivery
	Transport http.RoundTripper // nil: a new http.Transport
	Now       func() time.Time  // nil: time.Now
}

// SlackWebhook tells a Slack channel through an incoming webhook, which can only post: every delivery is a message
// of its own that says everything.
type SlackWebhook struct {
	cfg    SlackWebhookConfig
	render func(*wallet.Delivery, time.Time) rendered
}

// NewSlackWebhook makes a receiver that uses an incoming webhook. It sends nothing.
func NewSlackWebhook(cfg SlackWebhookConfig) *SlackWebhook {
	if cfg.Transport == nil {
		cfg.Transport = newTransport()
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &SlackWebhook{cfg: cfg, render: renderSlack}
}

// Deliver posts the news. There is nothing to remember: a webhook's messages have no name.
func (s *SlackWebhook) Deliver(ctx context.Context, d *wallet.Delivery) (string, error) {
	address, err := s.cfg.URL.Reveal()
	if err != nil {
		return "", &Refusal{Reason: err.Error()}
	}
	if !secretAddress(address) {
		return "", &Refusal{Permanent: true, Reason: "the Slack webhook URL is missing or is not an http(s) address"}
	}
	m := orPlainly(s.render, plainSlack, d, s.cfg.Now()).main
	refusal := s.post(ctx, address, m)
	if refusal != nil && m.blocks != nil && unreadable(refusal.code) {
		refusal = s.post(ctx, address, message{text: shorten(m.text, mostText/2)})
	}
	if refusal != nil {
		return "", refusal
	}
	return "", nil
}

func (s *SlackWebhook) post(ctx context.Context, address string, m message) *Refusal {
	x := &exchange{service: "Slack's webhook", base: s.cfg.Transport, now: s.cfg.Now, hide: hiding(parts(address)...)}
	off := false
	body := &slack.WebhookMessage{Text: m.text, UnfurlLinks: &off, UnfurlMedia: &off}
	if m.blocks != nil {
		body.Blocks = &slack.Blocks{BlockSet: m.blocks}
	}
	// The library's error is dropped: it holds the URL, which is the secret, and not the reason.
	err := slack.PostWebhookCustomHTTPContext(ctx, address, x.client(), body)
	switch {
	case err != nil:
		return x.webhookRefusal()
	case !saysOK(x.body):
		return x.refusal("")
	}
	return nil
}

// saysOK reports whether a webhook's answer is Slack's and not that of something in between.
func saysOK(body []byte) bool {
	if string(bytes.TrimSpace(body)) == "ok" {
		return true
	}
	var answer struct{ OK bool }
	return json.Unmarshal(body, &answer) == nil && answer.OK
}

func secretAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
}

// parts returns an address that is a secret and all of it that could give it away alone.
func parts(address string) []string {
	secrets := []string{address}
	u, err := url.Parse(address)
	if err != nil {
		return secrets
	}
	pieces := strings.FieldsFunc(u.RequestURI()+"/"+u.User.String(), func(r rune) bool {
		return strings.ContainsRune("/?&=:", r)
	})
	pieces = append(pieces, strings.Trim(u.RequestURI(), "/"), strings.Trim(u.Path, "/"))
	for _, p := range pieces {
		if len(p) >= 6 && p != "services" {
			secrets = append(secrets, p)
		}
	}
	return secrets
}
