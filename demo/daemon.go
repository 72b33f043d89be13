package demo

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/shopspring/decimal"

	"walletwatch/money"
)

// daemon is what anybody can ask the daemon over HTTP.
type daemon struct{ url string }

// watched is what the daemon knows of a wallet. Thresholds are by level.
type watched struct {
	ID                            int64
	Name, Currency, Level, Source string
	Balance                       string
	RunwaySeconds                 *int64 `json:"runway_seconds"`
	Thresholds                    map[string]decimal.Decimal
}

// holds reports whether the daemon knows of exactly this balance.
func (w *watched) holds(balance decimal.Decimal) bool {
	known, err := decimal.NewFromString(w.Balance)
	return err == nil && known.Equal(balance)
}

func (w *watched) human() string {
	known, err := decimal.NewFromString(w.Balance)
	if err != nil {
		return "no balance"
	}
	return money.Human(known, money.Precision(w.Currency), w.Currency)
}

// wallets asks for all wallets.
func (d *daemon) wallets(ctx context.Context) ([]watched, error) {
	var list []watched
	err := d.get(ctx, "/api/v1/wallets", func(body io.Reader) error { return json.NewDecoder(body).Decode(&list) })
	return list, err
}

// wallet asks for one wallet.
func (d *daemon) wallet(ctx context.Context, id int64) (watched, error) {
	var one watched
	err := d.get(ctx, fmt.Sprintf("/api/v1/wallets/default/%d", id), func(body io.Reader) error { return json.NewDecoder(body).Decode(&one) })
	return one, err
}

// polls asks how often the wallets were polled, not counting what was read for confirmation.
func (d *daemon) polls(ctx context.Context) (count string, err error) {
	err = d.get(ctx, "/metrics", func(body io.Reader) error {
		lines := bufio.NewScanner(body)
		for lines.Scan() {
			if strings.HasPrefix(lines.Text(), "walletwatch_polls_total{") {
				count += lines.Text()
			}
		}
		return lines.Err()
	})
	return count, err
}

func (d *daemon) get(ctx context.Context, path string, read func(io.Reader) error) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, d.url+path, nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("asking the daemon for %s: status %d", path, resp.StatusCode)
	}
	return read(resp.Body)
}
