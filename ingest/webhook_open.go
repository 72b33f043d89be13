package ingest

import (
	"net/http"
	"strconv"
	"time"

	"walletwatch/octopus"
)

const (
	// maxSkew is how far X-Timestamp may be off, in either direction: the vendor's documented tolerance is not known,
	// and 5 minutes is what interfaces of this kind use. An event may have been created so far in the future.
	maxSkew = 5 * time.Minute
	// maxEventAge is how old an event may be. Its id is remembered for 30 days after it arrived; what was created that
	// long ago, give or take how far clocks may be apart, could be one that was forgotten.
	maxEventAge = 30*24*time.Hour - 2*maxSkew
)

// open reads the event out of a body whose signature is good.
func (d *delivery) open(body []byte, header http.Header) error {
	if !isRecent(header.Get("X-Timestamp"), d.at) {
		return refuse(reasonStale, http.StatusUnauthorized, "UNAUTHORIZED",
			"X-Timestamp must be the time of sending in Unix seconds, at most 5 minutes from the time here.")
	}
	event, err := octopus.DecodeEvent(body)
	if err != nil {
		return refuse(reasonMalformed, http.StatusBadRequest, "MALFORMED", "This is no event: "+err.Error()+".")
	}
	d.event = event
	switch {
	case differs(header.Values("X-Event-ID"), event.ID):
		return refuse(reasonContradiction, http.StatusBadRequest, "CONTRADICTION", "X-Event-ID is not the id in the signed body.")
	case differs(header.Values("X-Event-Type"), event.Type):
		return refuse(reasonContradiction, http.StatusBadRequest, "CONTRADICTION", "X-Event-Type is not the type in the signed body.")
	case !event.CreatedAt.IsZero() && d.at.Sub(event.CreatedAt) > maxEventAge:
		return refuse(reasonTooOld, http.StatusBadRequest, "TOO_OLD", "The event was created about 30 days ago or earlier: it may have been counted before.")
	case event.CreatedAt.Sub(d.at) > maxSkew:
		return refuse(reasonFromFuture, http.StatusBadRequest, "FROM_FUTURE", "The event was created more than 5 minutes after the time here: one of the two clocks is wrong.")
	}
	return nil
}

// isRecent reports whether text is a time in Unix seconds that is not far from now.
func isRecent(text string, now time.Time) bool {
	seconds, err := strconv.ParseInt(text, 10, 64)
	return err == nil && now.Sub(time.Unix(seconds, 0)).Abs() <= maxSkew
}

// differs reports whether a header is there and says something else than the body.
func differs(values []string, signed string) bool {
	for _, v := range values {
		if v != signed {
			return true
		}
	}
	return false
}
