package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/shopspring/decimal"

	"walletwatch/octopus/octopustest"
	"walletwatch/tap"
)

// shop is a service that places orders with an ordinary HTTP client, as any shop does, whose transport is wrapped.
type shop struct {
	api    string
	token  string
	base   *http.Transport
	client *http.Client
	feed   *tap.Tap
}

// openShop logs in. close must be called.
func openShop(ctx context.Context, api, walletwatch string) (*shop, error) {
	feed, err := tap.Open(tap.Config{URL: walletwatch, Token: tap.Token(ingestToken), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	base := &http.Transport{}
	s := &shop{api: api, base: base, feed: feed, client: &http.Client{Transport: feed.Wrap(base), Timeout: 10 * time.Second}}
	var session struct {
		Data struct {
			AccessToken string `json:"access_token"`
		}
	}
	err = s.post(ctx, "/auth/login", map[string]string{"username": octopustest.DemoKey, "password": octopustest.DemoSecret}, &session)
	if err != nil {
		s.close(ctx)
		return nil, fmt.Errorf("logging in: %w", err)
	}
	s.token = session.Data.AccessToken
	return s, nil
}

// purchase is the body of an order.
type purchase struct {
	Product      int64       `json:"product_id"`
	Denomination json.Number `json:"denomination"`
	Quantity     int64       `json:"quantity"`
}

// face is what the vouchers are worth together.
func (p purchase) face() decimal.Decimal {
	return decimal.RequireFromString(p.Denomination.String()).Mul(decimal.NewFromInt(p.Quantity))
}

// order buys something and receives the vouchers.
func (s *shop) order(ctx context.Context, p purchase) error {
	var answer struct{ Vouchers []json.RawMessage }
	if err := s.post(ctx, "/api/v1/orders", p, &answer); err != nil {
		return fmt.Errorf("placing an order: %w", err)
	}
	if got := int64(len(answer.Vouchers)); got != p.Quantity {
		return fmt.Errorf("placing an order: %d vouchers came instead of %d", got, p.Quantity)
	}
	return nil
}

func (s *shop) post(ctx context.Context, path string, body, answer any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.api+path, bytes.NewReader(text))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+s.token)
	resp, err := s.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("the API answered %s with status %d", path, resp.StatusCode)
	}
	return json.NewDecoder(resp.Body).Decode(answer)
}

// close sends what waits, also when ctx has ended, but not for long.
func (s *shop) close(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 500*time.Millisecond)
	defer cancel()
	_ = s.feed.Close(ctx) // nobody counts the orders of a demo that ends
	s.base.CloseIdleConnections()
}
