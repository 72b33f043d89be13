package ingest_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"walletwatch/octopus"
)

const debited = `{"id":"evt_1","type":"wallet.debited","created_at":"2026-11-23T12:00:00Z","data":{"wallet_id":1,"amount":5}}`

func TestWebhookIsRefused(t *testing.T) {
	header := func(name, value string) func(*hookKit) *http.Request {
		return func(k *hookKit) *http.Request {
			r := k.signed(hookPath, debited)
			r.Header.Set(name, value)
			return r
		}
	}
	body := func(text string) func(*hookKit) *http.Request {
		return func(k *hookKit) *http.Request { return k.signed(hookPath, text) }
	}
	at := func(off time.Duration) func(*hookKit) *http.Request {
		return func(k *hookKit) *http.Request {
			r := k.signed(hookPath, debited)
			r.Header.Set("X-Timestamp", strconv.FormatInt(k.clock.Add(off).Unix(), 10))
			return r
		}
	}
	created := func(age time.Duration) func(*hookKit) *http.Request {
		return func(k *hookKit) *http.Request {
			return k.signed(hookPath, `{"id":"a","type":"b","created_at":"`+k.clock.Add(-age).Format(time.RFC3339Nano)+`"}`)
		}
	}
	const day = 24 * time.Hour
	tests := []struct {
		name    string
		request func(*hookKit) *http.Request
		status  int
		code    string
		result  string // of walletwatch_webhooks_total; "": not counted
	}{
		{"no signature", header("X-Signature", ""), 401, "UNAUTHORIZED", "bad_signature"},
		{"signature of another body", header("X-Signature", octopus.Sign(hookSecret, []byte("{}"))), 401, "UNAUTHORIZED", "bad_signature"},
		{"signature under another secret", header("X-Signature", octopus.Sign("guess", []byte(debited))), 401, "UNAUTHORIZED", "bad_signature"},
		{"the secret as signature", header("X-Signature", hookSecret), 401, "UNAUTHORIZED", "bad_signature"},
		{"wrong signature and stale and malformed", func(k *hookKit) *http.Request {
			r := k.signed(hookPath, "nonsense")
			r.Header.Set("X-Timestamp", "1")
			r.Header.Set("X-Signature", "00")
			return r
		}, 401, "UNAUTHORIZED", "bad_signature"},
		{"no timestamp", header("X-Timestamp", ""), 401, "UNAUTHORIZED", "stale_timestamp"},
		{"timestamp is a date", header("X-Timestamp", "2026-11-23T12:00:00Z"), 401, "UNAUTHORIZED", "stale_timestamp"},
		{"timestamp has a fraction", header("X-Timestamp", "1795435200.5"), 401, "UNAUTHORIZED", "stale_timestamp"},
		{"timestamp is huge", header("X-Timestamp", "9223372036854775807"), 401, "UNAUTHORIZED", "stale_timestamp"},
		{"timestamp is tiny", header("X-Timestamp", "-9223372036854775808"), 401, "UNAUTHORIZED", "stale_timestamp"},
		{"timestamp in milliseconds", header("X-Timestamp", "1795435200000"), 401, "UNAUTHORIZED", "stale_timestamp"},
		{"sent too long ago", at(-5 * time.Minute), 401, "UNAUTHORIZED", "stale_timestamp"}, // and half a second
		{"sent in the future", at(5*time.Minute + time.Second), 401, "UNAUTHORIZED", "stale_timestamp"},
		{"stale and malformed", func(k *hookKit) *http.Request {
			r := k.signed(hookPath, "nonsense")
			r.Header.Set("X-Timestamp", "1")
			return r
		}, 401, "UNAUTHORIZED", "stale_timestamp"},
		{"not JSON", body("nonsense"), 400, "MALFORMED", "malformed"},
		{"empty", body(""), 400, "MALFORMED", "malformed"},
		{"an array", body("[" + debited + "]"), 400, "MALFORMED", "malformed"},
		{"no id", body(`{"type":"wallet.debited"}`), 400, "MALFORMED", "malformed"},
		{"two ids", body(`{"id":"evt_1","id":"evt_2","type":"t"}`), 400, "MALFORMED", "malformed"},
		{"two amounts", body(`{"id":"evt_1","type":"wallet.debited","data":{"amount":1,"amount":100}}`), 400, "MALFORMED", "malformed"},
		{"another event id", header("X-Event-ID", "evt_2"), 400, "CONTRADICTION", "contradiction"},
		{"an empty event id", header("X-Event-ID", ""), 400, "CONTRADICTION", "contradiction"},
		{"two event ids", func(k *hookKit) *http.Request {
			r := k.signed(hookPath, debited)
			r.Header["X-Event-Id"] = []string{"evt_1", "evt_2"}
			return r
		}, 400, "CONTRADICTION", "contradiction"},
		{"another event type", header("X-Event-Type", "wallet.credited"), 400, "CONTRADICTION", "contradiction"},
		{"created 31 days ago", created(31 * day), 400, "TOO_OLD", "too_old"},
		{"created 30 days ago", created(30*day + time.Nanosecond), 400, "TOO_OLD", "too_old"},
		{"created in the year 1", body(`{"id":"a","type":"b","created_at":"0001-01-01T00:00:01Z"}`), 400, "TOO_OLD", "too_old"},
		{"created in the future", created(-5*time.Minute - time.Nanosecond), 400, "FROM_FUTURE", "from_future"},
		{"created in the far future", body(`{"id":"a","type":"b","created_at":"9999-01-01T00:00:00Z"}`), 400, "FROM_FUTURE", "from_future"},
		{"compressed", header("Content-Encoding", "gzip"), 415, "UNSUPPORTED_MEDIA_TYPE", "encoded"},
		{"too large", body(debited + strings.Repeat(" ", 256<<10)), 413, "TOO_LARGE", "too_large"},
		{"an account that is not there", func(k *hookKit) *http.Request { return k.signed(hookPath+"/sandbox", debited) }, 404, "NOT_FOUND", ""},
		{"another address", func(k *hookKit) *http.Request { return k.signed(hookPath+"/default/more", debited) }, 404, "NOT_FOUND", ""},
		{"GET", func(k *hookKit) *http.Request {
			r := k.signed(hookPath, debited)
			r.Method = http.MethodGet
			return r
		}, 405, "METHOD_NOT_ALLOWED", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			k := newHookKit(t, nil)
			w := k.answer(test.request(k))
			if w.Code != test.status || errorCode(w.Body.Bytes()) != test.code {
				t.Errorf("answered %d %s", w.Code, w.Body)
			}
			if len(k.ledger.recorded()) != 0 {
				t.Errorf("recorded %+v", k.ledger.recorded())
			}
			if n := testutil.CollectAndCount(mustGather(t, k), "walletwatch_webhooks_total"); test.result == "" && n != 0 {
				t.Errorf("%d results are counted", n)
			}
			if test.result != "" && !strings.Contains(exposition(t, k), `result="`+test.result+`",type="`) {
				t.Errorf("%s is not counted:\n%s", test.result, exposition(t, k))
			}
			if test.result != "" && strings.Count(k.logs.String(), `"reason":"`+test.result+`"`) != 1 {
				t.Errorf("the log says %s", k.logs)
			}
		})
	}
}

