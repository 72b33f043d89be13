package ingest

import (
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

// TestBuffersAreWiped: what is lent to the next request holds nothing of the last one.
func TestBuffersAreWiped(t *testing.T) {
	for _, size := range []int{0, 1, 700, bufferSize - 1, bufferSize, bufferSize + 1, maxBody, maxBody + 1} {
		s := &Server{}
		lent := s.buffers.get()
		r := httptest.NewRequest("POST", "/", strings.NewReader(strings.Repeat("x", size)))
		body, err := readBody(httptest.NewRecorder(), r, lent[:])
		if (err != nil) != (size > maxBody) || err == nil && len(body) != size {
			t.Fatalf("%d bytes: %d were read, %v", size, len(body), err)
		}
		s.buffers.put(lent, body)
		if i := slices.IndexFunc(append(lent[:], body...), func(c byte) bool { return c != 0 }); i >= 0 {
			t.Fatalf("%d bytes: byte %d was not wiped", size, i)
		}
	}
}
