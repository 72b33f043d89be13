package alertingtest

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// params are the parameters of a call of the Web API.
type params struct {
	token, channel, ts, threadTS, text string
	blocks                             json.RawMessage // nil: left out
	broadcast                          bool
}

func readParams(r *http.Request, body []byte) params {
	values, err := url.ParseQuery(string(body))
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		values, err = jsonValues(body)
	}
	if err != nil {
		values = url.Values{}
	}
	p := params{
		token:     values.Get("token"),
		channel:   values.Get("channel"),
		ts:        values.Get("ts"),
		threadTS:  values.Get("thread_ts"),
		text:      values.Get("text"),
		broadcast: values.Get("reply_broadcast") == "true",
	}
	if bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		p.token = bearer
	}
	if values.Has("blocks") {
		p.blocks = json.RawMessage(values.Get("blocks"))
	}
	return p
}

func jsonValues(body []byte) (url.Values, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(body, &fields); err != nil {
		return nil, err
	}
	values := url.Values{}
	for name, raw := range fields {
		var s string
		if json.Unmarshal(raw, &s) != nil {
			s = string(raw)
		}
		values.Set(name, s)
	}
	return values, nil
}

func (s *Slack) api(method string, w http.ResponseWriter, r *http.Request, body []byte) {
	p := readParams(r, body)
	code := s.refuses(method, &p)
	if code != "" {
		answerJSON(w, http.StatusOK, map[string]any{"ok": false, "error": code})
		return
	}
	var answer map[string]any
	var changed *Message
	switch method {
	case "auth.test":
		answer = map[string]any{"ok": true, "url": "https://example.slack.com/", "team": "example", "user": "walletwatch", "bot_id": "B0"}
	case "chat.postMessage":
		answer, changed = s.post(&p)
	case "chat.update":
		answer, changed = s.update(&p)
	}
	if changed != nil && s.OnMessage != nil {
		s.OnMessage(*changed)
	}
	answerJSON(w, http.StatusOK, answer)
}

// refuses returns Slack's error code for what is wrong with a call, or "".
func (s *Slack) refuses(method string, p *params) string {
	switch {
	case p.token == "":
		return "not_authed"
	case s.Token != "" && p.token != s.Token:
		return "invalid_auth"
	case method == "auth.test":
		return ""
	case method != "chat.postMessage" && method != "chat.update":
		return "unknown_method"
	case p.channel == "" || s.Channels != nil && !slices.ContainsFunc(s.Channels, func(c string) bool { return channelID(c) == channelID(p.channel) }):
		return "channel_not_found"
	case s.isArchived(p.channel):
		return "is_archived"
	}
	return contentFault(method, p.text, p.blocks)
}

func (s *Slack) isArchived(channel string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Contains(s.archived, channelID(channel))
}

// post does what chat.postMessage does: a reply to a message that is gone goes to the channel.
func (s *Slack) post(p *params) (map[string]any, *Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := &Message{Channel: channelID(p.channel), Text: p.text, Blocks: someBlocks(p.blocks), Via: "chat.postMessage"}
	if p.threadTS != "" {
		parent := s.find(m.Channel, p.threadTS)
		if parent != nil && parent.ThreadTS != "" {
			return map[string]any{"ok": false, "error": "cannot_reply_to_message"}, nil
		}
		if parent != nil {
			m.ThreadTS, m.Broadcast = p.threadTS, p.broadcast
		}
	}
	s.add(m)
	message := map[string]any{"type": "message", "text": m.Text, "ts": m.TS}
	if m.ThreadTS != "" {
		message["thread_ts"] = m.ThreadTS
	}
	changed := *m
	return map[string]any{"ok": true, "channel": m.Channel, "ts": m.TS, "message": message}, &changed
}

// update does what chat.update does: blocks that are left out stay, an empty list removes them.
func (s *Slack) update(p *params) (map[string]any, *Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if strings.HasPrefix(p.channel, "#") {
		return map[string]any{"ok": false, "error": "channel_not_found"}, nil
	}
	m := s.find(p.channel, p.ts)
	if m == nil {
		return map[string]any{"ok": false, "error": "message_not_found"}, nil
	}
	m.Text, m.Edits, m.Via = p.text, m.Edits+1, "chat.update"
	if p.blocks != nil {
		m.Blocks = someBlocks(p.blocks)
	}
	changed := *m
	return map[string]any{"ok": true, "channel": m.Channel, "ts": m.TS, "text": m.Text}, &changed
}

// webhook does what an incoming webhook does: it answers in plain text.
func (s *Slack) webhook(w http.ResponseWriter, r *http.Request, body []byte) {
	var in struct {
		Text   string
		Blocks json.RawMessage
	}
	status, code := http.StatusOK, "ok"
	switch {
	case s.WebhookPath != "" && r.URL.Path != s.WebhookPath:
		status, code = http.StatusForbidden, "invalid_token"
	case json.Unmarshal(body, &in) != nil:
		status, code = http.StatusBadRequest, "invalid_payload"
	case s.isArchived(s.WebhookChannel):
		status, code = http.StatusGone, "channel_is_archived"
	default:
		if fault := contentFault("webhook", in.Text, in.Blocks); fault != "" {
			status, code = http.StatusBadRequest, fault
		}
	}
	if status == http.StatusOK {
		s.mu.Lock()
		m := &Message{Channel: channelID(s.WebhookChannel), Text: in.Text, Blocks: someBlocks(in.Blocks), Via: "webhook"}
		s.add(m)
		changed := *m
		s.mu.Unlock()
		if s.OnMessage != nil {
			s.OnMessage(changed)
		}
	}
	w.Header().Set("Content-Type", "text/plain")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, code)
}

func someBlocks(raw json.RawMessage) json.RawMessage {
	if s := strings.TrimSpace(string(raw)); s == "" || s == "[]" || s == "null" {
		return nil
	}
	return slices.Clone(raw)
}

func answerJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the client may be gone
}
