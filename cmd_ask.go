package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"text/tabwriter"
	"time"

	"walletwatch/wallet"
)

// asking are the flags of commands that ask a running daemon.
type asking struct {
	URL    string `default:"http://localhost:8080" variable:"WALLETWATCH_URL" help:"Where walletwatch runs ($$WALLETWATCH_URL)." placeholder:"URL"`
	Output string `default:"table" enum:"table,json" help:"How to print: table or json."`
}

type walletsCommand struct {
	asking
	Account string `help:"Only this account's."`
	Level   string `help:"Only wallets at this level: a configured one, ok, learning or unknown."`
}

type alertsCommand struct {
	asking
	Account string `help:"Only this account's."`
	Level   string `help:"Only alerts of this level."`
}

// Run prints the wallets that the daemon knows.
func (c *walletsCommand) Run(ctx context.Context, g *globals) error {
	var wallets []struct {
		Account, Name, Currency, Level string
		ID                             int64
		Balance                        *string
		DailySpend                     *string    `json:"daily_spend"`
		SpendSource                    string     `json:"spend_source"`
		RunwaySeconds                  *float64   `json:"runway_seconds"`
		ObservedAt                     *time.Time `json:"observed_at"`
	}
	body, err := c.get(ctx, "/api/v1/wallets", c.Account, c.Level, &wallets)
	if err != nil || c.Output == "json" {
		return printed(g.stdout, body, err)
	}
	return table(g.stdout, "ACCOUNT\tID\tNAME\tLEVEL\tBALANCE\tDAILY SPEND\tRUNWAY\tOBSERVED", func(w io.Writer) {
		for _, one := range wallets {
			spend := "unknown"
			if one.DailySpend != nil {
				spend = *one.DailySpend + " (" + one.SpendSource + ")"
			}
			fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%s %s\t%s\t%s\t%s\n", one.Account, one.ID, one.Name, one.Level,
				text(one.Balance), one.Currency, spend, duration(one.RunwaySeconds), ago(one.ObservedAt))
		}
	})
}

// Run prints the alerts that the daemon knows.
func (c *alertsCommand) Run(ctx context.Context, g *globals) error {
	var alerts []struct {
		Account, Level, State string
		WalletID              *int64 `json:"wallet_id"`
		Since                 time.Time
		ResolvedAt            *time.Time `json:"resolved_at"`
		Deliveries            []struct{ Receiver, State string }
	}
	body, err := c.get(ctx, "/api/v1/alerts", c.Account, c.Level, &alerts)
	if err != nil || c.Output == "json" {
		return printed(g.stdout, body, err)
	}
	return table(g.stdout, "ACCOUNT\tWALLET\tLEVEL\tSTATE\tSINCE\tRESOLVED\tDELIVERIES", func(w io.Writer) {
		for _, a := range alerts {
			about, resolved := "monitor", "-"
			if a.WalletID != nil {
				about = fmt.Sprint(*a.WalletID)
			}
			if a.ResolvedAt != nil {
				resolved = a.ResolvedAt.Format(time.RFC3339)
			}
			var told []string
			for _, d := range a.Deliveries {
				told = append(told, d.Receiver+" "+d.State)
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", a.Account, about, a.Level, a.State, a.Since.Format(time.RFC3339), resolved,
				cmp.Or(strings.Join(told, ", "), "nobody to tell"))
		}
	})
}

// get asks the daemon for a list, decodes it into to and returns it as it came.
func (c *asking) get(ctx context.Context, path, account, level string, to any) ([]byte, error) {
	base, err := url.Parse(c.URL)
	if err != nil || base.Host == "" {
		return nil, refused{fmt.Errorf("--url %q is not an address such as http://localhost:8080", c.URL)}
	}
	ask := base.JoinPath(path)
	query := url.Values{}
	if account != "" {
		query.Set("account", account)
	}
	if level != "" {
		query.Set("level", level)
	}
	ask.RawQuery = query.Encode()
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, ask.String(), nil)
	if err != nil {
		return nil, refused{err}
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, fmt.Errorf("asking walletwatch at %s (is it running? give another --url): %w", base.Redacted(), err)
	}
	defer resp.Body.Close()
	const most = 64 << 20
	body, err := io.ReadAll(io.LimitReader(resp.Body, most))
	if err != nil {
		return nil, fmt.Errorf("reading the answer of %s: %w", base.Redacted(), err)
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("walletwatch at %s answered %s: %s", base.Redacted(), resp.Status, message(body))
	}
	if err := json.Unmarshal(body, to); err != nil {
		return nil, fmt.Errorf("the answer of %s is not walletwatch's: %w", base.Redacted(), err)
	}
	return body, nil
}

// message is what an error envelope says.
func message(body []byte) string {
	var envelope struct{ Error struct{ Message string } }
	if json.Unmarshal(body, &envelope) == nil && envelope.Error.Message != "" {
		return envelope.Error.Message
	}
	return "no reason given"
}

func printed(w io.Writer, body []byte, err error) error {
	if err != nil {
		return err
	}
	_, err = w.Write(append(body, '\n'))
	return err
}

func table(w io.Writer, head string, rows func(io.Writer)) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, head)
	rows(t)
	return t.Flush()
}

func text(s *string) string {
	if s == nil {
		return "unknown"
	}
	return *s
}

func duration(seconds *float64) string {
	if seconds == nil {
		return "unknown"
	}
	return wallet.Span(time.Duration(*seconds) * time.Second)
}

func ago(t *time.Time) string {
	if t == nil {
		return "never"
	}
	return wallet.Span(time.Since(*t)) + " ago"
}
