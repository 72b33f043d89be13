package config_test

import (
	"strings"
	"testing"

	"walletwatch/config"
)

func TestSlackCredentials(t *testing.T) {
	const levels = "levels: [{name: low, floor: 1, notify: [slack]}]\n"
	const webhook = "https://hooks.example.com/canary"
	for _, tt := range []struct {
		name, receivers string
		vars            map[string]string
		want            string // "token", "webhook", or the problem
	}{
		{"token is preferred", `{slack: {type: slack, channel: "#a"}}`, map[string]string{"SLACK_BOT_TOKEN": "canary", "SLACK_WEBHOOK_URL": webhook}, "token"},
		{"webhook instead", `{slack: {type: slack}}`, map[string]string{"SLACK_WEBHOOK_URL": webhook}, "webhook"},
		{"webhook to this machine", `{slack: {type: slack}}`, map[string]string{"SLACK_WEBHOOK_URL": "http://127.0.0.1:9/canary"}, "webhook"},
		{"own variable", `{slack: {type: slack, channel: C01, token_env: OTHER}}`, map[string]string{"OTHER": "canary"}, "token"},
		{"token without channel", `{slack: {type: slack}}`, map[string]string{"SLACK_BOT_TOKEN": "canary"},
			`thresholds.yaml:2:13: the receiver "slack" posts with a bot token and needs a channel: add for example channel: "#wallet-alerts"`},
		{"own variable is meant", `{slack: {type: slack, channel: C01, token_env: OTHER}}`, map[string]string{"SLACK_BOT_TOKEN": "canary", "SLACK_WEBHOOK_URL": webhook},
			"environment: OTHER is not set: export it, or export OTHER_FILE with the path of a file that holds it"},
		{"webhook without https", `{slack: {type: slack}}`, map[string]string{"SLACK_WEBHOOK_URL": "http://hooks.example.com/canary"},
			"environment: SLACK_WEBHOOK_URL must be an https address such as https://hooks.slack.com/services/…"},
		{"webhook is no address", `{slack: {type: slack}}`, map[string]string{"SLACK_WEBHOOK_URL": "canary"},
			"environment: SLACK_WEBHOOK_URL must be an https address such as https://hooks.slack.com/services/…"},
		{"one webhook, two receivers", `{slack: {type: slack}, ops: {type: slack}}`, map[string]string{"SLACK_WEBHOOK_URL": webhook},
			`thresholds.yaml:2:35: the receivers "slack" and "ops" would both post through SLACK_WEBHOOK_URL, which has one channel only: export SLACK_BOT_TOKEN, or remove one receiver`},
		{"a contradiction is told once", `{slack: {type: slack, channel: C01}, ops: {type: slack, channel: C02}}`, map[string]string{"SLACK_BOT_TOKEN": "canary", "SLACK_BOT_TOKEN_FILE": "x"},
			"environment: SLACK_BOT_TOKEN and SLACK_BOT_TOKEN_FILE are both set: unset one of them"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := config.LoadReceivers(from(tt.vars), parse(t, levels+"receivers: "+tt.receivers+"\n"))
			switch tt.want {
			case "token", "webhook":
				if s := got["slack"]; err != nil || s.SlackToken.IsSet() != (tt.want == "token") || s.SlackWebhook.IsSet() != (tt.want == "webhook") {
					t.Errorf("got %v, %v", got, err)
				}
			default:
				if problems(t, err).Error() != tt.want || strings.Contains(err.Error(), "canary") {
					t.Errorf("got  %v\nwant %s", err, tt.want)
				}
			}
		})
	}
}

func TestAFakePagerDutyTakesAnyKey(t *testing.T) {
	f := parse(t, "levels: [{name: low, floor: 1, notify: [pd]}]\nreceivers: {pd: {type: pagerduty, events_url: \"http://localhost:9\"}}\n")
	got, err := config.LoadReceivers(from(map[string]string{"PAGERDUTY_ROUTING_KEY": "test"}), f)
	if err != nil || !got["pd"].RoutingKey.IsSet() {
		t.Errorf("got %v, %v", got, err)
	}
	if _, err := config.LoadReceivers(from(map[string]string{"PAGERDUTY_ROUTING_KEY": "te st"}), f); len(problems(t, err)) != 1 {
		t.Errorf("a key with a blank: %v", err)
	}
}
