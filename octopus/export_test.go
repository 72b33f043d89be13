package octopus

import "time"

// What the tests and fuzz targets reach that has no business in the public API.
var (
	DecodeTransactions = decodeTransactions
	DecodeCurrencies   = decodeCurrencies
	ParseRetryAfter    = parseRetryAfter
	NewTransport       = newTransport
)

// DecodeEnvelope returns the name, code and message of an error body.
func DecodeEnvelope(body []byte) (name, code, message string) {
	e := decodeEnvelope(body)
	return e.Name, e.Code, e.Message
}

// DecodeSession returns what a login or refresh answer received at now means.
func DecodeSession(body []byte, now time.Time) (access, refresh string, expires, renewAt time.Time, err error) {
	s, err := decodeSession(body, now)
	return s.access, s.refresh, s.expires, s.renewAt, err
}

// ScrubLine is the cleaning of server texts with the given credentials.
func ScrubLine(text string, limit int, credentials ...string) string {
	var s scrubber
	s.addCredentials(credentials...)
	return s.line(text, limit)
}
