package config

// document is thresholds.yaml as it is written. The comments and tags of its fields are the one description of the
// file: Schema publishes them, and decode obeys the tags. Tags: yaml is the key; example a good value as it would be
// written; want and limits the pattern in words; hide keeps a value that may be a
// misplaced secret out of messages; jsonschema what github.com/invopop/jsonschema documents.
type document struct {
	// When balances are read: "@every 2m" or five cron fields such as "*/2 * * * *", in quotes. It must fire
	// every 1 to 5 minutes.
	Poll string `yaml:"poll" jsonschema:"default=@every 2m" example:"\"@every 2m\""`

	// The time zone of the cron fields in poll, by its IANA name.
	Timezone string `yaml:"timezone" jsonschema:"default=UTC" example:"Europe/Berlin"`

	// How a wallet's daily spend is worked out.
	Spend spend `yaml:"spend"`

	// What counts as low, mildest first. A wallet is at the worst level whose condition holds.
	Levels []level `yaml:"levels" jsonschema:"required,minItems=1,maxItems=20" example:"[{name: warning, percent_of_daily_spend: 20, notify: [slack]}]"`

	// A level ends when the balance is back at this percentage of the level's threshold. At least 100%.
	RecoverAt margin `yaml:"recover_at" jsonschema:"default=125%" example:"125%"`

	// How often Slack is reminded while a wallet stays low; 0 turns reminders off.
	RemindEvery pause `yaml:"remind_every" jsonschema:"default=4h" example:"4h"`

	// By level: when an account has had no fresh balance for so long, the monitor is blind and says so to that
	// level's receivers. Without it: 10m for the mildest level, 30m for the worst.
	StaleAfter map[string]*duration `yaml:"stale_after" jsonschema:"maxItems=20" example:"10m"`

	// Who can be told, by a name of your choice. Credentials are not written here: they come from the
	// environment.
	Receivers map[string]*receiver `yaml:"receivers" jsonschema:"required,maxItems=100" example:"{slack: {type: slack, channel: \"#wallet-alerts\"}}"`

	// Exceptions for single wallets. The first entry that matches a wallet is used; what it leaves out stays as
	// above.
	Wallets []rule `yaml:"wallets"`

	// The API accounts to watch. Without it one account named default, with the variables OCTOPUS_BASE_URL,
	// OCTOPUS_API_KEY, OCTOPUS_API_SECRET and, for webhooks, OCTOPUS_WEBHOOK_SECRET.
	Accounts []account `yaml:"accounts" jsonschema:"minItems=1,maxItems=100"`

	// How order responses and webhooks are read.
	Ingest ingest `yaml:"ingest"`
}

type spend struct {
	// How far back spend is looked at, ending now: whole days, 1d to 90d.
	Window duration `yaml:"window" jsonschema:"default=7d" example:"7d"`

	// How the days of the window become one number: their mean, their median, or the highest.
	Statistic string `yaml:"statistic" jsonschema:"default=mean,enum=mean,enum=median,enum=max"`

	// How much history a wallet needs before percentages apply. Until then it is learning and only floors
	// apply.
	MinHistory duration `yaml:"min_history" jsonschema:"default=1d" example:"1d"`

	// A regular expression. Credits whose remarks match it lower the spend; other credits are top-ups. Empty:
	// no credit is a refund.
	Refunds string `yaml:"refunds" jsonschema:"default=(?i)refund" example:"\"(?i)refund\""`
}

type level struct {
	// The level's name, as messages and metrics show it.
	Name string `yaml:"name" jsonschema:"required,pattern=^[a-z][a-z0-9_-]*$,maxLength=64" want:"a name" limits:"small letters, digits, - and _, a letter first" example:"warning"`

	// The level holds below this percentage of daily spend: 20 is a fifth of a day.
	PercentOfDailySpend *percent `yaml:"percent_of_daily_spend" example:"20"`

	// The level holds below this amount, in the wallet's currency.
	Floor *amount `yaml:"floor" example:"250.00"`

	// The level holds when the balance lasts for less than this at the present spend.
	RunwayBelow *duration `yaml:"runway_below" example:"6h"`

	// PagerDuty's severity. Without it: critical for the worst level, warning for the others.
	Severity string `yaml:"severity" jsonschema:"enum=critical,enum=error,enum=warning,enum=info"`

	// The receivers that are told, by their names under receivers.
	Notify []string `yaml:"notify" jsonschema:"maxItems=100" example:"[slack]"`
}

