package octopustest

import (
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
)

// Answer is a response before it is written. A Fault's Edit may change it freely.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

func newAnswer(status int, contentType string, body []byte) *Answer {
	h := http.Header{}
	h.Set("Content-Type", contentType)
	h.Set("Server", "octopustest (simulated)")
	return &Answer{Status: status, Header: h, Body: body}
}

func jsonAnswer(status int, body []byte) *Answer {
	return newAnswer(status, "application/json; charset=utf-8", body)
}

// encoded is for values that always encode: plain structs, strings and numbers that money.Format wrote.
func encoded(status int, v any) *Answer { return jsonAnswer(status, encodedJSON(v)) }

func encodedJSON(v any) []byte {
	body, err := json.Marshal(v)
	if err != nil {
		panic("octopustest: encoding an answer: " + err.Error())
	}
	return body
}

// write sends the answer; with half, it announces the whole and breaks the connection in the middle.
func (a *Answer) write(w http.ResponseWriter, half bool) {
	h := w.Header()
	for name, values := range a.Header {
		h[name] = values
	}
	h.Set("Content-Length", strconv.Itoa(len(a.Body)))
	w.WriteHeader(a.Status)
	if !half {
		_, _ = w.Write(a.Body)
		return
	}
	_, _ = w.Write(a.Body[:len(a.Body)/2])
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

// cut ends the connection with a reset, as a broken network does. It first sends the start of a status line:
// net/http silently repeats a GET whose kept-alive connection ended before the first byte, and one fault must be
// one failed attempt.
func cut(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil { // HTTP/2 or Transport: no connection of our own
		panic(http.ErrAbortHandler)
	}
	_, _ = conn.Write([]byte("HTTP/1.1 "))
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// decodeBody reads a JSON object. Numbers of type json.Number keep their text.
func decodeBody(r *http.Request, into any) *apiError {
	dec := json.NewDecoder(r.Body)
	err := dec.Decode(into)
	if err == nil && dec.Decode(new(json.RawMessage)) != io.EOF {
		err = errors.New("more than one JSON value")
	}
	if err != nil {
		return badRequest("INVALID_JSON", "The request body is not valid JSON")
	}
	return nil
}
