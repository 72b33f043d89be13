package config

import (
	"slices"

	"walletwatch/secret"
)

// shortestIngestToken is in bytes. Nobody guesses even this many over a network, if they are random; fewer are a
// placeholder that was left in.
const shortestIngestToken = 8

// rotating reads a secret that may be two while one takes over from the other, and returns what it is at present.
func (r *environmentReader) rotating(name string) (secret.Value, []string) {
	v := r.lookup(name).secret
	all, err := v.RevealAll()
	if err != nil {
		r.reject("%s: %v", name, err)
	}
	return v, all
}

func (r *environmentReader) ingestToken() secret.Value {
	const name = "WALLETWATCH_INGEST_TOKEN"
	v, all := r.rotating(name)
	if slices.ContainsFunc(all, func(token string) bool { return len(token) < shortestIngestToken }) {
		r.reject("%s: every token must have at least %d bytes: make one with openssl rand -hex 32", name, shortestIngestToken)
	}
	return v
}

// webhookSecrets gives the accounts, which are those of the file in its order, their webhook secrets.
func (r *environmentReader) webhookSecrets(accounts []Account) {
	owners := map[string]string{} // :: secret → variable
	for i, ref := range r.file.Accounts {
		name := webhookSecret(ref)
		var all []string
		accounts[i].WebhookSecret, all = r.rotating(name)
		for _, one := range all {
			if other, taken := owners[one]; taken && other != name {
				r.reject("%s and %s hold the same secret: an event of one account could be passed off as the other's; give each account its own", other, name)
			}
			owners[one] = name
		}
	}
	r.strayWebhookSecret()
}

// strayWebhookSecret rejects the variable of the account that is there by default when the file lists others: the
// operator believes that webhooks are on.
func (r *environmentReader) strayWebhookSecret() {
	for _, suffix := range []string{"", "_FILE"} {
		stray := webhookSecret(AccountRef{EnvPrefix: defaultPrefix}) + suffix
		var others []string
		for _, ref := range r.file.Accounts {
			if name := webhookSecret(ref) + suffix; isVariableName(name) {
				others = append(others, name)
			}
		}
		if r.trimmed(stray) != "" && len(others) > 0 && !slices.Contains(others, stray) {
			r.reject("%s is set, but no account has the env_prefix %s: export %s instead", stray, defaultPrefix, oneOf(others))
		}
	}
}

func webhookSecret(ref AccountRef) string { return ref.EnvPrefix + "_WEBHOOK_SECRET" }
