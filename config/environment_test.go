package config_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"walletwatch/config"
	"walletwatch/secret"
)

const integrationKey = "0123456789abcdef0123456789abcdef"

// complete is an environment that the minimal file is happy with.
func complete() map[string]string {
	return map[string]string{
		"OCTOPUS_BASE_URL": "https://api.example.com", "OCTOPUS_API_KEY": "canary-key", "OCTOPUS_API_SECRET": "canary-secret",
		"SLACK_BOT_TOKEN": "canary-token", "PAGERDUTY_ROUTING_KEY": integrationKey,
	}
}

func TestEnvironmentIsRead(t *testing.T) {
	vars := complete()
	vars["OCTOPUS_BASE_URL"] = " https://api.example.com:8443/v/ \n"
	vars["OCTOPUS_API_KEY"] = "canary-key\n"
	vars["WALLETWATCH_INGEST_TOKEN"] = "canary-ingest"
	vars["WALLETWATCH_ADMIN_TOKEN"] = "canary-admin"
	vars["OCTOPUS_WEBHOOK_SECRET"] = "canary-webhook\n"
	vars["WALLETWATCH_HEARTBEAT_URL"] = "https://hc.example.com/canary"
	env, err := config.LoadEnvironment(from(vars), parse(t, minimal))
	if err != nil {
		t.Fatal(err)
	}
	a := env.Accounts[0]
	if a.Name != "default" || a.BaseURL != "https://api.example.com:8443/v" {
		t.Errorf("account %+v", a)
	}
	for want, v := range map[string]secret.Value{
		"canary-key": a.Key, "canary-secret": a.Secret, "canary-token": env.Receivers["slack"].SlackToken,
		integrationKey: env.Receivers["pagerduty"].RoutingKey, "canary-ingest": env.IngestToken,
		"canary-admin": env.AdminToken, "canary-webhook": a.WebhookSecret, "https://hc.example.com/canary": env.HeartbeatURL,
	} {
		if got, err := v.Reveal(); got != want || err != nil {
			t.Errorf("got %q, %v, want %q", got, err, want)
		}
	}
	if s := fmt.Sprintf("%+v %#v", env, env); strings.Contains(s, "canary") {
		t.Errorf("printing the environment shows a secret: %s", s)
	}
}

func TestOptionalVariablesMayBeMissing(t *testing.T) {
	vars := complete()
	vars["WALLETWATCH_ADMIN_TOKEN"] = "  "
	env, err := config.LoadEnvironment(from(vars), parse(t, minimal))
	if err != nil {
		t.Fatal(err)
	}
	if env.IngestToken.IsSet() || env.AdminToken.IsSet() || env.Accounts[0].WebhookSecret.IsSet() || env.HeartbeatURL.IsSet() || env.Receivers["slack"].SlackWebhook.IsSet() {
		t.Errorf("something is set that was not given: %+v", env)
	}
}

func TestSecretFilesAreReadWhenUsed(t *testing.T) {
	vars := complete()
	path := filepath.Join(t.TempDir(), "key")
	write(t, path, "first\n")
	delete(vars, "OCTOPUS_API_KEY")
	vars["OCTOPUS_API_KEY_FILE"] = path
	url := filepath.Join(t.TempDir(), "url")
	write(t, url, "https://other.example.com/\n")
	delete(vars, "OCTOPUS_BASE_URL")
	vars["OCTOPUS_BASE_URL_FILE"] = url
	accounts, err := config.LoadAccounts(from(vars), parse(t, minimal))
	if err != nil {
		t.Fatal(err)
	}
	write(t, path, "second\n")
	if got, err := accounts[0].Key.Reveal(); got != "second" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	if accounts[0].BaseURL != "https://other.example.com" {
		t.Errorf("got %q", accounts[0].BaseURL)
	}
}

