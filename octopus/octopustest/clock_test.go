package octopustest_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"walletwatch/octopus/octopustest"
)

func TestClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		origin := time.Now()
		c := octopustest.NewClock(noon(), 60)
		equal(t, "starts", c.Now(), noon())
		time.Sleep(90 * time.Second)
		equal(t, "runs", c.Now(), noon().Add(90*time.Minute))
		equal(t, "real", c.Real(time.Hour), time.Minute)
		equal(t, "wall", c.Wall(noon().Add(time.Hour)), origin.Add(time.Minute).UTC())
		equal(t, "wall of the past", c.Wall(noon().Add(-time.Hour)), origin.Add(-time.Minute).UTC())
		equal(t, "speed", c.Speed(), 60.0)
		equal(t, "no speed is 1", octopustest.NewClock(noon(), 0).Speed(), 1.0)
	})
}

func TestPlayFollowsTheClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clock := octopustest.NewClock(noon(), 3600)
		s := octopustest.New(octopustest.Config{Now: clock.Now})
		s.AddWallet(octopustest.Wallet{ID: 1, Currency: "USD", Balance: dec("1000000")})
		p := spender(t, s, octopustest.Spending{})
		ctx, cancel := context.WithTimeout(t.Context(), 24*time.Second)
		defer cancel()
		var told octopustest.Activity
		err := octopustest.Play(ctx, clock, 100*time.Millisecond, func(a octopustest.Activity) { told.Orders += a.Orders }, p)
		if err != nil {
			t.Error(err)
		}
		rows := s.Transactions(1)
		equal(t, "told of every order", told.Orders, len(rows))
		if len(rows) < 200 {
			t.Errorf("%d orders in a day", len(rows))
		}
		if rows[0].CreatedAt.After(clock.Now()) || rows[0].CreatedAt.Before(clock.Now().Add(-2*time.Hour)) {
			t.Errorf("the last order is of %s, the clock shows %s", rows[0].CreatedAt, clock.Now())
		}
	})
}
