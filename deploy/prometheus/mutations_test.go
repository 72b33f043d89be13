package prometheus_test

import (
	"errors"
	"os/exec"
	"strings"
	"testing"
)

// slip is a mistake in an expression that the tests of one alert must notice.
type slip struct{ alert, old, new string }

func slips() []slip {
	const current = " and on (cluster, namespace, job, instance) instance:walletwatch_database_up:current"
	const deciding = " and on (cluster, namespace, job, instance) instance:walletwatch_database_up:deciding"
	return []slip{
		{"WalletwatchDown", "or (count_over_time(job:walletwatch_up:sum[7d]) unless job:walletwatch_up:sum)", ""},
		{"WalletwatchDown", "or absent_over_time(job:walletwatch_up:sum[10065m])", ""},
		{"WalletwatchDown", "[7d]", "[6h]"},
		{"WalletwatchDown", "[10065m]", "[345m]"},
		{"WalletwatchDown", "[10065m]", "[11000m]"},
		{"WalletwatchDown", `"(.+/)?walletwatch"`, `"walletwatch"`},
		{"WalletwatchDown", "without (instance, pod)", "without (instance, pod, namespace)"},
		{"WalletwatchReplicaMissing", "quantile_over_time(0.5, ", "quantile_over_time(1, "},
		{"WalletwatchReplicaMissing", "job:walletwatch_up:sum > 0 and ", ""},
		{"WalletwatchReplicaBehind", "- 300", "- 30000"},
		{"WalletwatchRestarting", `{job=~"(.+/)?walletwatch"}`, ""},
		{"WalletwatchRestarting", "> 2", "> 1"},
		{"WalletwatchDatabaseDown", "max without", "min without"},
		{"WalletwatchHeartbeatOverdue", "[1h]", "[12h]"},
		{"WalletwatchHeartbeatOverdue", "max_over_time(walletwatch_heartbeat_last_success_timestamp_seconds[1h])", "walletwatch_heartbeat_last_success_timestamp_seconds"},
		{"WalletwatchHeartbeatOverdue", "max without", "min without"},
		{"WalletwatchMetricsIncomplete", `increase(promhttp_metric_handler_errors_total{job=~"(.+/)?walletwatch"}[15m])`, "promhttp_metric_handler_errors_total"},
		{"WalletwatchMetricsIncomplete", "or (job:walletwatch_up:sum > 0 unless on (cluster, namespace, job) walletwatch_database_up)", ""},
		{"WalletwatchPollsStale", "max without", "min without"},
		{"WalletwatchPollsStale", "without (instance, pod)", "without (instance, pod, account)"},
		{"WalletwatchPollsStale", "without (instance, pod)", "without (instance, pod, namespace)"},
		{"WalletwatchPollsStale", "> 2400", "> 900"},
		{"WalletwatchNeverPolled", "unless on (cluster, namespace, job, account) account:walletwatch_poll_last_success_timestamp_seconds:max", ""},
		{"WalletwatchCredentialsRejected", `{kind="credentials"}`, ""},
		{"WalletwatchCredentialsRejected", current, ""},
		{"WalletwatchRateLimited", "> 0.1", "> 0.04"},
		{"WalletwatchRateLimited", ">= 3", ">= 1"},
		{"WalletwatchRateLimited", "exported_endpoint, ", ""},
		{"WalletwatchClockWrong", "> 30", "> 10"},
		{"WalletwatchClockWrong", ">= 2", ">= 0"},
		{"WalletwatchWebhooksStopped", "max_over_time(walletwatch_webhook_last_accepted_timestamp_seconds{type!=\"other\"}[1d])", "walletwatch_webhook_last_accepted_timestamp_seconds{type!=\"other\"}"},
		{"WalletwatchWebhooksStopped", `{type!="other"}`, ""},
		{"WalletwatchWebhooksStopped", ">= 10", ">= 0"},
		{"WalletwatchDeliveriesOverdue", current, ""},
		{"WalletwatchDeliveriesOverdue", `{receiver!~"slack.*"}`, ""},
		{"WalletwatchDeliveriesRefused", `{result="refused"}`, ""},
		{"WalletwatchDeliveriesRefused", `increase(walletwatch_notifications_total{result="refused"}[15m])`, `walletwatch_notifications_total{result="refused"}`},
		{"WalletwatchWalletLowUnannounced", "unless wallet:walletwatch_wallet_muted:current == 1", ""},
		{"WalletwatchWalletLowUnannounced", "unless max without (receiver) (wallet:walletwatch_wallet_notified:current) == 1", ""},
		{"WalletwatchWalletLowUnannounced", "max without (receiver) (wallet:walletwatch_wallet_notified:current) == 1", "max without (receiver) (wallet:walletwatch_wallet_notified:current) >= 0"},
		{"WalletwatchWalletLowUnannounced", "balance:current < wallet", "balance:current <= wallet"},
		{"WalletwatchWalletLowUnannounced", `{level!~"ok|learning|unknown"}`, ""},
		{"WalletwatchWalletLowUnannounced", "wallet:walletwatch_wallet_balance:current <= 0 and", "wallet:walletwatch_wallet_balance:current < -1 and"},
		{"WalletwatchWalletLowUnannounced", ">= wallet:walletwatch_wallet_threshold:min", ""},
		{"WalletwatchWalletLowUnannounced", "(walletwatch_wallet_balance" + current + ")", "(walletwatch_wallet_balance)"},
		{"WalletwatchWalletLowUnannounced", "(walletwatch_wallet_notified" + deciding + ")", "(walletwatch_wallet_notified)"},
		{"WalletwatchWalletLowUnannounced", "(walletwatch_wallet_threshold" + deciding + ")", "(walletwatch_wallet_threshold)"},
		{"WalletwatchWalletLowUnannounced", "(walletwatch_wallet_muted" + deciding + ")", "(walletwatch_wallet_muted" + current + ")"},
		{"WalletwatchWalletLowUnannounced", "(walletwatch_policy_in_force" + current + ")", "(walletwatch_policy_in_force)"},
		{"WalletwatchWalletLowUnannounced", "max without (instance, pod) (walletwatch_wallet_notified", "min without (instance, pod) (walletwatch_wallet_notified"},
	}
}

// TestSlipsAreNoticed makes one mistake at a time, in an alert or in what it goes by.
func TestSlipsAreNoticed(t *testing.T) {
	for _, s := range slips() {
		t.Run(s.alert+" "+s.old, func(t *testing.T) {
			t.Parallel()
			rules, made := loadRules(t), 0
			for _, r := range rules.all() {
				if r.Record != "" || r.Alert == s.alert {
					made += strings.Count(r.Expr, s.old)
					r.Expr = strings.ReplaceAll(r.Expr, s.old, s.new)
				}
			}
			if made == 0 {
				t.Fatal("there is no such text: bring the slip up to date")
			}
			out, err := promtool(t, alone(t, rules, s.alert)...)
			if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() != 1 {
				t.Errorf("the tests do not notice (%v)\n%s", err, out)
			}
			if strings.Contains(string(out), "could not parse") {
				t.Errorf("this is no slip but nonsense:\n%s", out)
			}
		})
	}
}
