package main

import (
	"log/slog"
	"time"

	"walletwatch/alerting"
	"walletwatch/config"
)

// receivers makes the configured receivers, by name.
func receivers(f *config.File, env *config.Environment, now func() time.Time, log *slog.Logger) map[string]alerting.Receiver {
	all := make(map[string]alerting.Receiver, len(f.Receivers))
	for _, r := range f.Receivers {
		all[r.Name] = receiver(r, env.Receivers[r.Name], now, log)
	}
	return all
}

func receiver(r config.Receiver, s config.ReceiverSecrets, now func() time.Time, log *slog.Logger) alerting.Receiver {
	switch {
	case r.Type == config.PagerDuty:
		return alerting.NewPagerDuty(alerting.PagerDutyConfig{RoutingKey: s.RoutingKey, EventsURL: r.EventsURL, Now: now})
	case s.SlackToken.IsSet():
		return alerting.NewSlack(alerting.SlackConfig{Channel: r.Channel, Token: s.SlackToken, APIURL: r.APIURL, Now: now, Logger: log})
	}
	return alerting.NewSlackWebhook(alerting.SlackWebhookConfig{URL: s.SlackWebhook, Now: now})
}
