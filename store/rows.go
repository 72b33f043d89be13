package store

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/shopspring/decimal"
)

// instant is a time as the database keeps it: milliseconds since 1970 UTC, 0 for the zero time.
func instant(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func fromInstant(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// amountScanner reads an amount. What is stored was checked on its way in, and a sum may have more digits than
// an amount from outside, so whatever decimal understands is good.
type amountScanner struct{ to *decimal.Decimal }

func (a amountScanner) Scan(v any) error {
	text, ok := v.(string)
	if !ok {
		return fmt.Errorf("an amount is stored as %T", v)
	}
	d, err := decimal.NewFromString(text)
	if err != nil {
		return fmt.Errorf("reading a stored amount: %w", err)
	}
	*a.to = d
	return nil
}

type timeScanner struct{ to *time.Time }

func (t timeScanner) Scan(v any) error {
	ms, ok := v.(int64)
	if !ok {
		return fmt.Errorf("a time is stored as %T", v)
	}
	*t.to = fromInstant(ms)
	return nil
}

// jsonScanner reads a JSON column.
type jsonScanner struct{ to any }

func (j jsonScanner) Scan(v any) error {
	text, ok := v.(string)
	if !ok {
		return fmt.Errorf("JSON is stored as %T", v)
	}
	if err := json.Unmarshal([]byte(text), j.to); err != nil {
		return fmt.Errorf("reading stored JSON: %w", err)
	}
	return nil
}

func jsonText(v any) (string, error) {
	b, err := json.Marshal(v)
	return string(b), err
}

// clean makes text of the outside world one that every engine stores: PostgreSQL takes neither NUL nor what is not
// UTF-8, and refuses everything that comes with it.
func clean(text string) string {
	return strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", "\uFFFD"), "\uFFFD")
}
