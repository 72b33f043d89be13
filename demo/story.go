package demo

import (
	"context"
	"strconv"
	"time"

	"github.com/shopspring/decimal"

	"walletwatch/money"
	"walletwatch/octopus/octopustest"
)

// PollEvery is how often, in real time, a demo's daemon polls.
const PollEvery = 2 * time.Second

// The story in real time: a rush empties the wallet from the start, a top-up arrives, and it happens again.
const (
	topUpAfter = 40 * time.Second
	chapter    = 5 * time.Minute
	step       = 100 * time.Millisecond
)

// rush is how much of a day's spend leaves the story's wallet in a real second while it lasts.
const rush = 0.0058

// live plays the wallets' spending until ctx ends.
func (w *World) live(ctx context.Context) error {
	tell := time.NewTicker(chapter)
	defer tell.Stop()
	go func() {
		for {
			w.tellChapter(ctx)
			select {
			case <-ctx.Done():
				return
			case <-tell.C:
			}
		}
	}()
	return octopustest.Play(ctx, w.Clock, step, nil, w.spenders...)
}

// tellChapter starts a rush on the story's wallet and tops it up after a while.
func (w *World) tellChapter(ctx context.Context) {
	const daySeconds = 24 * 60 * 60
	now := w.Clock.Now()
	w.story.AddCampaign(octopustest.Campaign{
		From: now, To: now.Add(simulated(topUpAfter, w.Clock)), Factor: max(1, rush*daySeconds/w.Clock.Speed()),
	})
	wait := time.NewTimer(topUpAfter)
	defer wait.Stop()
	select {
	case <-ctx.Done():
	case <-wait.C:
		amount := w.daily.Mul(decimal.NewFromInt(3)).Div(decimal.NewFromInt(10))
		w.API.TopUp(StoryWallet, amount)
		w.OnTopUp("a wire of " + money.Human(amount, 2, "USD") + " arrives in wallet " + strconv.Itoa(StoryWallet))
	}
}

func simulated(real time.Duration, c *octopustest.Clock) time.Duration {
	return time.Duration(float64(real) * c.Speed())
}
