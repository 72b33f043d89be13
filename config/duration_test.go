package config_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"walletwatch/config"
)

func TestParseDuration(t *testing.T) {
	for s, want := range map[string]time.Duration{
		"10m": 10 * time.Minute, "7d": 168 * time.Hour, "1d12h": 36 * time.Hour, "2w": 336 * time.Hour, "1.5h": 90 * time.Minute,
		"0s": 0, "250ms": 250 * time.Millisecond, "1h1h": 2 * time.Hour, "0.5d": 12 * time.Hour, "106751d": 106751 * 24 * time.Hour,
	} {
		if got, err := config.ParseDuration(s); got != want || err != nil {
			t.Errorf("%q: got %v, %v", s, got, err)
		}
	}
	for _, s := range []string{
		"", "0", "7", "d", "-7d", "+7d", "7 d", "7d ", "7days", "1y", "1D", "1.d", ".5d", "1..5d", "1e3s", "7d5", "106752d", "9999999999999999999999w",
		"∞", "7d12", "1ns", "1us", "mm", "1mm", "1ms1",
	} {
		if got, err := config.ParseDuration(s); err == nil {
			t.Errorf("%q: got %v", s, got)
		}
	}
}

func TestDurationsAreWrittenForPeople(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", time.Second: "1s", 90 * time.Second: "1m30s", 10 * time.Minute: "10m", 4 * time.Hour: "4h", 90 * time.Minute: "1h30m",
		24 * time.Hour: "1d", 36 * time.Hour: "1d12h", 168 * time.Hour: "7d", 24*time.Hour + time.Second: "1d1s", time.Hour + time.Second: "1h0m1s",
	} {
		if got := config.FormatDuration(d); got != want {
			t.Errorf("%v: got %q, want %q", d, got, want)
		}
	}
}

func TestDurationsSurviveBeingWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := time.Duration(rapid.Int64Range(0, 1<<53).Draw(t, "ms")/1000) * time.Millisecond
		if got, err := config.ParseDuration(config.FormatDuration(d)); got != d || err != nil {
			t.Errorf("%v: written %q, read %v, %v", d, config.FormatDuration(d), got, err)
		}
	})
}

func FuzzParseDuration(f *testing.F) {
	for _, s := range []string{"7d", "1d12h", "0.5h", "10m10m", "9999999999w", "-1s"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := config.ParseDuration(s)
		if err != nil {
			return
		}
		if std, stdErr := time.ParseDuration(s); stdErr == nil && (std-d).Abs() > time.Duration(len(s)) {
			t.Errorf("%q: got %v, the standard library %v", s, d, std)
		}
		if d < 0 {
			t.Errorf("%q: got %v", s, d)
		}
	})
}
