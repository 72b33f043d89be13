package web

import (
	"encoding/json"
	"net/http"
)

// problem is an answer other than success, in the vendor's envelope.
type problem struct {
	status  int
	code    string // for programs
	message string // for people: one sentence
}

func (p *problem) Error() string { return p.message }

func notFound(message string) error {
	return &problem{http.StatusNotFound, "NOT_FOUND", message}
}

func unavailable(code, message string) error {
	return &problem{http.StatusServiceUnavailable, code, message}
}

// generic is the problem behind an error status of which nothing else is known.
func generic(status int) *problem {
	switch status {
	case http.StatusNotFound:
		return &problem{status, "NOT_FOUND", "Nothing is served at this address."}
	case http.StatusMethodNotAllowed:
		return &problem{status, "METHOD_NOT_ALLOWED", "This address does not answer this method; the Allow header lists those it does."}
	case http.StatusUnauthorized:
		return &problem{status, "UNAUTHORIZED", "This server asks for a user name and a password."}
	case http.StatusRequestEntityTooLarge:
		return &problem{status, "TOO_LARGE", "The request body is too large for this address."}
	case http.StatusTooManyRequests:
		return &problem{status, "TOO_MANY_REQUESTS", "Too many requests; try again shortly."}
	}
	if status < http.StatusInternalServerError {
		return &problem{status, "BAD_REQUEST", "The request cannot be answered: " + http.StatusText(status) + "."}
	}
	return &problem{status, "INTERNAL", "The request failed inside walletwatch; its log says more under this request id."}
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
	case http.StatusRequestEntityTooLarge:
		return "PayloadTooLargeError"
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

func (p *problem) write(w http.ResponseWriter) {
	type body struct {
		Name    string `json:"name"`
		Code    string `json:"code"`
		Message string `json:"message"`
	}
	text, err := json.Marshal(map[string]body{"error": {name(p.status), p.code, p.message}})
	if err != nil { // strings always marshal
		panic(err)
	}
	h := w.Header()
	h.Del("Content-Length")
	h.Del("Content-Encoding")
	h.Set("Content-Type", "application/json")
	w.WriteHeader(p.status)
	_, _ = w.Write(append(text, '\n'))
}
