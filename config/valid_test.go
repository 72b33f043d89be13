package config_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"walletwatch/config"
	"walletwatch/wallet"
)

// valid is a file that is right, with what must come of it.
type valid struct {
	name, text string
	holds      func(f *config.File) bool
}

func valids() []valid {
	const levels = "levels: [{name: low, percent_of_daily_spend: 20, notify: [slack]}]\n"
	const receivers = "receivers: {slack: {type: slack, channel: \"#wallets\"}}\n"
	const base = levels + receivers
	return []valid{
		{"minimal", minimal, func(f *config.File) bool { return len(f.Policy.Levels) == 2 }},
		{"windows line ends and byte order mark", "\ufeff" + "levels: [{name: low, floor: 5, notify: [slack]}]\r\n" + "receivers: {slack: {type: slack}}\r\n",
			func(f *config.File) bool { return f.Receivers[0].Channel == "" }},
		{"document marks", "---\n" + base + "...\n", func(f *config.File) bool { return true }},
		{"JSON", `{"levels": [{"name": "low", "floor": 5, "notify": ["slack"]}], "receivers": {"slack": {"type": "slack"}}}`,
			func(f *config.File) bool { return f.Policy.Levels[0].Name == "low" }},
		{"amounts are exact", "levels: [{name: low, floor: 123456789012345678901234.0001, notify: [slack]}]\n" + receivers,
			func(f *config.File) bool {
				return f.Policy.Levels[0].Floor.String() == "123456789012345678901234.0001"
			}},
		{"fraction of a percent", "levels: [{name: low, percent_of_daily_spend: 0.1, notify: [slack]}]\n" + receivers,
			func(f *config.File) bool { return f.Policy.Levels[0].Percent.String() == "0.1" }},
		{"runway", "levels: [{name: low, runway_below: 1d12h, severity: info, notify: [slack]}]\n" + receivers,
			func(f *config.File) bool {
				return f.Policy.Levels[0].Runway == 36*time.Hour && f.Policy.Levels[0].Severity == "info"
			}},
		{"equal percentages, lower floor", "levels:\n - {name: a, percent_of_daily_spend: 20, floor: 9, notify: [slack]}\n - {name: b, percent_of_daily_spend: 20, floor: 8, notify: [slack]}\n" + receivers,
			func(f *config.File) bool { return f.Policy.Levels[1].Floor.String() == "8" }},
		{"three levels", "levels:\n - {name: notice, percent_of_daily_spend: 50, notify: [slack]}\n - {name: warning, percent_of_daily_spend: 20, notify: [slack]}\n - {name: critical, percent_of_daily_spend: 5, notify: [slack]}\n" + receivers,
			func(f *config.File) bool { return stale(f, "warning 10m0s critical 30m0s") }},
		{"other level names", "levels:\n - {name: low, percent_of_daily_spend: 20, notify: [slack]}\n - {name: lower, percent_of_daily_spend: 10, notify: [slack]}\n - {name: lowest, percent_of_daily_spend: 5, notify: [slack]}\n" + receivers,
			func(f *config.File) bool { return stale(f, "low 10m0s lowest 30m0s") }},
		{"one level", base, func(f *config.File) bool { return stale(f, "low 10m0s") }},
		{"stale by the worst level only", "levels:\n - {name: a, percent_of_daily_spend: 20, notify: [slack]}\n - {name: b, percent_of_daily_spend: 5, notify: [slack]}\n" + receivers + "stale_after: {b: 7m}\n",
			func(f *config.File) bool { return stale(f, "b 7m0s") }},
		{"no reminders", base + "remind_every: 0\n", func(f *config.File) bool { return f.Policy.RemindEvery == 0 }},
		{"recover at the threshold", base + "recover_at: 100%\n", func(f *config.File) bool { return f.Policy.RecoverAt.String() == "1" }},
		{"recover with a fraction", base + "recover_at: 112.5%\n", func(f *config.File) bool { return f.Policy.RecoverAt.String() == "1.125" }},
		{"window in weeks, no learning", base + "spend: {window: 4w, statistic: median, min_history: 0s}\n",
			func(f *config.File) bool {
				return f.Policy.Spend.Days() == 28 && f.Policy.Spend.Statistic == wallet.Median && f.Policy.Spend.MinHistory == 0
			}},
		{"no refunds", base + "spend: {refunds: \"\"}\n", func(f *config.File) bool { return f.Policy.Spend.Refunds == nil }},
		{"cron fields", base + "poll: \"1-59/3 * * * *\"\ntimezone: America/New_York\n",
			func(f *config.File) bool {
				return f.PollEvery == 3*time.Minute && f.Location.String() == "America/New_York"
			}},
		{"uneven cron fields", base + "poll: \"0,5,7,11,14,19,23,25,30,35,40,45,50,55 * * * *\"\n",
			func(f *config.File) bool { return f.PollEvery == 5*time.Minute }},
		{"own receivers", "levels: [{name: low, floor: 5, notify: [ops]}]\n" +
			"receivers:\n  zz: {type: slack, channel: C012AB, token_env: OTHER_TOKEN, api_url: \"http://127.0.0.1:9/api\"}\n  ops: {type: pagerduty, region: eu, routing_key_env: OPS_KEY}\n  fake: {type: pagerduty, events_url: \"http://localhost:9/pd/\"}\n",
			func(f *config.File) bool {
				return f.Receivers[0].Name == "zz" && f.Receivers[0].APIURL == "http://127.0.0.1:9/api/" && f.Receivers[0].TokenEnv == "OTHER_TOKEN" &&
					f.Receivers[1].EventsURL == "https://events.eu.pagerduty.com" && !f.Receivers[1].CustomURL &&
					f.Receivers[2].EventsURL == "http://localhost:9/pd" && f.Receivers[2].CustomURL && f.Receivers[2].Position == config.Position{Line: 5, Column: 3}
			}},
		{"accounts", base + "accounts: [{name: prod, env_prefix: OCTOPUS_PROD}, {name: sandbox, env_prefix: _S1}]\nwallets: [{match: {account: sandbox}, mute: true}, {match: {currency: USD}}]\n",
			func(f *config.File) bool {
				return f.Accounts[1].Name == "sandbox" && f.Policy.Rules[0].Match.Account == "sandbox" && f.Policy.Rules[0].Mute
			}},
		{"a muted entry may notify nobody", base + "wallets: [{match: {id: 9007199254740993}, mute: true, levels: [{name: x, floor: 1}]}]\n",
			func(f *config.File) bool { return f.Policy.Rules[0].Match.ID == 9007199254740993 }},
		{"an entry's floor is condition enough", base + "wallets: [{match: {currency: USDT}, floor: 7.50, levels: [{name: x, notify: [slack]}]}]\n",
			func(f *config.File) bool { return f.Policy.Rules[0].Floor.String() == "7.5" }},
		{"an entry that shields from the next", base + "wallets: [{match: {id: 4, currency: USD}}, {match: {currency: USD}, floor: 1}, {match: {type: PREPAID}}]\n",
			func(f *config.File) bool { return len(f.Policy.Rules) == 3 && f.Policy.Rules[0].Levels == nil }},
		{"no balances in order responses", base + "ingest: {balance_paths: []}\n", func(f *config.File) bool { return len(f.BalancePaths) == 0 }},
		{"balances far inside", base + "ingest: {balance_paths: [a.b.c.d.E_5, \"0\"]}\n", func(f *config.File) bool { return slices.Equal(f.BalancePaths, []string{"a.b.c.d.E_5", "0"}) }},
		{"empty groups", base + "spend: {}\nwallets: []\ningest: {}\n", func(f *config.File) bool { return f.Policy.Spend.Days() == 7 && len(f.BalancePaths) == 5 }},
	}
}

