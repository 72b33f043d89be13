package demo

import (
	"context"
	"strconv"
	"time"

	"github.com/shopspring/decimal"
	"golang.org/x/sync/errgroup"

	"walletwatch/money"
	"walletwatch/octopus/octopustest"
)

// PollEvery is how often, in real time, a demo's daemon polls.
const PollEvery = 2 * time.Second

// The story in real time. A rush empties the first wallet from the start until a top-up arrives.
const (
	burstAt   = 11 * time.Second // then it waits for a poll to be over
	wireAt    = 20 * time.Second
	topUpAt   = 40 * time.Second
	webhookAt = 45 * time.Second
	chapter   = 5 * time.Minute // and it happens again
	step      = 100 * time.Millisecond
)

// rush is how much of a day's spend leaves the story's wallet in a real second while it lasts.
const rush = 0.0058

// act is something that happens once in a chapter.
type act struct {
	at   time.Duration // since the chapter began, in real time
	play func(context.Context)
}

func (w *World) acts() []act {
	usd, eur := decimal.NewFromInt(3_600), decimal.NewFromInt(3_000)
	return []act{
		{0, func(context.Context) { w.rush() }},
		{burstAt, w.burst},
		{wireAt, func(context.Context) { w.wire(shopWallet, "EUR", eur) }},
		{topUpAt, func(context.Context) { w.wire(StoryWallet, "USD", usd) }},
		{webhookAt, w.webhooks},
	}
}

// Live plays what happens in a world that is served, until ctx ends.
func (w *World) Live(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return octopustest.Play(ctx, w.Clock, step, nil, w.spenders...) })
	group.Go(func() error { return w.deliver(ctx) })
	group.Go(func() error { w.chapters(ctx); return nil })
	return group.Wait()
}

func (w *World) chapters(ctx context.Context) {
	for began := time.Now(); ; began = began.Add(chapter) {
		for _, a := range w.acts() {
			if !sleepUntil(ctx, began.Add(a.at)) {
				return
			}
			a.play(ctx)
		}
		if !sleepUntil(ctx, began.Add(chapter)) {
			return
		}
	}
}

// rush has the story's wallet spent fast until its top-up.
func (w *World) rush() {
	const daySeconds = 24 * 60 * 60
	now := w.Clock.Now()
	w.spenders[0].AddCampaign(octopustest.Campaign{
		From: now, To: now.Add(simulated(topUpAt, w.Clock)), Factor: max(1, rush*daySeconds/w.Clock.Speed()),
	})
}

func (w *World) wire(wallet int64, currency string, amount decimal.Decimal) {
	w.API.TopUp(wallet, amount)
	w.OnNews("top-up", "a wire of "+money.Human(amount, money.Precision(currency), currency)+" arrives in wallet "+strconv.FormatInt(wallet, 10))
}

func simulated(real time.Duration, c *octopustest.Clock) time.Duration {
	return time.Duration(float64(real) * c.Speed())
}

// sleepUntil reports false when ctx ended first.
func sleepUntil(ctx context.Context, at time.Time) bool {
	t := time.NewTimer(time.Until(at))
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return ctx.Err() == nil
	}
}

// until asks every so often whether something has happened; false: not in time, or ctx ended first.
func until(ctx context.Context, most time.Duration, happened func() bool) bool {
	for end := time.Now().Add(most); ; {
		if happened() {
			return true
		}
		if time.Now().After(end) || !sleepUntil(ctx, time.Now().Add(askEvery)) {
			return false
		}
	}
}

// askEvery is rare enough for questions over HTTP.
const askEvery = 20 * time.Millisecond
