package ingest

import (
	"errors"
	"io"
	"net/http"
	"os"
	"sync"
	"time"

	"walletwatch/problem"
)

const (
	// maxBody is the largest JSON body in bytes (interfaces.md, HTTP).
	maxBody = 1 << 20
	// maxLine is the longest line of NDJSON in bytes, without its end (interfaces.md, HTTP).
	maxLine = 64 << 10
	// bufferSize holds the longest line with its end.
	bufferSize = maxLine + 2
	// maxSilence is how long a sender may send nothing.
	maxSilence = 30 * time.Second
)

// buffers lends out what bodies are read into. They may hold voucher codes, so every buffer is wiped when it comes
// back. That goes for the memory of this package: net/http reads a connection through 4 KiB of its own, which keep the
// beginning of a body until the next request on that connection, or until the connection ends.
type buffers struct{ pool sync.Pool }

func (p *buffers) get() *[bufferSize]byte {
	if b, ok := p.pool.Get().(*[bufferSize]byte); ok {
		return b
	}
	return new([bufferSize]byte)
}

// put takes a buffer back. body is all that was written: into the buffer or, if it did not fit, into a larger one.
func (p *buffers) put(b *[bufferSize]byte, body []byte) {
	clear(body)
	p.pool.Put(b)
}

// readBody reads a whole body into b, or into a larger slice if it does not fit; then it wipes b. What it returns with
// a problem may hold part of the body.
func readBody(w http.ResponseWriter, r *http.Request, b []byte) ([]byte, *problem.Problem) {
	if r.ContentLength > maxBody {
		return b[:0], bodyTooLarge()
	}
	extendRead(w)
	n := 0
	for {
		if n > maxBody {
			return b, bodyTooLarge()
		}
		if n == len(b) {
			larger := make([]byte, maxBody+1)
			copy(larger, b)
			clear(b)
			b = larger
		}
		m, err := r.Body.Read(b[n:])
		n += m
		if err == io.EOF {
			endRead(w)
			return b[:n], nil
		}
		if err != nil {
			return b[:n], bodyProblem(err)
		}
	}
}

func bodyTooLarge() *problem.Problem {
	return &problem.Problem{Status: http.StatusRequestEntityTooLarge, Code: "TOO_LARGE",
		Message: "The body is larger than 1 MiB: send the orders in several requests, or as application/x-ndjson."}
}

// bodyProblem is the answer to a body that could not be read to its end. Its status is not that of a bad record: sent
// again, the same body may do.
func bodyProblem(err error) *problem.Problem {
	p := &problem.Problem{Status: http.StatusRequestTimeout, Code: "BODY_CUT", Message: "The body ended before its announced end."}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		p.Code, p.Message = "BODY_TIMEOUT", "The rest of the body did not arrive in time."
	}
	return p
}

// extendRead gives the sender maxSilence from now to send something. What takes no deadlines, a recorder in a test,
// has none.
func extendRead(w http.ResponseWriter) {
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(maxSilence))
}

// endRead lifts the limit of extendRead: it would count as the end of the request while that is being recorded.
func endRead(w http.ResponseWriter) {
	_ = http.NewResponseController(w).SetReadDeadline(time.Time{})
}

// extendWrite renews the time to answer in, which the server counts from the arrival of the request: a stream may
// last longer than that. A server without such a limit gets none, as it would hold for the requests after this one.
func extendWrite(w http.ResponseWriter, r *http.Request) {
	server, ok := r.Context().Value(http.ServerContextKey).(*http.Server)
	if ok && server.WriteTimeout > 0 {
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(server.WriteTimeout))
	}
}

// tracked is a body that knows whether it was read to its end.
type tracked struct {
	io.ReadCloser
	ended bool
}

func (t *tracked) Read(p []byte) (int, error) {
	n, err := t.ReadCloser.Read(p)
	t.ended = t.ended || err == io.EOF
	return n, err
}

// hangUp gives up the rest of a request that is refused: net/http would wait for it, first before it sends the answer
// and then before it lets go of the connection.
func hangUp(w http.ResponseWriter, r *http.Request) {
	if r.ProtoMajor < 2 { // a connection of HTTP/2 has other requests on it
		w.Header().Set("Connection", "close")
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Now())
}
