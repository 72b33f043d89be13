package octopus

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

const (
	pageLimit = 1000
	maxPages  = 1000

	// maxLimit is the vendor's: more rows cannot be asked for at once.
	maxLimit = 10_000
)

// listing is a list read over all its pages.
type listing[T any] struct {
	rows      []T
	sentAt    time.Time // of the first page's request that was answered
	requestID string    // of the same
}

// readAll reads a list page by page. While the list shifts between pages a row may come twice: it is kept once,
// in its first place, as the later answer has it.
func readAll[T any](ctx context.Context, c *Client, route string, decode func([]byte) ([]T, error), id func(T) int64) (listing[T], error) {
	var all listing[T]
	place := map[int64]int{} // id → index in all.rows
	for page := 1; page <= maxPages; page++ {
		rows, a, err := readPage(ctx, c, route, page, pageLimit, decode)
		if err != nil {
			return listing[T]{}, err
		}
		if page == 1 {
			all.sentAt, all.requestID = a.sentAt, a.requestID
		}
		for _, row := range rows {
			if at, seen := place[id(row)]; seen {
				all.rows[at] = row
				continue
			}
			place[id(row)] = len(all.rows)
			all.rows = append(all.rows, row)
		}
		if !hasMore(a.header, len(rows), pageLimit) {
			return all, nil
		}
	}
	return listing[T]{}, fmt.Errorf("%s: the list goes on after %d pages, which cannot be true", route, maxPages)
}

func readPage[T any](ctx context.Context, c *Client, route string, page, limit int, decode func([]byte) ([]T, error)) ([]T, *answer, error) {
	var rows []T
	a, err := c.do(ctx, &call{
		method: http.MethodGet, route: route, tries: maxTries, limiter: c.reads,
		query: url.Values{"page": {strconv.Itoa(page)}, "limit": {strconv.Itoa(limit)}},
		decode: func(body []byte) (err error) {
			rows, err = decode(body)
			return err
		},
	})
	return rows, a, err
}

// hasMore reports whether another page follows one with that many rows. Where the server does not say, it does
// unless the page is shorter than a page can be: asking once too often is harmless.
func hasMore(h http.Header, rows, limit int) bool {
	if rows == 0 {
		return false
	}
	if more, err := strconv.ParseBool(h.Get("X-Has-More")); err == nil {
		return more
	}
	for _, name := range []string{"X-Per-Page", "X-Page-Size"} {
		if size := headerInt(h, name); size > 0 {
			return rows >= size
		}
	}
	return rows >= limit
}

// headerInt returns a count from a header, 0 when it is missing or nonsense.
func headerInt(h http.Header, name string) int {
	n, err := strconv.Atoi(h.Get(name))
	if err != nil || n < 0 {
		return 0
	}
	return n
}
