package alertingtest_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"walletwatch/alerting/alertingtest"
)

func enqueue(p *alertingtest.PagerDuty, body string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	p.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/v2/enqueue", strings.NewReader(body)))
	return w
}

func event(action, key, payload string) string {
	return `{"routing_key":"r","event_action":"` + action + `","dedup_key":"` + key + `","payload":` + payload + `}`
}

const good = `{"summary":"s","source":"x","severity":"critical"}`

func TestPagerDutyKeepsIncidents(t *testing.T) {
	p := alertingtest.NewPagerDuty()
	var outcomes []string
	p.OnEvent = func(e alertingtest.Event, i *alertingtest.Incident) {
		switch {
		case i == nil:
			outcomes = append(outcomes, e.Action+" dropped")
		case i.Open:
			outcomes = append(outcomes, e.Action+" open")
		default:
			outcomes = append(outcomes, e.Action+" closed")
		}
	}
	for _, e := range []string{
		event("resolve", "a", "null"), event("trigger", "a", good), event("trigger", "a", good), event("trigger", "b", good),
		event("acknowledge", "a", "null"), event("resolve", "a", "null"), event("resolve", "a", "null"), event("trigger", "a", good),
	} {
		if w := enqueue(p, e); w.Code != http.StatusAccepted || !strings.Contains(w.Body.String(), `"status":"success"`) {
			t.Fatalf("%s: got %d %s", e, w.Code, w.Body)
		}
	}
	want := "resolve dropped, trigger open, trigger open, trigger open, acknowledge open, resolve closed, resolve dropped, trigger open"
	if got := strings.Join(outcomes, ", "); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	i := p.Incidents()
	if len(i) != 3 || len(i[0].Events) != 4 || i[0].Open || i[0].DedupKey != "a" || !i[2].Open || len(p.OpenIncidents()) != 2 || len(p.Dropped()) != 2 {
		t.Errorf("got %+v", i)
	}
}

func TestPagerDutyTriggersWithoutKeyAreIncidentsOfTheirOwn(t *testing.T) {
	p := alertingtest.NewPagerDuty()
	for range 2 {
		enqueue(p, event("trigger", "", good))
	}
	if i := p.Incidents(); len(i) != 2 || i[0].DedupKey == "" || i[0].DedupKey == i[1].DedupKey {
		t.Errorf("got %+v, want two incidents", i)
	}
}

func TestPagerDutyRefuses(t *testing.T) {
	long := func(n int) string { return strings.Repeat("é", n) }
	tests := map[string]struct{ body, want string }{
		"not JSON":         {"{", "not valid JSON"},
		"no key":           {`{"event_action":"resolve","dedup_key":"a"}`, "'routing_key' is missing or blank"},
		"wrong key":        {strings.Replace(event("resolve", "a", "null"), `"r"`, `"q"`, 1), "Invalid routing key"},
		"no action":        {event("", "a", good), "'event_action'"},
		"wrong action":     {event("explode", "a", good), "'event_action'"},
		"resolve nothing":  {event("resolve", "", "null"), "'dedup_key' is missing"},
		"long dedup_key":   {event("resolve", long(256), "null"), "'dedup_key' is longer"},
		"no payload":       {event("trigger", "a", "null"), "'payload.summary' is missing"},
		"no source":        {event("trigger", "a", `{"summary":"s","severity":"info"}`), "'payload.source' is missing"},
		"long summary":     {event("trigger", "a", `{"summary":"`+long(1025)+`","source":"x","severity":"info"}`), "'payload.summary' is longer"},
		"wrong severity":   {event("trigger", "a", `{"summary":"s","source":"x","severity":"fatal"}`), "'payload.severity' must be"},
		"wrong time":       {event("trigger", "a", `{"summary":"s","source":"x","severity":"info","timestamp":"now"}`), "'payload.timestamp'"},
		"link to anything": {strings.Replace(event("trigger", "a", good), "{", `{"links":[{"href":"javascript:x"}],`, 1), "'links'"},
	}
	for name, test := range tests {
		p := alertingtest.NewPagerDuty()
		p.RoutingKey = "r"
		w := enqueue(p, test.body)
		if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), test.want) || len(p.Incidents())+len(p.Dropped()) != 0 {
			t.Errorf("%s: got %d %s, want 400 with %q", name, w.Code, w.Body, test.want)
		}
	}
	p := alertingtest.NewPagerDuty()
	if w := enqueue(p, event("trigger", "a", `{"summary":"s","source":"x","severity":"info","custom_details":"`+long(300_000)+`"}`)); w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("600 KB: got %d, want 413", w.Code)
	}
	if w := enqueue(p, event("trigger", "a", strings.Replace(good, `"s"`, `"`+long(1024)+`"`, 1))); w.Code != http.StatusAccepted {
		t.Errorf("a summary of 1024: got %d %s", w.Code, w.Body)
	}
}

func FuzzPagerDuty(f *testing.F) {
	f.Add(event("trigger", "a", good))
	f.Add(event("resolve", "a", "null"))
	f.Add(`{"links":[{"href":"https://x"}]}`)
	f.Fuzz(func(t *testing.T, body string) {
		p := alertingtest.NewPagerDuty()
		w := enqueue(p, body)
		held := len(p.Incidents()) + len(p.Dropped())
		if (w.Code == http.StatusAccepted) != (held == 1) {
			t.Errorf("%q: answered %d and holds %d", body, w.Code, held)
		}
	})
}
