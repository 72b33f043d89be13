package alerting

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/slack-go/slack"
)

// needed is the scope of Slack's that a bot posts and edits with.
const needed = "chat:write"

// Probe finds out whether Slack can be reached and takes the token. It posts nothing; whether the bot may post to the
// channel shows only when it does.
func (s *Slack) Probe(ctx context.Context) (found string, err error) {
	c, err := s.call()
	if err != nil {
		return "", err
	}
	x := &exchange{service: "Slack", base: s.cfg.Transport, now: s.cfg.Now, hide: c.hide}
	api := slack.New(c.token, slack.OptionAPIURL(s.cfg.APIURL), slack.OptionHTTPClient(x.client()))
	who, err := api.AuthTestContext(ctx)
	var said slack.SlackErrorResponse
	switch {
	case errors.As(err, &said):
		return "", x.slackRefusal(said)
	case err != nil:
		return "", x.refusal("")
	case who.UserID == "" && who.User == "":
		return "", x.refusal("it names no user")
	}
	if scopes := who.Header.Get("X-OAuth-Scopes"); scopes != "" && !slices.Contains(scopesOf(scopes), needed) {
		return "", x.refuse(true, "the bot %s lacks the scope %s: add it and install the app again", who.User, needed)
	}
	return shown(x, "the token is that of %s in %s; nothing was posted", who.User, who.Team), nil
}

func scopesOf(header string) []string {
	return strings.FieldsFunc(header, func(r rune) bool { return r == ',' || r == ' ' })
}

// Probe finds out whether Slack can be reached and knows the webhook, by a message without text and blocks: Slack
// refuses that before it would post anything.
func (s *SlackWebhook) Probe(ctx context.Context) (found string, err error) {
	address, err := s.cfg.URL.Reveal()
	if err != nil {
		return "", &Refusal{Reason: err.Error()}
	}
	if !secretAddress(address) {
		return "", &Refusal{Permanent: true, Reason: "the Slack webhook URL is missing or is not an http(s) address"}
	}
	x := &exchange{service: "Slack's webhook", base: s.cfg.Transport, now: s.cfg.Now, hide: hiding(parts(address)...)}
	if x.postNothing(ctx, address); x.err != nil || x.status != http.StatusBadRequest {
		return "", x.webhookRefusal()
	}
	switch code := webhookCode(x.body); code {
	case "no_text", "invalid_payload":
		return fmt.Sprintf("the webhook exists: it refuses an empty message (%s); nothing was posted", code), nil
	}
	return "", x.webhookRefusal()
}

// Probe finds out whether PagerDuty's Events API can be reached, by an event that names no integration and no action:
// it is refused, and there is nobody whom it could page. The routing key is not sent, so it is not tested.
func (p *PagerDuty) Probe(ctx context.Context) (found string, err error) {
	key, err := p.cfg.RoutingKey.Reveal()
	if err != nil {
		return "", &Refusal{Reason: err.Error()}
	}
	if key == "" {
		return "", &Refusal{Permanent: true, Reason: "no PagerDuty routing key is set"}
	}
	x := &exchange{service: "PagerDuty", base: p.cfg.Transport, now: p.cfg.Now, hide: hiding(key)}
	x.postNothing(ctx, p.cfg.EventsURL+"/v2/enqueue")
	var answer struct{ Status string }
	if x.err != nil || x.status != http.StatusBadRequest || json.Unmarshal(x.body, &answer) != nil || answer.Status == "" {
		return "", x.refusal(eventsReason(x.body))
	}
	return "it refuses an empty event, as it must; nothing was sent to the integration, whose routing key only notify-test tests", nil
}

// postNothing posts an empty JSON object. What comes of it is in x.
func (x *exchange) postNothing(ctx context.Context, address string) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader([]byte("{}")))
	if err != nil {
		return
	}
	req.Header.Set("Content-Type", "application/json")
	if res, err := x.client().Do(req); err == nil {
		res.Body.Close() // what it held has been read already
	}
}

// shown is a text with others' words in it, made fit to be shown.
func shown(x *exchange, format string, args ...any) string {
	return clip(oneLine(x.hide(fmt.Sprintf(format, args...))), mostReason)
}
