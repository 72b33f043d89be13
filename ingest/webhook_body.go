package ingest

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"time"
)

// firstPiece is how much of a body in bytes is read without a slot: few events have more. So it takes as many
// connections as the listener allows to keep others from being read, and nobody who just sends nothing holds a slot.
const firstPiece = 4 << 10

// read reads the body of a webhook. The caller clears what it returns, also with an error.
func (h *webhooks) read(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if coding := r.Header.Get("Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") {
		return nil, refuse(reasonEncoded, http.StatusUnsupportedMediaType, "UNSUPPORTED_MEDIA_TYPE",
			"A webhook must be sent as it is signed, without a Content-Encoding.")
	}
	if r.ContentLength > maxWebhookBody {
		return nil, webhookTooLarge()
	}
	limitRead(w, webhookReadTime)
	body, err := readOn(r.Body, make([]byte, 0, firstPiece), firstPiece)
	if err == nil {
		if body, err = h.readRest(w, r, body); err == nil {
			return body, webhookTooLarge()
		}
	}
	if err == io.EOF {
		return body, nil
	}
	if _, ok := errors.AsType[*webhookRefusal](err); ok {
		return body, err
	}
	return body, &webhookRefusal{reason: reasonIncomplete, problem: bodyProblem(err)}
}

// readRest reads on behind the first piece, with a slot: up to a byte more than may be, or to the end and io.EOF.
func (h *webhooks) readRest(w http.ResponseWriter, r *http.Request, body []byte) ([]byte, error) {
	select {
	case h.large <- struct{}{}:
		defer func() { <-h.large }()
	default:
		return body, tooManyWebhooks()
	}
	limitRead(w, webhookRestTime)
	return readOn(r.Body, body, maxWebhookBody+1)
}

func tooManyWebhooks() error {
	return refuseLater(reasonOverloaded, "1", "OVERLOADED", "Too many webhooks arrive at once: send this one again shortly.")
}

func webhookTooLarge() error {
	return refuse(reasonTooLarge, http.StatusRequestEntityTooLarge, "TOO_LARGE", "A webhook may have at most 256 KiB.")
}

// limitRead gives what is read now so long to arrive. The clock is the connection's own, not the one that is injected,
// and net/http lifts the limit when the body has ended. What takes no deadlines, a recorder in a test, has none.
func limitRead(w http.ResponseWriter, d time.Duration) {
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(d))
}

// readOn reads behind what body holds until that is most bytes, or until r ends or fails. It leaves no copy in memory
// that it outgrew.
func readOn(r io.Reader, body []byte, most int) ([]byte, error) {
	for len(body) < most {
		if len(body) == cap(body) {
			larger := append(make([]byte, 0, min(2*cap(body), most)), body...)
			clear(body)
			body = larger
		}
		n, err := r.Read(body[len(body):min(cap(body), most)])
		body = body[:len(body)+n]
		if err != nil {
			return body, err
		}
	}
	return body, nil
}
