package boards

import "fmt"

func requests() panel {
	return counts(about{"Requests a minute",
		"Every attempt at the vendor's API, retries and logins too, by endpoint and HTTP status; error: no complete answer came. 401 and 403: credentials or IP allow-list. 5xx: the vendor's; escalate with the request id from the log.",
		"short", 12, 8}, series(perMinute("endpoint, code", "octopus_requests_total", accounts), "{{endpoint}} {{code}}"))
}

func errorShare() panel {
	all := perSecond("endpoint", "octopus_requests_total", accounts)
	bad := perSecond("endpoint", "octopus_requests_total", accounts+`,code!~"2.."`)
	return lines(about{"Error rate",
		"Share of attempts without a 2xx answer, by endpoint. A few are retried and do no harm; more than 5 % for minutes: look at which status in Requests a minute.",
		"percentunit", 12, 8}, series(fmt.Sprintf("(%s or 0 * %s) / (%s > 0)", bad, all, all), "{{endpoint}}")).
		Min(0).Max(1).Thresholds(steps("transparent", step{0.05, "red"})).ThresholdsStyle(thresholdLine())
}

// quota compares with what the vendor allows a production account in a minute: 10 logins, 20 refreshes, 300 reads.
func quota() panel {
	share := func(endpoint string, allowed int) string {
		return fmt.Sprintf("%s / %d", perMinute("account", "octopus_requests_total", accounts+`,endpoint=~"`+endpoint+`"`), allowed)
	}
	return lines(about{"Share of the production quota used",
		"Requests a minute as a share of what the vendor allows a production account: 300 reads, 10 logins (sandboxes have more). All replicas and every other user of the account share it. Near 100 %: poll less often, or find the other user.",
		"percentunit", 12, 7},
		series(share("/api/v1/.*", 300), "reads, {{account}}"),
		series(share("/auth/login", 10), "logins, {{account}}")).
		Min(0).Thresholds(steps("transparent", step{1, "red"})).ThresholdsStyle(thresholdLine())
}

func limited() panel {
	all := perMinute("endpoint", "octopus_requests_total", accounts)
	some := perMinute("endpoint", "octopus_requests_total", accounts+`,code="429"`)
	return counts(about{"Rate limited (429) a minute",
		"Answers that say too many requests. walletwatch waits as told and tries again. For minutes: somebody else uses up the account's quota; see the share used.",
		"short", 12, 7}, series(some+" or 0 * "+all, "{{endpoint}}"))
}

func requestTime() panel {
	where := accounts
	return lines(about{"Time of an API request, 95 %",
		"95 of 100 attempts are answered within this, by endpoint. Logins should take less than 1 s. Slow for long: tell the vendor, with request ids from the log.",
		"s", 24, 7}, series(quantile("0.95", "endpoint", "octopus_request_duration_seconds", where), "{{endpoint}}")).Min(0)
}

func pollAge() panel {
	return lines(about{"Age of the last good poll",
		"Time since each account's balances were last read. A saw tooth as high as the poll interval is normal. Above 600 s (stale_after) walletwatch says that it is blind, above 1800 s it pages.",
		"s", 8, 8}, series(age("account", "poll_last_success_timestamp_seconds", accounts), "{{account}}")).Min(0)
}

func pollResults() panel {
	return counts(about{"Polls a minute",
		"Polls by result: ok, doubtful (suspicious, so read a second time and not believed), failed. failed: see Error rate; doubtful: see the log and ask the vendor.",
		"short", 8, 8}, series(perMinute("result", "polls_total", accounts), "{{result}}"))
}

func pollTime() panel {
	return lines(about{"Time of a poll",
		"How long a poll takes, with its retries. It must stay well below the poll interval.",
		"s", 8, 8},
		series(quantile("0.5", "", "poll_duration_seconds", accounts), "50 %"),
		series(quantile("0.99", "", "poll_duration_seconds", accounts), "99 %")).Min(0)
}
