package boards

import (
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

// wallet answers: what has happened to this wallet, and who knows?
func wallet() *dashboard.DashboardBuilder {
	b := board("walletwatch-wallet", "walletwatch / Wallet", "One wallet: its balance, its thresholds, and who has been told.", "now-24h")
	for _, v := range whichWallet() {
		b.WithVariable(v)
	}
	for _, p := range []panel{
		levelNow(), balanceNow(), spendNow(), runwayNow(), ageNow(), mutedNow(),
		balanceSince(),
		levelSince(), notifiedSince(),
		spendSince(), walletRunway(),
		heardOf(), ageSince(),
	} {
		b.WithPanel(p)
	}
	return b
}

func levelNow() panel {
	return figure(about{"Level",
		"The level the wallet is at now. learning: too little history, so only floors apply. unknown: the balance can't be read or believed; nothing is concluded from it.",
		"short", 4, 4}, now(gauge("level", "wallet_level", oneWallet)+" == 1", "{{level}}")).
		TextMode(common.BigValueTextModeName).Thresholds(steps("red")).Overrides(levelLines())
}

func balanceNow() panel {
	return figure(about{"Balance",
		"The newest balance in the wallet's currency. No data: unknown or stale; see Age of the balance.",
		"locale", 4, 4}, now(gauge("currency", "wallet_balance", oneWallet), "{{currency}}")).Decimals(2).
		TextMode(common.BigValueTextModeValueAndName).ColorMode(common.BigValueColorModeValue).Thresholds(steps("text"))
}

func spendNow() panel {
	return figure(about{"Daily spend",
		"What the wallet spends in a typical day (spend.window and spend.statistic of thresholds.yaml). Thresholds are shares of this.",
		"locale", 4, 4}, now(gauge("currency", "wallet_daily_spend", oneWallet), "{{currency}} a day")).Decimals(2).
		TextMode(common.BigValueTextModeValueAndName).ColorMode(common.BigValueColorModeValue).Thresholds(steps("text"))
}

func runwayNow() panel {
	return figure(about{"Runway",
		"How long the balance lasts at the usual rate. Shorter than a wire takes: send one now.",
		"s", 4, 4}, now(gauge("wallet_id", "wallet_runway_seconds", oneWallet), "runway")).
		Thresholds(steps("red", step{6 * 3600, "orange"}, step{3 * 86400, "green"})).
		NoValue("no spend, or not known")
}

func ageNow() panel {
	return figure(about{"Age of the balance",
		"How long ago the balance was true. It grows between polls. Above 10 minutes: see Polls in the health dashboard.",
		"s", 4, 4}, now(age("wallet_id", "wallet_observed_timestamp_seconds", oneWallet), "age")).
		Thresholds(steps("green", step{360, "orange"}, step{600, "red"}))
}

func mutedNow() panel {
	return figure(about{"Muted",
		"Whether thresholds.yaml mutes this wallet: its level is worked out and shown, and nobody is told. Remove mute: true to change that.",
		"short", 4, 4}, now(gauge("wallet_id", "wallet_muted", oneWallet), "muted")).
		Mappings(words(word{"0", "no", "green"}, word{"1", "muted", "orange"}))
}

func balanceSince() panel {
	p := lines(about{"Balance and thresholds of $wallet",
		"The balance in the wallet's currency, and the threshold of each level. Thresholds follow the daily spend. Below a line the wallet is at that level until it is back at recover_at (125 %) of it.",
		"locale", 24, 9},
		series(gauge("currency", "wallet_balance", oneWallet), "balance, {{currency}}"),
		series(gauge("level", "wallet_threshold", oneWallet), "below: {{level}}")).Decimals(2)
	for _, level := range []string{"warning", "critical"} {
		p.OverrideByName("below: "+level, []dashboard.DynamicConfigValue{fixed(levelColours()[level])})
	}
	return p.OverrideByRegexp("balance.*", []dashboard.DynamicConfigValue{
		fixed("blue"), property("custom.lineWidth", 2), property("custom.fillOpacity", 12), property("custom.lineInterpolation", "stepAfter"),
	}).OverrideByRegexp("below.*", []dashboard.DynamicConfigValue{
		property("custom.lineStyle", map[string]any{"fill": "dash", "dash": []int{8, 6}}), property("custom.fillOpacity", 0),
	})
}

func levelSince() panel {
	return timeline(about{"Level, since",
		"Which level the wallet was at, and when. Gaps are times without walletwatch.",
		"short", 12, 7}, series(gauge("level", "wallet_level", oneWallet), "{{level}}")).
		Mappings(words(word{"0", " ", "transparent"}, word{"1", "at this level", "red"})).
		Overrides(levelStates())
}

func notifiedSince() panel {
	return timeline(about{"Who has been told",
		"While the wallet is at a level: whether each receiver has accepted the news of the present level. Red for longer than 10 s: tell them yourself, and see Deliveries in the health dashboard. Nothing here: the wallet was at no level, is muted, or nothing is known of it.",
		"short", 12, 7}, series(gauge("receiver", "wallet_notified", oneWallet), "{{receiver}}")).
		Mappings(words(word{"0", "not yet", "red"}, word{"1", "accepted", "green"})).
		NoValue("at no level, muted, or nothing known: see Level")
}

func spendSince() panel {
	return lines(about{"Daily spend, since",
		"The typical day's spend that thresholds follow, in the wallet's currency. A jump moves every threshold: look for a campaign, or for refunds that were not recognised (spend.refunds).",
		"locale", 12, 7}, series(gauge("currency", "wallet_daily_spend", oneWallet), "{{currency}} a day")).Min(0).Decimals(2)
}

func walletRunway() panel {
	return lines(about{"Runway, since",
		"How long the balance lasts at the usual rate. A wire of one to two business days must be sent while this is longer.",
		"s", 12, 7}, series(gauge("wallet_id", "wallet_runway_seconds", oneWallet), "runway")).Min(0)
}

func heardOf() panel {
	return counts(about{"Observations of the account a minute",
		"Balances learnt for all wallets of account $account, by source (poll, order, webhook) and result. Orders or webhooks missing: their sender is down or not connected. contradicted: a poll disagreed with what was heard.",
		"short", 12, 7}, series(perMinute("source, result", "observations_total", oneAccount), "{{source}} {{result}}"))
}

func ageSince() panel {
	return lines(about{"Age of the balance, since",
		"How old the newest balance was. A saw tooth as high as the poll interval is normal; a slope that goes on is an outage of the API or of walletwatch.",
		"s", 12, 7}, series(age("wallet_id", "wallet_observed_timestamp_seconds", oneWallet), "age")).Min(0)
}
