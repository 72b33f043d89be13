package alerting

import (
	"context"
	"fmt"
	"time"

	"walletwatch/wallet"
)

// SendTest sends a marked test through a receiver, then resolves it: Slack shows one message that is edited (a
// webhook two messages), PagerDuty an incident under a dedup_key of its own that is closed at once. No real
// incident is touched. name is the receiver's, for errors.
func SendTest(ctx context.Context, name string, r Receiver, now time.Time) error {
	d := &wallet.Delivery{
		Receiver: name,
		Want:     wallet.Display{Seq: 1, Firing: true, Level: "test", Since: now},
		DueAt:    now,
		Notice: wallet.Notice{
			Key:        wallet.Key{Account: fmt.Sprintf("test-%d", now.UnixNano())},
			Occasion:   wallet.Tested,
			Firing:     true,
			Level:      "test",
			Severity:   "info",
			Since:      now,
			At:         now,
			Confirmed:  true,
			Name:       "test of walletwatch",
			SourceHost: "walletwatch",
		},
	}
	handle, err := r.Deliver(ctx, d)
	if err != nil {
		return fmt.Errorf("sending a test through %s: %w", name, err)
	}
	d.Accepted, d.Handle = d.Want, handle
	d.Want.Seq, d.Want.Firing = 2, false
	d.Notice.Firing, d.Notice.ResolvedAt = false, now
	if _, err := r.Deliver(ctx, d); err != nil {
		return fmt.Errorf("resolving the test through %s: %w", name, err)
	}
	return nil
}
