package config_test

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"walletwatch/config"
	"walletwatch/secret"
)

func TestTwoSecretsAreValidDuringARotation(t *testing.T) {
	tests := map[string]func(*config.Environment) secret.Value{
		"WALLETWATCH_INGEST_TOKEN": func(e *config.Environment) secret.Value { return e.IngestToken },
		"OCTOPUS_WEBHOOK_SECRET":   func(e *config.Environment) secret.Value { return e.Accounts[0].WebhookSecret },
	}
	for name, value := range tests {
		t.Run(name, func(t *testing.T) {
			vars := complete()
			vars[name] = " canary-old canary-new\n"
			reveals(t, value(environment(t, vars, minimal)), "canary-old", "canary-new")

			delete(vars, name)
			path := filepath.Join(t.TempDir(), "secret")
			vars[name+"_FILE"] = path
			write(t, path, "canary-old\n")
			v := value(environment(t, vars, minimal))
			reveals(t, v, "canary-old")
			write(t, path, "canary-new\ncanary-old\n")
			reveals(t, v, "canary-new", "canary-old")
			write(t, path, "canary-new\n")
			reveals(t, v, "canary-new")
		})
	}
}

func TestFaultyRotations(t *testing.T) {
	dir := t.TempDir()
	three, short := filepath.Join(dir, "three"), filepath.Join(dir, "short")
	write(t, three, "canary-1\ncanary-2\ncanary-3\n")
	write(t, short, "canary-long\ncanary\n")
	const tooShort = "WALLETWATCH_INGEST_TOKEN: every token must have at least 8 bytes: make one with openssl rand -hex 32"
	const tooMany = "the value holds 3 secrets: leave the new one and the old one, separated by white space"
	const tooManyLines = " holds 3 secrets: leave the new one and the old one, separated by white space"
	for _, tt := range []struct {
		name, variable, value string
		want                  string // "" : fine
	}{
		{"three tokens", "WALLETWATCH_INGEST_TOKEN", "canary-1 canary-2\tcanary-3", "WALLETWATCH_INGEST_TOKEN: " + tooMany},
		{"three tokens in a file", "WALLETWATCH_INGEST_TOKEN_FILE", three, "WALLETWATCH_INGEST_TOKEN: the secret file " + three + tooManyLines},
		{"three webhook secrets", "OCTOPUS_WEBHOOK_SECRET", "canary-1 canary-2 canary-3", "OCTOPUS_WEBHOOK_SECRET: " + tooMany},
		{"three webhook secrets in a file", "OCTOPUS_WEBHOOK_SECRET_FILE", three, "OCTOPUS_WEBHOOK_SECRET: the secret file " + three + tooManyLines},
		{"a short token", "WALLETWATCH_INGEST_TOKEN", "canary7", tooShort},
		{"a short token beside a good one", "WALLETWATCH_INGEST_TOKEN_FILE", short, tooShort},
		{"the shortest token", "WALLETWATCH_INGEST_TOKEN", "canary-8", ""},
		{"a webhook secret is as long as the vendor likes", "OCTOPUS_WEBHOOK_SECRET", "s", ""},
		{"the admin token is one, whatever is in it", "WALLETWATCH_ADMIN_TOKEN", "a b c", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			vars := complete()
			vars[tt.variable] = tt.value
			rejects(t, vars, minimal, tt.want)
		})
	}
}

func TestEachAccountHasItsOwnWebhookSecret(t *testing.T) {
	vars, file := accounts("A", "B")
	vars["B_WEBHOOK_SECRET"] = "canary-b"
	env := environment(t, vars, file)
	if env.Accounts[0].WebhookSecret.IsSet() {
		t.Error("an account without a webhook secret has one")
	}
	reveals(t, env.Accounts[1].WebhookSecret, "canary-b")
	vars["A_WEBHOOK_SECRET"] = "canary-a canary-z"
	env = environment(t, vars, file)
	reveals(t, env.Accounts[0].WebhookSecret, "canary-a", "canary-z")
	reveals(t, env.Accounts[1].WebhookSecret, "canary-b")
	if text := fmt.Sprintf("%+v %#v", env, env.Accounts); strings.Contains(text, "canary") {
		t.Errorf("printing the environment shows a webhook secret: %s", text)
	}
	vars["B_WEBHOOK_SECRET"] = "canary-1 canary-2 canary-3"
	rejects(t, vars, file, "B_WEBHOOK_SECRET: the value holds 3 secrets: leave the new one and the old one, separated by white space")
}

