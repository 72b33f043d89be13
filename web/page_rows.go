package web

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"walletwatch/money"
	"walletwatch/wallet"
)

// badge shows a level by word, symbol and colour, so that nobody depends on the colour.
type badge struct{ Class, Symbol, Text string }

func badgeFor(level string, t *wallet.Terms) badge {
	switch rank := t.Level(level); {
	case rank >= 0 && rank == len(t.Levels)-1:
		return badge{"worst", "✖", level}
	case rank >= 0:
		return badge{"bad", "▲", level}
	case level == wallet.OK:
		return badge{"fine", "✓", level}
	case level == wallet.Learning:
		return badge{"learning", "…", level}
	case level == wallet.Unknown:
		return badge{"unknown", "?", level}
	}
	return badge{"bad", "▲", level}
}

// walletRow is a line of the wallet table. Empty texts are unknown.
type walletRow struct {
	Name, Account string
	ID            int64
	Type          wallet.Type
	Path          string
	Badge         badge
	Why           string
	Muted         bool
	OpenAt        string // level of an open alert that the badge does not show
	Balance       string
	Fresh         bool
	Observed      *moment
	Heard         *heardText // nil: the balance is what a poll read
	Asking        bool       // whether the balance is as bad as was heard
	Spend         string
	SpendSource   string
	Thresholds    []thresholdText
	Runway        string
}

type thresholdText struct{ Level, Amount string }

func newWalletRow(r reading, now time.Time) walletRow {
	row := walletRow{
		Name: r.Terms.Name, Account: r.Account, ID: r.ID, Type: r.Type, Path: walletPath(r.Account, r.ID),
		Badge: badgeFor(r.shown, r.Terms), Why: r.why, Muted: r.Terms.Mute,
		Fresh: r.fresh, Observed: maybeAt(r.ObservedAt, now), Heard: newHeardText(r, now), Asking: r.asking(),
	}
	if r.Level != "" && r.Level != r.shown {
		row.OpenAt = r.Level
	}
	if !r.neverRead() {
		row.Balance = money.Human(r.Balance, r.Precision, r.Currency)
	}
	if r.spendKnown() {
		row.Spend, row.SpendSource = money.Human(r.DailySpend, r.Precision, r.Currency), spendOrigin(r.SpendSource)
	}
	for _, t := range r.Thresholds {
		row.Thresholds = append(row.Thresholds, thresholdText{t.Level, money.Human(t.Amount, r.Precision, r.Currency)})
	}
	if runway, ok := r.runway(); ok {
		row.Runway = wallet.Span(runway)
	}
	return row
}

func spendOrigin(source wallet.SpendSource) string {
	switch source {
	case wallet.SpendFromLedger:
		return "from the vendor's transactions"
	case wallet.SpendFromBalance:
		return "from drops between balances"
	}
	return "from " + string(source)
}

// worstFirst orders wallets by what needs a person most: the level of an open alert even when the balance has become
// unknown since, then unknown, learning and ok; among equals the shortest runway.
func worstFirst(all []reading) []reading {
	sorted := slices.Clone(all)
	slices.SortStableFunc(sorted, func(a, b reading) int {
		return cmp.Or(cmp.Compare(urgency(a), urgency(b)), cmp.Compare(timeLeft(a), timeLeft(b)))
	})
	return sorted
}

func urgency(r reading) int {
	const unconfigured = 1000 // more levels than anybody configures
	if rank := r.Terms.Level(cmp.Or(r.Level, r.shown)); rank >= 0 {
		return len(r.Terms.Levels) - 1 - rank
	}
	switch r.shown {
	case wallet.OK:
		return unconfigured + 2
	case wallet.Learning:
		return unconfigured + 1
	}
	return unconfigured
}

func timeLeft(r reading) time.Duration {
	if runway, ok := r.runway(); ok {
		return runway
	}
	return math.MaxInt64
}

// summary counts the wallets at each level, the worst first: "1 critical, 2 unknown, 12 ok".
func summary(all []reading, configured []string) string {
	counts := map[string]int{}
	for _, r := range all {
		counts[r.shown]++
	}
	order := append(slices.Clone(configured), wallet.Unknown, wallet.Learning, wallet.OK)
	slices.Reverse(order[:len(configured)])
	var parts []string
	for _, level := range order {
		if n := counts[level]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, level))
		}
	}
	return strings.Join(parts, ", ")
}

// accountRow is what a page says about the monitor of an account.
type accountRow struct {
	Name   string
	Polled bool // a first poll has finished
	Last   *moment
	Faults []string
	Fault  string // why the last poll failed
	Since  *moment
}

func newAccountRow(a *wallet.AccountView, now time.Time) accountRow {
	row := accountRow{Name: a.Name, Polled: a.Polled, Last: maybeAt(a.PolledAt, now), Faults: slices.Clone(a.Faults)}
	if a.Fault.Kind != wallet.NoFault {
		row.Fault, row.Since = a.Fault.Message, maybeAt(a.Fault.Since, now)
	}
	if late := overdue(a.Pending, now); late != "" {
		row.Faults = append(row.Faults, late)
	}
	return row
}

// overdue says which notifications should have been accepted by now; "" when none should.
func overdue(pending []wallet.PendingAt, now time.Time) string {
	var oldest *wallet.PendingAt
	late := 0
	for i := range pending {
		p := &pending[i]
		if now.Sub(p.DueAt) < wallet.Overdue {
			continue
		}
		late++
		if oldest == nil || p.DueAt.Before(oldest.DueAt) {
			oldest = p
		}
	}
	if oldest == nil {
		return ""
	}
	text := fmt.Sprintf("%s overdue; the oldest, for %s, has been due for %s",
		count(late, "notification is", "notifications are"), oldest.Receiver, wallet.Span(now.Sub(oldest.DueAt)))
	if oldest.LastError != "" {
		text += ": " + oldest.LastError
	}
	return text
}
