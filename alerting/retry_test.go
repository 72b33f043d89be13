package alerting_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"walletwatch/alerting"
)

func TestRetryInKeepsItsBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		attempts := rapid.IntRange(-1, 1<<40).Draw(t, "attempts")
		random := rapid.Float64Range(0, 0.999999).Draw(t, "random")
		asked := time.Duration(rapid.Int64Range(-5, 1<<40).Draw(t, "asked"))
		var err error = &alerting.Refusal{Reason: "busy", RetryAfter: asked}
		if rapid.Bool().Draw(t, "wrapped") {
			err = fmt.Errorf("sending: %w", err)
		}
		wait, permanent := alerting.RetryIn(attempts, err, random)
		if permanent || wait < 500*time.Millisecond || wait > 60*time.Second || wait < min(asked, 60*time.Second) || wait > max(15*time.Second, asked) {
			t.Fatalf("got %v, permanent %v", wait, permanent)
		}
		if attempts > 3 && wait < 7500*time.Millisecond {
			t.Fatalf("got %v after %d failures, want at least half of 15 s", wait, attempts)
		}
	})
}

func TestRetryInPermanent(t *testing.T) {
	err := fmt.Errorf("sending: %w", &alerting.Refusal{Permanent: true, RetryAfter: time.Second})
	if wait, permanent := alerting.RetryIn(0, err, 0.9); wait != 5*time.Minute || !permanent {
		t.Errorf("got %v, %v; want 5 min, permanent", wait, permanent)
	}
	if wait, permanent := alerting.RetryIn(0, errors.New("odd"), 0.5); wait != time.Second || permanent {
		t.Errorf("got %v, %v; want 1 s, temporary", wait, permanent)
	}
}

func TestParseRetryAfter(t *testing.T) {
	tests := map[string]time.Duration{
		"":                              0,
		"12":                            12 * time.Second,
		" 12 ":                          12 * time.Second,
		"-3":                            0,
		"1.5":                           0,
		"soon":                          0,
		"99999999999999":                24 * time.Hour,
		"99999999999999999999999999999": 0,
		"Mon, 23 Nov 2026 14:00:30 GMT": 30 * time.Second,
		"Mon, 23 Nov 2026 13:00:30 GMT": 0,
	}
	for header, want := range tests {
		if got := alerting.ParseRetryAfter(header, start); got != want {
			t.Errorf("%q: got %v, want %v", header, got, want)
		}
	}
}
