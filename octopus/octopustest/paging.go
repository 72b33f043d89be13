package octopustest

import (
	"net/http"
	"net/url"
	"strconv"
)

const defaultLimit = 50

// page is the slice of a list that a request asked for.
type page struct {
	number, limit int
	total         int // rows in the whole list, set by the handler
}

// parsePage reads ?page= and ?limit=. most is the server's own cap, which is applied silently.
func parsePage(q url.Values, most int) (page, *apiError) {
	number, err := positive(q, "page", 1)
	if err != nil {
		return page{}, err
	}
	limit, err := positive(q, "limit", defaultLimit)
	if err != nil {
		return page{}, err
	}
	if limit > MaxLimit {
		return page{}, invalid("limit must not be greater than " + strconv.Itoa(MaxLimit))
	}
	return page{number: number, limit: min(limit, most)}, nil
}

func positive(q url.Values, name string, otherwise int) (int, *apiError) {
	text := q.Get(name)
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil || n < 1 {
		return 0, invalid(name + " must be a whole number from 1 up")
	}
	return int(n), nil
}

// bounds are the indices of the page's rows in a list of total rows, newest or highest first.
func (p page) bounds() (from, to int) {
	from = min((p.number-1)*p.limit, p.total)
	return from, min(from+p.limit, p.total)
}

// answer wraps an encoded list. X-Page-Size is undocumented beyond its name; here it equals X-Per-Page.
func (p page) answer(body []byte) *Answer {
	a := jsonAnswer(http.StatusOK, body)
	_, to := p.bounds()
	set := func(name string, n int) { a.Header.Set(name, strconv.Itoa(n)) }
	set("X-Page", p.number)
	set("X-Per-Page", p.limit)
	set("X-Page-Size", p.limit)
	set("X-Total-Count", p.total)
	set("X-Total-Pages", (p.total+p.limit-1)/p.limit)
	a.Header.Set("X-Has-More", strconv.FormatBool(to < p.total))
	return a
}

// appendList encodes rows from..to of a list as a JSON array.
func appendList(from, to int, element func(buf []byte, i int) []byte) []byte {
	buf := []byte{'['}
	for i := from; i < to; i++ {
		if i > from {
			buf = append(buf, ',')
		}
		buf = element(buf, i)
	}
	return append(buf, ']')
}
