package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/shopspring/decimal"
)

// The burst: so many orders, one every so often, leave a few EUR. They are few and large enough that the last one is the
// one that crosses 5 %, so that no other is under way while the API is asked, and the page has the exact balance.
const (
	burstOrders = 24
	burstEvery  = 25 * time.Millisecond
	burstLeaves = 100
)

// patience is how long anything that should take a moment is waited for before the demo says that it did not come.
const patience = 10 * time.Second

// burst has the shop nearly empty its wallet within a second, right after a poll, and tells when the page came.
func (w *World) burst(ctx context.Context) {
	if w.open(shopWallet) { // at some speeds it is low for its own reasons
		return
	}
	if err := w.tellBurst(ctx); err != nil && ctx.Err() == nil {
		w.OnNews("shop", "the campaign failed: "+err.Error())
	}
}

func (w *World) tellBurst(ctx context.Context) error {
	calm := func() bool {
		known, err := w.daemon.wallet(ctx, shopWallet)
		return err == nil && known.Level == "ok"
	}
	if !until(ctx, 3*patience, calm) {
		return fmt.Errorf("walletwatch was not ready within %s", 3*patience)
	}
	polled, err := w.awaitPoll(ctx)
	if err != nil {
		return err
	}
	s, err := openShop(ctx, w.addresses[0], w.daemon.url)
	if err != nil {
		return err
	}
	defer s.close(ctx)
	p, err := w.shopping()
	if err != nil {
		return err
	}
	w.OnNews("shop", fmt.Sprintf("a campaign: %d orders of %s EUR within a second; walletwatch is sent copies of the answers, without the vouchers",
		burstOrders, p.face()))
	began := time.Now()
	bought, err := w.buy(ctx, s, p)
	if err != nil {
		return err
	}
	var paged time.Time
	if !until(ctx, patience, func() (came bool) { paged, came = w.pagedSince(shopWallet, began); return came }) {
		return fmt.Errorf("there was no page within %s", patience)
	}
	crossed, err := w.crossed(ctx, bought)
	if err != nil {
		return err
	}
	w.OnNews("shop", "paged "+said(paged.Sub(crossed))+" after the order that took the wallet below 5 %; "+away(polled.Add(PollEvery).Sub(paged)))
	return nil
}

// bought is an order: when it was sent and what it left in the wallet.
type bought struct {
	sent time.Time
	left decimal.Decimal
}

// buy places the orders.
func (w *World) buy(ctx context.Context, s *shop, p purchase) (all []bought, err error) {
	next := time.Now()
	for range burstOrders {
		sent := time.Now()
		if err := s.order(ctx, p); err != nil {
			if len(all) > 0 && w.API.Balance(shopWallet).LessThan(p.face()) {
				return all, nil // others have spent from the wallet too, and it is as empty as it should be
			}
			return nil, err
		}
		all = append(all, bought{sent, w.API.Balance(shopWallet)})
		if next = next.Add(burstEvery); !sleepUntil(ctx, next) {
			return nil, ctx.Err()
		}
	}
	return all, nil
}

// crossed returns when the order was sent that took the wallet below what the daemon takes for critical.
func (w *World) crossed(ctx context.Context, all []bought) (time.Time, error) {
	known, err := w.daemon.wallet(ctx, shopWallet)
	if err != nil {
		return time.Time{}, err
	}
	limit := known.Thresholds["critical"]
	i := slices.IndexFunc(all, func(b bought) bool { return b.left.LessThan(limit) })
	if i < 0 {
		return time.Time{}, fmt.Errorf("no order took the wallet below %s EUR", limit)
	}
	return all[i].sent, nil
}

// shopping works out what each order must be so that all of them nearly empty the wallet.
func (w *World) shopping() (purchase, error) {
	for _, product := range w.API.Products() {
		if product.Currency != "EUR" {
			continue
		}
		price := w.API.Balance(shopWallet).Sub(decimal.NewFromInt(burstLeaves)).Div(decimal.NewFromInt(burstOrders))
		face := price.Div(decimal.NewFromInt(1).Sub(product.Discount.Shift(-2)))
		quantity := face.Div(product.Max).Ceil()
		each := face.Div(quantity).Floor()
		if each.LessThan(product.Min) {
			return purchase{}, errors.New("the wallet is nearly empty already")
		}
		return purchase{product.ID, json.Number(each.String()), quantity.IntPart()}, nil
	}
	return purchase{}, errors.New("nothing is sold in EUR")
}

// awaitPoll waits until the daemon has polled, and returns when that was.
func (w *World) awaitPoll(ctx context.Context) (time.Time, error) {
	before, err := w.daemon.polls(ctx)
	if err != nil {
		return time.Time{}, err
	}
	polled := until(ctx, patience, func() bool {
		now, err := w.daemon.polls(ctx)
		return err == nil && now != before
	})
	if !polled {
		return time.Time{}, fmt.Errorf("the daemon did not poll within %s", patience)
	}
	return time.Now(), nil
}

// said is a short time for people.
func said(d time.Duration) string {
	if d < time.Second {
		return strconv.FormatInt(max(1, d.Milliseconds()), 10) + " ms"
	}
	return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + " s"
}

func away(d time.Duration) string {
	if d <= 0 {
		return "a poll had come meanwhile"
	}
	return "the next poll was " + said(d) + " away"
}