type receiver struct {
	// What kind of receiver this is.
	Type string `yaml:"type" jsonschema:"required,enum=slack,enum=pagerduty" example:"slack"`

	// slack: where to post. Needed with a bot token, which must belong to a member of the channel; a webhook
	// URL has its own channel.
	Channel string `yaml:"channel" jsonschema:"pattern=^(#[^\\s#]+|[CGD][A-Z0-9]+)$" hide:"yes" want:"a channel" limits:"its name with the #, or its ID" example:"\"#wallet-alerts\""`

	// slack: the environment variable that holds the bot token.
	TokenEnv string `yaml:"token_env" jsonschema:"default=SLACK_BOT_TOKEN,pattern=^[A-Z_][A-Z0-9_]*$" hide:"yes" want:"the name of an environment variable" limits:"capitals, digits and _; the secret itself stays in the environment" example:"SLACK_BOT_TOKEN"`

	// slack: the address of Slack's API.
	APIURL string `yaml:"api_url" jsonschema:"default=https://slack.com/api/" example:"https://slack.com/api/"`

	// pagerduty: the environment variable that holds the integration key (Events API v2).
	RoutingKeyEnv string `yaml:"routing_key_env" jsonschema:"default=PAGERDUTY_ROUTING_KEY,pattern=^[A-Z_][A-Z0-9_]*$" hide:"yes" want:"the name of an environment variable" limits:"capitals, digits and _; the secret itself stays in the environment" example:"PAGERDUTY_ROUTING_KEY"`

	// pagerduty: where the account lives.
	Region string `yaml:"region" jsonschema:"default=us,enum=us,enum=eu"`

	// pagerduty: a base URL that is used instead of the region's.
	EventsURL string `yaml:"events_url" example:"https://events.pagerduty.com"`
}

type rule struct {
	// Which wallets the entry is for: those that agree with every key given here.
	Match match `yaml:"match" jsonschema:"required" example:"{currency: USD}"`

	// What messages call the wallet.
	Name string `yaml:"name" jsonschema:"maxLength=100,pattern=\\S" example:"US gift cards"`

	// A page that says what to do; messages link to it.
	Runbook string `yaml:"runbook" example:"https://wiki.example.com/wallets/usd"`

	// Levels of these wallets, instead of the levels above.
	Levels []level `yaml:"levels" jsonschema:"minItems=1,maxItems=20"`

	// A floor for every level of these wallets that has none of its own.
	Floor *amount `yaml:"floor" example:"500.00"`

	// true: levels are worked out and shown, nobody is told.
	Mute bool `yaml:"mute" jsonschema:"default=false"`
}

type match struct {
	// An account by its name.
	Account string `yaml:"account" example:"default"`

	// A wallet by its id at the API.
	ID int64 `yaml:"id" jsonschema:"minimum=1" example:"17"`

	// The wallets of one currency.
	Currency string `yaml:"currency" jsonschema:"pattern=^[A-Z]{3}[A-Z]?[A-Z]?$" want:"a currency" limits:"3 to 5 capitals" example:"USD"`

	// The wallets of one type.
	Type string `yaml:"type" jsonschema:"enum=PREPAID,enum=POSTPAID"`
}

type account struct {
	// What messages, metrics and addresses call the account.
	Name string `yaml:"name" jsonschema:"required,pattern=^[a-z][a-z0-9_-]*$,maxLength=64" want:"a name" limits:"small letters, digits, - and _, a letter first" example:"production"`

	// What the names of the account's variables begin with: OCTOPUS_PROD reads OCTOPUS_PROD_BASE_URL,
	// OCTOPUS_PROD_API_KEY, OCTOPUS_PROD_API_SECRET and, for webhooks, OCTOPUS_PROD_WEBHOOK_SECRET.
	EnvPrefix string `yaml:"env_prefix" jsonschema:"required,pattern=^[A-Z_][A-Z0-9_]*$" hide:"yes" want:"the beginning of environment variables" limits:"capitals, digits and _" example:"OCTOPUS_PROD"`
}

type ingest struct {
	// Where an order response may carry the wallet's balance: wallet.balance is the balance inside of wallet. The
	// first path that is there is used. An empty list: balances are never taken from order responses.
	BalancePaths []string `yaml:"balance_paths" jsonschema:"maxItems=100,pattern=^\\w+(\\.\\w+)?(\\.\\w+)?(\\.\\w+)?(\\.\\w+)?$" want:"names joined by dots" limits:"at most 5 names" example:"[wallet.balance]"`
}
