package rig

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Order places an order in the simulated shop and hands the answer to the daemon.
func (r *Rig) Order(ctx context.Context, wallet int, amount string) error {
	order, err := r.steer(ctx, "order", url.Values{"wallet": {strconv.Itoa(wallet)}, "amount": {amount}})
	if err != nil {
		return err
	}
	return r.Tell(ctx, order)
}

// Tell posts what is said to be an order response to the daemon.
func (r *Rig) Tell(ctx context.Context, order string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.Daemon+"/api/v1/orders", strings.NewReader(order))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+ingestToken)
	_, err = call(req)
	return err
}

// SetBalance sets a wallet's balance at the vendor.
func (r *Rig) SetBalance(ctx context.Context, wallet int, amount string) error {
	_, err := r.steer(ctx, "balance", url.Values{"wallet": {strconv.Itoa(wallet)}, "amount": {amount}})
	return err
}

// TopUp lets a wire arrive.
func (r *Rig) TopUp(ctx context.Context, wallet int, amount string) error {
	_, err := r.steer(ctx, "topup", url.Values{"wallet": {strconv.Itoa(wallet)}, "amount": {amount}})
	return err
}

// Fail has the API refuse requests for the wallets that many times.
func (r *Rig) Fail(ctx context.Context, status, times int) error {
	_, err := r.steer(ctx, "fail", url.Values{
		"route": {"GET /api/v1/wallets"}, "status": {strconv.Itoa(status)}, "times": {strconv.Itoa(times)},
	})
	return err
}

// PagerDown makes PagerDuty refuse everything, or take everything again.
func (r *Rig) PagerDown(down bool) { r.receivers.pagerDown.Store(down) }

func (r *Rig) steer(ctx context.Context, what string, form url.Values) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.sim+"/sim/"+what+"?"+form.Encode(), nil)
	if err != nil {
		return "", err
	}
	return call(req)
}

func call(req *http.Request) (string, error) {
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return "", err
	}
	if resp.StatusCode/100 != 2 {
		return "", fmt.Errorf("%s %s: status %d: %s", req.Method, req.URL.Path, resp.StatusCode, text)
	}
	return string(text), nil
}

// Trouble lets happen what the dashboards are for: wallets fall below both levels while PagerDuty is down, orders and
// webhooks come in, and the API refuses some requests.
func (r *Rig) Trouble(ctx context.Context) error {
	r.PagerDown(true)
	err := errors.Join(
		r.Order(ctx, 2, "120"), r.Order(ctx, 2, "140"),
		r.SetBalance(ctx, 1, "520"),
		r.Fail(ctx, http.StatusTooManyRequests, 2),
	)
	if err != nil {
		return err
	}
	// The API has 600 EUR left, the daemon knows of more: the next order tells it of a warning, so it asks.
	if err := errors.Join(r.SetBalance(ctx, 2, "420"), r.Order(ctx, 2, "130"), r.SetBalance(ctx, 3, "9000")); err != nil {
		return err
	}
	if err := r.pause(ctx, 4); err != nil {
		return err
	}
	if err := r.Fail(ctx, http.StatusServiceUnavailable, 2); err != nil {
		return err
	}
	if err := r.pause(ctx, 4); err != nil {
		return err
	}
	r.PagerDown(false)
	return nil
}

// pause waits for as many polls; small orders come in meanwhile.
func (r *Rig) pause(ctx context.Context, polls int) error {
	for range polls {
		if err := r.Order(ctx, 2, "1"); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(r.config.Poll):
		}
	}
	return nil
}
