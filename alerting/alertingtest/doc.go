// Package alertingtest simulates what walletwatch notifies: Slack's Web API and incoming webhooks, and PagerDuty's
// Events API v2. The simulations keep what they hold as the vendors would, refuse what the vendors refuse, and can
// be told to misbehave. They are plain HTTP handlers: nothing is started.
package alertingtest
