package config

import (
	"walletwatch/secret"
)

// Environment holds the addresses and secrets that a File names. Secrets given as files are read again at each use.
type Environment struct {
	Accounts  []Account                  // in the order of File.Accounts
	Receivers map[string]ReceiverSecrets // :: receiver name → what it needs

	IngestToken  secret.Value // one or two (RevealAll); not set: POST /api/v1/orders is off
	AdminToken   secret.Value // not set: state-changing operator calls are off
	HeartbeatURL secret.Value // not set: no heartbeat
}

// Account is an API account with its credentials.
type Account struct {
	Name    string
	BaseURL string // https, or http to this machine; without a final "/"
	Key     secret.Value
	Secret  secret.Value

	WebhookSecret secret.Value // one or two (RevealAll); not set: the vendor's webhooks are off for this account
}

// ReceiverSecrets is what a receiver sends with: for slack exactly one of SlackToken and SlackWebhook is set, for
// pagerduty RoutingKey.
type ReceiverSecrets struct {
	SlackToken   secret.Value
	SlackWebhook secret.Value
	RoutingKey   secret.Value
}

// LoadEnvironment reads everything that f needs and what is optional besides. The error is Problems with every
// missing, contradictory or malformed variable; it never holds a secret.
func LoadEnvironment(getenv func(string) (string, bool), f *File) (*Environment, error) {
	env, problems := environment(getenv, f)
	if len(problems) > 0 {
		return nil, problems
	}
	return env, nil
}

func environment(getenv func(string) (string, bool), f *File) (*Environment, Problems) {
	r := newEnvironmentReader(getenv, f)
	env := &Environment{
		Accounts:     r.accounts(),
		Receivers:    r.receivers(),
		IngestToken:  r.ingestToken(),
		AdminToken:   r.lookup("WALLETWATCH_ADMIN_TOKEN").secret,
		HeartbeatURL: r.heartbeat(),
	}
	r.webhookSecrets(env.Accounts)
	return env, r.problems.sorted()
}

// LoadAccounts is LoadEnvironment for commands that only talk to the API: the accounts come without webhook secrets.
func LoadAccounts(getenv func(string) (string, bool), f *File) ([]Account, error) {
	r := newEnvironmentReader(getenv, f)
	out := r.accounts()
	if err := r.problems.err(); err != nil {
		return nil, err
	}
	return out, nil
}

// LoadReceivers is LoadEnvironment for commands that only talk to receivers.
func LoadReceivers(getenv func(string) (string, bool), f *File) (map[string]ReceiverSecrets, error) {
	r := newEnvironmentReader(getenv, f)
	out := r.receivers()
	if err := r.problems.err(); err != nil {
		return nil, err
	}
	return out, nil
}

func (r *environmentReader) accounts() []Account {
	var out []Account
	for _, ref := range r.file.Accounts {
		out = append(out, Account{
			Name:    ref.Name,
			BaseURL: r.baseURL(ref.EnvPrefix + "_BASE_URL"),
			Key:     r.need(ref.EnvPrefix + "_API_KEY").secret,
			Secret:  r.need(ref.EnvPrefix + "_API_SECRET").secret,
		})
	}
	return out
}

func (r *environmentReader) baseURL(name string) string {
	v := r.lookup(name)
	if !v.given {
		r.reject("%s is not set: export the address of the API, such as https://api.octopuscards.io", name)
	}
	if v.text == "" {
		return ""
	}
	clean, err := baseURL(v.text)
	if err != nil {
		r.reject("%s: %v", name, err)
	}
	return clean
}

func (r *environmentReader) heartbeat() secret.Value {
	const name = "WALLETWATCH_HEARTBEAT_URL"
	v := r.lookup(name)
	if v.text != "" && !isWebPage(v.text) {
		r.reject("%s must be an http or https address such as https://hc-ping.com/your-check, or not be set at all", name)
	}
	return v.secret
}