func TestValidFiles(t *testing.T) {
	for _, tt := range valids() {
		t.Run(tt.name, func(t *testing.T) {
			if f := parse(t, tt.text); !tt.holds(f) {
				t.Errorf("got %+v\n%+v", f, f.Policy)
			}
		})
	}
}

func TestFastPollMustBeAsked(t *testing.T) {
	text := []byte(minimal + "poll: \"@every 1s\"\n")
	f, err := config.Parse("x", text, config.Options{AllowFastPoll: true})
	if err != nil || f.PollEvery != time.Second {
		t.Errorf("got %v, %v", f, err)
	}
	if _, err := config.Parse("x", text, config.Options{}); err == nil {
		t.Error("accepted without being asked")
	}
}

func TestHashTellsFilesApart(t *testing.T) {
	a, b, c := parse(t, minimal), parse(t, minimal), parse(t, minimal+"# changed\n")
	if a.Hash != b.Hash || a.Hash == c.Hash || a.Hash == "" {
		t.Errorf("got %q, %q and %q", a.Hash, b.Hash, c.Hash)
	}
}

func stale(f *config.File, want string) bool {
	got := ""
	for i, s := range f.Policy.StaleAfter {
		if i > 0 {
			got += " "
		}
		got += fmt.Sprintf("%s %s", s.Level, s.Age)
	}
	return got == want
}
