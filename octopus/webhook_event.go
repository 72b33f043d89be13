package octopus

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"
)

// The longest id and type of an event that are accepted, in bytes. The vendor documents no limit; its ids and types
// are about 20 bytes.
const (
	maxEventID   = 255
	maxEventType = 100
)

// The event types that the vendor documents. More will come.
const (
	EventWalletCredited          = "wallet.credited"
	EventWalletDebited           = "wallet.debited"
	EventOrderDelivered          = "order.delivered"
	EventOrderPartiallyDelivered = "order.partially_delivered"
	EventOrderFailed             = "order.failed"
	EventOrderCancelled          = "order.cancelled"
)

// Event is the body of a webhook.
type Event struct {
	ID        string          // unique, 1 to 255 printable ASCII characters
	Type      string          // 1 to 100 printable ASCII characters
	CreatedAt time.Time       // UTC; zero: not said
	Data      json.RawMessage // shares the body's memory, for it may hold voucher codes; nil: missing or null
}

// DecodeEvent reads the body of a webhook, one JSON object in UTF-8 with fields named exactly as documented; unknown
// fields are ignored. A body that could be read in two ways, because an object in it has a key twice, is refused. An
// error says what is wrong with the body and never quotes from it.
func DecodeEvent(body []byte) (*Event, error) {
	if !utf8.Valid(body) || !json.Valid(body) {
		return nil, errors.New("the body is not valid JSON")
	}
	value := trimSpace(body)
	if value[0] != '{' {
		return nil, errors.New("the body is not a JSON object")
	}
	event := &Event{}
	if _, err := skipObject(value, event.set); err != nil {
		return nil, err
	}
	switch {
	case event.ID == "":
		return nil, errors.New(`"id" is missing`)
	case event.Type == "":
		return nil, errors.New(`"type" is missing`)
	}
	return event, nil
}

// set takes in one member of the body.
func (e *Event) set(key string, value []byte) (err error) {
	switch key {
	case "id":
		e.ID, err = printable(value, maxEventID)
	case "type":
		e.Type, err = printable(value, maxEventType)
	case "created_at":
		e.CreatedAt, err = moment(value)
	case "data":
		if string(value) != "null" {
			e.Data = value
		}
	}
	if err != nil {
		return fmt.Errorf("%q %w", key, err)
	}
	return nil
}

// printable reads a JSON string of 1 to most printable ASCII characters.
func printable(value []byte, most int) (string, error) {
	if value[0] != '"' {
		return "", errors.New("is not a string")
	}
	text := unquote(value)
	if len(text) < 1 || len(text) > most {
		return "", fmt.Errorf("does not have 1 to %d characters", most)
	}
	for _, c := range []byte(text) {
		if c < ' ' || c > '~' {
			return "", errors.New("has characters other than printable ASCII")
		}
	}
	return text, nil
}

// moment reads an RFC 3339 time; null is the zero time.
func moment(value []byte) (time.Time, error) {
	if string(value) == "null" {
		return time.Time{}, nil
	}
	if value[0] == '"' {
		if t, err := time.Parse(time.RFC3339, unquote(value)); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, errors.New("is not a time such as 2026-11-23T12:00:00Z")
}