// TestAccountsShareNoWebhookSecret, not even while it is rotated.
func TestAccountsShareNoWebhookSecret(t *testing.T) {
	vars, file := accounts("A", "B")
	vars["A_WEBHOOK_SECRET"], vars["B_WEBHOOK_SECRET"] = "canary-old canary-new", "canary-other"
	rejects(t, vars, file, "")
	vars["B_WEBHOOK_SECRET"] = "canary-other canary-old"
	rejects(t, vars, file, "A_WEBHOOK_SECRET and B_WEBHOOK_SECRET hold the same secret: an event of one account could be passed off as the other's; give each account its own")
}

func TestAWebhookSecretOfNoAccount(t *testing.T) {
	three, threeFile := accounts("A", "B", "C")
	two, twoFile := accounts("A", "B")
	usual, usualFile := accounts("A", "OCTOPUS")
	for _, tt := range []struct {
		name, file string
		vars       map[string]string
		stray      string
		want       string
	}{
		{"two accounts", twoFile, two, "OCTOPUS_WEBHOOK_SECRET",
			"OCTOPUS_WEBHOOK_SECRET is set, but no account has the env_prefix OCTOPUS: export A_WEBHOOK_SECRET or B_WEBHOOK_SECRET instead"},
		{"as a file", twoFile, two, "OCTOPUS_WEBHOOK_SECRET_FILE",
			"OCTOPUS_WEBHOOK_SECRET_FILE is set, but no account has the env_prefix OCTOPUS: export A_WEBHOOK_SECRET_FILE or B_WEBHOOK_SECRET_FILE instead"},
		{"three accounts", threeFile, three, "OCTOPUS_WEBHOOK_SECRET",
			"OCTOPUS_WEBHOOK_SECRET is set, but no account has the env_prefix OCTOPUS: export one of A_WEBHOOK_SECRET, B_WEBHOOK_SECRET or C_WEBHOOK_SECRET instead"},
		{"an account has the prefix", usualFile, usual, "OCTOPUS_WEBHOOK_SECRET", ""},
		{"there is only the default account", minimal, complete(), "OCTOPUS_WEBHOOK_SECRET", ""},
		{"blank is not set", twoFile, two, "OTHER", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			vars := maps.Clone(tt.vars)
			vars["OCTOPUS_WEBHOOK_SECRET"] = " "
			vars[tt.stray] = "canary-stray"
			rejects(t, vars, tt.file, tt.want)
		})
	}
}

// TestPreflightNeedsNoWebhookSecret: what a command does not use cannot stop it.
func TestPreflightNeedsNoWebhookSecret(t *testing.T) {
	vars := complete()
	vars["OCTOPUS_WEBHOOK_SECRET"] = "one two three"
	got, err := config.LoadAccounts(from(vars), parse(t, minimal))
	if err != nil || got[0].WebhookSecret.IsSet() {
		t.Errorf("got %v, %v", got, err)
	}
}

// accounts is a file with accounts that have these prefixes, and an environment that it is happy with.
func accounts(prefixes ...string) (vars map[string]string, file string) {
	vars, file = complete(), minimal+"accounts:\n"
	for _, p := range prefixes {
		vars[p+"_BASE_URL"], vars[p+"_API_KEY"], vars[p+"_API_SECRET"] = "https://example.com", "canary-key", "canary-secret"
		file += fmt.Sprintf("  - {name: %s, env_prefix: %s}\n", strings.ToLower(p), p)
	}
	return vars, file
}

func environment(t *testing.T, vars map[string]string, file string) *config.Environment {
	t.Helper()
	env, err := config.LoadEnvironment(from(vars), parse(t, file))
	if err != nil {
		t.Fatal(err)
	}
	return env
}

// rejects checks that vars have the one problem want, which does not repeat a value, or none.
func rejects(t *testing.T, vars map[string]string, file, want string) {
	t.Helper()
	_, err := config.LoadEnvironment(from(vars), parse(t, file))
	if want == "" {
		if err != nil {
			t.Error(err)
		}
		return
	}
	if got := problems(t, err).Error(); got != "environment: "+want {
		t.Errorf("got  %s\nwant environment: %s", got, want)
	}
	if strings.Contains(err.Error(), "canary") {
		t.Errorf("the message repeats a value: %v", err)
	}
}

func reveals(t *testing.T, v secret.Value, want ...string) {
	t.Helper()
	if got, err := v.RevealAll(); err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
}
