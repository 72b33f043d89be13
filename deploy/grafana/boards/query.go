package boards

import (
	"fmt"

	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
)

// What a query looks at. Namespace and job name one installation: two of them may have accounts and wallets of the
// same names. Where there is no label namespace, the variable is empty, which matches just that.
const (
	installation = `namespace="$namespace",job="$job"`
	accounts     = installation + `,account=~"$account"`
	wallets      = accounts + `,currency=~"$currency",wallet_id=~"$wallet"`
	oneAccount   = installation + `,account="$account"`
	oneWallet    = oneAccount + `,wallet_id="$wallet"`
)

// perWallet is what makes a wallet, and what it is called.
const perWallet = "account, wallet_id, currency, name"

// gauge reads a gauge of what the database holds, which every replica exports. One of them is believed, so that no
// wallet is shown with one's balance and another's level, and none is added up.
func gauge(by, metric, where string) string {
	return fmt.Sprintf("max by (%s) (walletwatch_%s{%s} and on (instance) %s)", by, metric, where, believed())
}

// believed is the replica whose word counts. A replica that has lost the database, or hangs, goes on exporting what it
// knew, and one whose thresholds.yaml is not in force judges by levels that do not count. So it is one that reaches the
// database, if any does; of these, one whose policy is in force; and of these the one that knows the newest balance.
func believed() string {
	reach := own("instance", "database_up", installation)
	return fmt.Sprintf("topk(1, 1e12 * %[1]s + (1e11 * %[2]s or 0 * %[1]s) + (%[3]s or 0 * %[1]s))", reach,
		own("instance", "policy_in_force", installation), newest("instance", "wallet_observed_timestamp_seconds", installation))
}

// own reads a gauge that each replica has for itself.
func own(by, metric, where string) string {
	return fmt.Sprintf("max by (%s) (walletwatch_%s{%s})", by, metric, where)
}

// newest reads a gauge that says when something happened last, whichever replica knows.
func newest(by, metric, where string) string { return own(by, metric, where) }

// perMinute adds up what the replicas counted, per minute.
func perMinute(by, metric, where string) string {
	return "60 * " + perSecond(by, metric, where)
}

func perSecond(by, metric, where string) string {
	return fmt.Sprintf("sum by (%s) (rate(walletwatch_%s{%s}[$__rate_interval]))", by, metric, where)
}

// quantile is of everything that the replicas measured together.
func quantile(q, by, metric, where string) string {
	if by != "" {
		by = ", " + by
	}
	return fmt.Sprintf("histogram_quantile(%s, %s)", q, perSecond("le"+by, metric+"_bucket", where))
}

// everQuantile is of everything that the replicas measured since each started: for what is too rare for a rate.
func everQuantile(q, by, metric, where string) string {
	if by != "" {
		by = ", " + by
	}
	return fmt.Sprintf("histogram_quantile(%s, sum by (le%s) (walletwatch_%s_bucket{%s}))", q, by, metric, where)
}

// age is the time since a timestamp gauge.
func age(by, metric, where string) string { return "time() - " + newest(by, metric, where) }

// mildest is the threshold that a falling balance crosses first.
func mildest() string { return gauge(perWallet, "wallet_threshold", wallets) + " > 0" }

// headroom is the balance as a share of the mildest threshold.
func headroom() string {
	return fmt.Sprintf("%s / (%s)", gauge(perWallet, "wallet_balance", wallets), mildest())
}

// due is the runway of wallets that run dry before a wire sent now would arrive.
func due() string {
	return gauge(perWallet, "wallet_runway_seconds", wallets) + " < 86400 * $lead_days"
}

// urgency sorts the worst wallets first: those at a level that somebody is told of, then the unknown ones, then the
// others; each by runway, and those without one last.
func urgency() string {
	runway := gauge(perWallet, "wallet_runway_seconds", wallets)
	low := gauge(perWallet, "wallet_level", wallets+`,level!~"ok|learning|unknown"`)
	known := gauge(perWallet, "wallet_level", wallets+`,level!="unknown"`)
	return fmt.Sprintf("(%s or %s * 1e9) - 1e11 * (%s) - 1e10 * (1 - %s)", runway, anyLevel(), orZero(low), known)
}

// anyLevel is 1 for each wallet.
func anyLevel() string { return gauge(perWallet, "wallet_level", wallets) }

// orZero makes up for wallets that no level is configured for.
func orZero(low string) string { return low + " or 0 * " + anyLevel() }

// series draws a line for each result.
func series(expr, legend string) *prometheus.DataqueryBuilder {
	return prometheus.NewDataqueryBuilder().Expr(expr).LegendFormat(legend).Range()
}

// now shows the newest value of each result.
func now(expr, legend string) *prometheus.DataqueryBuilder {
	return prometheus.NewDataqueryBuilder().Expr(expr).LegendFormat(legend).Instant()
}

// column is a column of a table: its rows are joined with those of other columns by the labels they have in common.
func column(ref, expr string) *prometheus.DataqueryBuilder {
	return prometheus.NewDataqueryBuilder().Expr(expr).RefId(ref).Format(prometheus.PromQueryFormatTable).Instant()
}
