package octopustest

import (
	"math"
	"net/http"
	"strconv"
	"time"
)

// apiError is a refusal in the vendor's words. Only INSUFFICIENT_FUNDS and the names are documented; the other
// codes are made up in the same style.
type apiError struct {
	status              int
	name, code, message string
}

func (e *apiError) Error() string { return e.code + ": " + e.message }

func (e *apiError) answer() *Answer {
	var body struct {
		Error struct {
			Name    string `json:"name"`
			Code    string `json:"code"`
			Message string `json:"message"`
		} `json:"error"`
	}
	body.Error.Name, body.Error.Code, body.Error.Message = e.name, e.code, e.message
	return encoded(e.status, body)
}

func invalid(message string) *apiError {
	return &apiError{http.StatusBadRequest, "ValidationException", "VALIDATION_ERROR", message}
}

func badRequest(code, message string) *apiError {
	return &apiError{http.StatusBadRequest, "BadRequestError", code, message}
}

func unauthorized(code, message string) *apiError {
	return &apiError{http.StatusUnauthorized, "UnauthorizedError", code, message}
}

func missing(message string) *apiError {
	return &apiError{http.StatusNotFound, "NotFoundError", "NOT_FOUND", message}
}

func tooManyRequests(wait time.Duration) *Answer {
	e := apiError{http.StatusTooManyRequests, "TooManyRequestsError", "TOO_MANY_REQUESTS", "Too many requests"}
	a := e.answer()
	a.Header.Set("Retry-After", strconv.Itoa(max(1, int(math.Ceil(wait.Seconds())))))
	return a
}

// refusal is the error body that goes with a 4xx or 5xx status.
func refusal(status int) *apiError {
	switch status {
	case http.StatusBadRequest:
		return badRequest("BAD_REQUEST", "Bad request")
	case http.StatusUnauthorized:
		return unauthorized("UNAUTHORIZED", "Unauthorized")
	case http.StatusForbidden:
		return &apiError{status, "ForbiddenError", "IP_NOT_ALLOWED", "This IP address is not allowed"}
	case http.StatusNotFound:
		return missing("Not found")
	case http.StatusTooManyRequests:
		return &apiError{status, "TooManyRequestsError", "TOO_MANY_REQUESTS", "Too many requests"}
	}
	if status >= http.StatusInternalServerError {
		return &apiError{status, "InternalServerError", "INTERNAL_ERROR", "Internal server error"}
	}
	return &apiError{status, "BadRequestError", "ERROR", http.StatusText(status)}
}
