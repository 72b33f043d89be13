package wallet_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"walletwatch/wallet"
)

func dispatchTo(id int64, receiver string, seq int64) *wallet.Dispatch {
	return &wallet.Dispatch{Key: wallet.Key{Account: "default", Wallet: id}, Receiver: receiver, Want: wallet.Display{Seq: seq}}
}

func episode(id int64, since time.Time, level string) *wallet.Episode {
	return &wallet.Episode{Key: wallet.Key{Account: "default", Wallet: id}, Since: since, Level: level}
}

// contents writes a book as one text.
func contents(b *wallet.Book) string {
	text := fmt.Sprintf("v%d %s;", b.Version, b.Account.SpendBasis)
	for _, s := range b.Wallets {
		text += fmt.Sprintf(" %d=%s", s.ID, s.Balance)
	}
	text += ";"
	for _, d := range b.Dispatches {
		text += fmt.Sprintf(" %d/%s=%d", d.Wallet, d.Receiver, d.Want.Seq)
	}
	text += ";"
	for _, e := range b.Episodes {
		text += fmt.Sprintf(" %d@%s=%s", e.Wallet, e.Since.Format("15:04"), e.Level)
	}
	return text
}

func TestApply(t *testing.T) {
	empty := &wallet.Book{}
	first := empty.Apply(&wallet.Change{
		Account:    &wallet.Account{SpendBasis: "a week"},
		Wallets:    []*wallet.State{known(3, "30"), known(1, "10")},
		Dispatches: []*wallet.Dispatch{dispatchTo(3, "slack", 1), dispatchTo(1, "slack", 1), dispatchTo(1, "pagerduty", 1)},
		Episodes:   []*wallet.Episode{episode(1, noon, "warning"), episode(3, noon.Add(time.Hour), "warning")},
	}, 1)
	const before = "v1 a week; 1=10 3=30; 1/pagerduty=1 1/slack=1 3/slack=1; 3@13:00=warning 1@12:00=warning"
	same(t, "a first change", contents(first), before)

	second := first.Apply(&wallet.Change{
		Wallets:    []*wallet.State{known(2, "20"), known(3, "31")},
		Dispatches: []*wallet.Dispatch{dispatchTo(1, "slack", 2), dispatchTo(0, "slack", 1)},
		Episodes:   []*wallet.Episode{episode(1, noon, "critical"), episode(0, noon.Add(time.Hour), "warning"), episode(1, noon.Add(2*time.Hour), "warning")},
	}, 7)
	same(t, "a second change", contents(second),
		"v7 a week; 1=10 2=20 3=31; 0/slack=1 1/pagerduty=1 1/slack=2 3/slack=1; 1@14:00=warning 0@13:00=warning 3@13:00=warning 1@12:00=critical")
	same(t, "the book before", contents(first), before)
	same(t, "an empty change", contents(first.Apply(&wallet.Change{}, 1)), before)
	same(t, "the empty book", contents(empty), "v0 ;;;")
}

func TestFind(t *testing.T) {
	b := (&wallet.Book{}).Apply(&wallet.Change{
		Wallets:  []*wallet.State{known(1, "10"), known(3, "30")},
		Episodes: []*wallet.Episode{episode(1, noon, "old"), episode(1, noon.Add(time.Hour), "new"), episode(0, noon, "monitor")},
	}, 1)
	for _, id := range []int64{0, 2, 4} {
		if s := b.Wallet(id); s != nil {
			t.Errorf("wallet %d is %+v", id, s)
		}
	}
	for _, id := range []int64{1, 3} {
		if s := b.Wallet(id); s == nil || s.ID != id {
			t.Errorf("wallet %d is %+v", id, s)
		}
	}
	elsewhere := noon.In(time.FixedZone("east", 3600))
	same(t, "an episode", b.Episode(1, elsewhere).Level, "old")
	same(t, "a later one", b.Episode(1, noon.Add(time.Hour)).Level, "new")
	same(t, "the monitor's", b.Episode(0, noon).Level, "monitor")
	if e := b.Episode(1, noon.Add(time.Minute)); e != nil {
		t.Errorf("an episode that never began is %+v", e)
	}
	if e := b.Episode(3, noon); e != nil {
		t.Errorf("an episode of another wallet is %+v", e)
	}
}

func TestEmptyChange(t *testing.T) {
	if c := (&wallet.Change{}); !c.Empty() {
		t.Error("an empty change is not empty")
	}
	for name, c := range map[string]*wallet.Change{
		"account":    {Account: &wallet.Account{}},
		"wallets":    {Wallets: []*wallet.State{{}}},
		"dispatches": {Dispatches: []*wallet.Dispatch{{}}},
		"episodes":   {Episodes: []*wallet.Episode{{}}},
		"spend":      {Spend: []wallet.MinuteSpend{{}}},
		"drops":      {DropSpend: []wallet.SpendSource{wallet.SpendFromLedger}},
		"samples":    {Samples: []wallet.Sample{{}}},
		"audit":      {Audit: []wallet.Audit{{}}},
	} {
		if c.Empty() {
			t.Errorf("a change of %s is empty", name)
		}
	}
}

// TestApplyIsAMap: any sequence of changes leaves the newest state of every wallet, sorted, and earlier books as they
// were.
func TestApplyIsAMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := &wallet.Book{}
		newest := map[int64]int64{}
		for version := range int64(rapid.IntRange(1, 10).Draw(t, "changes")) {
			before, text := b, contents(b)
			c := &wallet.Change{}
			for range rapid.IntRange(0, 4).Draw(t, "wallets") {
				id := rapid.Int64Range(1, 6).Draw(t, "id")
				s := known(id, "1")
				s.CurrencyID = rapid.Int64().Draw(t, "state")
				newest[id] = s.CurrencyID
				c.Wallets = append(c.Wallets, s)
			}
			b = b.Apply(c, version+1)
			if contents(before) != text || b.Version != version+1 {
				t.Fatalf("the book before became %s", contents(before))
			}
		}
		if len(b.Wallets) != len(newest) || !slices.IsSortedFunc(b.Wallets, func(x, y *wallet.State) int { return int(x.ID - y.ID) }) {
			t.Fatalf("the book holds %s, want the wallets %v", contents(b), newest)
		}
		for id, state := range newest {
			if b.Wallet(id).CurrencyID != state {
				t.Fatalf("wallet %d is not as it was last changed", id)
			}
		}
	})
}
