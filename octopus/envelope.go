package octopus

import (
	"encoding/json"
	"net/http"
	"net/url"
)

const (
	maxMessage = 300 // runes of a server's message that are kept
	maxLabel   = 100 // runes of an error name or code that are kept
)

// envelope is the vendor's error body, {"error":{"name","code","message"}}.
type envelope struct {
	Name, Code, Message string
}

// decodeEnvelope reads an error body as far as it can be understood; a gateway's page gives the zero envelope.
func decodeEnvelope(body []byte) envelope {
	var outer struct {
		Error   json.RawMessage
		Message looseText
	}
	if json.Unmarshal(body, &outer) != nil {
		return envelope{}
	}
	var inner struct{ Name, Code, Message looseText }
	if json.Unmarshal(outer.Error, &inner) != nil {
		var text looseText
		_ = json.Unmarshal(outer.Error, &text)
		inner.Message = text
	}
	if inner.Message == "" {
		inner.Message = outer.Message
	}
	return envelope{string(inner.Name), string(inner.Code), string(inner.Message)}
}

// looseText accepts any JSON value: strings as they are, numbers as written, anything else as "". How an error
// is phrased must never keep it from being understood.
type looseText string

func (t *looseText) UnmarshalJSON(b []byte) error {
	var s string
	switch c := b[0]; {
	case c == '"':
		_ = json.Unmarshal(b, &s)
	case c == '-' || c >= '0' && c <= '9':
		s = string(b)
	}
	*t = looseText(s)
	return nil
}

// statusError turns an answer other than 2xx into an error.
func (c *Client) statusError(route string, a *answer) *Error {
	env := decodeEnvelope(a.body)
	e := &Error{
		Status: a.status, Endpoint: route, RequestID: a.requestID,
		Name:    c.scrub.line(env.Name, maxLabel),
		Code:    c.scrub.line(env.Code, maxLabel),
		Message: c.scrub.line(env.Message, maxMessage),
	}
	e.transient = a.status/100 == 5 || a.status == http.StatusTooManyRequests
	if a.status == http.StatusTooManyRequests || a.status == http.StatusServiceUnavailable {
		e.retryAfter = parseRetryAfter(a.header.Get("Retry-After"), c.now())
	}
	if a.status/100 == 3 {
		e.Message = "redirects are not followed, so that the credentials stay with the configured host; " +
			"the base URL must name the API itself" + c.redirectTarget(a.header.Get("Location"))
	}
	return e
}

func (c *Client) redirectTarget(location string) string {
	u, err := url.Parse(location)
	if err != nil || u.Host == "" {
		return ""
	}
	return " (the answer points to " + c.scrub.line(u.Scheme+"://"+u.Host, maxLabel) + ")"
}
