package octopustest

import (
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// Answering is a failure with this status and the body that goes with it: the vendor's error envelope, or a
// gateway's HTML page for 502, 503 and 504.
func Answering(status int) Fault { return Fault{Status: status} }

// StatusSeq is one failure after the other: Fail(route, StatusSeq(500, 502, 503)...).
func StatusSeq(statuses ...int) []Fault {
	var faults []Fault
	for _, status := range statuses {
		faults = append(faults, Answering(status))
	}
	return faults
}

// Unauthorized is a 401 for a token that is in truth valid.
func Unauthorized() Fault { return Answering(http.StatusUnauthorized) }

// Forbidden is a 403 as for an IP address that is not listed.
func Forbidden() Fault { return Answering(http.StatusForbidden) }

// NotFound is a 404, as for a feature that the account does not have.
func NotFound() Fault { return Answering(http.StatusNotFound) }

// RetryAfter is a 429 that asks for a wait of whole seconds.
func RetryAfter(seconds int) Fault {
	return Fault{
		Status: http.StatusTooManyRequests,
		Header: http.Header{"Retry-After": {strconv.Itoa(seconds)}},
	}
}

// RetryAfterDate is a 429 that asks to wait until a time, as an HTTP date.
func RetryAfterDate(t time.Time) Fault {
	return Fault{
		Status: http.StatusTooManyRequests,
		Header: http.Header{"Retry-After": {t.UTC().Format(http.TimeFormat)}},
	}
}

// HTMLBody is a page with status 200, as a captive portal or a misled gateway sends.
func HTMLBody() Fault {
	return Fault{Status: http.StatusOK, Body: "<!DOCTYPE html><html><body><h1>Welcome</h1></body></html>\n"}
}

// MalformedJSON is the genuine answer without its second half; the length is that of the first.
func MalformedJSON() Fault {
	return Fault{Edit: func(e *Edit) { e.Body = e.Body[:len(e.Body)/2] }}
}

// TrailingGarbage is the genuine answer with something behind it that is not JSON.
func TrailingGarbage() Fault {
	return Fault{Edit: func(e *Edit) { e.Body = append(e.Body, "<!-- cached -->"...) }}
}

// RawBody is this text with status 200.
func RawBody(text string) Fault { return Fault{Status: http.StatusOK, Body: text} }

// Delayed is the genuine answer, late.
func Delayed(d time.Duration) Fault { return Fault{Delay: d} }

// Hanging is no answer at all until the client gives up.
func Hanging() Fault { return Fault{Hang: true} }

// ConnectionReset breaks the connection before an answer; the request has no effect.
func ConnectionReset() Fault { return Fault{Reset: true} }

// AnswerLost carries the request out and breaks the connection before the answer: a refresh token is used up, an
// order is placed, and the client cannot know.
func AnswerLost() Fault { return Fault{Lost: true} }

// CutOff breaks the connection in the middle of the body.
func CutOff() Fault { return Fault{Cut: true} }

// Redirect sends the client elsewhere.
func Redirect(url string) Fault {
	return Fault{Status: http.StatusFound, Header: http.Header{"Location": {url}}}
}

// WithoutHeaders is the genuine answer lacking these headers, such as the X-Has-More of a list.
func WithoutHeaders(names ...string) Fault {
	return Fault{Edit: func(e *Edit) {
		for _, name := range names {
			e.Header.Del(name)
		}
	}}
}

func gatewayPage(status int) []byte {
	title := fmt.Sprintf("%d %s", status, http.StatusText(status))
	return fmt.Appendf(nil, "<html>\r\n<head><title>%s</title></head>\r\n<body>\r\n<center><h1>%s</h1></center>\r\n"+
		"<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n", title, title)
}
