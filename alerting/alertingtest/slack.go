package alertingtest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"
	"time"
)

// Slack simulates a workspace: the Web API under /api/ and one incoming webhook. Set the fields before the first
// request.
type Slack struct {
	Faults

	Token          string        // the one that is valid; "": any
	Channels       []string      // names or ids of those that exist; nil: all do
	WebhookPath    string        // the webhook's, "/services/…"; "": any below /services/
	WebhookChannel string        // where it posts
	OnMessage      func(Message) // called after each change, with the message as it is then; calls may overlap

	mu       sync.Mutex
	messages []*Message
	archived []string
	serial   int64
	requests map[string]int
}

// Message is a message in a channel or thread.
type Message struct {
	Channel   string // its id
	TS        string
	ThreadTS  string // of its parent; "" for a message of its own
	Broadcast bool   // a reply that is shown in the channel too
	Text      string
	Blocks    json.RawMessage // nil: none
	Edits     int
	Deleted   bool
	Via       string // the method that changed it last: chat.postMessage, chat.update or webhook
}

// NewSlack makes an empty workspace that accepts every token, channel and webhook. It starts nothing.
func NewSlack() *Slack {
	return &Slack{WebhookChannel: "#wallet-alerts", requests: make(map[string]int)}
}

// ServeHTTP answers /api/chat.postMessage, /api/chat.update, /api/auth.test and /services/… as Slack does.
func (s *Slack) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	method := ""
	switch {
	case strings.HasPrefix(r.URL.Path, "/services/"):
		method = "webhook"
	case path.Dir(r.URL.Path) == "/api":
		method = path.Base(r.URL.Path)
	default:
		http.NotFound(w, r)
		return
	}
	s.mu.Lock()
	s.requests[method]++
	s.mu.Unlock()
	s.serve(method, w, r, func(w http.ResponseWriter, r *http.Request, body []byte) {
		if method == "webhook" {
			s.webhook(w, r, body)
			return
		}
		s.api(method, w, r, body)
	})
}

// Messages returns the messages of a channel, by name or id, oldest first, without replies and deleted ones.
func (s *Slack) Messages(channel string) []Message {
	return s.filter(func(m *Message) bool { return m.Channel == channelID(channel) && m.ThreadTS == "" })
}

// Replies returns the thread of a message, oldest first.
func (s *Slack) Replies(parent Message) []Message {
	return s.filter(func(m *Message) bool { return m.Channel == parent.Channel && m.ThreadTS == parent.TS })
}

// Requests returns how many requests there were for a method: "chat.postMessage", "chat.update", "auth.test" or
// "webhook". Those that met a fault count too.
func (s *Slack) Requests(method string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.requests[method]
}

// Delete removes a message, as a person may.
func (s *Slack) Delete(m Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if held := s.find(m.Channel, m.TS); held != nil {
		held.Deleted = true
	}
}

// Archive archives a channel.
func (s *Slack) Archive(channel string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.archived = append(s.archived, channelID(channel))
}

func (s *Slack) filter(keep func(*Message) bool) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Message
	for _, m := range s.messages {
		if !m.Deleted && keep(m) {
			out = append(out, *m)
		}
	}
	return out
}

// find wants the lock held.
func (s *Slack) find(channel, ts string) *Message {
	i := slices.IndexFunc(s.messages, func(m *Message) bool { return m.Channel == channel && m.TS == ts && !m.Deleted })
	if i < 0 {
		return nil
	}
	return s.messages[i]
}

// add wants the lock held.
func (s *Slack) add(m *Message) {
	s.serial++
	m.TS = fmt.Sprintf("%d.%06d", time.Now().Unix(), s.serial)
	s.messages = append(s.messages, m)
}

// channelID makes an id of a name, always the same; an id stays as it is.
func channelID(channel string) string {
	name, isName := strings.CutPrefix(channel, "#")
	if !isName {
		return channel
	}
	return "C-" + name
}
