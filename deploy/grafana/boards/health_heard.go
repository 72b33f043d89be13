package boards

import "github.com/grafana/grafana-foundation-sdk/go/common"

func webhooks() panel {
	return counts(about{"Webhooks a minute",
		"Webhooks in all accounts by result. duplicate: the vendor sent one again, which counts once. bad_signature: the secret here and in the vendor's dashboard differ, or somebody forges. stale_timestamp: a clock is off by more than 5 minutes.",
		"short", 8, 8}, series(perMinute("result", "webhooks_total", installation), "{{result}}"))
}

func lastWebhooks() panel {
	return figure(about{"Since the last webhook",
		"Time since the last accepted webhook of each type. Longer than orders usually pause: check the address in the vendor's dashboard and the ingress. Balances are polled meanwhile.",
		"s", 8, 8}, now(age("type", "webhook_last_accepted_timestamp_seconds", accounts), "{{type}}")).
		TextMode(common.BigValueTextModeValueAndName).ColorMode(common.BigValueColorModeValue).Thresholds(steps("text")).
		NoValue("none since the replicas started, or no data")
}

func records() panel {
	return counts(about{"Orders and webhooks heard a minute",
		"Requests that brought news, by route and HTTP status: 2xx taken, 400 malformed, 401 a wrong token or signature, 429 and 503 too much at once (the sender tries again).",
		"short", 8, 8}, series(perMinute("endpoint, code", "ingest_requests_total", installation), "{{endpoint}} {{code}}"))
}

func newsAge() panel {
	return lines(about{"Age of news on arrival, 95 %",
		"How old order responses and webhooks are when they arrive. Seconds are normal; minutes mean that a sender queues, and polls are ahead of it.",
		"s", 8, 8}, series(quantile("0.95", "source", "observation_age_seconds", accounts), "{{source}}")).Min(0)
}

func confirmations() panel {
	return counts(about{"Confirmation reads a minute",
		"Polls that were asked for by what was heard, by result. They coalesce to at most two a second. Failed ones let an alert go out unconfirmed after 10 s.",
		"short", 8, 8}, series(perMinute("result", "confirmations_total", accounts), "{{result}}"))
}

func confirmationTime() panel {
	return lines(about{"Time to confirm",
		"From asking for a confirmation to its answer, for all since the replicas started. Near 10 s: alerts go out unconfirmed; see Error rate.",
		"s", 8, 8},
		series(everQuantile("0.5", "", "confirmation_duration_seconds", accounts), "50 %"),
		series(everQuantile("0.99", "", "confirmation_duration_seconds", accounts), "99 %")).Min(0)
}
