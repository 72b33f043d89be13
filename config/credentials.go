package config

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	slackToken   = "SLACK_BOT_TOKEN" // the default of token_env
	slackWebhook = "SLACK_WEBHOOK_URL"
)

// routingKeyLength is that of an integration key (PagerDuty, Events API v2 overview, routing_key).
const routingKeyLength = 32

func (r *environmentReader) receivers() map[string]ReceiverSecrets {
	out := map[string]ReceiverSecrets{}
	webhookOf := ""
	for _, to := range r.file.Receivers {
		if to.Type == PagerDuty {
			out[to.Name] = ReceiverSecrets{RoutingKey: r.routingKey(to).secret}
			continue
		}
		s := r.slack(to)
		if s.SlackWebhook.IsSet() && webhookOf != "" {
			r.rejectAt(to.Position, "the receivers %s and %s would both post through %s, which has one channel only: export %s, or remove one receiver",
				quote(webhookOf), quote(to.Name), slackWebhook, slackToken)
		}
		if s.SlackWebhook.IsSet() {
			webhookOf = to.Name
		}
		out[to.Name] = s
	}
	return out
}

// slack prefers the bot token. Only the usual variable may be replaced by the webhook URL: who names a variable of
// his own means that bot and no other.
func (r *environmentReader) slack(to Receiver) ReceiverSecrets {
	token := r.lookup(to.TokenEnv)
	switch {
	case token.given:
		if to.Channel == "" {
			r.rejectAt(to.Position, `the receiver %s posts with a bot token and needs a channel: add for example channel: "#wallet-alerts"`, quote(to.Name))
		}
		return ReceiverSecrets{SlackToken: token.secret}
	case to.TokenEnv != slackToken:
		r.need(to.TokenEnv)
		return ReceiverSecrets{}
	}
	webhook := r.lookup(slackWebhook)
	switch {
	case !webhook.given:
		r.reject("the receiver %s has no credentials: export %s (a bot token, preferred) or %s, either also as …_FILE", quote(to.Name), slackToken, slackWebhook)
	case webhook.text != "":
		if u, err := parseURL(webhook.text); err != nil || !private(u) {
			r.reject("%s must be an https address such as https://hooks.slack.com/services/…", slackWebhook)
		}
	}
	return ReceiverSecrets{SlackWebhook: webhook.secret}
}

func (r *environmentReader) routingKey(to Receiver) variable {
	v := r.need(to.RoutingKeyEnv)
	switch n := utf8.RuneCountInString(v.text); {
	case strings.ContainsFunc(v.text, unicode.IsSpace):
		r.reject("%s must not contain blanks: copy the integration key (Events API v2) again", to.RoutingKeyEnv)
	case v.text != "" && n != routingKeyLength && !to.CustomURL:
		r.reject("%s must be an integration key (Events API v2) of %d characters, but has %d", to.RoutingKeyEnv, routingKeyLength, n)
	}
	return v
}
