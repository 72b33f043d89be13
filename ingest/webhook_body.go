package ingest

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"time"
)

// firstPiece is the memory in bytes that a body gets before any of it has arrived; few events need more.
const firstPiece = 4 << 10

// readWebhook reads the body of a webhook. The caller clears what it returns, also with an error.
func readWebhook(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	// The clock is the connection's own, not the one that is injected, and net/http lifts the limit when the body has
	// ended. What takes no deadlines, a recorder in a test, has none.
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(webhookReadTime))
	if coding := r.Header.Get("Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") {
		return nil, refuse(reasonEncoded, http.StatusUnsupportedMediaType, "UNSUPPORTED_MEDIA_TYPE",
			"A webhook must be sent as it is signed, without a Content-Encoding.")
	}
	body, err := readAllInPlace(http.MaxBytesReader(w, r.Body, maxWebhookBody))
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return body, refuse(reasonTooLarge, http.StatusRequestEntityTooLarge, "TOO_LARGE", "A webhook may have at most 256 KiB.")
	}
	if err != nil {
		return body, &webhookRefusal{reason: reasonIncomplete, problem: bodyProblem(err)}
	}
	return body, nil
}

// readAllInPlace reads to the end of r, and leaves no copy of it in memory that it outgrew.
func readAllInPlace(r io.Reader) ([]byte, error) {
	body := make([]byte, 0, firstPiece)
	for {
		if len(body) == cap(body) {
			larger := append(make([]byte, 0, 2*cap(body)), body...)
			clear(body)
			body = larger
		}
		n, err := r.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		if err == io.EOF {
			return body, nil
		}
		if err != nil {
			return body, err
		}
	}
}
