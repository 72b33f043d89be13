package demo

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"walletwatch/money"
	"walletwatch/octopus/octopustest"
)

const webhookPath = "/webhooks/octopus"

// deliver sends the vendor's webhooks once they have begun, until ctx ends.
func (w *World) deliver(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case <-w.hooking:
		return w.API.Deliver(ctx, w.hook)
	}
}

// beginWebhooks has the vendor send webhooks from now on. Events are queued from the first Deliver on, also if it ends
// at once, so that what happens next is among them.
func (w *World) beginWebhooks() (err error) {
	w.hooked.Do(func() {
		ended, end := context.WithCancel(context.Background())
		end()
		err = w.API.Deliver(ended, w.hook)
		close(w.hooking)
		w.OnNews("vendor", "webhooks are on: from now each movement is sent to "+webhookPath+", signed")
	})
	return err
}

// attempted remembers the newest deliveries for whoever asks.
func (w *World) attempted(a octopustest.Attempt) {
	select {
	case w.attempts <- a:
	default:
	}
}

// webhooks shows a genuine webhook, and what becomes of those that are sent again or forged.
func (w *World) webhooks(ctx context.Context) {
	if err := w.tellWebhooks(ctx); err != nil && ctx.Err() == nil {
		w.OnNews("vendor", "the webhooks failed: "+err.Error())
	}
}

func (w *World) tellWebhooks(ctx context.Context) error {
	if err := w.beginWebhooks(); err != nil {
		return err
	}
	before := w.told(hookWallet, hookName)
	event, err := w.genuine(ctx)
	if err != nil {
		return err
	}
	for _, t := range w.tricks(event) {
		answer, err := send(t.request().WithContext(ctx))
		if err != nil {
			return err
		}
		w.OnNews("attacker", t.name+": "+answer)
	}
	return w.tellHarm(ctx, before)
}

// genuine debits a wallet and waits until the webhook about it is acknowledged and the daemon knows.
func (w *World) genuine(ctx context.Context) (octopustest.Event, error) {
	amount := decimal.NewFromInt(100_000)
	w.forgetAttempts()
	began := time.Now()
	w.API.Debit(hookWallet, amount, time.Time{})
	event, found := w.newestDebit(hookWallet)
	if !found {
		return event, fmt.Errorf("the vendor has no event about the debit")
	}
	status, err := w.acknowledged(ctx, event.ID)
	if err != nil {
		return event, err
	}
	took := time.Since(began)
	known, err := w.daemon.wallet(ctx, hookWallet)
	if err != nil {
		return event, err
	}
	w.OnNews("vendor", fmt.Sprintf("a debit of %s from wallet %d: its webhook was answered with %d after %s, and walletwatch knows of %s left (%s)",
		human(amount), hookWallet, status, said(took), known.human(), known.Source))
	return event, nil
}

func (w *World) forgetAttempts() {
	for len(w.attempts) > 0 {
		<-w.attempts
	}
}

// acknowledged waits until the daemon has taken an event, and returns the status of its answer.
func (w *World) acknowledged(ctx context.Context, id string) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		select {
		case <-ctx.Done():
			return 0, fmt.Errorf("the webhook was not acknowledged within %s", patience)
		case a := <-w.attempts:
			if a.Event.ID == id && a.Err == nil {
				return a.Status, nil
			}
		}
	}
}

func (w *World) newestDebit(wallet int64) (octopustest.Event, bool) {
	about := fmt.Appendf(nil, `"wallet_id":%d,`, wallet)
	for _, e := range slices.Backward(w.API.Events()) {
		if e.Type == octopustest.WalletDebited && bytes.Contains(e.Body, about) {
			return e, true
		}
	}
	return octopustest.Event{}, false
}

// tellHarm says what the daemon believes after all that, and whether anyone was told of it.
func (w *World) tellHarm(ctx context.Context, before int) error {
	var known watched
	var truth decimal.Decimal
	agreed := until(ctx, 2*PollEvery, func() bool {
		var err error
		truth = w.API.Balance(hookWallet)
		known, err = w.daemon.wallet(ctx, hookWallet)
		return err == nil && known.holds(truth)
	})
	switch woken := w.told(hookWallet, hookName) - before; {
	case ctx.Err() != nil:
	case !agreed:
		return fmt.Errorf("walletwatch knows of %s, the API of %s", known.human(), human(truth))
	case woken > 0:
		return fmt.Errorf("%d messages went out about wallet %d", woken, hookWallet)
	default:
		w.OnNews("vendor", fmt.Sprintf("no wallet moved: walletwatch and the API agree on %s in wallet %d. Nobody was woken", human(truth), hookWallet))
	}
	return nil
}

// human is an amount in the currency of the third wallet.
func human(amount decimal.Decimal) string { return money.Human(amount, money.Precision("JPY"), "JPY") }
