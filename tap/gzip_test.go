package tap_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"

	"walletwatch/tap"
)

func compress(t testing.TB, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestCompressedResponses(t *testing.T) {
	whole := compress(t, response(1))
	tests := []struct {
		name, encoding, body string
		then                 tap.Stats
	}{
		{"gzip", "gzip", whole, tap.Stats{Seen: 1, Sent: 1, Accepted: 1}},
		{"by another spelling", " GZip ", whole, tap.Stats{Seen: 1, Sent: 1, Accepted: 1}},
		{"none, and said so", "identity", response(1), tap.Stats{Seen: 1, Sent: 1, Accepted: 1}},
		{"without its checksum", "gzip", whole[:len(whole)-8], tap.Stats{Seen: 1, Sent: 1, Accepted: 1}},
		{"cut short", "gzip", whole[:len(whole)/2], tap.Stats{Seen: 1, Dropped: tap.Dropped{Unreadable: 1}}},
		{"not gzip", "gzip", response(1), tap.Stats{Seen: 1, Dropped: tap.Dropped{Unreadable: 1}}},
		{"empty", "gzip", "", tap.Stats{Seen: 1, Dropped: tap.Dropped{Unreadable: 1}}},
		{"a bomb", "gzip", compress(t, strings.Repeat(" ", 8<<20)), tap.Stats{Seen: 1, Dropped: tap.Dropped{TooLarge: 1}}},
		{"another encoding", "br", whole, tap.Stats{Seen: 1, Dropped: tap.Dropped{Unreadable: 1}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := &daemon{}
			feed, _ := open(t, d)
			if got := order(t, feed.Wrap(vendor(200, test.body, "Content-Encoding", test.encoding)), "/api/v1/orders"); got != test.body {
				t.Errorf("the caller has read %d bytes of %d", len(got), len(test.body))
			}
			if err := feed.Close(t.Context()); err != nil {
				t.Error(err)
			}
			if got := feed.Stats(); got != test.then {
				t.Errorf("got %+v, want %+v", got, test.then)
			}
			if strings.Contains(d.text(), "CANARY") {
				t.Errorf("left the process: %s", d.text())
			}
		})
	}
}

func TestCompressedAndNotReadToTheEnd(t *testing.T) {
	for name, reads := range map[string]int{"nearly": len(compress(t, response(1))) - 8, "half": 100} {
		t.Run(name, func(t *testing.T) {
			feed, _ := open(t, &daemon{})
			body := iotest.OneByteReader(strings.NewReader(compress(t, response(1))))
			resp := answer(200, "", "Content-Encoding", "gzip")
			resp.Body = io.NopCloser(body)
			resp, err := feed.Wrap(roundTripper(func(*http.Request) (*http.Response, error) { return resp, nil })).RoundTrip(request(t, "POST", "/api/v1/orders"))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.ReadFull(resp.Body, make([]byte, reads)); err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if err := feed.Close(t.Context()); err != nil {
				t.Error(err)
			}
			s := feed.Stats()
			if s.Sent+s.Dropped.Incomplete != 1 || (s.Sent == 1) != (name == "nearly") {
				t.Errorf("got %+v", s)
			}
		})
	}
}

// FuzzGunzip compares with compress/gzip: what decompresses there, up to 1 MiB, is the same here.
func FuzzGunzip(f *testing.F) {
	f.Add([]byte(compress(f, response(1))))
	f.Add([]byte(compress(f, "")))
	f.Add([]byte(compress(f, response(1)))[:200])
	f.Fuzz(func(t *testing.T, compressed []byte) {
		plain, fits := tap.Gunzip(compressed)
		if len(plain) > 1<<20 {
			t.Fatalf("%d bytes", len(plain))
		}
		r, err := gzip.NewReader(bytes.NewReader(compressed))
		if err != nil {
			return
		}
		want, _ := io.ReadAll(io.LimitReader(r, 1<<20+1))
		if fits != (len(want) <= 1<<20) || fits && !bytes.Equal(plain, want) {
			t.Fatalf("got %d bytes, %v, want %d", len(plain), fits, len(want))
		}
	})
}
