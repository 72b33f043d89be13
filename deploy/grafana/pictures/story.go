package main

import (
	"context"
	"net/http"
	"time"

	"walletwatch/deploy/grafana/rig"
)

// event is something that happens in the minutes that pictures show.
type event struct {
	at time.Duration
	do func(context.Context, *rig.Rig) error
}

// events: orders come in all the time; the API refuses for a moment; an order burst and a wire; PagerDuty is down while
// a wallet becomes critical.
func events() []event {
	return []event{
		{80 * time.Second, func(ctx context.Context, r *rig.Rig) error { return r.Fail(ctx, http.StatusTooManyRequests, 4) }},
		{100 * time.Second, func(ctx context.Context, r *rig.Rig) error { return r.Fail(ctx, http.StatusServiceUnavailable, 3) }},
		{130 * time.Second, func(ctx context.Context, r *rig.Rig) error { return r.SetBalance(ctx, 2, "460") }},
		{190 * time.Second, func(ctx context.Context, r *rig.Rig) error { return r.TopUp(ctx, 2, "2500") }},
		{225 * time.Second, func(ctx context.Context, r *rig.Rig) error { r.PagerDown(true); return r.SetBalance(ctx, 1, "215") }},
		{262 * time.Second, func(_ context.Context, r *rig.Rig) error { r.PagerDown(false); return nil }},
	}
}

const orderEvery = 4 * time.Second

// story plays the events, for as long as pictures show.
func story(ctx context.Context, r *rig.Rig) error {
	began, waiting := time.Now(), events()
	orders := time.NewTicker(orderEvery)
	defer orders.Stop()
	for time.Since(began) < shown {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-orders.C:
		}
		if err := r.Order(ctx, 2, "3"); err != nil {
			return err
		}
		for len(waiting) > 0 && time.Since(began) >= waiting[0].at {
			if err := waiting[0].do(ctx, r); err != nil {
				return err
			}
			waiting = waiting[1:]
		}
	}
	return nil
}