func errorCode(body []byte) string {
	var envelope struct {
		Error struct{ Name, Code, Message string }
	}
	if json.Unmarshal(body, &envelope) != nil || envelope.Error.Name == "" || envelope.Error.Message == "" {
		return "no envelope"
	}
	return envelope.Error.Code
}

func TestWebhookIsTaken(t *testing.T) {
	tests := []struct {
		name   string
		body   string
		change func(k *hookKit, r *http.Request)
	}{
		{"as sent", debited, nil},
		{"with headers that agree", debited, func(_ *hookKit, r *http.Request) {
			r.Header.Set("X-Event-ID", "evt_1")
			r.Header.Set("X-Event-Type", "wallet.debited")
		}},
		{"of another content type", debited, func(_ *hookKit, r *http.Request) { r.Header.Set("Content-Type", "text/plain") }},
		{"not encoded", debited, func(_ *hookKit, r *http.Request) { r.Header.Set("Content-Encoding", "identity") }},
		{"just not stale", debited, func(k *hookKit, r *http.Request) {
			r.Header.Set("X-Timestamp", strconv.FormatInt(k.clock.Add(-5*time.Minute).Unix()+1, 10))
		}},
		{"just not from the future", debited, func(k *hookKit, r *http.Request) {
			r.Header.Set("X-Timestamp", strconv.FormatInt(k.clock.Add(5*time.Minute).Unix(), 10))
		}},
		{"to its account", debited, func(_ *hookKit, r *http.Request) { r.URL.Path += "/default" }},
		{"as large as may be", debited + strings.Repeat(" ", 256<<10-len(debited)), nil},
		{"29 days old", `{"id":"evt_1","type":"b","created_at":"2026-10-25T12:00:00Z"}`, nil},
		{"created by a clock that is 5 minutes ahead", `{"id":"evt_1","type":"b","created_at":"2026-11-23T12:05:00.5Z"}`, nil},
		{"without a time", `{"id":"evt_1","type":"wallet.debited"}`, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			k := newHookKit(t, nil)
			r := k.signed(hookPath, test.body)
			if test.change != nil {
				test.change(k, r)
			}
			if w := k.answer(r); w.Code != 200 || w.Body.String() != "{\"status\":\"accepted\"}\n" || w.Header().Get("Content-Type") != "application/json" {
				t.Errorf("answered %d %s", w.Code, w.Body)
			}
			if list := k.ledger.recorded(); len(list) != 1 || list[0].Key != "event/evt_1" || list[0].At.After(k.clock) {
				t.Errorf("recorded %+v", list)
			}
		})
	}
}

