package poller_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"walletwatch/octopus"
	"walletwatch/poller"
	"walletwatch/wallet"
)

// TestSecondRead: a doubtful poll is confirmed by another read at once, and only one that says the same confirms it.
func TestSecondRead(t *testing.T) {
	tests := map[string]struct {
		answers    [][]string // balances of wallets 1 and 2 by read; nil: the read fails
		want       []string   // what is recorded
		confirming bool
	}{
		"healthy":                      {[][]string{{"5", "7"}}, []string{"5", "7"}, false},
		"confirmed":                    {[][]string{{"0", "7"}, {"0", "7"}}, []string{"0", "7"}, true},
		"other balances have moved on": {[][]string{{"0", "7"}, {"0", "6"}}, []string{"0", "6"}, true},
		"back below zero":              {[][]string{{"0", "7"}, {"-1", "7"}}, []string{"-1", "7"}, true},
		"a passing fault":              {[][]string{{"0", "7"}, {"5", "7"}}, []string{"5", "7"}, true},
		"wrong in two ways":            {[][]string{{"0", "7"}, {"5", "0"}}, []string{"5", "0"}, false},
		"an empty list, then a zero":   {[][]string{{}, {"0", "7"}}, []string{"0", "7"}, false},
		"unreadable, then a zero":      {[][]string{{"", "7"}, {"0", "7"}}, []string{"0", "7"}, false},
		"the second read fails":        {[][]string{{"0", "7"}, nil}, []string{"0", "7"}, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := &api{wallets: func(_ context.Context, n int) (octopus.WalletList, error) {
					if test.answers[n-1] == nil {
						return octopus.WalletList{}, errDown
					}
					return listing(test.answers[n-1]...), nil
				}}
				book := &notebook{doubtful: func(p *wallet.Poll) bool {
					return len(p.Readings) == 0 || p.Readings[0].Balance == nil || p.Readings[0].Balance.Sign() == 0
				}}
				p := run(t, book, one(a))
				pass(time.Second)
				if got := len(a.polls(p.start)); got != len(test.answers) {
					t.Errorf("%d reads, want %d", got, len(test.answers))
				}
				if len(book.polls) != 1 {
					t.Fatalf("%d polls recorded, want 1", len(book.polls))
				}
				var got []string
				for _, r := range book.polls[0].Readings {
					got = append(got, r.Balance.String())
				}
				if strings.Join(got, " ") != strings.Join(test.want, " ") || book.polls[0].confirming != test.confirming {
					t.Errorf("recorded %v, confirming %t; want %v, %t", got, book.polls[0].confirming, test.want, test.confirming)
				}
			})
		})
	}
}

func TestReadings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		list := listing("12.50", "", "7")
		list.Wallets[1].Type = "POSTPAID"
		list.Wallets[2].CurrencyID = 9
		sent := time.Now().Add(-3 * time.Second)
		list.SentAt = sent
		a := &api{wallets: func(context.Context, int) (octopus.WalletList, error) { return list, nil }}
		book := &notebook{}
		run(t, book, one(a))
		pass(time.Second)
		poll := book.polls[0]
		if !poll.SentAt.Equal(sent) {
			t.Errorf("the poll is as of %s, want when the request was sent", poll.SentAt)
		}
		first, second, third := poll.Readings[0], poll.Readings[1], poll.Readings[2]
		if first.ID != 1 || first.CurrencyID != 1 || first.Currency != "USD" || first.Precision != 2 || first.Type != wallet.Prepaid || first.Balance.String() != "12.5" || first.Problem != "" {
			t.Errorf("the first reading is %+v", first)
		}
		if second.Balance != nil || second.Problem != "amount is null" || second.Type != wallet.Postpaid {
			t.Errorf("the unreadable reading is %+v", second)
		}
		if third.Balance != nil || third.Problem != "the API does not list its currency (id 9)" {
			t.Errorf("the reading in an unknown currency is %+v", third)
		}
	})
}

// TestFailedPolls: what went wrong is recorded as the rules distinguish it, and counted.
func TestFailedPolls(t *testing.T) {
	tests := map[string]struct {
		err     error
		kind    wallet.FaultKind
		message string
	}{
		"outage":     {err: errDown, kind: wallet.FaultUnavailable, message: "the API is down"},
		"refused":    {err: &octopus.Error{Status: 401, Endpoint: "/auth/login"}, kind: wallet.FaultCredentials, message: "the API rejects us: /auth/login"},
		"not listed": {err: &octopus.Error{Status: 403, Endpoint: "/api/v1/wallets"}, kind: wallet.FaultCredentials, message: "the API rejects us: /api/v1/wallets"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := &api{wallets: func(context.Context, int) (octopus.WalletList, error) { return listing("1"), test.err }}
				book := &notebook{}
				p := run(t, book, one(a))
				pass(time.Second)
				if len(book.failures) != 1 {
					t.Fatalf("%d failures recorded, want 1", len(book.failures))
				}
				if f := book.failures[0]; f.kind != test.kind || !strings.HasPrefix(f.message, test.message) {
					t.Errorf("recorded %s %q, want %s %q", f.kind, f.message, test.kind, test.message)
				}
				if !p.log.contains("poll failed") {
					t.Error("the failure is not in the log")
				}
			})
		})
	}
}

// TestUnrecordedPoll: trouble with the database is not taken for a fault of the API.
func TestUnrecordedPoll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		book := &notebook{record: func(*wallet.Poll) error { return errors.New("the disk is full") }}
		reg := prometheus.NewPedanticRegistry()
		p := run(t, book, one(&api{}), func(c *poller.Config) { c.Metrics = poller.NewMetrics(reg) })
		pass(time.Second)
		if len(book.failures) != 0 {
			t.Errorf("recorded as a fault: %+v", book.failures)
		}
		if !p.log.contains("the disk is full") || !p.log.contains("level=ERROR") {
			t.Error("the failure is not in the log")
		}
		if n, err := testutil.GatherAndCount(reg, "walletwatch_polls_total"); n != 1 || err != nil {
			t.Errorf("%d results are counted, %v", n, err)
		}
	})
}

func TestMetrics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &api{wallets: func(_ context.Context, n int) (octopus.WalletList, error) {
			time.Sleep(3 * time.Second)
			if n == 2 {
				return octopus.WalletList{}, errDown
			}
			return listing("100"), nil
		}}
		book := &notebook{doubtful: func(*wallet.Poll) bool { return len(a.asked) == 3 }}
		reg := prometheus.NewPedanticRegistry()
		run(t, book, one(a), func(c *poller.Config) { c.Metrics = poller.NewMetrics(reg) })
		pass(3*every + time.Minute)
		const want = `
# HELP walletwatch_polls_total Polls of the wallets endpoint by result: ok, doubtful (a second read was needed) or failed.
# TYPE walletwatch_polls_total counter
walletwatch_polls_total{account="default",result="doubtful"} 1
walletwatch_polls_total{account="default",result="failed"} 1
walletwatch_polls_total{account="default",result="ok"} 2
`
		if err := testutil.GatherAndCompare(reg, strings.NewReader(want), "walletwatch_polls_total"); err != nil {
			t.Error(err)
		}
		families, err := reg.Gather()
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range families {
			if f.GetName() != "walletwatch_poll_duration_seconds" {
				continue
			}
			if h := f.GetMetric()[0].GetHistogram(); h.GetSampleCount() != 4 || h.GetSampleSum() != 3+3+6+3 {
				t.Errorf("%d polls took %v s, want 4 that took 15 s", h.GetSampleCount(), h.GetSampleSum())
			}
			return
		}
		t.Error("the duration of polls is not exported")
	})
}
