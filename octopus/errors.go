package octopus

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Error is an answer of the API that is not what was asked for: a status other than 2xx, or a body that cannot
// be used. Its texts are bounded and hold none of the client's credentials, whatever the server wrote.
type Error struct {
	Status    int
	Name      string // error.name of the vendor's envelope; "" when the body was not one
	Code      string // error.code: decide on this and Status, never on Message
	Message   string // for people
	RequestID string // as the server echoed it, else as it was sent
	Endpoint  string // route, such as /api/v1/wallets

	transient  bool          // the same request may well succeed later
	retryAfter time.Duration // the server asked for this much patience; 0: it did not
}

// Error is one sentence with endpoint, status, code and request id.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: the API answered %d", e.Endpoint, e.Status)
	for _, part := range []string{http.StatusText(e.Status), e.Name} {
		if part != "" {
			b.WriteString(" " + part)
		}
	}
	if e.Code != "" {
		fmt.Fprintf(&b, " (code %s)", e.Code)
	}
	if e.Message != "" {
		b.WriteString(": " + e.Message)
	}
	if e.retryAfter > 0 {
		fmt.Fprintf(&b, "; it asks to wait %s", e.retryAfter)
	}
	fmt.Fprintf(&b, " (request id %s)", e.RequestID)
	return b.String()
}

// networkError means that no complete answer came.
type networkError struct {
	route     string
	requestID string
	err       error
}

func (e *networkError) Error() string {
	return fmt.Sprintf("%s: no complete answer from the API: %s (request id %s)", e.route, e.err, e.requestID)
}

func (e *networkError) Unwrap() error { return e.err }

// IsCredentials reports whether a person must act because the API rejects the key, the secret or this address:
// the login was refused, a new login did not cure a 401, or anything but the transactions is forbidden.
func IsCredentials(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && (e.Status == http.StatusUnauthorized ||
		e.Status == http.StatusForbidden && e.Endpoint != routeTransactions)
}

// IsUnavailable reports whether the API does not offer the endpoint to this account: 403 or 404.
func IsUnavailable(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && (e.Status == http.StatusForbidden || e.Status == http.StatusNotFound)
}
