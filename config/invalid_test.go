package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"walletwatch/config"
)

// verdict is what the JSON Schema says about a file that Parse refuses.
type verdict int

const (
	refused  verdict = iota // it sees the mistake too
	accepted                // it cannot: the mistake is in what the values mean
	unseen                  // it never gets the file: YAML itself, or what YAML's readers leave out, is wrong
)

// invalid is testdata/invalid-<name>.yaml with the problems it must give, in order.
type invalid struct {
	name     string
	schema   verdict
	problems []string
}

func invalids() []invalid {
	return []invalid{
		{"empty", unseen, []string{`1:1: the file is empty: it needs at least levels and receivers; start from the thresholds.yaml that comes with walletwatch`}},
		{"null", unseen, []string{`1:1: the file is empty: it needs at least levels and receivers; start from the thresholds.yaml that comes with walletwatch`}},
		{"not-keys", refused, []string{`1:1: expected keys such as levels: and receivers:, got a list`}},
		{"no-levels", refused, []string{`1:1: the key levels is missing; for example levels: [{name: warning, percent_of_daily_spend: 20, notify: [slack]}]`}},
		{"no-receivers", refused, []string{`1:1: the key receivers is missing; for example receivers: {slack: {type: slack, channel: "#wallet-alerts"}}`}},
		{"second-document", unseen, []string{`3:1: a second document begins here: there must be only one, so remove the "---"`}},
		{"tab", unseen, []string{`4:1: indent with spaces, not with a tab`}},
		{"at-sign", unseen, []string{`3:7: a value that starts with @ must be in quotes`}},
		{"open-quote", unseen, []string{`3:7: this quote is never closed`}},
		{"open-bracket", unseen, []string{`1:9: this [ is never closed, or a comma is missing between its entries`}},
		{"open-brace-comment", unseen, []string{`3:42: a [ or { before this is never closed; a # begins a comment unless the value is in quotes`}},
		{"colon", unseen, []string{`3:14: there is a ": " too many: put a value that contains it in quotes, or mend the indentation`}},
		{"no-colon", unseen, []string{`3:1: expected "key: value"`}},
		{"not-text", unseen, []string{`3:13: this is not plain UTF-8 text: save the file as UTF-8, without control characters`}},
		{"latin1", unseen, []string{`3:12: this is not plain UTF-8 text: save the file as UTF-8, without control characters`}},
		{"anchor", unseen, []string{`1:9: &l is an anchor, which is not allowed here: remove it, or put the value in quotes`, `3:44: *l is an alias, which is not allowed here: write the value out, or put it in quotes`}},
		{"alias-unquoted", unseen, []string{`3:11: a value that starts with * must be in quotes`}},
		{"merge-key", unseen, []string{`4:3: << is not allowed here: write the values out`}},
		{"tag", unseen, []string{`3:11: !!str is a tag, which is not allowed here: remove it`}},
		{"unknown-key", refused, []string{`3:1: unknown key "recieve_at"; did you mean "recover_at"?`}},
		{"unknown-key-far", refused, []string{`3:9: unknown key "colour"; known here: min_history, refunds, statistic, window`}},
		{"unknown-key-level", refused, []string{`1:22: unknown key "percent_of_daily_spent"; did you mean "percent_of_daily_spend"?`}},
		{"repeated-key", unseen, []string{`4:1: the key "timezone" is given twice, first on line 3: keep one`}},
		{"number-key", unseen, []string{`3:1: expected a key, got 5`}},
		{"null-value", refused, []string{`3:9: wallets: expected a list, got nothing; leave the key out, or give it a value`}},
		{"channel-comment", refused, []string{`5:13: channel: expected a channel such as "#wallet-alerts" (its name with the #, or its ID), got nothing; a value that starts with # must be in quotes`}},
		{"window-type", refused, []string{`3:17: window: expected a duration such as 7d, got a list`}},
		{"window-word", refused, []string{`3:17: window: expected a duration such as 7d, got "a week"`}},
		{"window-hours", accepted, []string{`3:17: window: expected whole days from 1d to 90d, got 1d12h`}},
		{"window-long", accepted, []string{`3:17: window: expected whole days from 1d to 90d, got 91d`}},
		{"window-huge", accepted, []string{`3:17: window: expected a duration such as 7d, got "99999999999w"`}},
		{"statistic", refused, []string{`3:20: statistic: expected one of mean, median or max, got "average"`}},
		{"min-history", accepted, []string{`3:34: min_history: 3d is longer than the window of 2d, so no wallet would ever have enough history`}},
		{"refunds", accepted, []string{`3:18: refunds: "(refund" is not a regular expression: missing closing )`}},
		{"refunds-all", accepted, []string{`3:18: refunds: ".*" matches any text, so every top-up would count as a refund`}},
		{"refunds-number", refused, []string{`3:18: refunds: expected text such as "(?i)refund", got 7; put it in quotes`}},
		{"spend-list", refused, []string{`3:8: spend: expected keys with values, got an empty list`}},
		{"poll-words", accepted, []string{`3:7: poll: "every 2 minutes" is not a schedule: expected exactly 5 fields, found 3: [every 2 minutes]; right would be "@every 2m" or "*/2 * * * *"`}},
		{"poll-zone", accepted, []string{`3:7: poll: name the time zone under timezone, not in the schedule; right would be "@every 2m" or "*/2 * * * *"`}},
		{"poll-blank", accepted, []string{`3:7: poll: "@every 2m " has blanks around it: remove them; right would be "@every 2m" or "*/2 * * * *"`}},
		{"poll-never", accepted, []string{`3:7: poll: "* * 30 2 *" never fires: there is no such date; right would be "@every 2m" or "*/2 * * * *"`}},
		{"poll-slow", accepted, []string{`3:7: poll: "*/10 * * * *" leaves 10m between polls, at most 5m are allowed: write for example "@every 2m"`}},
		{"poll-office-hours", accepted, []string{`3:7: poll: "*/2 8-18 * * *" leaves an hour or more between polls, at most 5m are allowed: write for example "@every 2m"`}},
		{"poll-uneven", accepted, []string{`3:7: poll: "0-50/2 * * * *" leaves 10m between polls, at most 5m are allowed: write for example "@every 2m"`}},
		{"poll-fast", accepted, []string{`3:7: poll: "@every 30s" polls every 30s, at least 1m must lie between polls (--allow-fast-poll lifts this for sandboxes)`}},
		{"poll-fraction", accepted, []string{`3:7: poll: "@every 90500ms" is not a whole number of seconds, at least one; right would be "@every 2m" or "*/2 * * * *"`}},
		{"poll-negative", accepted, []string{`3:7: poll: "@every -5m" is not a whole number of seconds, at least one; right would be "@every 2m" or "*/2 * * * *"`}},
		{"timezone", accepted, []string{`3:11: timezone: expected UTC or an IANA name such as Europe/Berlin, got "Mars/Olympus"`}},
		{"timezone-local", accepted, []string{`3:11: timezone: expected UTC or an IANA name such as Europe/Berlin, got "Local"`}},
		{"levels-many", refused, []string{`2:3: levels: at most 20 entries are allowed, here are 21`}},
		{"receivers-many", refused, []string{`3:3: receivers: at most 100 entries are allowed, here are 101`}},
		{"levels-empty", refused, []string{`1:9: levels: expected a list with at least one entry, got an empty list`}},
		{"levels-map", refused, []string{`1:9: levels: expected a list such as [{name: warning, percent_of_daily_spend: 20, notify: [slack]}], got keys with values`}},
		{"level-text", refused, []string{`1:10: levels: expected keys with values, got "low"`}},
		{"level-no-name", refused, []string{`1:10: the key name is missing; for example name: warning`}},
		{"level-name", refused, []string{`1:17: name: expected a name such as warning (small letters, digits, - and _, a letter first), got "Very Low"`}},
		{"level-name-long", refused, []string{`1:17: name: expected at most 64 characters, got "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…"`}},
		{"level-reserved", accepted, []string{`1:17: name: "learning" is what wallets are called that are at no level: choose another name`}},
		{"level-twice", accepted, []string{`3:12: name: there is a level "low" already, on line 2: choose another name`}},
		{"level-no-condition", accepted, []string{`1:10: the level "low" has no condition: give it percent_of_daily_spend, floor or runway_below`}},
		{"level-percent-sign", refused, []string{`1:46: percent_of_daily_spend: expected a number such as 20 (above 0, at most 10000, no % sign), got "20%"`}},
		{"level-percent-quoted", refused, []string{`1:46: percent_of_daily_spend: expected a number such as 20 (above 0, at most 10000, no % sign), got "20"; leave out the quotes`}},
		{"level-percent-zero", refused, []string{`1:46: percent_of_daily_spend: expected a number such as 20 (above 0, at most 10000, no % sign), got 0`}},
		{"level-percent-huge", refused, []string{`1:46: percent_of_daily_spend: expected a number such as 20 (above 0, at most 10000, no % sign), got 10001`}},
		{"level-floor-negative", refused, []string{`1:29: floor: expected a plain amount such as 250.00 (not below 0, digits and a point only), got -0.01`}},
		{"level-floor-exponent", accepted, []string{`1:29: floor: expected a plain amount such as 250.00 (not below 0, digits and a point only), got 1e3`}},
		{"level-floor-octal", accepted, []string{`1:29: floor: expected a plain amount such as 250.00 (not below 0, digits and a point only), got 0500`}},
		{"level-floor-thousands", refused, []string{`1:29: floor: expected a plain amount such as 250.00 (not below 0, digits and a point only), got "1,000.00"`}},
		{"level-runway-zero", accepted, []string{`1:36: runway_below: expected a duration above 0 such as 6h`}},
		{"level-severity", refused, []string{`1:42: severity: expected one of critical, error, warning or info, got "high"`}},
		{"level-silent", accepted, []string{`1:10: the level "low" notifies nobody: give it notify with the name of a receiver`}},
		{"level-silent-list", accepted, []string{`1:40: the level "low" notifies nobody: give it notify with the name of a receiver`}},
		{"level-notify-text", refused, []string{`1:40: notify: expected a list such as [slack], got "slack"`}},
		{"level-notify-unknown", accepted, []string{`1:41: notify: there is no receiver "slak"; did you mean "slack"?`, `1:47: notify: there is no receiver "email"; known here: slack`}},
		{"level-notify-twice", accepted, []string{`1:48: notify: "slack" is named twice: keep one`}},
		{"order-percent", accepted, []string{`3:42: percent_of_daily_spend: 20.5 for "mild" is above the 5 of the milder level "bad": write the mildest level first`}},
		{"order-third", accepted, []string{`4:39: percent_of_daily_spend: 10 for "c" is above the 5 of the milder level "b": write the mildest level first`}},
		{"order-floor", accepted, []string{`3:24: floor: 250 for "bad" is above the 100 of the milder level "mild": write the mildest level first`}},
		{"order-runway", accepted, []string{`3:31: runway_below: 1d6h for "bad" is above the 6h of the milder level "mild": write the mildest level first`}},
		{"order-same", accepted, []string{`3:5: the level "bad" has the same conditions as "mild", which would never show: change one`}},
		{"order-entry-floor", accepted, []string{`7:12: floor: with 100 here, the worse level "bad" would begin at 250 and the milder level "mild" only at 100: change it, or give this entry levels`}},
		{"recover-number", refused, []string{`3:13: recover_at: expected a percentage such as 125% (with its sign, from 100% to 10000%), got 1.25`}},
		{"recover-no-sign", refused, []string{`3:13: recover_at: expected a percentage such as 125% (with its sign, from 100% to 10000%), got "125"`}},
		{"recover-low", refused, []string{`3:13: recover_at: expected a percentage such as 125% (with its sign, from 100% to 10000%), got "99.9%"`}},
		{"recover-high", refused, []string{`3:13: recover_at: expected a percentage such as 125% (with its sign, from 100% to 10000%), got "10000.5%"`}},
		{"remind-often", accepted, []string{`3:15: remind_every: 59s is too often: expected 0 or at least 1m`}},
		{"remind-number", refused, []string{`3:15: remind_every: expected 0 or a duration such as 4h, got 4`}},
		{"remind-off", refused, []string{`3:15: remind_every: expected 0 or a duration such as 4h, got "off"`}},
		{"stale-empty", refused, []string{`3:14: stale_after: expected names with values, got {}`}},
		{"stale-unknown", accepted, []string{`3:15: stale_after: there is no level "lo" at the top of the file; did you mean "low"?`}},
		{"stale-short", accepted, []string{`4:20: stale_after: 5m for "low" is not longer than the 5m between two polls, so the monitor would call itself blind while all is well: write more than 5m`}},
		{"stale-order", accepted, []string{`5:20: stale_after: 10m for "bad" must be longer than the 10m for the milder level "mild"`}},
		{"receivers-empty", refused, []string{`2:12: receivers: expected names with values, got {}`}},
		{"receivers-list", refused, []string{`2:12: receivers: expected names with values, got a list`}},
		{"receiver-name", refused, []string{`2:13: receivers: expected a name of small letters, digits, - and _, got "Slack"`}},
		{"receiver-no-type", refused, []string{`2:20: the key type is missing; for example type: slack`}},
		{"receiver-type", refused, []string{`2:27: type: expected slack or pagerduty, got "email"`}},
		{"receiver-channel", refused, []string{`2:43: channel: expected a channel such as "#wallet-alerts" (its name with the #, or its ID)`}},
		{"receiver-token-env", refused, []string{`2:66: token_env: expected the name of an environment variable such as SLACK_BOT_TOKEN (capitals, digits and _; the secret itself stays in the environment)`}},
		{"receiver-routing-key", accepted, []string{`2:55: routing_key_env: this looks like an integration key itself: export it, and write the name of the variable here`}},
		{"receiver-foreign-slack", refused, []string{`2:55: region belongs to receivers of type pagerduty: remove it here`}},
		{"receiver-foreign-pagerduty", refused, []string{`2:38: channel belongs to receivers of type slack: remove it here`}},
		{"receiver-api-url", accepted, []string{`2:64: api_url: the address must start with https:// (http:// is allowed only to this machine, as in http://localhost:8080)`}},
		{"receiver-events-url", accepted, []string{`2:50: events_url: the address must not contain a user or a password: remove everything before the @`}},
		{"receiver-region", refused, []string{`2:46: region: expected us or eu, got "asia"`}},
		{"wallet-no-match", refused, []string{`3:11: the key match is missing; for example match: {currency: USD}`}},
		{"wallet-match-empty", refused, []string{`3:19: match: expected at least one of account, id, currency and type`}},
		{"wallet-match-id", refused, []string{`3:24: id: expected a whole number such as 17 (above 0), got 0`}},
		{"wallet-match-id-negative", refused, []string{`3:24: id: expected a whole number such as 17 (above 0), got -5`}},
		{"wallet-match-id-huge", accepted, []string{`3:24: id: expected a whole number such as 17 (above 0), got 9223372036854775808`}},
		{"wallet-match-currency", refused, []string{`3:30: currency: expected a currency such as USD (3 to 5 capitals), got "Dollar"`}},
		{"wallet-match-type", refused, []string{`3:26: type: expected PREPAID or POSTPAID, got "prepaid"`}},
		{"wallet-match-account", accepted, []string{`3:29: account: there is no account "defalt"; did you mean "default"?`}},
		{"wallet-shadowed", accepted, []string{`6:12: match: this entry is never used: the entry on line 4 comes first and takes every wallet that this one matches`}},
		{"wallet-shadowed-account", accepted, []string{`5:12: match: this entry is never used: the entry on line 4 comes first and takes every wallet that this one matches`}},
		{"wallet-runbook", accepted, []string{`3:37: runbook: expected an http or https address such as https://wiki.example.com/wallets/usd, got "wiki/usd"`}},
		{"wallet-name", refused, []string{`3:34: name: expected text such as US gift cards, got " "`}},
		{"wallet-mute", refused, []string{`3:34: mute: expected true or false, got "yes"`}},
		{"wallet-levels-empty", refused, []string{`3:36: levels: expected a list with at least one entry, got an empty list`}},
		{"wallet-level-silent", accepted, []string{`3:37: the level "low" notifies nobody: give it notify with the name of a receiver`}},
		{"wallet-level-no-condition", accepted, []string{`3:37: the level "low" has no condition: give it percent_of_daily_spend, floor or runway_below, or give this wallets entry a floor`}},
		{"wallet-postpaid-floor", accepted, []string{`3:44: floor: POSTPAID wallets are only watched by levels of their own: give this entry levels`}},
		{"accounts-empty", refused, []string{`3:11: accounts: expected a list with at least one entry, got an empty list`}},
		{"account-prefix", refused, []string{`3:34: env_prefix: expected the beginning of environment variables such as OCTOPUS_PROD (capitals, digits and _)`}},
		{"account-no-prefix", refused, []string{`3:12: the key env_prefix is missing; for example env_prefix: OCTOPUS_PROD`}},
		{"account-twice", accepted, []string{`5:12: name: there is an account "a" already, on line 4: choose another name`, `6:27: env_prefix: the account on line 4 reads "A" already: two accounts cannot share credentials`}},
		{"balance-path", refused, []string{`3:26: balance_paths: expected names joined by dots such as wallet.balance (at most 5 names), got "wallet/balance"`}},
		{"balance-path-deep", refused, []string{
			`6:7: balance_paths: expected names joined by dots such as wallet.balance (at most 5 names), got "a.b.c.d.e.f"`,
			`7:7: balance_paths: expected names joined by dots such as wallet.balance (at most 5 names), got "wallet."`,
		}},
		{"balance-path-twice", accepted, []string{`3:29: balance_paths: "a" is there twice: keep one`}},
	}
}

