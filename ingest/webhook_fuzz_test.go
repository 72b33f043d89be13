package ingest_test

import (
	"bytes"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"walletwatch/octopus"
)

// FuzzWebhook: whatever is sent, nothing is recorded but what was signed with the secret, sent now, and is an event;
// and a body that was changed on the way is refused.
func FuzzWebhook(f *testing.F) {
	f.Add([]byte(debited), "sha256=00", "evt_1", "1795435200", uint16(7))
	f.Add([]byte(`{"id":"a","type":"order.failed","data":{"id":"5","vouchers":[{"pin_code":"1"}]}}`), "", "a", "0", uint16(300))
	f.Add([]byte(`{"id":"a","type":"wallet.debited","data":{"wallet":{"id":"7"},"delta":-1.5,"new_balance":null}}`), "", "b", "", uint16(0))
	k := newHookKit(f, nil)
	k.Logger = nil
	send := func(t *testing.T, body []byte, signature, id, timestamp string) int {
		r := httptest.NewRequest("POST", hookPath, bytes.NewReader(body))
		r.Header["X-Signature"], r.Header["X-Event-Id"], r.Header["X-Timestamp"] = []string{signature}, []string{id}, []string{timestamp}
		w := k.answer(r)
		if w.Code >= 500 || w.Code != 200 && errorCode(w.Body.Bytes()) == "no envelope" {
			t.Fatalf("%q is answered %d %s", body, w.Code, w.Body)
		}
		return w.Code
	}
	f.Fuzz(func(t *testing.T, body []byte, signature, id, timestamp string, at uint16) {
		k.ledger.seen, k.ledger.list = map[string]bool{}, nil
		good, now := octopus.Sign(hookSecret, body), strconv.FormatInt(k.clock.Unix(), 10)
		if given := strings.TrimPrefix(signature, "sha256="); !strings.EqualFold(given, good) {
			if code := send(t, body, signature, id, now); code != 401 && code != 413 {
				t.Fatalf("%q signed %q is answered %d", body, signature, code)
			}
		}
		if len(body) > 0 {
			changed := bytes.Clone(body)
			changed[int(at)%len(body)] ^= byte(at>>8) | 1
			if code := send(t, changed, good, id, now); code != 401 && code != 413 {
				t.Fatalf("%q with the signature of %q is answered %d", changed, body, code)
			}
		}
		sent, err := strconv.ParseInt(timestamp, 10, 64)
		if err != nil || k.clock.Sub(time.Unix(sent, 0)).Abs() > 5*time.Minute {
			if code := send(t, body, good, id, timestamp); code != 401 && code != 413 {
				t.Fatalf("%q sent at %q is answered %d", body, timestamp, code)
			}
		}
		if len(k.ledger.recorded()) > 0 {
			t.Fatalf("recorded %+v", k.ledger.recorded())
		}
		event, err := octopus.DecodeEvent(body)
		fresh := err == nil && id == event.ID && (event.CreatedAt.IsZero() ||
			k.clock.Sub(event.CreatedAt) < 29*24*time.Hour && event.CreatedAt.Sub(k.clock) <= 5*time.Minute)
		code := send(t, body, good, id, now)
		if fresh && code != 200 || code == 200 && (err != nil || id != event.ID) {
			t.Fatalf("%q with the id %q is answered %d; as an event it is %+v, %v", body, id, code, event, err)
		}
		if list := k.ledger.recorded(); (code == 200) != (len(list) > 0 && list[0].Key == "event/"+id) {
			t.Fatalf("%q is answered %d, recorded is %+v", body, code, list)
		}
	})
}
