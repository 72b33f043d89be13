package octopus

import (
	"net/http"
	"time"
)

// Exchange is one attempt as the network saw it. It holds nothing of headers and bodies that could be a credential.
type Exchange struct {
	Method   string
	Path     string        // of the URL, with what the base URL puts before it
	Sent     time.Time     // when the attempt began, connecting included
	Took     time.Duration // until the answer's headers were there, or until there was none
	Status   int           // 0: no answer came
	ServerAt time.Time     // what the answer's Date header says, to the second; zero: it says nothing
}

// Observed is a transport for Config that tells observe of every attempt, in whose goroutine it is called. A nil base
// is the transport that a client has by default, a nil now is time.Now.
func Observed(base http.RoundTripper, now func() time.Time, observe func(Exchange)) http.RoundTripper {
	if base == nil {
		base = newTransport()
	}
	if now == nil {
		now = time.Now
	}
	return observed{base, now, observe}
}

type observed struct {
	http.RoundTripper
	now     func() time.Time
	observe func(Exchange)
}

func (o observed) RoundTrip(r *http.Request) (*http.Response, error) {
	e := Exchange{Method: r.Method, Path: r.URL.Path, Sent: o.now()}
	resp, err := o.RoundTripper.RoundTrip(r)
	e.Took = o.now().Sub(e.Sent)
	if err == nil {
		e.Status = resp.StatusCode
		if at, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
			e.ServerAt = at
		}
	}
	o.observe(e)
	return resp, err
}
