package alertingtest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"walletwatch/alerting/alertingtest"
)

type answer struct {
	OK      bool
	Error   string
	Channel string
	TS      string
	Message struct {
		TS       string
		ThreadTS string `json:"thread_ts"`
	}
}

// ask calls a method of the Web API.
func ask(t *testing.T, s *alertingtest.Slack, method string, params ...string) answer {
	t.Helper()
	form := url.Values{"token": {"xoxb-1"}}
	for i := 0; i < len(params); i += 2 {
		form.Set(params[i], params[i+1])
	}
	req := httptest.NewRequest(http.MethodPost, "/api/"+method, strings.NewReader(form.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	s.ServeHTTP(w, req)
	var a answer
	if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil {
		t.Fatalf("%s: %v in %q", method, err, w.Body)
	}
	return a
}

func TestSlackKeepsMessagesAndThreads(t *testing.T) {
	s := alertingtest.NewSlack()
	var seen []string
	s.OnMessage = func(m alertingtest.Message) { seen = append(seen, m.Via+" "+m.Text) }
	first := ask(t, s, "chat.postMessage", "channel", "#a", "text", "one", "blocks", `[{"type":"section","text":{"type":"mrkdwn","text":"b"}}]`)
	other := ask(t, s, "chat.postMessage", "channel", "#a", "text", "two")
	if !first.OK || first.TS == "" || first.TS == other.TS || first.Channel == "#a" {
		t.Fatalf("got %+v and %+v, want two messages with different ts in a channel's id", first, other)
	}
	reply := ask(t, s, "chat.postMessage", "channel", first.Channel, "text", "re", "thread_ts", first.TS, "reply_broadcast", "true")
	if reply.Message.ThreadTS != first.TS {
		t.Errorf("reply: got %+v", reply)
	}
	if again := ask(t, s, "chat.postMessage", "channel", first.Channel, "text", "re", "thread_ts", reply.TS); again.Error != "cannot_reply_to_message" {
		t.Errorf("a reply to a reply: got %+v", again)
	}
	ask(t, s, "chat.update", "channel", first.Channel, "ts", first.TS, "text", "one, edited")
	m := s.Messages("#a")
	if len(m) != 2 || m[0].Text != "one, edited" || m[0].Edits != 1 || m[0].BlockText() != "b" {
		t.Fatalf("got %+v, want the first edited with its blocks as they were", m)
	}
	ask(t, s, "chat.update", "channel", first.Channel, "ts", first.TS, "text", "plain", "blocks", "[]")
	if m = s.Messages("#a"); m[0].Blocks != nil {
		t.Error("an empty list of blocks did not remove them")
	}
	if r := s.Replies(m[0]); len(r) != 1 || !r[0].Broadcast {
		t.Errorf("replies: got %+v", r)
	}
	s.Delete(m[0])
	if a := ask(t, s, "chat.update", "channel", first.Channel, "ts", first.TS, "text", "x"); a.Error != "message_not_found" {
		t.Errorf("edit of a deleted message: got %+v", a)
	}
	if a := ask(t, s, "chat.postMessage", "channel", first.Channel, "text", "late", "thread_ts", first.TS); !a.OK || a.Message.ThreadTS != "" {
		t.Errorf("reply to a deleted message: got %+v, want it in the channel", a)
	}
	want := "chat.postMessage one|chat.postMessage two|chat.postMessage re|chat.update one, edited|chat.update plain|chat.postMessage late"
	if got := strings.Join(seen, "|"); got != want {
		t.Errorf("OnMessage: got %s, want %s", got, want)
	}
	if n := s.Requests("chat.update"); n != 3 {
		t.Errorf("counted %d edits, want 3", n)
	}
}

func TestSlackRefuses(t *testing.T) {
	section := func(text string) string { return `{"type":"section","text":{"type":"mrkdwn","text":"` + text + `"}}` }
	repeat := func(s string, n int) string { return strings.TrimSuffix(strings.Repeat(s+",", n), ",") }
	long := func(n int) string { return strings.Repeat("é", n) }
	field := `{"type":"mrkdwn","text":"f"}`
	tests := map[string]struct {
		want   string
		method string
		params []string
	}{
		"wrong token":       {"invalid_auth", "chat.postMessage", []string{"token", "other"}},
		"no token":          {"not_authed", "chat.postMessage", []string{"token", ""}},
		"unknown method":    {"unknown_method", "chat.invent", nil},
		"unknown channel":   {"channel_not_found", "chat.postMessage", []string{"channel", "#none"}},
		"archived":          {"is_archived", "chat.postMessage", []string{"channel", "#old"}},
		"edit by name":      {"channel_not_found", "chat.update", []string{"ts", "1"}},
		"empty":             {"no_text", "chat.postMessage", []string{"text", ""}},
		"long text":         {"msg_too_long", "chat.postMessage", []string{"text", long(40_001)}},
		"long edit":         {"msg_too_long", "chat.update", []string{"text", long(4_001)}},
		"not JSON":          {"invalid_blocks_format", "chat.postMessage", []string{"blocks", "[{"}},
		"51 blocks":         {"invalid_blocks", "chat.postMessage", []string{"blocks", "[" + repeat(`{"type":"divider"}`, 51) + "]"}},
		"unknown block":     {"invalid_blocks", "chat.postMessage", []string{"blocks", `[{"type":"hologram"}]`}},
		"long header":       {"invalid_blocks", "chat.postMessage", []string{"blocks", `[{"type":"header","text":{"type":"plain_text","text":"` + long(151) + `"}}]`}},
		"header in markup":  {"invalid_blocks", "chat.postMessage", []string{"blocks", `[{"type":"header","text":{"type":"mrkdwn","text":"x"}}]`}},
		"long section":      {"invalid_blocks", "chat.postMessage", []string{"blocks", "[" + section(long(3_001)) + "]"}},
		"empty section":     {"invalid_blocks", "chat.postMessage", []string{"blocks", "[" + section("") + "]"}},
		"11 fields":         {"invalid_blocks", "chat.postMessage", []string{"blocks", `[{"type":"section","fields":[` + repeat(field, 11) + "]}]"}},
		"long field":        {"invalid_blocks", "chat.postMessage", []string{"blocks", `[{"type":"section","fields":[{"type":"mrkdwn","text":"` + long(2_001) + `"}]}]`}},
		"11 elements":       {"invalid_blocks", "chat.postMessage", []string{"blocks", `[{"type":"context","elements":[` + repeat(field, 11) + "]}]"}},
		"too much together": {"msg_blocks_too_long", "chat.postMessage", []string{"blocks", "[" + repeat(section(long(2_900)), 5) + "]"}},
		"at the limits": {"", "chat.postMessage", []string{"text", long(40_000), "blocks",
			"[" + section(long(3_000)) + "," + repeat(`{"type":"divider"}`, 47) + `,{"type":"header","text":{"type":"plain_text","text":"` + long(150) +
				`"}},{"type":"section","fields":[` + repeat(field, 10) + "]}]"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := alertingtest.NewSlack()
			s.Token, s.Channels = "xoxb-1", []string{"#a", "#old"}
			s.Archive("#old")
			a := ask(t, s, test.method, append([]string{"channel", "#a", "text", "x"}, test.params...)...)
			if a.Error != test.want || a.OK != (test.want == "") {
				t.Errorf("got %+v, want %q", a, test.want)
			}
			if n := len(s.Messages("#a")); (n == 1) != (test.want == "") {
				t.Errorf("holds %d messages", n)
			}
		})
	}
}

func TestSlackReadsJSONAndBearerToken(t *testing.T) {
	s := alertingtest.NewSlack()
	s.Token = "xoxb-1"
	req := httptest.NewRequest(http.MethodPost, "/api/chat.postMessage", strings.NewReader(`{"channel":"#a","text":"x","blocks":[{"type":"divider"}]}`))
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	req.Header.Set("Authorization", "Bearer xoxb-1")
	s.ServeHTTP(httptest.NewRecorder(), req)
	if m := s.Messages("#a"); len(m) != 1 || m[0].Text != "x" || string(m[0].Blocks) != `[{"type":"divider"}]` {
		t.Errorf("got %+v", m)
	}
	if a := ask(t, s, "auth.test"); !a.OK {
		t.Errorf("auth.test: got %+v", a)
	}
}

func TestSlackWebhook(t *testing.T) {
	tests := map[string]struct {
		path, body string
		status     int
		want       string
	}{
		"accepted":     {"/services/T/B/x", `{"text":"hello"}`, 200, "ok"},
		"wrong path":   {"/services/T/B/y", `{"text":"hello"}`, 403, "invalid_token"},
		"not JSON":     {"/services/T/B/x", `text=hello`, 400, "invalid_payload"},
		"empty":        {"/services/T/B/x", `{}`, 400, "no_text"},
		"wrong blocks": {"/services/T/B/x", `{"text":"x","blocks":[{"type":"hologram"}]}`, 400, "invalid_blocks"},
		"elsewhere":    {"/apichat.postMessage", ``, 404, "404 page not found\n"},
	}
	for name, test := range tests {
		s := alertingtest.NewSlack()
		s.WebhookPath = "/services/T/B/x"
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest(http.MethodPost, test.path, strings.NewReader(test.body)))
		if w.Code != test.status || w.Body.String() != test.want {
			t.Errorf("%s: got %d %q, want %d %q", name, w.Code, w.Body, test.status, test.want)
		}
		if n := len(s.Messages("#wallet-alerts")); n != map[bool]int{true: 1}[test.status == 200] {
			t.Errorf("%s: holds %d messages", name, n)
		}
	}
	s := alertingtest.NewSlack()
	s.Archive("#wallet-alerts")
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/services/x", strings.NewReader(`{"text":"x"}`)))
	if got := fmt.Sprint(w.Code, w.Body); got != "410channel_is_archived" && got != "410 channel_is_archived" {
		t.Errorf("archived: got %s", got)
	}
}

func FuzzSlack(f *testing.F) {
	f.Add("chat.postMessage", "application/x-www-form-urlencoded", "token=x&channel=C1&text=hello")
	f.Add("chat.update", "application/json", `{"token":"x","channel":"C1","ts":"1","blocks":[{"type":"section"}]}`)
	f.Add("webhook", "", `{"text":"x"}`)
	f.Fuzz(func(t *testing.T, method, kind, body string) {
		s := alertingtest.NewSlack()
		path := "/services/x"
		if method != "webhook" {
			path = "/api/" + url.PathEscape(method)
		}
		req := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
		req.Header.Set("Content-Type", kind)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, req)
		for _, m := range s.Messages("#wallet-alerts") {
			if m.Text == "" && m.Blocks == nil {
				t.Errorf("%q: holds an empty message", body)
			}
		}
	})
}
