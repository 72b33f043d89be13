package ingest

import (
	"net/http"
	"strconv"

	"walletwatch/problem"
)

// json takes in a body that is one order or an array of orders.
func (in *intake) json() error {
	lent := in.server.buffers.get()
	body, cause := readBody(in.w, in.r, lent[:])
	defer func() { in.server.buffers.put(lent, body) }()
	if cause != nil {
		return in.answer("", 1, cause)
	}
	i := skipSpace(body, 0)
	if i < len(body) && body[i] == '[' {
		return in.array(body, i)
	}
	if i == len(body) {
		return in.answer("", 1, &problem.Problem{Status: http.StatusBadRequest, Code: "EMPTY",
			Message: "The body is empty: send an order response, or an array of them."})
	}
	if _, f, _ := in.take(body, i, 1, true); f != nil {
		return in.answer("", 1, malformed("The body", f))
	}
	return in.answer("", 1, nil)
}

// array takes in the elements of the array whose bracket is at i.
func (in *intake) array(b []byte, i int) error {
	const unit = "element"
	if i = skipSpace(b, i+1); i < len(b) && b[i] == ']' {
		return in.arrayEnd(b, i, 1)
	}
	for n := 1; ; n++ {
		end, f, ok := in.take(b, i, n, false)
		if f != nil {
			return in.answer(unit, n, malformed("Element "+strconv.Itoa(n), f))
		}
		if !ok {
			return in.answer(unit, n, nil)
		}
		i = skipSpace(b, end)
		if i == len(b) || b[i] != ',' {
			return in.arrayEnd(b, i, n+1)
		}
		i = skipSpace(b, i+1)
	}
}

// arrayEnd answers for an array that should end at i, with n as the number of the next element.
func (in *intake) arrayEnd(b []byte, i, n int) error {
	if closing(b, i, ']') == bad {
		return in.answer("element", n, malformed("What follows element "+strconv.Itoa(n-1), notJSON()))
	}
	if f := trailing(b, i+1); f != nil {
		return in.answer("element", n, malformed("What follows the array", f))
	}
	return in.answer("element", n, nil)
}
