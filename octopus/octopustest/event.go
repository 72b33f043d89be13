package octopustest

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strconv"
	"time"
)

// The types of events that the simulated world brings about.
const (
	WalletDebited           = "wallet.debited"
	WalletCredited          = "wallet.credited"
	OrderEventDelivered     = "order.delivered"
	OrderEventPartDelivered = "order.partially_delivered"
	OrderEventFailed        = "order.failed"
	OrderEventCancelled     = "order.cancelled"
)

// webhookID is the X-Webhook-ID of every delivery: that it names the subscription is our reading.
const webhookID = "wh_simulated"

// Event is a webhook as it is sent. Body is what gets signed; ID and Type are sent as headers, which nothing signs.
// To forge one, change a field (Body as a whole, its bytes are shared) and make a Request.
type Event struct {
	ID, Type  string
	CreatedAt time.Time
	Body      []byte
}

// NewEvent makes an event by hand; data is a JSON value.
func NewEvent(id, kind string, at time.Time, data []byte) Event {
	body := encodedJSON(struct {
		ID        string          `json:"id"`
		Type      string          `json:"type"`
		CreatedAt string          `json:"created_at"`
		Data      json.RawMessage `json:"data"`
	}{id, kind, rfc3339(at), data})
	return Event{ID: id, Type: kind, CreatedAt: at, Body: body}
}

// Request is the delivery of an event to url at a time, signed with secret. It panics when url is not one.
func (e Event) Request(url, secret string, at time.Time) *http.Request {
	r, err := http.NewRequest(http.MethodPost, url, bytes.NewReader(e.Body))
	if err != nil {
		panic("octopustest: making a webhook: " + err.Error())
	}
	for name, value := range map[string]string{
		"Content-Type":            "application/json",
		"User-Agent":              "octopusrewards.com/webhook-agent",
		"X-Signature":             Sign(secret, e.Body),
		"X-Timestamp":             strconv.FormatInt(at.Unix(), 10),
		"X-Event-ID":              e.ID,
		"X-Event-Type":            e.Type,
		"X-Webhook-ID":            webhookID,
		"X-OCTOPUS-WEBHOOK-TOKEN": secret,
	} {
		r.Header.Set(name, value)
	}
	return r
}

// Sign returns the X-Signature of a body: the hex HMAC-SHA256 under secret.
func Sign(secret string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}
