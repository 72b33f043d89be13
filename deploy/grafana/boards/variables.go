package boards

import (
	"fmt"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

type variable = cog.Builder[dashboard.VariableModel]

// whichInstallation chooses the datasource and one installation of walletwatch.
func whichInstallation() []variable {
	return []variable{
		dashboard.NewDatasourceVariableBuilder("datasource").Label("Prometheus").Type("prometheus"),
		choice("namespace", "Namespace", "label_values(walletwatch_build_info, namespace)").
			Description("Of Kubernetes. Empty where targets have no such label."),
		choice("job", "Installation", `label_values(walletwatch_build_info{namespace="$namespace"}, job)`).
			Description("The scrape job: all replicas of one walletwatch."),
	}
}

// choice is a variable of one value, the first by default.
func choice(name, label, query string) *dashboard.QueryVariableBuilder {
	return dashboard.NewQueryVariableBuilder(name).Label(label).Datasource(source()).
		Query(dashboard.StringOrMap{String: &query}).Definition(query).
		Refresh(dashboard.VariableRefreshOnTimeRangeChanged).Sort(dashboard.VariableSortNaturalAsc)
}

// choices is a variable of any number of values, all by default.
func choices(name, label, query string) *dashboard.QueryVariableBuilder {
	return choice(name, label, query).Multi(true).IncludeAll(true).AllValue(".*").
		Current(dashboard.VariableOption{
			Text:  dashboard.StringOrArrayOfString{ArrayOfString: []string{"All"}},
			Value: dashboard.StringOrArrayOfString{ArrayOfString: []string{"$__all"}},
		})
}

// number is a variable whose usual values are offered; others can be typed.
func number(name, label, about, usual, value string) variable {
	one := dashboard.StringOrArrayOfString{String: &value}
	return dashboard.NewCustomVariableBuilder(name).Label(label).Description(about).
		Values(dashboard.StringOrMap{String: &usual}).Current(dashboard.VariableOption{Text: one, Value: one}).AllowCustomValue(true)
}

// Wallets are known by when they were last read, which stays while a value is unknown; accounts by their polls, good or
// bad. A wallet is chosen by its name and meant by its ID.
const (
	accountQuery  = "label_values(walletwatch_polls_total{" + installation + "}, account)"
	currencyQuery = "label_values(walletwatch_wallet_observed_timestamp_seconds{" + accounts + "}, currency)"
	walletRegex   = `/name="(?<text>(?:[^"\\]|\\.)*)".*wallet_id="(?<value>[^"]*)"/`
)

func walletQuery(where string) string {
	return fmt.Sprintf("query_result(%s)", newest("wallet_id, name", "wallet_observed_timestamp_seconds", where))
}

// whichWallets chooses any number of wallets.
func whichWallets() []variable {
	return append(whichInstallation(),
		choices("account", "Account", accountQuery),
		choices("currency", "Currency", currencyQuery),
		choices("wallet", "Wallet", walletQuery(accounts+`,currency=~"$currency"`)).Regex(walletRegex),
	)
}

// whichWallet chooses one wallet.
func whichWallet() []variable {
	return append(whichInstallation(),
		choice("account", "Account", accountQuery),
		choices("currency", "Currency", currencyQuery),
		choice("wallet", "Wallet", walletQuery(oneAccount+`,currency=~"$currency"`)).Regex(walletRegex),
	)
}

// whichAccounts chooses any number of accounts.
func whichAccounts() []variable {
	return append(whichInstallation(), choices("account", "Account", accountQuery))
}
