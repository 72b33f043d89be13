// Package problem says no over HTTP: every answer other than success has the vendor's error envelope.
package problem

import (
	"encoding/json"
	"net/http"
)

// Problem is an answer other than success. As an error its text is Message.
type Problem struct {
	Status  int
	Code    string         // for programs
	Message string         // for people: one sentence
	Extra   map[string]any // put beside "error" in the body; nil: nothing
}

func (p *Problem) Error() string { return p.Message }

// NotFound is a 404 that says what was not found.
func NotFound(message string) error {
	return &Problem{Status: http.StatusNotFound, Code: "NOT_FOUND", Message: message}
}

// BadRequest is a 400 with a code for programs.
func BadRequest(code, message string) error {
	return &Problem{Status: http.StatusBadRequest, Code: code, Message: message}
}

// Unauthorized is a 401 that says what to send.
func Unauthorized(message string) error {
	return &Problem{Status: http.StatusUnauthorized, Code: "UNAUTHORIZED", Message: message}
}

// Unavailable is a 503 with a code for programs.
func Unavailable(code, message string) error {
	return &Problem{Status: http.StatusServiceUnavailable, Code: code, Message: message}
}

// Generic is the problem behind an error status of which nothing else is known.
func Generic(status int) *Problem {
	code, message := "INTERNAL", "The request failed inside walletwatch; its log says more under this request id."
	switch {
	case status == http.StatusNotFound:
		code, message = "NOT_FOUND", "Nothing is served at this address."
	case status == http.StatusMethodNotAllowed:
		code, message = "METHOD_NOT_ALLOWED", "This address does not answer this method; the Allow header lists those it does."
	case status == http.StatusUnauthorized:
		code, message = "UNAUTHORIZED", "This server asks for a user name and a password."
	case status == http.StatusRequestEntityTooLarge:
		code, message = "TOO_LARGE", "The request body is too large for this address."
	case status == http.StatusTooManyRequests:
		code, message = "TOO_MANY_REQUESTS", "Too many requests; try again shortly."
	case status < http.StatusInternalServerError:
		code, message = "BAD_REQUEST", "The request cannot be answered: "+http.StatusText(status)+"."
	}
	return &Problem{Status: status, Code: code, Message: message}
}

// Write answers with the problem. Headers that are already set, Retry-After for one, are kept.
func (p *Problem) Write(w http.ResponseWriter) {
	type envelope struct {
		Name    string `json:"name"`
		Code    string `json:"code"`
		Message string `json:"message"`
	}
	body := map[string]any{}
	for k, v := range p.Extra {
		body[k] = v
	}
	body["error"] = envelope{name(p.Status), p.Code, p.Message}
	text, err := json.Marshal(body)
	if err != nil { // strings and numbers always marshal
		panic(err)
	}
	h := w.Header()
	h.Del("Content-Length")
	h.Del("Content-Encoding")
	h.Set("Content-Type", "application/json")
	w.WriteHeader(p.Status)
	_, _ = w.Write(append(text, '\n'))
}

// name is the vendor's error name for a status.
func name(status int) string {
	switch status {
	case http.StatusUnauthorized:
		return "UnauthorizedError"
	case http.StatusForbidden:
		return "ForbiddenError"
	case http.StatusNotFound:
		return "NotFoundError"
	case http.StatusMethodNotAllowed:
		return "MethodNotAllowedError"
	case http.StatusRequestTimeout:
		return "RequestTimeoutError"
	case http.StatusRequestEntityTooLarge:
		return "PayloadTooLargeError"
	case http.StatusUnsupportedMediaType:
		return "UnsupportedMediaTypeError"
	case http.StatusTooManyRequests:
		return "TooManyRequestsError"
	case http.StatusServiceUnavailable:
		return "ServiceUnavailableError"
	}
	if status < http.StatusInternalServerError {
		return "BadRequestError"
	}
	return "InternalServerError"
}
