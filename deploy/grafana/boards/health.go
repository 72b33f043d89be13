package boards

import (
	"fmt"

	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

// health answers: does the monitor itself work, and has everything been seen working before going live?
func health() *dashboard.DashboardBuilder {
	b := board("walletwatch-health", "walletwatch / Health and go-live",
		"Whether the monitor itself works: the API, polls, what is heard, deliveries, the processes; and whether each part has been seen working before going live.", "now-6h")
	for _, v := range whichAccounts() {
		b.WithVariable(v)
	}
	sections := []struct {
		title  string
		panels []panel
	}{
		{"State", []panel{replicas(), databaseUp(), reloadState(), pollFaults(), heartbeatAge(), overdueByReceiver()}},
		{"Go-live: seen working in the time range shown", []panel{seenAPI(), seenHeard(), seenDelivered()}},
		{"Octopus API", []panel{requests(), errorShare(), quota(), limited(), requestTime()}},
		{"Polls", []panel{pollAge(), pollResults(), pollTime()}},
		{"Orders, webhooks and confirmations", []panel{webhooks(), lastWebhooks(), records(), newsAge(), confirmations(), confirmationTime()}},
		{"Deliveries", []panel{deliveryTime(), deliveries(), waitingSince(12), attemptsSince(12)}},
		{"Processes", []panel{versions(), policies(), memory(), processor(), connections()}},
	}
	for _, s := range sections {
		b.WithRow(row(s.title))
		for _, p := range s.panels {
			b.WithPanel(p)
		}
	}
	return b
}

func replicas() panel {
	return figure(about{"Replicas",
		"Replicas that Prometheus reaches. 0: walletwatch is down or can't be scraped, and only the dead man's switch behind the heartbeat says so. One fewer than deployed: look at its pod.",
		"short", 4, 4}, now("sum(up{"+installation+"})", "up")).
		Thresholds(steps("red", step{1, "green"}))
}

func databaseUp() panel {
	return figure(about{"Database",
		"Whether the last transaction of every replica could be stored. down: what is known stays visible, nothing new is announced; see the log, the disk, the database server.",
		"short", 4, 4}, now("min(walletwatch_database_up{"+installation+"})", "database")).
		Mappings(words(word{"1", "up", "green"}, word{"0", "down", "red"}))
}

func reloadState() panel {
	return figure(about{"thresholds.yaml",
		"Whether every replica took over the newest thresholds.yaml. refused: the file has a mistake and the one before it stays in force; run walletwatch check, correct it.",
		"short", 4, 4}, now("min(walletwatch_config_last_reload_successful{"+installation+"})", "reload")).
		Mappings(words(word{"1", "in force", "green"}, word{"0", "refused", "red"}))
}

func pollFaults() panel {
	return figure(about{"Poll faults",
		"Why polls fail. credentials: the API rejects the key, so correct it at once (X or X_FILE, no restart with a file). unavailable: the API does not answer; walletwatch goes on trying, and alerts after stale_after.",
		"short", 4, 4}, now(gauge("kind", "poll_fault", accounts), "{{kind}}")).
		TextMode(common.BigValueTextModeValueAndName).Mappings(words(word{"0", "no", "green"}, word{"1", "FAILING", "red"}))
}

func heartbeatAge() panel {
	return figure(about{"Heartbeat",
		"Time since the dead man's switch was last pinged, which follows every fully healthy cycle. Longer than a few polls: something on this page is red. No time: none was accepted since the replicas started, or WALLETWATCH_HEARTBEAT_URL is not set and nobody learns that walletwatch is down.",
		"s", 4, 4}, now("time() - max(walletwatch_heartbeat_last_success_timestamp_seconds{"+installation+"})", "age")).
		Thresholds(steps("green", step{600, "red"})).NoValue("never accepted, or not set")
}

func overdueByReceiver() panel {
	return figure(about{"Overdue",
		"Messages and pages not accepted 10 s after they became due. Above 0: tell people yourself, then look at Deliveries below.",
		"short", 4, 4}, now(gauge("receiver", "notifications_overdue", installation), "{{receiver}}")).
		TextMode(common.BigValueTextModeValueAndName).Thresholds(steps("green", step{1, "red"}))
}

// seen tells for each label whether something was counted in the time range shown; all are those that could have been.
// An increase can't see what a series begins with, so one that began in the range counts as a whole.
func seen(by, counter, where, all string) string {
	c := fmt.Sprintf("walletwatch_%s{%s}", counter, where)
	return fmt.Sprintf("(max by (%[1]s) (increase(%[2]s[$__range]) > 0 or (last_over_time(%[2]s[$__range]) unless %[2]s offset $__range) > 0) > bool 0) or 0 * %[3]s",
		by, c, all)
}

func seenWords() []dashboard.ValueMapping {
	return words(word{"0", "not seen", "orange"}, word{"1", "seen", "green"})
}

func eachAccount() string { return "max by (account) (walletwatch_polls_total{" + accounts + "})" }

func seenAPI() panel {
	return figure(about{"API",
		"Whether each account has logged in and was polled well in the time range shown. not seen: choose a longer one, as a login lasts; then credentials, IP allow-list or network; walletwatch preflight names which.",
		"short", 8, 4},
		now(seen("account", "octopus_requests_total", accounts+`,endpoint="/auth/login",code="200"`, eachAccount()), "login, {{account}}"),
		now(seen("account", "polls_total", accounts+`,result="ok"`, eachAccount()), "poll, {{account}}")).
		TextMode(common.BigValueTextModeValueAndName).Mappings(seenWords())
}

func seenHeard() panel {
	return figure(about{"Webhooks and orders",
		"Whether at least one webhook with a good signature and one order response has arrived for each account in the time range shown. not seen: set OCTOPUS_WEBHOOK_SECRET and the address in the vendor's dashboard, or WALLETWATCH_INGEST_TOKEN and the order services; then place an order.",
		"short", 8, 4},
		now(seen("account", "webhooks_total", accounts+`,result="accepted",type!="other"`, eachAccount()), "webhook, {{account}}"),
		now(seen("account", "observations_total", accounts+`,source="order",result=~"accepted|estimated|unclear"`, eachAccount()), "order, {{account}}")).
		TextMode(common.BigValueTextModeValueAndName).Mappings(seenWords())
}

func seenDelivered() panel {
	return figure(about{"Receivers",
		"Whether each receiver has accepted a message or page in the time range shown. not seen is fine while nothing was wrong: walletwatch notify-test sends a marked test, which is not counted here.",
		"short", 8, 4},
		now(seen("receiver", "notifications_total", installation+`,result="accepted"`, gauge("receiver", "notifications_pending", installation)), "{{receiver}}")).
		TextMode(common.BigValueTextModeValueAndName).Mappings(seenWords())
}
