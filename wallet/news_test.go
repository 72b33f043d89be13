package wallet_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"walletwatch/wallet"
)

// told is one thing that a channel said.
type told struct {
	at      time.Time
	channel wallet.Source
	balance *decimal.Decimal // nil: spent
	spent   decimal.Decimal
}

func (o told) observation(i int) *wallet.Observation {
	out := &wallet.Observation{Key: fmt.Sprint(i), Source: o.channel, At: o.at, Wallet: 1, Currency: "USD", Balance: o.balance}
	if o.balance == nil {
		out.Spent = &o.spent
	}
	return out
}

// believed is what a person would work out from a balance and everything that was said after a time.
func believed(read decimal.Decimal, all []told, after time.Time) decimal.Decimal {
	least := read
	for _, channel := range []wallet.Source{wallet.FromOrder, wallet.FromWebhook} {
		left := read
		for _, o := range all {
			switch {
			case o.channel != channel || !o.at.After(after):
			case o.balance == nil:
				left = left.Sub(o.spent)
			default:
				left = decimal.Min(left, *o.balance)
			}
		}
		least = decimal.Min(least, left)
	}
	return least
}

// TestNewsAddsUp: news that is put together says what it said one by one, however much there is, and a poll settles what
// came before it. The batches in which it is heard do not matter.
func TestNewsAddsUp(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		s, a := state("5000"), account()
		a.PolledAt = s.ReadAt
		var all []told
		now := noon
		for i := range rapid.IntRange(1, 200).Draw(r, "observations") {
			now = now.Add(time.Duration(rapid.SampledFrom([]int{1, 30, 150, 2000}).Draw(r, "later")) * time.Millisecond)
			o := told{at: now, channel: rapid.SampledFrom([]wallet.Source{wallet.FromOrder, wallet.FromWebhook}).Draw(r, "channel")}
			amount := decimal.New(rapid.Int64Range(1, 6_000_00).Draw(r, "amount"), -2)
			if rapid.Bool().Draw(r, "claims") {
				o.balance = &amount
			} else {
				o.spent = amount.Shift(-2)
			}
			all = append(all, o)
			h := a.Listen(s)
			h.Hear(o.observation(i), now)
			before := *s
			if next := h.State(); next != s {
				s = next
			}
			if len(s.News) > 2*20 || before.Balance.LessThan(s.Balance) {
				r.Fatalf("%d pieces of news raised %s to %s", len(s.News), before.Balance, s.Balance)
			}
		}
		if want := believed(dec("5000"), all, noon); !s.Balance.Equal(want) {
			r.Fatalf("believed %s, want %s", s.Balance, want)
		}
		at := all[rapid.IntRange(0, len(all)-1).Draw(r, "poll")].at
		reading := reading(1, "4000")
		got := s.Observe("default", &reading, at).Balance
		// Moments are put together the more the longer ago they are: what a poll settles of them is off by that much.
		blur := max(200*time.Millisecond, now.Sub(at)*2/3)
		earlier, later := believed(dec("4000"), all, at.Add(-blur)), believed(dec("4000"), all, at.Add(blur))
		if got.LessThan(earlier) || got.GreaterThan(later) {
			r.Fatalf("after a poll at %v, the last news being of %v, %s is believed, want %s to %s", at, now, got, earlier, later)
		}
	})
}

// TestNewsIsDatedNow: what says that it is from the future is from now.
func TestNewsIsDatedNow(t *testing.T) {
	s, a := state("5000"), account()
	h := a.Listen(s)
	o := told{at: noon.Add(time.Hour), channel: wallet.FromOrder, spent: dec("1")}
	if v := h.Hear(o.observation(1), noon.Add(time.Second)); v != wallet.HeardEstimate {
		t.Errorf("the verdict is %s", v)
	}
	if got := h.State(); !got.ObservedAt.Equal(noon.Add(time.Second)) || got.Source != wallet.FromEstimate {
		t.Errorf("true at %v, from %s", got.ObservedAt, got.Source)
	}
}

// TestClockSetBack: what was read and heard in the future was read and heard now, and the next news is newer.
func TestClockSetBack(t *testing.T) {
	s, a := state("5000"), account()
	h := a.Listen(s)
	h.Hear(told{at: noon.Add(time.Minute), channel: wallet.FromOrder, spent: dec("1")}.observation(1), noon.Add(time.Minute))
	heard := h.State()
	if same, moved := heard.NoLaterThan(noon.Add(time.Hour)); moved || same != heard {
		t.Error("it was changed though nothing of it is in the future")
	}
	back := noon.Add(-time.Hour)
	got, moved := heard.NoLaterThan(back)
	if !moved || !got.ReadAt.Before(back) || !got.ObservedAt.Equal(back) || !got.Balance.Equal(dec("4999")) || !got.Suspect.IsZero() {
		t.Errorf("it became %+v", got)
	}
	a.PolledAt = wallet.JustBefore(back)
	h = a.Listen(got)
	if v := h.Hear(told{at: back, channel: wallet.FromOrder, spent: dec("1")}.observation(2), back); v != wallet.HeardEstimate {
		t.Errorf("news of then is %s", v)
	}
	if again, moved := got.NoLaterThan(back); moved {
		t.Errorf("again it became %+v", again)
	}
}

func TestOnlyOne(t *testing.T) {
	usd, eur := known(1, "1"), known(2, "1")
	eur.Currency = "EUR"
	for name, c := range map[string]struct {
		wallets  []*wallet.State
		currency string
		want     *wallet.State
	}{
		"the only one":       {[]*wallet.State{usd, eur}, "EUR", eur},
		"none":               {[]*wallet.State{usd, eur}, "GBP", nil},
		"two":                {[]*wallet.State{usd, known(3, "1")}, "USD", nil},
		"currency not known": {[]*wallet.State{{ID: 4}}, "", nil},
	} {
		if got := wallet.OnlyOne(c.wallets, c.currency); got != c.want {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
