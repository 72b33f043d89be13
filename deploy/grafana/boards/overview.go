package boards

import (
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

type panel = cog.Builder[dashboard.Panel]

// overview answers: which wallets need somebody, and has somebody been told?
func overview() *dashboard.DashboardBuilder {
	b := board("walletwatch-overview", "walletwatch / Overview",
		"Which wallets need a top-up, and has everybody been told who should be?", "now-24h")
	for _, v := range append(whichWallets(),
		number("lead_days", "Wire takes (days)", "How long a wire takes to arrive. A wallet that runs dry sooner is due.", "1,2,3,4,5,7", "3"),
		number("target_days", "Top up to (days)", "How many days of spend a top-up should bring a wallet to.", "3,7,14,30,60", "14"),
	) {
		b.WithVariable(v)
	}
	for _, p := range []panel{
		alertsNow(), walletsLow(), dueNow(), shortestRunway(), overdueNow(), oldestPoll(),
		worstFirst(),
		headroomNow(), topUps(),
		headroomSince(), runwaySince(),
		alertsSince(), waitingSince(8), attemptsSince(8),
	} {
		b.WithPanel(p)
	}
	return b
}

func alertsNow() panel {
	return figure(about{"Alerts firing",
		"Alerts that are firing now, by level, about wallets and about the monitor itself, in all accounts. Above 0: look at the table below; each alert has been, or is being, sent to the receivers of its level.",
		"short", 4, 4}, now(gauge("level", "alerts", installation), "{{level}}")).
		TextMode(common.BigValueTextModeValueAndName).Thresholds(steps("green", step{1, "red"}))
}

func walletsLow() panel {
	return figure(about{"Wallets at a level",
		"How many wallets are at a level that counts as low. Each needs a top-up; the table below has them first.",
		"short", 4, 4}, now("sum("+gauge(perWallet, "wallet_level", wallets+`,level!~"ok|learning|unknown"`)+")", "wallets")).
		Thresholds(steps("green", step{1, "red"}))
}

func dueNow() panel {
	return figure(about{"Top-ups due",
		"Wallets whose balance is used up at the usual rate before a wire sent now would arrive (variable: Wire takes). Send the wires of the table Top-ups to send. Wallets whose balance is unknown are not counted.",
		"short", 4, 4}, now("sum("+gauge(perWallet, "wallet_runway_seconds", wallets)+" < bool 86400 * $lead_days)", "wallets")).
		Thresholds(steps("green", step{1, "orange"}))
}

func shortestRunway() panel {
	return figure(about{"Shortest runway",
		"How long the wallet lasts that runs dry first, at its usual rate. Wallets without spend, or still learning, have no runway.",
		"s", 4, 4}, now("min("+gauge(perWallet, "wallet_runway_seconds", wallets)+")", "runway")).
		Thresholds(steps("red", step{6 * 3600, "orange"}, step{3 * 86400, "green"}))
}

func overdueNow() panel {
	return figure(about{"Deliveries overdue",
		"Messages and pages that a receiver has not accepted 10 s after they became due. Above 0: somebody has not been told. Tell them yourself, then look at Deliveries in the health dashboard.",
		"short", 4, 4}, now(gauge("receiver", "notifications_overdue", installation), "{{receiver}}")).
		TextMode(common.BigValueTextModeValueAndName).Thresholds(steps("green", step{1, "red"}))
}

func oldestPoll() panel {
	return figure(about{"Age of the oldest poll",
		"Time since the last good poll of the account that was read least recently. Above 10 minutes walletwatch is blind and has said so; look at Polls in the health dashboard.",
		"s", 4, 4}, now("max("+age("account", "poll_last_success_timestamp_seconds", accounts)+")", "age")).
		Thresholds(steps("green", step{360, "orange"}, step{600, "red"}))
}

func worstFirst() panel {
	level := []dashboard.DynamicConfigValue{coloured(), property("mappings", levelWords())}
	runway := []dashboard.DynamicConfigValue{coloured(), property("thresholds", stages("red", step{6 * 3600, "orange"}, step{3 * 86400, "green"}))}
	told := []dashboard.DynamicConfigValue{coloured(), property("mappings", words(word{"1", "all", "green"}, word{"0", "not yet", "red"}))}
	fields := []field{
		{name: "name", header: "Wallet", more: []dashboard.DynamicConfigValue{linked()}},
		{name: "account", header: "Account"},
		{name: "wallet_id", header: "ID", width: 70},
		{name: "level", header: "Level", more: level},
		{name: "Value #runway", header: "Runway", unit: "s", more: runway},
		{name: "currency", header: "Currency", width: 90},
		{name: "Value #balance", header: "Balance", unit: "locale", more: twoDecimals()},
		{name: "Value #threshold", header: "First threshold", unit: "locale", more: twoDecimals()},
		{name: "Value #spend", header: "Daily spend", unit: "locale", more: twoDecimals()},
		{name: "Value #age", header: "Age of balance", unit: "s"},
		{name: "Value #told", header: "Told", more: told},
	}
	return rows(about{"Wallets, worst first",
		"Wallets at a level come first, then unknown ones, then the others, each by runway. Amounts are in the wallet's own currency. Told says whether every receiver of the level has accepted the news. Follow a wallet's name to its dashboard.",
		"short", 24, 9}, "Value #rank", fields, []string{"Value #rank", "Value #level"},
		column("rank", urgency()),
		column("level", gauge(perWallet+", level", "wallet_level", wallets)+" == 1"),
		column("runway", gauge(perWallet, "wallet_runway_seconds", wallets)),
		column("balance", gauge(perWallet, "wallet_balance", wallets)),
		column("threshold", "max by ("+perWallet+") ("+mildest()+")"),
		column("spend", gauge(perWallet, "wallet_daily_spend", wallets)),
		column("age", age(perWallet, "wallet_observed_timestamp_seconds", wallets)),
		column("told", "min by ("+perWallet+") ("+gauge(perWallet+", receiver", "wallet_notified", wallets)+")"),
	)
}

func headroomNow() panel {
	return gauges(about{"Balance against the first threshold",
		"The balance as a share of the threshold that it crosses first; the 12 lowest. Below 100 % the wallet is low; an alert ends at 125 % (recover_at). Wallets without levels are not here.",
		"percentunit", 12, 9}, now("sort(bottomk(12, "+headroom()+"))", "{{account}}/{{name}}")).
		Min(0).Max(5).Thresholds(steps("red", step{1, "orange"}, step{1.25, "green"}))
}

func topUps() panel {
	fields := []field{
		{name: "name", header: "Wallet", more: []dashboard.DynamicConfigValue{linked()}},
		{name: "account", header: "Account"},
		{name: "wallet_id", header: "ID", width: 70},
		{name: "Value #runway", header: "Runway", unit: "s"},
		{name: "currency", header: "Currency", width: 90},
		{name: "Value #amount", header: "Top up by", unit: "locale", more: twoDecimals()},
	}
	missing := "clamp_min($target_days * " + gauge(perWallet, "wallet_daily_spend", wallets) + " - " + gauge(perWallet, "wallet_balance", wallets) + ", 0)"
	return rows(about{"Top-ups to send",
		"Wallets that run dry before a wire sent now would arrive (variable: Wire takes), and what brings each to the days of spend in the variable Top up to, counted from today's balance. Send these wires, each in its own currency. A wallet whose balance is unknown is not here: Wallets, worst first, has it.",
		"short", 12, 9}, "Value #runway", fields, nil,
		column("runway", due()),
		column("amount", missing+" and on ("+perWallet+") ("+due()+")"),
	).NoValue("nothing due, or nothing known: see Age of the oldest poll")
}

func headroomSince() panel {
	return lines(about{"Balance against the first threshold, since",
		"The 12 wallets lowest now, as a share of the threshold that they cross first. The line at 100 % is the threshold. A slope that steepens is a rush: compare the runway.",
		"percentunit", 12, 8}, series("bottomk(12, "+headroom()+")", "{{account}}/{{name}}")).
		Min(0).Thresholds(steps("transparent", step{1, "red"})).ThresholdsStyle(thresholdLine())
}

func runwaySince() panel {
	return lines(about{"Runway",
		"How long each wallet lasts at its usual rate; the 12 shortest. A wire must be sent before it falls below the days that a wire takes.",
		"s", 12, 8}, series("bottomk(12, "+gauge(perWallet, "wallet_runway_seconds", wallets)+")", "{{account}}/{{name}}")).Min(0)
}

func alertsSince() panel {
	return lines(about{"Alerts",
		"Alerts firing by level, in all accounts. A step up is a new alert; who was told is in the wallet's dashboard.",
		"short", 8, 7}, series(gauge("level", "alerts", installation), "{{level}}")).
		Min(0).LineInterpolation(common.LineInterpolationStepAfter).Overrides(levelLines()).Decimals(0)
}

func waitingSince(width uint32) panel {
	return lines(about{"Deliveries waiting",
		"News that a receiver has not accepted yet. More than a moment above 0: Slack or PagerDuty refuse or are down, and walletwatch keeps trying; see the health dashboard for why.",
		"short", width, 7},
		series(gauge("receiver", "notifications_pending", installation), "{{receiver}} pending"),
		series(gauge("receiver", "notifications_overdue", installation), "{{receiver}} overdue")).
		Min(0).Decimals(0).LineInterpolation(common.LineInterpolationStepAfter)
}

func attemptsSince(width uint32) panel {
	return counts(about{"Delivery attempts a minute",
		"Attempts to deliver, by receiver and result: accepted, failed (tried again soon), refused (for good: correct the channel or key).",
		"short", width, 7}, series(perMinute("receiver, result", "notifications_total", installation), "{{receiver}} {{result}}"))
}
