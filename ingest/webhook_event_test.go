package ingest_test

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"walletwatch/wallet"
)

// TestWhatEventsMean checks the observations that follow from the data of an event, one line of text for each.
func TestWhatEventsMean(t *testing.T) {
	const debit, credit = "wallet.debited", "wallet.credited"
	tests := []struct {
		kind, data string
		want       []string
	}{
		// What a debit says.
		{debit, `{"wallet_id":7,"currency":"USD","amount":5.25}`, []string{"event/e wallet 7 USD spent 5.25"}},
		{debit, `{"wallet_id":"7","amount":"5.25"}`, []string{"event/e wallet 7 spent 5.25"}},
		{debit, `{"wallet":{"id":7,"currency":"USD"},"delta":-5.2500}`, []string{"event/e wallet 7 USD spent 5.25"}},
		{debit, `{"wallet_id":7,"wallet":{"id":7},"change":"-5"}`, []string{"event/e wallet 7 spent 5"}},
		{debit, `{"wallet_id":7,"currency":{"id":1},"currency_code":"USD","balance_delta":-5}`, []string{"event/e wallet 7 USD spent 5"}},
		{debit, `{"wallet_id":7,"currency":null,"amount":0.1234567890123456789}`, []string{"event/e wallet 7 spent 0.1234567890123456789"}},
		{debit, `{"wallet_id":7,"amount":5,"delta":-5.0}`, []string{"event/e wallet 7 spent 5"}},
		{debit, `{"wallet_id":7,"amount":null,"delta":3}`, []string{"event/e wallet 7 spent 3"}},
		{debit, `{"wallet_id":7,"amount":0}`, []string{"event/e wallet 7 spent 0"}},
		// The balance is better than what was spent, at the configured paths and those of events.
		{debit, `{"wallet_id":7,"amount":5,"new_balance":95.5}`, []string{"event/e wallet 7 balance 95.5"}},
		{debit, `{"wallet_id":7,"current_balance":"95.5"}`, []string{"event/e wallet 7 balance 95.5"}},
		{debit, `{"currency":"USD","closing_balance":-0.5}`, []string{"event/e USD balance -0.5"}},
		{debit, `{"wallet":{"id":7,"balance":1},"closing_balance":2}`, []string{"event/e wallet 7 balance 1"}},
		{debit, `{"wallet_id":7,"new_balance":2,"wallet_balance":1}`, []string{"event/e wallet 7 balance 1"}},
		{debit, `{"wallet_id":7,"balance":null,"new_balance":2}`, []string{"event/e wallet 7 balance 2"}},
		// What is not plain is not guessed.
		{debit, `{"wallet_id":7,"amount":5,"delta":-6}`, []string{"event/e wallet 7"}},
		{debit, `{"wallet_id":7,"amount":5,"new_balance":{}}`, []string{"event/e wallet 7"}},
		{debit, `{"wallet_id":7,"amount":5,"new_balance":1e2}`, []string{"event/e wallet 7"}},
		{debit, `{"wallet_id":7,"amount":1e2}`, []string{"event/e wallet 7"}},
		{debit, `{"wallet_id":7,"amount":"five","delta":5}`, []string{"event/e wallet 7"}},
		{debit, `{"wallet_id":7}`, []string{"event/e wallet 7"}},
		{debit, `{"wallet_id":7,"AMOUNT":5}`, []string{"event/e wallet 7"}},
		{debit, `{"currency":"USD","amount":5}`, []string{"event/e USD"}},
		{debit, `{"id":7,"amount":5,"new_balance":9}`, []string{"event/e balance 9"}},
		{debit, `{"wallet_id":0,"currency":"USD","amount":5}`, []string{"event/e USD"}},
		{debit, `{"wallet_id":7,"wallet":{"id":8},"amount":5}`, []string{"event/e"}},
		{debit, `{"wallet_id":7,"wallet":{"id":"main"},"amount":5}`, []string{"event/e"}},
		{debit, `{"wallet":{"id":-7},"currency":"USD","new_balance":9}`, []string{"event/e"}},
		{debit, `{"wallet_id":"main","amount":5,"new_balance":9}`, []string{"event/e"}},
		{debit, `{"wallet_id":7.5,"new_balance":9}`, []string{"event/e"}},
		{debit, `{"wallet_id":7,"currency":"USD","wallet":{"currency":"EUR"},"amount":5}`, []string{"event/e"}},
		{debit, `{"wallet_id":7,"currency":"a name that is too long","amount":5}`, []string{"event/e"}},
		{debit, `[{"wallet_id":7,"amount":5}]`, []string{"event/e"}},
		{debit, `null`, []string{"event/e"}},
		// A credit is never spent.
		{credit, `{"wallet_id":7,"amount":5}`, []string{"event/e wallet 7"}},
		{credit, `{"wallet_id":7,"amount":-5}`, []string{"event/e wallet 7"}},
		{credit, `{"wallet_id":7,"amount":5,"new_balance":105}`, []string{"event/e wallet 7 balance 105"}},
		{"wallet.frozen", `{"wallet_id":7,"currency":"USD","amount":5,"new_balance":1}`, []string{"event/e wallet 7 USD"}},
		// Orders.
		{"order.failed", `{"id":12,"reference_code":"r","status":"FAILED","amount":5}`, []string{"event/e ended"}},
		{"order.cancelled", `{"id":"12"}`, []string{"event/e ended"}},
		{"order.failed", `{"id":12,"vouchers":[]}`, []string{"event/e ended", "order/12 ended"}},
		{"order.failed", `{"id":12,"country_code":"DE"}`, []string{"event/e ended", "topup/12 ended"}},
		{"order.failed", `{"id":12,"country_code":"DE","base_currency":"USD"}`, []string{"event/e ended"}},
		{"order.cancelled", `{"id":"12","deduction_currency":"USD"}`, []string{"event/e ended", "order/12 ended"}},
		{"order.failed", `{"vouchers":[]}`, []string{"event/e ended"}},
		{"order.failed", `{"id":{},"amount":5}`, []string{"event/e ended"}},
		{"order.failed", `{}`, []string{"event/e ended"}},
		{"order.delivered", `{"id":12,"amount":5,"wallet_id":7,"new_balance":1}`, []string{"event/e idle"}},
		{"order.partially_delivered", `{"id":12}`, []string{"event/e idle"}},
		{"product.added", `{"wallet_id":7,"amount":5}`, []string{"event/e idle"}},
	}
	for _, test := range tests {
		k := newHookKit(t, nil)
		if w := k.send(fmt.Sprintf(`{"id":"e","type":%q,"created_at":"2026-11-23T12:00:00.5Z","data":%s}`, test.kind, test.data)); w.Code != 200 {
			t.Errorf("%s %s is answered %d %s", test.kind, test.data, w.Code, w.Body)
			continue
		}
		var got []string
		for _, o := range k.ledger.recorded() {
			got = append(got, described(o))
			if o.Source != wallet.FromWebhook || !o.At.Equal(k.clock) {
				t.Errorf("%s %s: from %s at %s", test.kind, test.data, o.Source, o.At)
			}
		}
		if !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s %s means %q, want %q", test.kind, test.data, got, test.want)
		}
	}
}