// TestWebhookIsReplayed: neither a fresh timestamp nor another event id in the header makes an event new.
func TestWebhookIsReplayed(t *testing.T) {
	k := newHookKit(t, nil)
	k.send(debited)
	for day := range 30 {
		k.clock = k.clock.Add(24*time.Hour - 30*time.Second)
		w := k.send(debited)
		if w.Code != 200 || w.Body.String() != "{\"status\":\"duplicate\"}\n" {
			t.Fatalf("on day %d a replay is answered %d %s", day+1, w.Code, w.Body)
		}
		r := k.signed(hookPath, debited)
		r.Header.Set("X-Event-ID", fmt.Sprint("evt_", day+2))
		if w := k.answer(r); w.Code != 400 {
			t.Fatalf("with another event id it is answered %d %s", w.Code, w.Body)
		}
	}
	k.clock = k.clock.Add(24 * time.Hour)
	if w := k.send(debited); errorCode(w.Body.Bytes()) != "TOO_OLD" {
		t.Errorf("after its id may be forgotten, a replay is answered %d %s", w.Code, w.Body)
	}
	if list := k.ledger.recorded(); len(list) != 1 {
		t.Errorf("recorded %+v", list)
	}
}

func TestWebhookIsNotRecorded(t *testing.T) {
	k := newHookKit(t, nil)
	k.ledger.fail = errors.New("disk full")
	w := k.send(debited)
	if w.Code != 503 || w.Header().Get("Retry-After") != "5" || errorCode(w.Body.Bytes()) != "STORE_UNREACHABLE" {
		t.Errorf("answered %d %s", w.Code, w.Body)
	}
	k.ledger.fail = nil
	if w := k.send(debited); w.Code != 200 || w.Body.String() != "{\"status\":\"accepted\"}\n" {
		t.Errorf("sent again, it is answered %d %s", w.Code, w.Body)
	}
}

// TestRefusedWebhooksAreLoggedOnceAMinute, each reason apart, with a count of those in between.
func TestRefusedWebhooksAreLoggedOnceAMinute(t *testing.T) {
	k := newHookKit(t, nil)
	forge := func() {
		r := k.signed(hookPath, debited)
		r.Header.Set("X-Signature", "00")
		k.answer(r)
	}
	for range 10 {
		forge()
		k.send("nonsense")
	}
	k.clock = k.clock.Add(time.Minute)
	forge()
	forge()
	logs := k.logs.String()
	if strings.Count(logs, `"reason":"bad_signature"`) != 2 || strings.Count(logs, `"reason":"malformed"`) != 1 {
		t.Errorf("the log says\n%s", logs)
	}
	if !strings.Contains(logs, `"times_before":9`) || strings.Contains(logs, hookSecret) {
		t.Errorf("the log says\n%s", logs)
	}
}
