package ingest

import (
	"bytes"
	"io"
	"net/http"
	"strconv"

	"walletwatch/problem"
)

// lines takes in a body of one order a line. It keeps no more of the body than the longest line; empty lines are
// counted and skipped.
func (in *intake) lines() error {
	lent := in.server.buffers.get()
	defer in.server.buffers.put(lent, lent[:])
	s := lineScanner{in: in, buf: lent[:]}
	n, cause := s.all()
	return in.answer("line", n, cause)
}

// lineScanner cuts a body into lines in a buffer that holds at least one.
type lineScanner struct {
	in   *intake
	buf  []byte
	from int // where what was not taken yet begins
	to   int // where it ends
	n    int // lines that were taken
}

// all takes in every line. It returns the number of the line at which reading ended early, and why; no cause when
// that was the end, or because recording failed.
func (s *lineScanner) all() (n int, cause *problem.Problem) {
	for {
		if !s.in.catchUp() {
			return s.n + 1, nil
		}
		more, err := s.fill()
		for {
			length := bytes.IndexByte(s.buf[s.from:s.to], '\n')
			if length < 0 {
				break
			}
			if cause, ok := s.line(s.from + length); !ok {
				return s.n + 1, cause
			}
			s.from++ // the line's end
		}
		switch {
		case err != nil:
			return s.n + 1, bodyProblem(err)
		case !more:
			cause, _ = s.line(s.to)
			return s.n + 1, cause
		case s.to-s.from > maxLine+1 || s.to-s.from > maxLine && s.buf[s.to-1] != '\r':
			return s.n + 1, s.tooLong()
		}
	}
}

// fill reads what has arrived; more is false at the end of the body.
func (s *lineScanner) fill() (more bool, err error) {
	s.to = copy(s.buf, s.buf[s.from:s.to])
	s.from = 0
	extendRead(s.in.w)
	extendWrite(s.in.w, s.in.r) // HTTP/2 holds to it while nothing is written, too
	n, err := s.in.r.Body.Read(s.buf[s.to:])
	if n > 0 {
		s.in.arrived = s.in.server.now()
	}
	s.to += n
	if err == io.EOF {
		endRead(s.in.w)
		return false, nil
	}
	return true, err
}

// line takes in the line that ends at index end. false: reading ends, for the cause or because recording failed.
func (s *lineScanner) line(end int) (cause *problem.Problem, ok bool) {
	line := s.buf[s.from:end]
	if len(bytes.TrimSuffix(line, []byte("\r"))) > maxLine {
		return s.tooLong(), false
	}
	i := skipSpace(line, 0)
	if i < len(line) {
		_, f, ok := s.in.take(line, i, s.n+1, true)
		if f != nil {
			return malformed("Line "+strconv.Itoa(s.n+1), f), false
		}
		if !ok {
			return nil, false
		}
	}
	s.from, s.n = end, s.n+1
	return nil, true
}

func (s *lineScanner) tooLong() *problem.Problem {
	s.in.server.metrics.refused.WithLabelValues("too_long").Inc()
	s.in.spoiled = true
	return &problem.Problem{Status: http.StatusRequestEntityTooLarge, Code: "TOO_LARGE",
		Message: "Line " + strconv.Itoa(s.n+1) + " is longer than 64 KiB."}
}