// TestUndatedEventsAreUnclear: they could be sent again by anyone when nobody remembers them.
func TestUndatedEventsAreUnclear(t *testing.T) {
	for body, want := range map[string]string{
		`{"id":"e","type":"wallet.debited","data":{"wallet_id":7,"amount":5}}`:                               "event/e wallet 7",
		`{"id":"e","type":"wallet.debited","created_at":null,"data":{"currency":"USD","new_balance":1}}`:     "event/e USD",
		`{"id":"e","type":"wallet.credited","data":{"wallet_id":7,"new_balance":1000000}}`:                   "event/e wallet 7",
		`{"id":"e","type":"wallet.credited","created_at":"0001-01-01T00:00:00Z","data":{"wallet":{"id":7}}}`: "event/e wallet 7",
		`{"id":"e","type":"order.delivered","data":{"wallet_id":7,"new_balance":1}}`:                         "event/e idle",
		`{"id":"e","type":"order.failed","data":{"id":3,"country_code":"DE","wallet_id":7,"new_balance":1}}`: "event/e ended",
	} {
		k := newHookKit(t, nil)
		w := k.send(body)
		list := k.ledger.recorded()
		if w.Code != 200 || len(list) == 0 || described(list[0]) != want {
			t.Errorf("%s is answered %d and means %+v, want %s", body, w.Code, list, want)
		}
	}
}

func described(o wallet.Observation) string {
	text := o.Key
	if o.Wallet != 0 {
		text += fmt.Sprint(" wallet ", o.Wallet)
	}
	if o.Currency != "" {
		text += " " + o.Currency
	}
	if o.Balance != nil {
		text += " balance " + o.Balance.String()
	}
	if o.Spent != nil {
		text += " spent " + o.Spent.String()
	}
	if o.Ended {
		text += " ended"
	}
	if o.Idle {
		text += " idle"
	}
	return text
}

// TestWhenEventsWereTrue: at their creation, but never after they arrived.
func TestWhenEventsWereTrue(t *testing.T) {
	for created, want := range map[string]time.Duration{
		`null`:                             0,
		`"2026-11-23T12:00:00.250Z"`:       -250 * time.Millisecond,
		`"2026-11-23T14:00:00+02:00"`:      0, // some time within that second
		`"2026-11-23T13:59:58+02:00"`:      -1501 * time.Millisecond,
		`"2026-11-20T12:00:00.5Z"`:         -72 * time.Hour,
		`"2026-11-23T12:00:00.500000001Z"`: 0,
		`"2026-11-23T12:05:00Z"`:           0,
	} {
		k := newHookKit(t, nil)
		w := k.send(`{"id":"e","type":"order.failed","created_at":` + created + `,"data":{"id":1,"vouchers":[]}}`)
		for _, o := range k.ledger.recorded() {
			if off := o.At.Sub(k.clock); off != want {
				t.Errorf("created at %s, %s was true %s after it arrived, want %s", created, o.Key, off, want)
			}
		}
		if n := len(k.ledger.recorded()); n != 2 {
			t.Errorf("created at %s: %d observations, answered %d %s", created, n, w.Code, w.Body)
		}
	}
}