func TestInvalidFilesSayWhereAndWhatWouldBeRight(t *testing.T) {
	for _, tt := range invalids() {
		t.Run(tt.name, func(t *testing.T) {
			_, err := config.Load(filepath.Join("testdata", "invalid-"+tt.name+".yaml"), config.Options{})
			var got []string
			for _, p := range problems(t, err) {
				got = append(got, strings.TrimPrefix(p.Error(), p.File+":"))
			}
			if g, w := strings.Join(got, "\n"), strings.Join(tt.problems, "\n"); g != w {
				t.Errorf("got\n%s\nwant\n%s", g, w)
			}
		})
	}
}

func TestEveryInvalidFileIsInTheTable(t *testing.T) {
	files, err := filepath.Glob("testdata/invalid-*.yaml")
	if err != nil || len(files) != len(invalids()) {
		t.Errorf("%d files, %d rows, error %v", len(files), len(invalids()), err)
	}
}

func TestEveryProblemIsReportedAtOnceInTheOrderOfTheFile(t *testing.T) {
	_, err := config.Load("testdata/many.yaml", config.Options{})
	want, readErr := os.ReadFile("testdata/many.txt")
	if readErr != nil {
		t.Fatal(readErr)
	}
	if got := err.Error() + "\n"; got != string(want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// problems returns what is in an error of this package, which must be Problems.
func problems(t *testing.T, err error) config.Problems {
	t.Helper()
	ps, ok := errors.AsType[config.Problems](err)
	if !ok || len(ps) == 0 {
		t.Fatalf("got error %v (%T), want Problems", err, err)
	}
	return ps
}