func TestEveryMissingVariableIsNamedAtOnce(t *testing.T) {
	_, err := config.LoadEnvironment(from(map[string]string{"OCTOPUS_API_KEY": ""}), parse(t, minimal))
	want := `environment: OCTOPUS_API_KEY is not set: export it, or export OCTOPUS_API_KEY_FILE with the path of a file that holds it
environment: OCTOPUS_API_SECRET is not set: export it, or export OCTOPUS_API_SECRET_FILE with the path of a file that holds it
environment: OCTOPUS_BASE_URL is not set: export the address of the API, such as https://api.octopuscards.io
environment: PAGERDUTY_ROUTING_KEY is not set: export it, or export PAGERDUTY_ROUTING_KEY_FILE with the path of a file that holds it
environment: the receiver "slack" has no credentials: export SLACK_BOT_TOKEN (a bot token, preferred) or SLACK_WEBHOOK_URL, either also as …_FILE`
	if got := problems(t, err).Error(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestOnlyWhatACommandNeedsIsAskedFor(t *testing.T) {
	f := parse(t, minimal)
	all := complete()
	accounts, receivers := map[string]string{}, map[string]string{}
	for k, v := range all {
		if strings.HasPrefix(k, "OCTOPUS") {
			accounts[k] = v
		} else {
			receivers[k] = v
		}
	}
	if got, err := config.LoadAccounts(from(accounts), f); err != nil || len(got) != 1 {
		t.Errorf("accounts %v, %v", got, err)
	}
	if got, err := config.LoadReceivers(from(receivers), f); err != nil || len(got) != 2 {
		t.Errorf("receivers %v, %v", got, err)
	}
	if _, err := config.LoadAccounts(from(receivers), f); len(problems(t, err)) != 3 {
		t.Errorf("accounts: %v", err)
	}
	if _, err := config.LoadReceivers(from(accounts), f); len(problems(t, err)) != 2 {
		t.Errorf("receivers: %v", err)
	}
}

func TestFaultyVariables(t *testing.T) {
	dir := t.TempDir()
	empty := filepath.Join(dir, "empty")
	write(t, empty, " \n")
	missing := filepath.Join(dir, "missing")
	insecure := "OCTOPUS_BASE_URL: the address must start with https:// (http:// is allowed only to this machine, as in http://localhost:8080)"
	incomplete := "OCTOPUS_BASE_URL: this is not a complete address such as https://api.example.com"
	for _, tt := range []struct {
		name, variable, value string
		want                  string // "" : fine
	}{
		{"both", "OCTOPUS_API_KEY_FILE", empty, "OCTOPUS_API_KEY and OCTOPUS_API_KEY_FILE are both set: unset one of them"},
		{"http", "OCTOPUS_BASE_URL", "http://canary.example.com", insecure},
		{"http to another machine by number", "OCTOPUS_BASE_URL", "http://10.0.0.1", insecure},
		{"no scheme", "OCTOPUS_BASE_URL", "canary.example.com", incomplete},
		{"no host", "OCTOPUS_BASE_URL", "https:///canary", incomplete},
		{"only a port", "OCTOPUS_BASE_URL", "https://:443", incomplete},
		{"not an address", "OCTOPUS_BASE_URL", "https://canary example.com", incomplete},
		{"opaque", "OCTOPUS_BASE_URL", "https:canary", incomplete},
		{"other scheme", "OCTOPUS_BASE_URL", "ftp://localhost", insecure},
		{"password", "OCTOPUS_BASE_URL", "https://user:canary@example.com", "OCTOPUS_BASE_URL: the address must not contain a user or a password: remove everything before the @"},
		{"query", "OCTOPUS_BASE_URL", "https://example.com/?key=canary", "OCTOPUS_BASE_URL: the address must end before any ? or #"},
		{"empty query", "OCTOPUS_BASE_URL", "https://example.com/?", "OCTOPUS_BASE_URL: the address must end before any ? or #"},
		{"fragment", "OCTOPUS_BASE_URL", "https://example.com/#", "OCTOPUS_BASE_URL: the address must end before any ? or #"},
		{"loopback name", "OCTOPUS_BASE_URL", "http://localhost:8080", ""},
		{"loopback v4", "OCTOPUS_BASE_URL", "http://127.0.0.2:8080/", ""},
		{"loopback v6", "OCTOPUS_BASE_URL", "http://[::1]:8080", ""},
		{"loopback only in the name", "OCTOPUS_BASE_URL", "http://localhost.canary.com", insecure},
		{"short key", "PAGERDUTY_ROUTING_KEY", "canary", "PAGERDUTY_ROUTING_KEY must be an integration key (Events API v2) of 32 characters, but has 6"},
		{"blank in key", "PAGERDUTY_ROUTING_KEY", "0123456789abcdef 123456789abcdef", "PAGERDUTY_ROUTING_KEY must not contain blanks: copy the integration key (Events API v2) again"},
		{"heartbeat", "WALLETWATCH_HEARTBEAT_URL", "canary", "WALLETWATCH_HEARTBEAT_URL must be an http or https address such as https://hc-ping.com/your-check, or not be set at all"},
		{"missing file", "OCTOPUS_WEBHOOK_SECRET_FILE", missing, "OCTOPUS_WEBHOOK_SECRET_FILE must be the path of a file that holds the value, but " + missing + " cannot be used: no such file or directory"},
		{"empty file", "WALLETWATCH_ADMIN_TOKEN_FILE", empty, "WALLETWATCH_ADMIN_TOKEN_FILE must be the path of a file that holds the value, but " + empty + " cannot be used: the secret file " + empty + " is empty"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			vars := complete()
			vars[tt.variable] = tt.value
			_, err := config.LoadEnvironment(from(vars), parse(t, minimal))
			if tt.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if got := problems(t, err).Error(); got != "environment: "+tt.want {
				t.Errorf("got  %s\nwant environment: %s", got, tt.want)
			}
			if strings.Contains(err.Error(), "canary") {
				t.Errorf("the message repeats the value: %v", err)
			}
		})
	}
}

func TestEachAccountHasItsOwnVariables(t *testing.T) {
	f := parse(t, minimal+"accounts: [{name: a, env_prefix: A}, {name: b, env_prefix: B}]\n")
	vars := map[string]string{}
	for _, p := range []string{"A", "B"} {
		vars[p+"_BASE_URL"], vars[p+"_API_KEY"], vars[p+"_API_SECRET"] = "https://"+strings.ToLower(p)+".example.com", p+"-key", p+"-secret"
	}
	got, err := config.LoadAccounts(from(vars), f)
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range []string{"A", "B"} {
		key, _ := got[i].Key.Reveal()
		if got[i].BaseURL != "https://"+strings.ToLower(p)+".example.com" || key != p+"-key" {
			t.Errorf("account %d: %+v with key %q", i, got[i], key)
		}
	}
	delete(vars, "B_API_SECRET")
	if _, err := config.LoadAccounts(from(vars), f); !strings.HasPrefix(problems(t, err).Error(), "environment: B_API_SECRET is not set") {
		t.Errorf("got %v", err)
	}
}

func from(vars map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		v, ok := vars[name]
		return v, ok
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
